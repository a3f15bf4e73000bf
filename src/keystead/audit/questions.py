"""Asking the logs below one folder beside a server that is at work: a page at a time, and no more than that.

Whatever is asked, one page reads a few megabytes in a thread; who wants more comes again with where it ended.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from keystead.audit.layout import EVENTS
from keystead.audit.positions import Positions, Sealer
from keystead.audit.query import Event, event_in
from keystead.audit.records import blocks_backwards, index_of, offset_of, offset_where
from keystead.domain.errors import TooMany, Unavailable
from keystead.domain.event_queries import (
    MOST_LOGS,
    EventPage,
    EventQuery,
    FoundEvent,
    Position,
    time_of,
)
from keystead.domain.reasons import Reason

MOST_OCTETS: Final = 8 << 20
"""Read for one page, of all logs together; and at least one block of each."""
BLOCK: Final = 64 << 10
_PAUSE_SECONDS: Final = 0.001  # after each block, for requests: they wait while lines are decoded
_SLACK: Final = timedelta(minutes=10)
"""Events are in the order in which they ended, and have the time at which they began."""


class Spent(Exception):
    """As much was read as one page may."""


@dataclass(slots=True)
class Budget:
    """How many octets may still be read."""

    octets: int

    def spend(self, octets: int) -> None:
        """Take *octets* for a block, or raise `Spent` where nothing was left before."""
        if self.octets <= 0:
            raise Spent
        self.octets -= octets


class LoggedEvents:
    """Events in the logs of all nodes whose folders are here; those of other machines are not.

    Args:
        folder: each folder in it is the log of the node with its name.
        unit: seals positions.
        most_octets: that are read for one page.
    """

    def __init__(self, folder: Path, unit: Sealer, most_octets: int = MOST_OCTETS) -> None:
        self._folder = folder
        self._positions = Positions(unit)
        self._most = most_octets
        self._one_at_a_time = asyncio.Lock()
        self._asking: set[str | None] = set()

    async def find(self, query: EventQuery, position: Position | None, limit: int) -> EventPage:
        """Return the newest events that *query* asks for; one question is answered at a time.

        Raises:
            Refused: ``INVALID_QUERY_PARAM`` for a *position* that is not of these logs and this question.
            TooMany: the same instance or account has a question under way.
            Tampered: an event on the way is damaged.
            Unavailable: a log cannot be read.
        """
        if query.whose in self._asking:
            raise TooMany(Reason.TOO_MANY, "Please wait a few minutes and try again.", 1)
        self._asking.add(query.whose)
        try:
            async with self._one_at_a_time:
                return await asyncio.to_thread(self._find, query, position, limit)
        finally:
            self._asking.discard(query.whose)

    def _find(self, query: EventQuery, position: Position | None, limit: int) -> EventPage:
        budget = Budget(self._most)
        logs = sorted(self._folder.glob(f"*/{EVENTS}"))[:MOST_LOGS]
        ends = None if position is None else self._positions.read(position, query.whose)
        starts = {log: None if ends is None else ends.of(log.parent.name) for log in logs}
        try:
            with ExitStack() as files:
                walks = [
                    Walk(log.parent.name, files.enter_context(log.open("rb")), query, starts[log], budget)
                    for log in logs
                ]
                found = list(_merged(walks, limit))
        except OSError as error:
            raise Unavailable("an audit log cannot be read") from error
        ended = all(walk.head is None and not walk.cut for walk in walks)
        if ended:
            return EventPage(tuple(found), None)
        rest = {walk.node: walk.position for walk in walks}
        return EventPage(tuple(found), self._positions.write(rest, query.whose))


class Walk:
    """One log, walked from the event *index*, or from its end, to its beginning.

    ``head`` is the event that was found last; ``position`` is the index behind it, or, where there is none,
    that of the last event that was looked at. ``cut`` says that there may be more.
    """

    def __init__(
        self, node: str, file: BinaryIO, query: EventQuery, index: int | None, budget: Budget
    ) -> None:
        self.node, self.cut = node, False
        self.head: Event | None = None
        self._at = index or 0
        self._found = _backwards(file, _start(file, index, query), query, budget)
        self.step()

    @property
    def position(self) -> int:
        """What is left lies before this index."""
        return self._at if self.head is None else self.head.record.index + 1

    def step(self) -> None:
        """Go on to the next event that fits."""
        self.head = None
        try:
            for passed in self._found:
                if isinstance(passed, Event):
                    self.head = passed
                    return
                self._at = passed
        except Spent:
            self.cut = True


def _merged(walks: list[Walk], limit: int) -> Iterator[FoundEvent]:
    """Yield events of all *walks*, the newest first, as long as no log may have a newer one."""
    for _ in range(limit):
        there = [walk for walk in walks if walk.head is not None]
        if not there or any(walk.cut and walk.head is None for walk in walks):
            return
        walk = max(there, key=lambda one: (one.head.time, one.node) if one.head else ())
        if walk.head is not None:
            record = walk.head.record
            yield FoundEvent(walk.node, record.id, record.event)
            walk.step()


def _start(file: BinaryIO, index: int | None, query: EventQuery) -> int:
    """Return the offset that reading backwards begins at."""
    end = file.seek(0, 2)
    if index is not None:
        offset = offset_of(file, index)
        end = end if offset is None else offset
    if query.until is not None:
        late = query.until + _SLACK
        end = min(end, offset_where(file, lambda line: time_of(event_in(line).content) >= late))
    return end


def _backwards(file: BinaryIO, end: int, query: EventQuery, budget: Budget) -> Iterator[Event | int]:
    """Yield the events that fit, and after each block the index of its first line; `Spent`."""
    needle = _needle(query)
    passed = False  # without that, who comes again would not get any further
    for block in blocks_backwards(file, end, BLOCK):
        if passed:
            budget.spend(len(block))
        lines = [line for line in block.splitlines(keepends=True) if line.endswith(b"\n")]
        for line in reversed(lines):
            if needle in line:
                event = event_in(line)
                if query.fits(event.content):
                    yield event
        if lines:
            passed = True
            time.sleep(_PAUSE_SECONDS)
            yield index_of(lines[0])
            if query.since is not None and event_in(lines[0]).time < query.since - _SLACK:
                return


def _needle(query: EventQuery) -> bytes:
    """Return what every line has that may fit: most are not decoded then."""
    if query.source:
        return msgspec.json.encode(query.source)
    return b"" if query.account is None else f":a/{query.account}:".encode()
