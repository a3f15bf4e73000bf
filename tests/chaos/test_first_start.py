"""kill -9 while the very first start is making its data folder: a later start finds its way."""

import os
import random
import shlex
import ssl
import subprocess
import sys
import time
from pathlib import Path

import httpx2 as httpx

_KILLS = 8
_READY = 60.0  # seconds


def start(folder: Path) -> "subprocess.Popen[bytes]":
    """Begin `keystead dev` on *folder*."""
    words = ["--data", str(folder / "data"), "--port", "0", "--env-file", str(folder / "env")]
    with (folder / "output").open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "keystead", "dev", *words], stdout=output, stderr=output
        )


def wait(folder: Path, process: "subprocess.Popen[bytes]") -> dict[str, str]:
    """Wait until it serves and return what it exports."""
    deadline = time.monotonic() + _READY
    while not (folder / "env").exists():
        assert process.poll() is None, (folder / "output").read_text()
        assert time.monotonic() < deadline
        time.sleep(0.01)
    pairs = (shlex.split(line)[1].partition("=") for line in (folder / "env").read_text().splitlines())
    return {name: value for name, _, value in pairs}


def kill(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()


def require_service(exports: dict[str, str]) -> None:
    """Log in and make a key with what the start exported."""
    url, authority = exports["KEYSTEAD_URL"], exports["KEYSTEAD_CA_FILE"]
    form = {"grant_type": "urn:ibm:params:oauth:grant-type:apikey", "apikey": exports["KEYSTEAD_API_KEY"]}
    body = {"metadata": {}, "resources": [{"name": "first", "extractable": False}]}
    with httpx.Client(
        base_url=url, verify=ssl.create_default_context(cafile=authority), trust_env=False
    ) as client:
        token = client.post("/identity/token", data=form).json()["access_token"]
        headers = {"authorization": f"Bearer {token}", "bluemix-instance": exports["KP_INSTANCE_ID"]}
        assert client.post("/api/v2/keys", json=body, headers=headers).status_code == 201
        assert len(client.get("/api/v2/keys", headers=headers).json()["resources"]) == 1


def test_a_first_start_that_was_killed(tmp_path: Path) -> None:
    chance = random.Random(seed := int.from_bytes(os.urandom(4), "big"))  # noqa: S311 - moments to kill at
    print(f"seed {seed}")  # noqa: T201 - shown when the test fails
    whole = _first_seconds(tmp_path / "whole")
    for i in range(_KILLS):
        folder = tmp_path / str(i)
        folder.mkdir()
        first = start(folder)
        _wait_for_work(folder, first)
        # From the first file on until a little after the last: the imports before that change nothing.
        time.sleep(chance.uniform(0, whole))
        kill(first)
        (folder / "env").unlink(missing_ok=True)
        second = start(folder)
        try:
            require_service(wait(folder, second))
        finally:
            kill(second)


def _first_seconds(folder: Path) -> float:
    """Return how long a first start takes from its first file to its last."""
    folder.mkdir()
    process = start(folder)
    try:
        _wait_for_work(folder, process)
        began = time.monotonic()
        wait(folder, process)
        return time.monotonic() - began
    finally:
        kill(process)


def _wait_for_work(folder: Path, process: "subprocess.Popen[bytes]") -> None:
    while not (folder / "data").exists():
        assert process.poll() is None, (folder / "output").read_text()
