import base64
from pathlib import Path

import pytest

from keystead.client import offline
from keystead.domain.material import KeyMaterial
from unit.cli.command_line import CommandLine
from unit.client.fake_key_protect import FakeKeyProtect

MATERIAL, NEXT = bytes(range(0x80, 0xA0)), bytes(range(0x90, 0xA0))
DEK = base64.b64encode(b"a data encryption key of mine").decode()


@pytest.fixture
def key(keystead: CommandLine) -> str:
    keystead.file("mine", MATERIAL)
    return str(keystead("byok", "create", "payroll", "--key-file", "mine", "-o", "json").json["id"])


def wrapped(keystead: CommandLine, key: str, *aad: str) -> str:
    options = [part for text in aad for part in ("--aad", text)]
    result = keystead("wrap", key, "--plaintext", DEK, *options, "-o", "json").json
    assert "plaintext" not in result
    return str(result["ciphertext"])


def test_server_and_owner_unwrap_the_same(keystead: CommandLine, key: str) -> None:
    ciphertext = wrapped(keystead, key, "a", "b")
    for command in (["unwrap", key], ["offline", "unwrap", "--key-file", "mine"]):
        result = keystead(*command, "--ciphertext", ciphertext, "--aad", "a", "--aad", "b", "-o", "json")
        assert result.json["plaintext"] == DEK
        wrong = keystead(*command, "--ciphertext", ciphertext, "--aad", "b", "--aad", "a", "-o", "json")
        assert "AAD" in wrong.refusal


def test_standard_input_carries_either_text(keystead: CommandLine, key: str) -> None:
    ciphertext = keystead("wrap", key, "--plaintext", "-", "-o", "json", stdin=DEK.encode()).json[
        "ciphertext"
    ]
    shown = keystead("unwrap", key, "--ciphertext", "-", stdin=f"{ciphertext}\n".encode())
    assert shown.out.split() == ["Plaintext", DEK, "Version", "v0"]


def test_a_dek_of_the_servers_making_is_shown_once(keystead: CommandLine, key: str) -> None:
    result = keystead("wrap", key, "-o", "json").json
    again = keystead("unwrap", key, "--ciphertext", result["ciphertext"], "-o", "json").json
    assert again["plaintext"] == result["plaintext"]


def test_a_newer_ciphertext_is_offered(keystead: CommandLine, fake: FakeKeyProtect, key: str) -> None:
    ciphertext = wrapped(keystead, key)
    fake.keys[key].materials.append(KeyMaterial(NEXT))
    result = keystead("unwrap", key, "--ciphertext", ciphertext, "-o", "json")
    assert result.json["ciphertext"] == "bmV3ZXI="
    assert "older version" in result.err


def test_offline_picks_among_key_files(shell: CommandLine) -> None:
    files = ["--key-file", shell.file("old", MATERIAL), "--key-file", shell.file("new", NEXT)]
    ciphertext = offline.wrap(KeyMaterial(NEXT), KeyMaterial(b"dek"), ())
    result = shell("offline", "unwrap", *files, "--ciphertext", ciphertext, "-o", "json")
    assert base64.b64decode(result.json["plaintext"]) == b"dek"
    refusal = shell("offline", "unwrap", *files[:2], "--ciphertext", ciphertext).refusal
    assert "give the key file of the version" in refusal


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--key-file", "none", "--ciphertext", "AAAA"], "no file none"),
        (["--key-file", "-", "--ciphertext", "-"], "only one option"),
        (["--key-file", "mine", "--ciphertext", "AAAA"], "format 1"),
        (["--key-file", "mine", "--ciphertext", "*"], "not base64"),
    ],
)
def test_offline_refuses_in_one_line(shell: CommandLine, options: list[str], says: str) -> None:
    shell.file("mine", MATERIAL)
    assert says in shell("offline", "unwrap", *options).refusal


def test_files_are_encrypted_and_decrypted_by_server_and_owner(keystead: CommandLine, key: str) -> None:
    plain = bytes(range(256)) * 1000
    keystead.file("plain", plain)
    assert keystead("encrypt", key, "--in", "plain", "--out", "sealed").code == 0
    assert plain[:64] not in Path("sealed").read_bytes()
    assert keystead("decrypt", "--in", "sealed", "--out", "by-server").code == 0
    assert (
        keystead("offline", "decrypt", "--key-file", "mine", "--in", "sealed", "--out", "by-owner").code == 0
    )
    for name in ("by-server", "by-owner"):
        assert Path(name).read_bytes() == plain
        assert Path(name).stat().st_mode & 0o777 == 0o600


def test_reading_stops_with_the_key(keystead: CommandLine, key: str) -> None:
    keystead.file("plain", b"plain")
    assert keystead("encrypt", key, "--in", "plain", "--out", "sealed").code == 0
    assert keystead("key", "disable", key).code == 0
    refusal = keystead("decrypt", "--in", "sealed", "--out", "again").refusal
    assert "KEY_ACTION_INVALID_STATE_ERR" in refusal
    assert not Path("again").exists()
    assert keystead("key", "enable", key).code == 0
    assert keystead("decrypt", "--in", "sealed", "--out", "again").code == 0


@pytest.mark.parametrize("command", [["decrypt"], ["offline", "decrypt", "--key-file", "mine"]])
def test_a_changed_file_leaves_nothing_behind(keystead: CommandLine, key: str, command: list[str]) -> None:
    keystead.file("plain", bytes(200_000))
    assert keystead("encrypt", key, "--in", "plain", "--out", "sealed").code == 0
    octets = bytearray(Path("sealed").read_bytes())
    octets[-1] ^= 1
    keystead.file("changed", bytes(octets))
    for source in ("changed", "plain"):
        assert keystead(*command, "--in", source, "--out", "again").refusal
    assert sorted(path.name for path in keystead.home.iterdir()) == ["changed", "mine", "plain", "sealed"]


def test_nothing_is_overwritten(keystead: CommandLine, key: str) -> None:
    keystead.file("plain", b"plain")
    keystead.file("precious", b"precious")
    assert "not overwritten" in keystead("encrypt", key, "--in", "plain", "--out", "precious").refusal
    assert Path("precious").read_bytes() == b"precious"
