"""An audit log that was set back to an older copy is refused, also after a crash."""

import shutil
import signal
import time
from pathlib import Path

import pytest

from servers import READY_SECONDS, NotReady, dev, run

EVENTS = 12


def test_an_older_copy_after_a_crash(tmp_path: Path) -> None:
    data = tmp_path / "data"
    log, copy = data / "audit" / "local", tmp_path / "copy"
    with dev(tmp_path) as server, server.client() as client:
        shutil.copytree(log, copy)
        older = size(log / "checkpoint")
        for _ in range(EVENTS):
            assert client.get("/api/v2/keys").status_code == 200
        deadline = time.monotonic() + READY_SECONDS
        while size(data / "unit" / "audit-local.checkpoint") < older + EVENTS:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        server.stop(signal.SIGKILL)
    shutil.move(log, tmp_path / "newer")
    shutil.copytree(copy, log)
    for _ in range(2):  # the refused start left everything as it was
        done = run("dev", "--data", data, "--port", "0", folder=tmp_path)
        assert done.returncode == 1
        (line,) = done.stderr.splitlines()
        assert "audit log" in line
    shutil.rmtree(log)
    done = run("dev", "--data", data, "--port", "0", folder=tmp_path)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (1, "", 1)
    shutil.rmtree(log, ignore_errors=True)
    shutil.move(tmp_path / "newer", log)
    with dev(tmp_path) as server, server.client() as client:
        assert client.get("/api/v2/keys").status_code == 200


def test_a_folder_whose_unit_is_of_another(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        with dev(tmp_path / name):
            pass
    shutil.rmtree(tmp_path / "one" / "data" / "audit")
    shutil.copytree(tmp_path / "two" / "data" / "audit", tmp_path / "one" / "data" / "audit")
    with pytest.raises(NotReady, match=r"\Akeystead: [^\n]*audit[^\n]*\n\Z"), dev(tmp_path / "one"):
        pass


def size(checkpoint: Path) -> int:
    """Return how many events a checkpoint covers: the second line of a signed note."""
    return int(checkpoint.read_text().splitlines()[1])
