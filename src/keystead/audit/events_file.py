"""The file ``events`` while it grows: written, synced, or cut back to what was synced before."""

import errno
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

_SEEN: Final = 4096  # octets at the end that are remembered, to know the file again
_FLAGS: Final = os.O_RDWR | os.O_APPEND | os.O_CLOEXEC
_PROBE: Final = b"\n" * 4096  # more than a file system keeps inline; an open after a crash cuts it off


class RecordingFailed(Exception):
    """Events could not be made durable.

    ``text`` says what to do. ``may_heal`` is true when nothing of the failed write can have been relied
    upon, so that going on is safe once writing works again; after a failed sync only a restart tells what
    the disk really holds.
    """

    def __init__(self, text: str, *, may_heal: bool) -> None:
        super().__init__(text)
        self.text = text
        self.may_heal = may_heal


class EventsFile:
    """An open file whose first ``size`` octets are durable.

    ``descriptor`` is what has to be synced between `write` and `confirm`.
    """

    def __init__(self, path: Path, size: int) -> None:
        """Open *path*, of which *size* octets are durable; `OSError`."""
        self.size = size
        self._unsynced = b""
        self._path = str(path)  # it is looked at after every group, and a Path would be made text each time
        self.descriptor = os.open(path, _FLAGS)
        found = os.fstat(self.descriptor)
        self._identity = (found.st_dev, found.st_ino)
        self._end = self._last_octets()

    def write(self, octets: bytes) -> None:
        """Put *octets* behind everything else, not durable yet; `RecordingFailed` leaves nothing of them."""
        rest = memoryview(octets)
        try:
            while rest:
                rest = rest[os.write(self.descriptor, rest) :]
        except OSError as error:
            self.take_back()
            raise failed_write(error) from error
        self._unsynced = octets

    def confirm(self) -> None:
        """Count what was written as durable, for it was synced; `RecordingFailed` leaves `size` alone."""
        self.require_intact()
        self.size += len(self._unsynced)
        self._end = (self._end + self._unsynced[-_SEEN:])[-_SEEN:]
        self._unsynced = b""

    def take_back(self) -> None:
        """Take a group away that did not become durable.

        What cannot be cut is cut by `heal` or by the next open.
        """
        self._unsynced = b""
        with suppress(OSError):
            if os.fstat(self.descriptor).st_size > self.size:  # never lengthen a file that somebody cut
                self._cut()

    def require_intact(self) -> None:
        """Check that the path still names this file, and that it is as long as it was; `RecordingFailed`."""
        if self._length() != self.size + len(self._unsynced):
            raise _lost("was changed by somebody else")

    def heal(self) -> None:
        """Cut a failed write away and try a real write and sync; `RecordingFailed` if that is still wrong.

        The rule: the path names the very file, it is not shorter than what was durable, and the last octets
        of that are unchanged.
        """
        if self._length() < self.size or self._last_octets() != self._end:
            raise _lost("was changed by somebody else")
        try:
            self._cut()
            self.write(_PROBE)
            self._sync()
            self._cut()
        except OSError as error:
            raise failed_write(error) from error
        self._unsynced = b""

    def close(self) -> None:
        """Release the descriptor."""
        os.close(self.descriptor)

    def _length(self) -> int:
        """Return the length of the file that the path names, which must be this one; `RecordingFailed`."""
        try:
            found = os.stat(self._path)  # noqa: PTH116 - see above
        except OSError as error:
            raise _lost("was deleted or cannot be reached") from error
        if (found.st_dev, found.st_ino) != self._identity:
            raise _lost("was replaced by another")
        return found.st_size

    def _last_octets(self) -> bytes:
        start = max(self.size - _SEEN, 0)
        return os.pread(self.descriptor, self.size - start, start)

    def _cut(self) -> None:
        os.ftruncate(self.descriptor, self.size)
        self._sync()

    def _sync(self) -> None:
        try:
            os.fdatasync(self.descriptor)
        except OSError as error:
            raise failed_sync(error) from error


def failed_write(error: OSError) -> RecordingFailed:
    """Return what to do about *error*, which a write met before anything was synced."""
    if error.errno == errno.EIO:
        return RecordingFailed(
            "the audit log's disk reports an error; replace it, then restart the service", may_heal=False
        )
    what = "free some space" if error.errno in {errno.ENOSPC, errno.EDQUOT} else "make it writable again"
    return RecordingFailed(
        f"the audit log cannot be written ({error.strerror}); {what}, then recording resumes by itself",
        may_heal=True,
    )


def failed_sync(error: Exception) -> RecordingFailed:
    """Return a failure for good: after a failed sync nobody knows what the disk holds."""
    why = error.strerror if isinstance(error, OSError) else error
    return RecordingFailed(
        f"the audit log cannot be synced ({why}); check the disk, then restart the service",
        may_heal=False,
    )


def refused_sync(error: Exception) -> RecordingFailed:
    """Return a failure of this group alone, which the kernel did not begin to sync (want of memory, say)."""
    return RecordingFailed(
        f"the kernel does not take the audit log's sync ({error}); recording resumes when it does",
        may_heal=True,
    )


def _lost(how: str) -> RecordingFailed:
    return RecordingFailed(
        f"the audit log's file of events {how} while in use; find out by whom, put it back from where it "
        "is kept, verify it, then restart the service",
        may_heal=False,
    )
