import base64
import os
from pathlib import Path

import pytest

from keystead.domain.material import KeyMaterial
from unit.cli.command_line import CommandLine
from unit.client import softhsm
from unit.client.fake_key_protect import API_KEY, TOKEN, FakeKeyProtect

CANARY = b"canary material of the owner's!!"
HIDDEN = [
    CANARY.decode(),
    CANARY.hex(),
    base64.b64encode(CANARY).decode(),
    API_KEY,
    TOKEN,
]


def created(keystead: CommandLine, *options: str) -> str:
    key_file = keystead.file("mine", CANARY)
    result = keystead("byok", "create", "payroll", "--key-file", key_file, "--output", "json", *options)
    assert not [text for text in HIDDEN if text in result.out + result.err]
    return str(result.json["id"])


@pytest.mark.parametrize("dialect", [[], ["--hpcs"], ["--post-quantum"]])
def test_create_rotate_verify(keystead: CommandLine, fake: FakeKeyProtect, dialect: list[str]) -> None:
    key = created(keystead, *dialect)
    assert fake.keys[key].materials == [KeyMaterial(CANARY)]
    assert keystead("byok", "verify", key, "--key-file", "mine").code == 0
    keystead.file("next", CANARY[::-1])
    rotated = keystead("byok", "rotate", key, "--key-file", "next", *dialect)
    assert rotated.code == 0, rotated.err
    assert fake.keys[key].materials[-1] == KeyMaterial(CANARY[::-1])
    assert keystead("byok", "verify", key, "--key-file", "next", "-o", "json").json["same"] is True
    assert "NOT the material" in keystead("byok", "verify", key, "--key-file", "mine").refusal


def test_each_step_is_shown_and_not_mixed_with_the_result(keystead: CommandLine) -> None:
    key_file = keystead.file("mine", CANARY)
    result = keystead("byok", "create", "payroll", "--key-file", key_file)
    assert [line[:5] for line in result.err.splitlines()[1:]] == [f"[{i}/5]" for i in range(1, 6)]
    assert "payroll" in result.out
    assert "/5]" not in result.out


def test_how_a_file_was_read_is_said(keystead: CommandLine, fake: FakeKeyProtect) -> None:
    digits = CANARY[:16].hex().encode()
    key_file = keystead.file("mine", digits + b"\n")
    result = keystead("byok", "create", "payroll", "--key-file", key_file)
    assert "128 bits, read as hex" in result.err
    result = keystead("byok", "create", "payroll", "--key-file", key_file, "--encoding", "base64")
    assert "192 bits, read as base64" in result.err
    assert [len(key.materials[0]) for key in fake.keys.values()] == [16, 24]


def test_material_from_standard_input(keystead: CommandLine, fake: FakeKeyProtect) -> None:
    result = keystead("byok", "create", "payroll", "--key-file", "-", "-o", "json", stdin=CANARY)
    assert fake.keys[result.json["id"]].materials == [KeyMaterial(CANARY)]


def test_a_file_that_others_can_read_is_warned_about(keystead: CommandLine) -> None:
    Path(keystead.file("mine", CANARY)).chmod(0o644)
    result = keystead("byok", "create", "payroll", "--key-file", "mine")
    assert result.code == 0
    assert "chmod 600 mine" in result.err


BAD: dict[str, tuple[bytes, list[str], str]] = {
    "31 octets": (bytes(range(0x80, 0x9F)), [], "31 octets"),
    "empty": (b"", [], "is empty"),
    "hex of 31 octets": (b"ab" * 31, [], "16, 24 or 32"),
    "raw that is not hex": (CANARY, ["--encoding", "hex"], "as hex"),
    "both dialects": (CANARY, ["--hpcs", "--post-quantum"], "exclude each other"),
    "file and HSM": (CANARY, ["--pkcs11-uri", "pkcs11:"], "either"),
}


@pytest.mark.parametrize("case", BAD.values(), ids=BAD)
@pytest.mark.parametrize("command", ["create", "rotate"])
def test_bad_material_reaches_no_server(
    keystead: CommandLine, fake: FakeKeyProtect, command: str, case: tuple[bytes, list[str], str]
) -> None:
    content, options, says = case
    keystead.file("mine", content)
    assert says in keystead("byok", command, "payroll", "--key-file", "mine", *options).refusal
    assert fake.seen == []


def test_bad_paths_reach_no_server(keystead: CommandLine, fake: FakeKeyProtect) -> None:
    assert "no file none" in keystead("byok", "create", "payroll", "--key-file", "none").refusal
    assert "is a directory" in keystead("byok", "create", "payroll", "--key-file", ".").refusal
    assert "standard input is empty" in keystead("byok", "create", "payroll", "--key-file", "-").refusal
    assert "--key-file FILE or --pkcs11-uri" in keystead("byok", "create", "payroll").refusal
    assert fake.seen == []


