"""Events in the order of the log, some at a time, and none that is not signed yet."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from keystead.audit.layout import CHECKPOINT, EVENTS
from keystead.audit.note import MAX_NOTE, Checkpoint, open_checkpoint
from keystead.audit.records import MAX_LINE, Record, lines_from, parse
from keystead.domain.errors import Tampered
from keystead.export.cursor import Cursor

_MOST_OCTETS: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Batch:
    """Events that follow each other, and where the export stands after them."""

    records: tuple[Record, ...]
    after: Cursor

    @property
    def origin(self) -> str:
        """The log's name."""
        return self.after.origin


@dataclass(frozen=True, slots=True)
class Source:
    """A log that may grow.

    Args:
        directory: of the log; only read.
        public: its Ed25519 public key: only what is signed is passed on.
    """

    directory: Path
    public: bytes

    def start(self) -> Cursor:
        """Return the cursor of an export that has passed on nothing; `Tampered`, `OSError`."""
        return Cursor(origin=self._checkpoint().origin, index=0, offset=0, last=0, commitment="")

    def require_known(self, cursor: Cursor) -> None:
        """Check that *cursor* stands in this very log.

        Raises:
            Tampered: the log is another, or does not hold the event before the cursor any more.
        """
        checkpoint = self._checkpoint()
        if cursor.origin != checkpoint.origin:
            raise Tampered(f"the cursor is of the log {cursor.origin}, this one is {checkpoint.origin}")
        if cursor.index and self._commitment_at(cursor.last) != cursor.commitment:
            raise Tampered(f"event {cursor.index - 1} is not where it was passed on from; verify the log")

    def batch(self, cursor: Cursor, most: int) -> Batch:
        """Return up to *most* events from *cursor* on, which may be none.

        Raises:
            Tampered: an event is damaged or missing, or the checkpoint is not signed by the key.
            OSError: something cannot be read.
        """
        records: list[Record] = []
        octets = 0
        for offset, line in self._signed(cursor):
            if len(records) == most or octets > _MOST_OCTETS:
                break
            record = _record(line, cursor.index)
            records.append(record)
            octets += len(line)
            cursor = Cursor(
                origin=cursor.origin,
                index=record.index + 1,
                offset=offset + len(line),
                last=offset,
                commitment=record.commitment.hex(),
            )
        return Batch(tuple(records), cursor)

    def _signed(self, cursor: Cursor) -> Iterator[tuple[int, bytes]]:
        size = self._checkpoint().size
        with (self.directory / EVENTS).open("rb") as file:
            lines = lines_from(file, cursor.offset)
            for index in range(cursor.index, size):
                found = next(lines, None)
                if found is None:
                    raise Tampered(f"event {index} is signed and not there; verify the log")
                yield found

    def _commitment_at(self, offset: int) -> str:
        with (self.directory / EVENTS).open("rb") as file:
            file.seek(offset)
            try:
                return parse(file.readline(MAX_LINE)).commitment.hex()
            except ValueError:
                return ""

    def _checkpoint(self) -> Checkpoint:
        with (self.directory / CHECKPOINT).open("rb") as file:
            return open_checkpoint(file.read(MAX_NOTE + 1), self.public)


def _record(line: bytes, index: int) -> Record:
    try:
        record = parse(line)
    except ValueError as error:
        raise Tampered(f"event {index} of the audit log {error}; verify the log") from None
    if record.index != index:
        raise Tampered(f"event {record.index} stands where event {index} should; verify the log")
    return record
