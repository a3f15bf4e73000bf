"""The tree of a log while it grows, and its signed checkpoints on disk."""

import asyncio
import errno
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

from keystead.audit.edge import Snapshot
from keystead.audit.events_file import failed_write
from keystead.audit.layout import CHECKPOINT
from keystead.audit.note import Checkpoint, sign_checkpoint
from keystead.audit.recovery import Recovered
from keystead.audit.tiles import replace_durably, sync_directory, write_tiles
from keystead.crypto.signatures import Signer

R = TypeVar("R")
_journal = logging.getLogger(__name__)
_PAUSE_SECONDS: Final = 0.005  # after each tile
_NO_DESCRIPTORS: Final = frozenset({errno.EMFILE, errno.ENFILE})


class Checkpoints:
    """Signs the log in one directory.

    ``note`` is the newest checkpoint, and ``signed`` how many events it covers. ``in_haste`` leaves out the
    pauses between tiles, which let those in between who wait for the disk.
    """

    def __init__(self, directory: Path, signer: Signer, origin: str, recovered: Recovered) -> None:
        self._directory, self._signer, self._origin = directory, signer, origin
        self._edge, self.signed, self.note = recovered.edge, recovered.signed, recovered.note
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="audit-signer")
        self._overdue = False  # no descriptor was left for the newest one
        self.in_haste = False

    def add(self, commitments: Sequence[bytes]) -> None:
        """Take durable events into the tree."""
        self._edge.add(commitments)

    async def sign(self) -> bool:
        """Write a checkpoint if events have come since the newest; return whether one was written.

        Raises:
            RecordingFailed: it could not be written, and nothing of it is visible.
        """
        if self._edge.size == self.signed:
            return False
        snapshot = self._edge.snapshot()
        note = await self.in_thread(self._write, snapshot)
        self._tell_if_overdue(note is None)
        if note is None:
            return False
        self._edge.written(snapshot)
        self.note, self.signed = note, snapshot.size
        return True

    async def in_thread(self, work: Callable[..., R], *arguments: object) -> R:
        """Return what *work* does in the thread that signs, one after the other."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *arguments)

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown()

    def _write(self, snapshot: Snapshot) -> bytes | None:
        """Return the note that now stands, or ``None`` when there is no descriptor to write it with."""
        note = sign_checkpoint(Checkpoint(self._origin, snapshot.size, snapshot.root), self._signer)
        try:
            write_tiles(self._directory, snapshot.files, 0.0 if self.in_haste else _PAUSE_SECONDS)
            replace_durably(self._directory / CHECKPOINT, note)
            sync_directory(self._directory)
        except OSError as error:
            if error.errno in _NO_DESCRIPTORS:
                return None  # too many connections, say; events need no new descriptor and go on
            raise failed_write(error) from error  # nothing is half visible, so it may be tried again
        return note

    def _tell_if_overdue(self, overdue: bool) -> None:
        """Say once that checkpoints wait for a descriptor: until there is one, new events are unsigned."""
        if overdue and not self._overdue:
            facts = {"signed": self.signed, "recorded": self._edge.size}
            _journal.warning("audit_checkpoint_overdue", extra={"facts": facts})
        self._overdue = overdue
