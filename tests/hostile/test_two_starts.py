"""Two first starts on one folder: one of them serves, the other says why it does not."""

import subprocess
import time
from pathlib import Path

from servers import KEYSTEAD, READY_SECONDS, dev, reader

ROUNDS = 3


def test_two_first_starts_at_once(tmp_path: Path) -> None:
    for i in range(ROUNDS):
        folder = tmp_path / str(i)
        folder.mkdir()
        both = [start(folder, name) for name in ("one", "two")]
        try:
            ready = [
                settled(folder, process, name) for process, name in zip(both, ("one", "two"), strict=True)
            ]
            assert any(ready), [said(folder, name) for name in ("one", "two")]
        finally:
            for process in both:
                process.terminate()
                process.wait(READY_SECONDS)
        for served, process, name in zip(ready, both, ("one", "two"), strict=True):
            if served:
                assert process.returncode == 0, said(folder, name)
            else:
                assert process.returncode == 1
                (line,) = said(folder, name).splitlines()
                assert line.startswith("keystead: "), line
        with dev(folder) as server, server.client() as client:
            assert client.get("/api/v2/keys").status_code == 200


def start(folder: Path, name: str) -> "subprocess.Popen[bytes]":
    words = ["dev", "--data", str(folder / "data"), "--port", "0", "--env-file", str(folder / f"{name}.env")]
    with (folder / f"{name}.log").open("wb") as output:
        return subprocess.Popen(
            [KEYSTEAD, *words], cwd=folder, env=reader(), stdout=output, stderr=subprocess.STDOUT
        )


def settled(folder: Path, process: "subprocess.Popen[bytes]", name: str) -> bool:
    """Wait until the start is over one way or the other; return whether it serves."""
    deadline = time.monotonic() + READY_SECONDS
    while not (folder / f"{name}.env").exists():
        if process.poll() is not None:
            return False
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return True


def said(folder: Path, name: str) -> str:
    return (folder / f"{name}.log").read_text("utf-8", "replace")
