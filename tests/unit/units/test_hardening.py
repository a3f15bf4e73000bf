import ctypes
import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from keystead.units import hardening
from keystead.units.hardening import Hardening, NotHardened, harden_process

linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

# Each child runs in a process of its own: hardening cannot be undone.
CHILD = """
import ctypes, dataclasses, json, mmap, resource, sys
from keystead.units.hardening import harden_process
{before}
done = harden_process()
libc = ctypes.CDLL(None)
room = mmap.mmap(-1, 64 << 20)  # an allocation after locking still works
print(json.dumps({{"report": dataclasses.asdict(done), "complete": done.complete,
    "core": resource.getrlimit(resource.RLIMIT_CORE), "dumpable": libc.prctl(3, 0, 0, 0, 0)}}), flush=True)
sys.stdin.readline()
"""
CAPABILITIES_GONE = """
class Header(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]
nothing = (ctypes.c_uint32 * 6)()
assert ctypes.CDLL(None).capset(ctypes.byref(Header(0x20080522, 0)), ctypes.byref(nothing)) == 0
"""


def child(before: str = "") -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", CHILD.format(before=before)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def said_by(process: "subprocess.Popen[str]") -> dict[str, object]:
    assert process.stdout is not None
    answer: dict[str, object] = json.loads(process.stdout.readline())
    return answer


@linux
def test_a_hardened_child_has_no_core_limit_and_is_not_dumpable() -> None:
    with child() as process:
        answer = said_by(process)
        limits = Path(f"/proc/{process.pid}/limits").read_text("ascii")
        owner = Path(f"/proc/{process.pid}/environ").stat().st_uid  # root's, once a process is not dumpable
        process.communicate("\n")
    assert process.returncode == 0
    assert answer["core"] == [0, 0]
    assert answer["dumpable"] == 0
    assert owner == 0
    core = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
    assert core.split()[4:6] == ["0", "0"]


@linux
def test_the_report_agrees_with_the_kernel_about_locked_memory() -> None:
    with child() as process:
        answer = said_by(process)
        status = Path(f"/proc/{process.pid}/status").read_text("ascii")
        process.communicate("\n")
    locked = next(line for line in status.splitlines() if line.startswith("VmLck:"))
    report = answer["report"]
    assert isinstance(report, dict)
    assert (int(locked.split()[1]) > 0) == report["memory_locked"].startswith("yes")
    assert answer["complete"] == all(text.startswith("yes") for text in report.values())


@linux
def test_a_finite_limit_leaves_memory_unlocked_and_says_so() -> None:
    limit = "resource.setrlimit(resource.RLIMIT_MEMLOCK, (1 << 20, 1 << 20))"
    with child(f"{limit}\n{CAPABILITIES_GONE}") as process:
        answer = said_by(process)
        process.communicate("\n")
    report = answer["report"]
    assert isinstance(report, dict)
    assert "LimitMEMLOCK=infinity" in report["memory_locked"]
    assert answer["complete"] is False
    assert answer["dumpable"] == 0


def test_core_dumps_that_stay_possible_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_which: int, _limits: tuple[int, int]) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(resource, "setrlimit", refuse)
    with pytest.raises(NotHardened, match="RLIMIT_CORE"):
        harden_process()


class RefusingKernel:
    def prctl(self, *_arguments: int) -> int:
        return -1

    def mlockall(self, _flags: int) -> int:
        return -1


def test_each_refusal_of_the_kernel_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(resource, "setrlimit", lambda _which, _limits: None)
    monkeypatch.setattr(ctypes, "CDLL", lambda *_names, **_options: RefusingKernel())
    monkeypatch.setattr(ctypes, "get_errno", lambda: 1)
    monkeypatch.setattr(hardening, "_may_lock_everything", lambda: True)
    report = harden_process()
    assert report.no_debuggers == f"no: prctl: {os.strerror(1)}"
    assert report.memory_locked == f"no: mlockall: {os.strerror(1)}"
    assert not report.complete


def test_other_systems_are_told_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(resource, "setrlimit", lambda _which, _limits: None)
    report = harden_process()
    assert report == Hardening(
        no_core_dumps="yes: core limit is 0",
        no_debuggers="no: darwin has no PR_SET_DUMPABLE",
        memory_locked="no: memory is not locked on darwin; use encrypted swap or none",
    )
