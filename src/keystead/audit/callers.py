"""Who used a key lately, read from the logs below one folder, beside a server that is at work.

Reading is for a thread, and has a limit; who reaches it is told how far it went.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Final

import msgspec

from keystead.audit.layout import EVENTS
from keystead.audit.records import blocks_backwards
from keystead.audit.tail import record_in
from keystead.audit.usage import USES
from keystead.domain.errors import Unavailable
from keystead.domain.impact import Use, Uses

MOST_OCTETS: Final = 64 << 20
"""Of all logs together."""
MOST_EVENTS: Final = 50_000
"""About the key, of all logs together."""
MOST_LOGS: Final = 100


@dataclass(frozen=True, slots=True)
class _Found:
    caller: str
    action: str
    at: datetime


@dataclass(slots=True)
class _Reading:
    """How much more of one log may be read, and how far it went."""

    octets: int
    events: int
    read_to: datetime
    cut: bool = False

    def spend(self, octets: int, oldest: datetime) -> None:
        """Count a block, whose oldest event is of *oldest*, and stop where the limit is."""
        self.octets -= octets
        if self.octets <= 0 or self.events <= 0:
            self.cut = True
            self.read_to = max(self.read_to, oldest)


class LoggedUses:
    """Uses of keys in the logs of all nodes whose folders are here; those of other machines are not.

    Args:
        folder: each folder in it is the log of the node with its name.
        most_octets: that are read for one answer.
    """

    def __init__(self, folder: Path, most_octets: int = MOST_OCTETS) -> None:
        self._folder = folder
        self._most = most_octets
        self._one_at_a_time = asyncio.Lock()

    async def of_key(self, crn: str, since: datetime) -> Uses:
        """Return who used the key since then; one question is answered at a time.

        Raises:
            Tampered: an event on the way is damaged.
            Unavailable: a log cannot be read.
        """
        async with self._one_at_a_time:
            return await asyncio.to_thread(self._read, crn, since)

    def _read(self, crn: str, since: datetime) -> Uses:
        found: list[_Found] = []
        try:
            every = sorted(file.parent for file in self._folder.glob(f"*/{EVENTS}"))
            logs = every[:MOST_LOGS]
            share = max(1, len(logs))
            readings = [_Reading(self._most // share, MOST_EVENTS // share, since) for _ in logs]
            for log, reading in zip(logs, readings, strict=True):
                with (log / EVENTS).open("rb") as file:
                    found += _uses_in(file, crn, since, reading)
        except OSError as error:
            raise Unavailable("an audit log cannot be read") from error
        return Uses(
            found=_summed(found),
            logs=tuple(log.name for log in logs),
            read_to=max((reading.read_to for reading in readings), default=since),
            more=len(every) > len(logs) or any(reading.cut for reading in readings),
        )


def _uses_in(file: BinaryIO, crn: str, since: datetime, reading: _Reading) -> Iterator[_Found]:
    """Yield the uses of the key, the newest first, until they are older than *since* or enough was read."""
    needle = msgspec.json.encode(crn)
    for block in blocks_backwards(file):
        if reading.cut:
            return
        lines = [line for line in block.splitlines(keepends=True) if line.endswith(b"\n")]
        for line in reversed(lines):
            if needle not in line:
                continue
            content, at = _event(line)
            reading.events -= 1
            if at >= since and _is_use(content, crn):
                yield _Found(content["initiator"]["id"], content["action"], at)
        if not lines:
            continue
        _, oldest = _event(lines[0])
        if oldest < since:
            return
        reading.spend(len(block), oldest)


def _event(line: bytes) -> tuple[dict[str, Any], datetime]:
    content: dict[str, Any] = msgspec.json.decode(record_in(line).event)
    return content, datetime.fromisoformat(content["eventTime"])


def _is_use(content: dict[str, Any], crn: str) -> bool:
    verb = str(content["action"]).rpartition(".")[2]
    return verb in USES and content["outcome"] == "success" and content["target"]["id"] == crn


def _summed(found: list[_Found]) -> tuple[Use, ...]:
    last: dict[tuple[str, str], datetime] = {}
    counts: dict[tuple[str, str], int] = {}
    for one in found:
        place = (one.caller, one.action)
        last[place] = max(one.at, last.get(place, one.at))
        counts[place] = counts.get(place, 0) + 1
    uses = [Use(caller=place[0], action=place[1], last=at, count=counts[place]) for place, at in last.items()]
    return tuple(sorted(uses, key=lambda use: (use.last, use.caller, use.action), reverse=True))
