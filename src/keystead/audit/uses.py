"""What this node's log says of the use of keys: read from it up to where this process began to count.

Reading goes over events beside a server that is at work: a portion is small, and of an event only what is
counted is decoded.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final, Protocol

import msgspec

from keystead.audit.layout import EVENTS
from keystead.audit.recent import Counts, RecentUses, Taken, count, is_of_key, seen_of
from keystead.audit.records import MAX_LINE, lines_from, offset_of
from keystead.domain.errors import Tampered, Unavailable
from keystead.domain.events import AuditEvent
from keystead.domain.key_uses import Portion, Seen

PORTION: Final = 256 << 10
"""Octets of a portion: a millisecond or two in which other threads do not run."""
_NAME: Final = 32
"""Hexadecimal digits that name a log."""


class _Initiator(msgspec.Struct):
    id: str
    behind: str | None = msgspec.field(name="authnId", default=None)


class _Target(msgspec.Struct):
    id: str


class _Asked(msgspec.Struct):
    instance: str = msgspec.field(name="instanceID", default="")


class _Said(msgspec.Struct):
    version: str | None = msgspec.field(name="keyVersionId", default=None)
    rewrapped: str | None = msgspec.field(name="rewrappedKeyVersionId", default=None)


class _Event(msgspec.Struct):
    time: datetime = msgspec.field(name="eventTime")
    action: str
    outcome: str
    initiator: _Initiator
    target: _Target
    asked: _Asked = msgspec.field(name="requestData")
    said: _Said = msgspec.field(name="responseData")


class _Entry(msgspec.Struct):
    event: _Event


class _Line(msgspec.Struct):
    index: int
    commitment: str
    entry: _Entry


_decode = msgspec.json.Decoder(_Line).decode


class Followed(Protocol):
    """A log that tells what becomes durable in it."""

    followers: list[Callable[[list[AuditEvent]], None]]

    @property
    def size(self) -> int:
        """Events before this index are durable."""


class LoggedUses:
    """The log in *directory*, which this process writes as *log*.

    What becomes durable from now on is counted in memory; what was there before is read.
    """

    def __init__(self, directory: Path, log: Followed) -> None:
        self._directory = directory
        self._log = log
        self._recent = RecentUses(log.size)
        self._taken: Taken | None = None  # handed out, and perhaps not stored
        self._next = (0, 0)  # the index that was read to, and its offset
        self._name = ""
        log.followers.append(self._recent.add)

    async def name(self) -> str:
        """Return the commitment of the first event, as far as needed: it is salted, so no other log has it.

        Raises:
            Tampered: that event is damaged.
            Unavailable: the log cannot be read.
        """
        if not self._name and self._log.size:
            self._name = await asyncio.to_thread(_commitment, self._directory / EVENTS)
        return self._name

    async def read(self, index: int) -> Portion:
        """Return a portion that begins with the event *index*; all before that is stored.

        Raises:
            Tampered: an event is damaged.
            Unavailable: the log cannot be read.
        """
        taken, self._taken = self._taken, None
        if taken is not None and index < taken.end:
            self._recent.put_back(taken)
        begin = self._recent.begin
        if index < begin:
            return await asyncio.to_thread(self._read, index, begin)
        if index >= self._log.size:
            return Portion(seen=(), index=self._log.size, at=None, whole=True)
        if index > begin:  # another process has counted some of it: the log tells which
            end = self._recent.take().end
            return await asyncio.to_thread(self._read, index, end)
        self._taken = taken = self._recent.take()
        seen = await asyncio.to_thread(seen_of, taken.counts)
        return Portion(seen=seen, index=taken.end, at=taken.at, whole=True)

    def _read(self, index: int, end: int) -> Portion:
        found: Counts = {}
        at: datetime | None = None
        try:
            with (self._directory / EVENTS).open("rb") as file:
                offset = begin = self._offset(file, index)
                for _, line in lines_from(file, begin):
                    if index == end or offset - begin >= PORTION:
                        break
                    event = _event(line, index)
                    _count(found, event)
                    index, offset, at = index + 1, offset + len(line), event.time
        except OSError as error:
            raise Unavailable("the audit log cannot be read") from error
        self._next = (index, offset)
        return Portion(seen=seen_of(found), index=index, at=at, whole=index >= self._log.size)

    def _offset(self, file: BinaryIO, index: int) -> int:
        known, offset = self._next
        if known == index:
            return offset
        found = offset_of(file, index)
        if found is None:
            raise Tampered(f"event {index} of the audit log is not there; verify the log")
        return found


def seen_in(line: bytes) -> tuple[Seen, ...]:
    """Return what a record's line says of the use of a key, if it is about one."""
    found: Counts = {}
    _count(found, _decode(line).entry.event)
    return seen_of(found)


def _commitment(log: Path) -> str:
    try:
        with log.open("rb") as file:
            line = file.readline(MAX_LINE)
    except OSError as error:
        raise Unavailable("the audit log cannot be read") from error
    try:
        return _decode(line).commitment[:_NAME]
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise _damaged(0) from None


def _damaged(index: int) -> Tampered:
    return Tampered(f"event {index} of the audit log is damaged; verify the log")


def _event(line: bytes, index: int) -> _Event:
    """Return the event of a line; that it is the one that was recorded is for `verify` to say."""
    try:
        found = _decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        found = None
    if found is None or found.index != index:
        raise _damaged(index)
    return found.entry.event


def _count(found: Counts, event: _Event) -> None:
    target, said = event.target.id, event.said
    if is_of_key(event.outcome, event.action, target):
        instance, who, day = event.asked.instance, event.initiator, event.time.date()
        kind = (instance, target, said.version, said.rewrapped, who.id, event.action, day)
        count(found, kind, event.time, who.behind)
