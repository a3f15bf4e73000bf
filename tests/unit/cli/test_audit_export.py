"""`keystead audit export`: what it says, and what it refuses."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from servers import KEYSTEAD, reader
from unit.audit.sample import SIGNER, written
from unit.cli.command_line import CommandLine


@pytest.fixture
def words(tmp_path: Path) -> list[str]:
    written(tmp_path / "log", 7, unsigned=2)
    (tmp_path / "public").write_text(SIGNER.public.hex())
    out = tmp_path / "out"
    files = ["--public-key", str(tmp_path / "public"), "--cursor", str(tmp_path / "cursor")]
    return ["audit", "export", str(tmp_path / "log"), *files, "--to", f"file:{out}"]


def test_once(shell: CommandLine, words: list[str], tmp_path: Path) -> None:
    done = shell(*words, "--once", "--batch", "3")
    assert (done.code, done.out, done.err) == (0, "", "7 events were passed on\n")
    assert shell(*words, "--once").err == "0 events were passed on\n"
    lines = (tmp_path / "out").read_text().splitlines()
    assert [json.loads(line)["logIndex"] for line in lines] == list(range(7))


def test_it_goes_on_until_it_is_ended(words: list[str], tmp_path: Path) -> None:
    process = subprocess.Popen([KEYSTEAD, *words], env=reader(), stderr=subprocess.PIPE)
    try:
        deadline = time.monotonic() + 60
        while not (tmp_path / "cursor").exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        assert process.poll() is None
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.communicate()
    assert len((tmp_path / "out").read_text().splitlines()) == 7


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"--to": "nowhere"}, "--to takes file:PATH"),
        ({"--to": "file:/nowhere/at/all"}, "No such file"),
        ({"--public-key": "{folder}/cursor"}, "cursor"),
        ({"--cursor": "/nowhere/at/all"}, "cannot write the cursor"),
        ({"--ca-file": "{folder}/none", "--to": "https://127.0.0.1:1/"}, "cannot read the CA file"),
    ],
    ids=str,
)
def test_bad_input(
    shell: CommandLine, words: list[str], tmp_path: Path, change: dict[str, str], says: str
) -> None:
    for option, value in change.items():
        words += [option, value.format(folder=tmp_path)]
    done = shell(*words, "--once")
    assert (done.code, done.out) == (1, "")
    assert says in done.err
    assert len(done.err.splitlines()) == 1


def test_a_damaged_log(shell: CommandLine, words: list[str], tmp_path: Path) -> None:
    events = tmp_path / "log" / "events"
    events.write_bytes(events.read_bytes().replace(b"success", b"failure", 1))
    done = shell(*words, "--once")
    assert (done.code, done.out) == (1, "")
    assert "verify the log" in done.err
    assert not (tmp_path / "out").exists()
