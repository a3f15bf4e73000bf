"""Asking one log, from its end: for who has its directory and time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from keystead.audit.layout import EVENTS
from keystead.audit.records import Record, blocks_backwards
from keystead.audit.tail import record_in
from keystead.domain.event_queries import EventQuery, key_of, time_of


@dataclass(frozen=True, slots=True)
class Event:
    """One event that was read and matches its own commitment; the log around it is not verified."""

    record: Record
    content: dict[str, Any]

    @property
    def key(self) -> str | None:
        """The id of the key that it is about, or ``None``."""
        return key_of(self.content)

    @property
    def time(self) -> datetime:
        """When it happened."""
        return time_of(self.content)


def newest_first(directory: Path, query: EventQuery) -> Iterator[Event]:
    """Yield the events in *directory* that *query* asks for, the newest first.

    Raises:
        Tampered: an event on the way is damaged.
        OSError: the file cannot be read.
    """
    needle = (query.key or "").encode()  # spares reading most lines when one key is asked for
    with (directory / EVENTS).open("rb") as file:
        for block in blocks_backwards(file):
            for line in reversed(block.splitlines(keepends=True)):
                if needle in line and line.endswith(b"\n"):
                    event = event_in(line)
                    if query.fits(event.content):
                        yield event


def event_in(line: bytes) -> Event:
    """Return the event that a line of the log holds; `Tampered` when it is damaged."""
    record = record_in(line)
    return Event(record, msgspec.json.decode(record.event))
