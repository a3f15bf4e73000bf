"""The running process: no core dump, closed to its own user; and what root sees, as the threat model says."""

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2 as httpx
import pytest

from canary.forms import canary, found_below, found_in, marked
from canary.traffic import Marks, Traffic, resource_id, text64
from chaos.forked import Forked
from chaos.serving import Place, make_place

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

# As much as a process may have: core dumps into the folder it stands in; no capability to trace others.
PRELUDE = """
import ctypes, os, resource
os.chdir({folder!r})
hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
if os.geteuid() == 0:
    hard = resource.RLIM_INFINITY
resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
class Header(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]
nothing = (ctypes.c_uint32 * 6)()
assert ctypes.CDLL(None).capset(ctypes.byref(Header(0x20080522, 0)), ctypes.byref(nothing)) == 0
"""
SERVER = PRELUDE + "from keystead.cli.main import run; run()"
CONTROL = (
    PRELUDE + "held = bytes.fromhex({held!r}); print('ready', flush=True); import signal; signal.pause()"
)
READER = PRELUDE + "open('/proc/{pid}/mem', 'rb').close()"


@contextmanager
def server(folder: Path, marks: Marks) -> Iterator[Place]:
    """Run a server that holds a root key whose material begins with the mark."""
    place = asyncio.run(make_place(folder, None))
    cores = folder / "cores"
    cores.mkdir()
    asyncio.run(place.start("-c", SERVER.format(folder=str(cores))))
    try:
        token = asyncio.run(place.token())
        with httpx.Client(base_url=place.url, verify=place.context, trust_env=False) as client:
            traffic = Traffic(client, token, place.instance, marks)
            key = resource_id(traffic.create(payload=text64(traffic.material())))
            assert traffic.ask("POST /keys/{key}/actions/wrap", {}, key=key).is_success
        yield place
    finally:
        place.kill()


@contextmanager
def control(folder: Path, held: bytes) -> "Iterator[subprocess.Popen[bytes]]":
    """Run a process like the server, but not hardened, that holds *held*."""
    folder.mkdir()
    program = CONTROL.format(folder=str(folder), held=held.hex())
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        try:
            yield process
        finally:
            process.kill()


def test_no_core_dump(tmp_path: Path) -> None:
    marks = Marks()
    material = [canary("material", marks.material)]
    with control(tmp_path / "control", marked(marks.material, 32)) as process:
        assert _dumped(process), "this system writes no core dumps at all: nothing can be shown here"
    with server(tmp_path / "server", marks) as place:
        assert place.process is not None
        assert not _dumped(place.process)
        assert list((place.folder / "cores").iterdir()) == []
        assert found_below(place.folder, material) == []
    if not Path("/proc/sys/kernel/core_pattern").read_text().startswith(("|", "/")):
        assert found_below(tmp_path / "control", material)  # such a dump would have given it away


def test_its_memory_is_closed_to_its_own_user(tmp_path: Path) -> None:
    marks = Marks()
    with control(tmp_path / "control", marks.material) as process:
        assert _may_read(process.pid, tmp_path)
    with server(tmp_path / "server", marks) as place:
        assert place.process is not None
        assert not _may_read(place.process.pid, tmp_path)


@pytest.mark.parametrize("page", ["docs/threat-model.md"])
def test_what_root_sees_is_what_the_threat_model_says(tmp_path: Path, page: str) -> None:
    marks = Marks()
    with server(tmp_path / "server", marks) as place:
        assert place.process is not None
        found = _in_memory(place.process.pid, marks) if os.geteuid() == 0 else ["unknown: not root here"]
    print(found)  # noqa: T201 - shown with -s: today root finds the material, and nothing can prevent it
    text = " ".join((Path(__file__).parents[2] / page).read_text().split())
    assert not found or "can take everything from the memory of the running process" in text


def _dumped(process: "subprocess.Popen[bytes] | Forked") -> bool:
    """Abort it, and tell whether the kernel wrote a core dump."""
    process.send_signal(signal.SIGABRT)
    ended = os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert ended is not None
    assert ended.si_code in {os.CLD_DUMPED, os.CLD_KILLED}
    return ended.si_code == os.CLD_DUMPED


def _may_read(pid: int, folder: Path) -> bool:
    """Tell whether another process of the same user, without special rights, can open its memory."""
    done = subprocess.run(
        [sys.executable, "-c", READER.format(folder=str(folder), pid=pid)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0 or "PermissionError" in done.stderr, done.stderr
    return done.returncode == 0


def _in_memory(pid: int, marks: Marks) -> list[str]:
    found: list[str] = []
    with Path(f"/proc/{pid}/maps").open() as maps, Path(f"/proc/{pid}/mem").open("rb") as memory:
        for line in maps:
            area = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw", line)
            if area is None:
                continue
            memory.seek(int(area[1], 16))
            try:
                found += found_in(memory.read(int(area[2], 16) - int(area[1], 16)), marks.canaries())
            except OSError:  # areas of devices
                continue
    return sorted(set(found))
