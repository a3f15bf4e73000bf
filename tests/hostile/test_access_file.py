"""`keystead dev` never hands out a key that opens nothing."""

import json
import os
import re
from pathlib import Path

import pytest

from servers import NotReady, Server, dev, run

LINE = re.compile(r"\Akeystead: [^\n]+\n\Z")


def works(server: Server) -> bool:
    with server.client() as client:
        return client.get("/api/v2/keys").status_code == 200


def refused(folder: Path) -> str:
    with pytest.raises(NotReady) as caught, dev(folder):
        pass
    text = str(caught.value)
    assert LINE.match(text), text
    assert "access.json" in text
    return text


def test_the_access_file_is_deleted(tmp_path: Path) -> None:
    with dev(tmp_path):
        pass
    file = tmp_path / "data" / "access.json"
    kept = file.read_bytes()
    file.unlink()
    for _ in range(2):
        assert "is missing" in refused(tmp_path)
        assert not file.exists()
        assert not (tmp_path / "env").exists()
    write(file, kept)
    with dev(tmp_path) as server:
        assert works(server)


def test_the_advice_helps(tmp_path: Path) -> None:
    with dev(tmp_path):
        pass
    file = tmp_path / "data" / "access.json"
    file.unlink()
    (advised,) = re.findall(r"`keystead ([^`]+)`", refused(tmp_path))
    words = advised.replace("EMAIL", "somebody@example.com").split()
    done = run(*words, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    (text,) = re.findall(r"^api key +(\S+)$", done.stdout, re.MULTILINE)
    write(file, json.dumps({"api_key": text}).encode())
    with dev(tmp_path) as server:
        assert works(server)


def test_the_access_file_of_another_folder(tmp_path: Path) -> None:
    with dev(tmp_path):
        pass
    write(tmp_path / "data" / "access.json", b'{"api_key": "a-key-of-nobody"}')
    assert "nobody" in refused(tmp_path)
    for damaged in (b"", b"{", b'{"api_key": 1}', b'{"api_key": "\xff"}'):
        write(tmp_path / "data" / "access.json", damaged)
        assert "damaged" in refused(tmp_path)


def test_a_first_start_that_ended_before_the_account(tmp_path: Path) -> None:
    """The state that a kill leaves between the file and the account: the key is there and known to nobody."""
    with dev(tmp_path) as server:
        same = server.exports["KEYSTEAD_API_KEY"]
        assert works(server)
    for name in ("keystead.db", "keystead.db-wal", "keystead.db-shm"):
        (tmp_path / "data" / name).unlink(missing_ok=True)
    with dev(tmp_path) as server:
        assert server.exports["KEYSTEAD_API_KEY"] == same
        assert works(server)


def write(file: Path, octets: bytes) -> None:
    file.unlink(missing_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(octets)
