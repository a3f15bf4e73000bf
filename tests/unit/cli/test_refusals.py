"""What a person reads when a command that needs a server cannot be done."""

import socket

import pytest

from unit.cli.command_line import CommandLine
from unit.client.fake_key_protect import INSTANCE, FakeKeyProtect, error, serving

COMMANDS = {
    "list": ["key", "list"],
    "show": ["key", "show", "k"],
    "create": ["byok", "create", "payroll", "--key-file", "mine"],
    "verify": ["byok", "verify", "k", "--key-file", "mine"],
    "wrap": ["wrap", "k"],
    "unwrap": ["unwrap", "k", "--ciphertext", "AAAA"],
    "encrypt": ["encrypt", "k", "--in", "mine", "--out", "new"],
}


@pytest.fixture(params=list(COMMANDS.values()), ids=list(COMMANDS))
def command(request: pytest.FixtureRequest, keystead: CommandLine) -> list[str]:
    keystead.file("mine", bytes(range(0x80, 0xA0)))
    return [*request.param, "--output", "json"]


@pytest.fixture(autouse=True)
def _nothing_is_created(keystead: CommandLine, fake: FakeKeyProtect) -> object:
    yield
    assert fake.keys == {}
    assert not (keystead.home / "new").exists()
    assert not list(keystead.home.glob(".*part"))


def test_server_down(keystead: CommandLine, command: list[str]) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        keystead.export(KEYSTEAD_URL=f"https://127.0.0.1:{unused.getsockname()[1]}")
        refusal = keystead(*command).refusal
    assert "cannot reach" in refusal
    assert "KEYSTEAD_URL" in refusal


def test_wrong_ca(
    keystead: CommandLine, command: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    with serving(tmp_path_factory.mktemp("other")) as other:
        keystead.export(KEYSTEAD_CA_FILE=str(other.ca_file))
    assert "KEYSTEAD_CA_FILE" in keystead(*command).refusal


def test_wrong_instance(keystead: CommandLine, command: list[str]) -> None:
    keystead.export(KP_INSTANCE_ID=INSTANCE.replace("2", "3"))
    assert "check the instance" in keystead(*command).refusal
    keystead.export(KP_INSTANCE_ID="payroll")
    assert "KP_INSTANCE_ID" in keystead(*command).refusal


def test_wrong_api_key(keystead: CommandLine, command: list[str]) -> None:
    keystead.export(KEYSTEAD_API_KEY="canary-other-key")
    refusal = keystead(*command).refusal
    assert "BXNIM0415E" in refusal
    assert "keystead login" in refusal
    assert "canary" not in refusal


def test_a_fault_of_the_server(keystead: CommandLine, fake: FakeKeyProtect, command: list[str]) -> None:
    paths = ("keys", "import_token", "keys/k/metadata", "keys/k/actions/wrap", "keys/k/actions/unwrap")
    for path in paths:
        for method in ("GET", "POST"):
            fake.answers[method, f"/api/v2/{path}"] = (500, error("Internal Server Error: x"))
    refusal = keystead(*command).refusal
    assert "Internal Server Error" in refusal
    assert f"Correlation-ID: {fake.seen[-1].headers['correlation-id']}" in refusal


def test_a_full_disk(keystead: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("keystead.client.new_file.os.fsync", refuse)
    assert "No space left on device" in keystead("byok", "generate", "--out", "new").refusal


@pytest.mark.parametrize(("name", "says"), [(".", "cannot read"), ("/proc/none/login.json", "cannot write")])
def test_a_login_file_that_cannot_be_used(keystead: CommandLine, name: str, says: str) -> None:
    keystead.export(KEYSTEAD_CONFIG=name)
    command = ["key", "list"] if name == "." else ["login"]
    assert says in keystead(*command).refusal


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["key", "show", "unknown"], "keystead key list"),
        (["key", "show", "../import_token"], "neither a key id nor an alias"),
        (["wrap", "k", "--plaintext", "*"], "not base64"),
        (["wrap", "k", "--plaintext", "-"], "plaintext is empty"),
        (["unwrap", "k", "--ciphertext", "-"], "ciphertext is empty"),
        (["encrypt", "k", "--in", "none", "--out", "new"], "no file none"),
        (["encrypt", "k", "--in", ".", "--out", "new"], "is a directory"),
        (["wrap", "k", "--aad", "\udcff"], "UTF-8"),
    ],
)
def test_bad_arguments(keystead: CommandLine, arguments: list[str], says: str) -> None:
    assert says in keystead(*arguments).refusal
