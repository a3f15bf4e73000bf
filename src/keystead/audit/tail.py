"""Reading the log as it grows."""

from collections.abc import Callable, Iterator
from pathlib import Path

from keystead.audit.layout import EVENTS
from keystead.audit.records import Record, blocks_backwards, lines_from, parse
from keystead.domain.errors import Tampered


def tail(directory: Path, count: int) -> list[Record]:
    """Return the last *count* events, oldest first; fewer if there are no more.

    Raises:
        Tampered: one of them is damaged.
        OSError: the file cannot be read.
    """
    lines: list[bytes] = []
    with (directory / EVENTS).open("rb") as file:
        for block in blocks_backwards(file):
            lines = [line for line in block.splitlines(keepends=True) if line.endswith(b"\n")] + lines
            if len(lines) >= count:
                break
    return [record_in(line) for line in lines[len(lines) - min(count, len(lines)) :]]


def follow(directory: Path, wait: Callable[[], bool], start: int = 0) -> Iterator[Record]:
    """Yield events from octet *start* of the file on, as they come.

    An event may be seen a moment before its sync has ended; who passes events on to others should stay
    behind the checkpoint.

    Args:
        directory: of the log.
        wait: called at the end of the file; sleeps, and returns whether to look again.
        start: octets to skip; the length of the file for new events only.

    Raises:
        Tampered: an event is damaged.
        OSError: the file cannot be read.
    """
    with (directory / EVENTS).open("rb") as file:
        while True:
            for offset, line in lines_from(file, start):
                if not line.endswith(b"\n"):
                    break
                yield record_in(line)
                start = offset + len(line)
            if not wait():
                return


def record_in(line: bytes) -> Record:
    """Return the record that a line of the log holds; `Tampered` when it is damaged."""
    try:
        return parse(line)
    except ValueError as error:
        raise Tampered(f"a record of the audit log {error}; verify the log") from None