def test_an_unreadable_file(keystead: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    Path(keystead.file("mine", CANARY)).chmod(0)
    if os.geteuid() == 0:  # root may read anything, so the system's answer is played

        def refuse(*_: object) -> None:
            raise PermissionError(13, "Permission denied", "mine")

        monkeypatch.setattr("keystead.client.key_file.open", refuse, raising=False)
    refusal = keystead("byok", "create", "payroll", "--key-file", "mine").refusal
    assert "cannot read mine: Permission denied" in refusal


@pytest.mark.parametrize(
    "step",
    [("POST", "import_token"), ("GET", "import_token"), ("POST", "keys")],
    ids=["make token", "fetch token", "upload"],
)
def test_a_refused_step_creates_nothing(
    keystead: CommandLine, fake: FakeKeyProtect, step: tuple[str, str]
) -> None:
    keystead.file("mine", CANARY)
    body = b'{"resources":[{"errorMsg":"x","reasons":[{"code":"IMPORT_TOKEN_EXPIRED_ERR","message":"old"}]}]}'
    fake.answers[step[0], f"/api/v2/{step[1]}"] = (409, body)
    refusal = keystead("byok", "create", "payroll", "--key-file", "mine").refusal
    assert "IMPORT_TOKEN_EXPIRED_ERR" in refusal
    assert "try again" in refusal
    assert fake.keys == {}


@pytest.mark.parametrize(
    ("options", "size"),
    [
        ([], 32),
        (["--bits", "128"], 16),
        (["--bits", "192", "--encoding", "raw"], 24),
        (["--encoding", "hex"], 32),
    ],
)
def test_generated_material_is_private_and_readable_by_us(
    keystead: CommandLine, fake: FakeKeyProtect, options: list[str], size: int
) -> None:
    result = keystead("byok", "generate", "--out", "mine", "-o", "json", *options)
    assert result.json["bits"] == size * 8
    assert (keystead.home / "mine").stat().st_mode & 0o777 == 0o600
    assert keystead("byok", "create", "payroll", "--key-file", "mine").code == 0
    assert [len(key.materials[0]) for key in fake.keys.values()] == [size]


def test_generated_material_overwrites_nothing(shell: CommandLine) -> None:
    shell.file("mine", b"precious")
    assert "not overwritten" in shell("byok", "generate", "--out", "mine").refusal
    assert (shell.home / "mine").read_bytes() == b"precious"


@pytest.mark.parametrize(
    ("options", "says"),
    [(["--bits", "512"], "512"), (["--encoding", "auto"], "--encoding"), (["--out", "no/mine"], "no/mine")],
)
def test_generate_refuses_what_makes_no_key_file(shell: CommandLine, options: list[str], says: str) -> None:
    assert says in shell("byok", "generate", "--out", "mine", *options).refusal
    assert list(shell.home.iterdir()) == []


def test_generate_to_standard_output(shell: CommandLine) -> None:
    result = shell("byok", "generate", "--out", "-")
    assert (result.code, result.err) == (0, "")
    assert len(base64.b64decode(result.out, validate=False)) == 32
    assert list(shell.home.iterdir()) == []


def test_material_from_an_hsm(keystead: CommandLine, fake: FakeKeyProtect) -> None:
    with softhsm.fresh_token(keystead.home) as token:
        uri = softhsm.store(token, "root", sensitive=True, extractable=True)
        result = keystead("byok", "create", "payroll", "--hpcs", "--pkcs11-uri", uri, "-o", "json")
        assert fake.keys[result.json["id"]].materials == [softhsm.MATERIAL]
        assert "try --hpcs" in keystead("byok", "create", "payroll", "--pkcs11-uri", uri).refusal
        wrong = keystead("byok", "create", "payroll", "--pkcs11-uri", softhsm.uri("root", pin="9999"))
        assert "refused the PIN" in wrong.refusal
        assert "9999" not in wrong.err
    assert len(fake.keys) == 1


def test_verify_with_an_hsm_that_gives_the_key_out_or_not(keystead: CommandLine) -> None:
    with softhsm.fresh_token(keystead.home) as token:
        uri = softhsm.store(token, "root", sensitive=False, extractable=True)
        key = keystead("byok", "create", "payroll", "--pkcs11-uri", uri, "-o", "json").json["id"]
        assert keystead("byok", "verify", key, "--pkcs11-uri", uri, "-o", "json").json["same"] is True
        assert "either" in keystead("byok", "verify", key).refusal
        keystead.file("other", CANARY)
        assert "either" in keystead("byok", "verify", key, "--key-file", "other", "--pkcs11-uri", uri).refusal
        uri = softhsm.store(token, "root", sensitive=True, extractable=True)
        refusal = keystead("byok", "verify", key, "--pkcs11-uri", uri).refusal
        assert "does not give this key out" in refusal
        assert "--key-file" in refusal
