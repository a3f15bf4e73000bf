"""Close the ways out of a process that holds key material: core dumps, debuggers, swap.

Source: prctl(2) ``PR_SET_DUMPABLE``; mlockall(2); getrlimit(2); capabilities(7) ``CAP_IPC_LOCK``.
"""

import ctypes
import os
import resource
import sys
from dataclasses import dataclass, fields
from pathlib import Path

from keystead.domain.errors import KeysteadError

_PR_GET_DUMPABLE = 3
_PR_SET_DUMPABLE = 4
_MCL_CURRENT, _MCL_FUTURE, _MCL_ONFAULT = 1, 2, 4
_CAP_IPC_LOCK = 14


class NotHardened(KeysteadError):
    """The process could not be closed where every supported system allows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hardening:
    """What was achieved, in words for the log; each text starts with ``yes`` or ``no``."""

    no_core_dumps: str
    no_debuggers: str
    memory_locked: str

    @property
    def complete(self) -> bool:
        """Tell whether every measure took hold."""
        return all(getattr(self, field.name).startswith("yes") for field in fields(self))


def harden_process() -> Hardening:
    """Forbid core dumps, refuse debuggers, and lock the memory of this process, as far as the system lets.

    Call it after privileges were dropped and before any key is opened. Child processes inherit the core limit
    only; an ``exec`` undoes the rest.

    Raises:
        NotHardened: core dumps could not be forbidden.
    """
    return Hardening(
        no_core_dumps=_forbid_core_dumps(), no_debuggers=_refuse_debuggers(), memory_locked=_lock_memory()
    )


def _forbid_core_dumps() -> str:
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (OSError, ValueError) as error:
        raise NotHardened(f"core dumps could not be forbidden (RLIMIT_CORE): {error}") from error
    return "yes: core limit is 0"


def _refuse_debuggers() -> str:
    """Make the process undumpable: other processes of the same user can neither trace nor read it."""
    if sys.platform != "linux":
        return f"no: {sys.platform} has no PR_SET_DUMPABLE"
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 or libc.prctl(_PR_GET_DUMPABLE, 0, 0, 0, 0) != 0:
        return f"no: prctl: {os.strerror(ctypes.get_errno())}"
    return "yes: process is not dumpable"


def _lock_memory() -> str:
    """Lock present and future pages, each when it is first touched.

    Without ``MCL_ONFAULT`` every reserved page (thread stacks, arenas) would become real memory at once. The
    limit counts reserved pages all the same, and under ``MCL_FUTURE`` an allocation beyond it fails; so a
    process with any finite limit is better off unlocked than dead in the middle of a request.
    """
    if sys.platform != "linux":
        return f"no: memory is not locked on {sys.platform}; use encrypted swap or none"
    if not _may_lock_everything():
        return "no: RLIMIT_MEMLOCK is finite; set LimitMEMLOCK=infinity (ulimit -l unlimited), or use no swap"
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mlockall(_MCL_CURRENT | _MCL_FUTURE | _MCL_ONFAULT) != 0:
        return f"no: mlockall: {os.strerror(ctypes.get_errno())}"
    return "yes: pages are kept out of swap"


def _may_lock_everything() -> bool:
    soft, hard = resource.getrlimit(resource.RLIMIT_MEMLOCK)
    if hard == resource.RLIM_INFINITY and soft != hard:
        resource.setrlimit(resource.RLIMIT_MEMLOCK, (hard, hard))  # raising to the hard limit is free
        soft = hard
    return soft == resource.RLIM_INFINITY or _has_capability(_CAP_IPC_LOCK)


def _has_capability(number: int) -> bool:
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith("CapEff:"):
            return bool(int(line.split()[1], 16) >> number & 1)
    return False
