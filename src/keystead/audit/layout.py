"""The log's directory: whose it is, whether anything is in it, and what it says of itself."""

import fcntl
import os
from pathlib import Path
from typing import Final

from keystead.audit.merkle import EMPTY_ROOT
from keystead.audit.note import MAX_NOTE, Checkpoint, open_checkpoint, sign_checkpoint
from keystead.audit.tiles import replace_durably, sync_directory
from keystead.crypto.signatures import Signer
from keystead.domain.errors import Tampered, Unavailable

EVENTS: Final = "events"
CHECKPOINT: Final = "checkpoint"
RESTORE: Final = (
    "restore the log's directory from a copy and verify it, or move it aside and keep it as evidence"
)


def lock(directory: Path) -> int:
    """Return a descriptor that holds the directory's lock; `Unavailable` if another process has it."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise Unavailable(
            f"the audit log {directory} is in use by another process; give each process its own directory, "
            "or end the other one first"
        ) from None
    return descriptor


def read_checkpoint(directory: Path, public: bytes, origin: str) -> tuple[Checkpoint, bytes]:
    """Return the checkpoint on disk and its octets; `Tampered` if it is missing, forged or another log's."""
    try:
        with (directory / CHECKPOINT).open("rb") as file:
            note = file.read(MAX_NOTE + 1)
    except FileNotFoundError:
        raise Tampered(f"the audit log {directory} has lost its checkpoint; {RESTORE}") from None
    try:
        checkpoint = open_checkpoint(note, public)
    except Tampered as error:
        raise Tampered(
            f"the checkpoint of the audit log {directory} is not ours: {error}; {RESTORE}"
        ) from None
    if checkpoint.origin != origin:
        raise Tampered(
            f"the audit log {directory} belongs to {checkpoint.origin}, not to {origin}; name its directory"
        )
    return checkpoint, note


def is_new(directory: Path) -> bool:
    """Tell whether nothing was ever recorded here; a crash while beginning leaves an empty file at most."""
    found = {entry.name: entry for entry in directory.iterdir()}
    found.pop(CHECKPOINT + ".new", None)
    events = found.pop(EVENTS, None)
    if not found:
        return events is None or events.stat().st_size == 0
    if events is None:
        raise Tampered(f"the audit log {directory} has lost its file of events; {RESTORE}")
    return False


def begin(directory: Path, signer: Signer, origin: str) -> None:
    """Make an empty log in an empty directory, durably; `OSError`."""
    (directory / EVENTS).touch(mode=0o600)
    replace_durably(directory / CHECKPOINT, sign_checkpoint(Checkpoint(origin, 0, EMPTY_ROOT), signer))
    sync_directory(directory)
    sync_directory(directory.parent)
