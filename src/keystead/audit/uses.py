"""What this node's log says of the use of keys, read from its beginning on, behind what is being written.

This goes over every event once, beside a server that is at work: a portion is small, and of an event only
what is counted is decoded.
"""

import asyncio
from datetime import date, datetime
from pathlib import Path
from typing import BinaryIO, Final, Protocol

import msgspec

from keystead.audit.layout import EVENTS
from keystead.audit.records import lines_from, offset_of
from keystead.domain.errors import Tampered, Unavailable
from keystead.domain.ids import InstanceId, KeyId
from keystead.domain.key_uses import USES, Portion, Seen

PORTION: Final = 256 << 10
"""Octets of a portion: a millisecond or two in which other threads do not run."""
_OURS: Final = "kms."
_KEY: Final = ":key:"
_NEEDLE: Final = _KEY.encode()


class Durable(Protocol):
    """How many events of a log are durable."""

    @property
    def size(self) -> int:
        """Events before this index are."""


class _Initiator(msgspec.Struct):
    id: str


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
    entry: _Entry


_decode = msgspec.json.Decoder(_Line).decode


class LoggedUses:
    """Reads portions of the log in *directory*, as far as *log* has made it durable."""

    def __init__(self, directory: Path, log: Durable) -> None:
        self._directory = directory
        self._log = log
        self._next = (0, 0)  # the index that was read to, and its offset

    async def read(self, index: int) -> Portion:
        """Return a portion that begins with the event *index*.

        Raises:
            Tampered: an event is damaged.
            Unavailable: the log cannot be read.
        """
        size = self._log.size
        if index >= size:
            return Portion(seen=(), index=size, at=None, whole=True)
        return await asyncio.to_thread(self._read, index, size)

    def _read(self, index: int, size: int) -> Portion:
        found: _Found = {}
        at: datetime | None = None
        try:
            with (self._directory / EVENTS).open("rb") as file:
                offset = begin = self._offset(file, index)
                for _, line in lines_from(file, begin):
                    if index == size or offset - begin >= PORTION:
                        break
                    event = _event(line, index)
                    _count(found, event, line)
                    index, offset, at = index + 1, offset + len(line), event.time
        except OSError as error:
            raise Unavailable("the audit log cannot be read") from error
        self._next = (index, offset)
        return Portion(seen=_seen(found), index=index, at=at, whole=index >= size)

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
    found: _Found = {}
    _count(found, _decode(line).entry.event, line)
    return _seen(found)


def _event(line: bytes, index: int) -> _Event:
    """Return the event of a line; that it is the one that was recorded is for `verify` to say."""
    try:
        found = _decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        found = None
    if found is None or found.index != index:
        raise Tampered(f"event {index} of the audit log is damaged; verify the log")
    return found.entry.event


def _count(found: "_Found", event: _Event, line: bytes) -> None:
    """Count *event*, if it is one of a key: this is done for every event there ever is."""
    if event.outcome != "success" or _NEEDLE not in line or not event.action.startswith(_OURS):
        return
    said, at = event.said, event.time
    place = (
        event.asked.instance,
        event.target.id,
        said.version,
        said.rewrapped,
        event.initiator.id,
        event.action,
        at.date(),
    )
    count, last = found.get(place, (0, at))
    found[place] = count + 1, max(last, at)


def _seen(found: "_Found") -> tuple[Seen, ...]:
    return tuple(
        Seen(
            instance=InstanceId(instance),
            key=KeyId(target.rpartition(_KEY)[2]),
            versions=_versions(action, version, rewrapped),
            caller=caller,
            action=action,
            at=last,
            count=count,
        )
        for (instance, target, version, rewrapped, caller, action, _), (count, last) in found.items()
        if instance and _KEY in target
    )


def _versions(action: str, *named: str | None) -> tuple[str, ...]:
    """Return what a use used; a rewrap uses the version that it opens and the one that it wraps with."""
    if action not in USES:
        return ()
    return tuple(dict.fromkeys(version for version in named if version))


_Found = dict[tuple[str, str, str | None, str | None, str, str, date], tuple[int, datetime]]
"""How often, and when last, by all that tells one use from another."""
