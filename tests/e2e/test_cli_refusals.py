"""Bad input to the commands: one line that says what to do, a code other than 0, and nothing created."""

import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.places import write_certificate
from e2e.shell import Shell, client_variables
from servers import Server

UNKNOWN = "00000000-0000-4000-8000-000000000000"
CREATE = ("byok", "create", "never", "--key-file", "mine")


@pytest.fixture
def keystead(server: Server, tmp_path: Path) -> Iterator[Shell]:
    """A shell with a key file, `mine`; afterwards the server has the keys that it had before."""
    shell = Shell(tmp_path, client_variables(server))
    shell.file("mine", bytes(range(0x80, 0xA0)))
    before = keys(server)
    yield shell
    assert keys(server) == before


def keys(server: Server) -> object:
    with server.client() as client:
        everything = client.get("/api/v2/keys", params={"limit": 5000, "state": "0,1,2,3,5"})
    assert everything.status_code == 200
    return everything.json()


@pytest.mark.parametrize("dialect", [[], ["--hpcs"], ["--post-quantum"]])
def test_material_that_is_none(keystead: Shell, dialect: list[str]) -> None:
    for octets in (b"", bytes(range(0x80, 0x9F)), b"ab" * 31, os.urandom(33)):
        keystead.file("wrong", octets)
        line = keystead("byok", "create", "never", "--key-file", "wrong", *dialect).refusal
        assert "16, 24 or 32 octets" in line
    line = keystead("byok", "create", "never", "--key-file", "none", *dialect).refusal
    assert "no file none" in line
    assert "keystead byok generate" in line


def test_a_wrong_instance(keystead: Shell) -> None:
    assert "check the instance" in keystead.having(KP_INSTANCE_ID=UNKNOWN)(*CREATE).refusal
    assert "set KP_INSTANCE_ID" in keystead.having(KP_INSTANCE_ID="payroll")(*CREATE).refusal
    assert "set KP_INSTANCE_ID" in keystead.having(KP_INSTANCE_ID=None)(*CREATE).refusal


def test_a_wrong_api_key(keystead: Shell) -> None:
    line = keystead.having(KEYSTEAD_API_KEY="canary-of-a-key")(*CREATE).refusal
    assert "keystead login" in line
    assert "canary" not in line
    assert "keystead login" in keystead.having(KEYSTEAD_API_KEY=None)(*CREATE).refusal


def test_an_expired_login(keystead: Shell) -> None:
    assert keystead("login").code == 0
    file = keystead.home / ".config" / "keystead" / "login.json"
    login = json.loads(file.read_text())
    file.write_text(json.dumps({**login, "expires_at": 1.0}))
    expired = Shell(keystead.home, {})
    line = expired(*CREATE).refusal
    assert "expired" in line
    assert "run `keystead login` again" in line
    # The server is asked by a token that looks fresh to us and is none to it.
    header, payload, signature = login["token"].split(".")
    forged = ".".join((header, payload, signature[::-1]))
    file.write_text(json.dumps({**login, "token": forged}))
    assert "run `keystead login` again" in expired(*CREATE).refusal


def test_a_server_that_is_down(keystead: Shell) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        down = keystead.having(KEYSTEAD_URL=f"https://127.0.0.1:{unused.getsockname()[1]}")
        line = down(*CREATE).refusal
    assert "cannot reach" in line
    assert "start the server" in line


def test_a_server_of_another_kind(keystead: Shell, server: Server) -> None:
    line = keystead.having(KEYSTEAD_URL=server.url.replace("https", "http"))(*CREATE).refusal
    assert "https://" in line


def test_a_wrong_ca(keystead: Shell) -> None:
    write_certificate(keystead.home)
    line = keystead.having(KEYSTEAD_CA_FILE=str(keystead.home / "ca.pem"))(*CREATE).refusal
    assert "not trusted" in line
    assert "KEYSTEAD_CA_FILE" in line
    assert "KEYSTEAD_CA_FILE" in keystead.having(KEYSTEAD_CA_FILE="none.pem")(*CREATE).refusal
    assert "KEYSTEAD_CA_FILE" in keystead.having(KEYSTEAD_CA_FILE=None)(*CREATE).refusal


BAD_KEYS = {
    "unknown key": (["wrap", UNKNOWN], "keystead key list"),
    "no key at all": (["wrap", "../import_token"], "neither a key id nor an alias"),
    "no base64": (["wrap", UNKNOWN, "--plaintext", "*"], "not base64"),
    "no ciphertext": (["unwrap", UNKNOWN, "--ciphertext", "-"], "ciphertext is empty"),
    "missing input": (["encrypt", UNKNOWN, "--in", "none", "--out", "new"], "no file none"),
    "unknown key for a file": (["encrypt", UNKNOWN, "--in", "mine", "--out", "new"], "keystead key list"),
    "no sealed file": (["decrypt", "--in", "mine", "--out", "new"], "is not a file that"),
    "unknown ring": (["key", "create", "never", "--ring", "nowhere"], "--ring"),
    "bad alias": (["key", "create", "never", "--alias", "not an alias"], "alias"),
    "short name": (["key", "create", "x"], "name"),
}


@pytest.mark.parametrize("case", BAD_KEYS.values(), ids=BAD_KEYS)
def test_bad_arguments(keystead: Shell, case: tuple[list[str], str]) -> None:
    words, says = case
    assert says in keystead(*words).refusal
    assert not (keystead.home / "new").exists()


@pytest.mark.parametrize("words", [["kye", "list"], ["wrap"], ["key", "list", "--limit", "0"], ["--nothing"]])
def test_a_wrong_command_line(keystead: Shell, words: list[str]) -> None:
    done = keystead(*words)
    assert (done.code, done.out) == (2, "")
    (line,) = done.err.splitlines()
    assert "--help" in line
