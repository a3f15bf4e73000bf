"""What services are told of the life of keys that protect resources of theirs, and who hears it.

The wire calls a notice an event; here an event is what the audit log records.

Source: ``spec/iam-and-provisioning.md`` section 8.3.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby
from typing import Final

from keystead.domain.crns import service_instance_of, service_of
from keystead.domain.errors import Refused
from keystead.domain.ids import InstanceId, KeyId
from keystead.domain.keys import Key, KeyState, KeyVersion
from keystead.domain.reasons import Reason
from keystead.domain.registrations import Registration

MOST_RESOURCES: Final = 100
"""In one notice, so that a body and the audit event about it stay short; more resources are more notices."""
LEASE: Final = timedelta(minutes=1)
"""How long a notice is one process's to deliver: longer than it tries, and short where it was killed."""
KEPT: Final = timedelta(days=30)
"""How long one that was acknowledged, or has expired, is shown to the operator."""
_FIRST_WAIT: Final = timedelta(seconds=5)
_LONGEST_WAIT: Final = timedelta(minutes=5)
_DOUBLINGS: Final = 10
_AGAIN: Final = timedelta(minutes=10)
_ENABLED, _DISABLED = "DEK_ENABLED", "DEK_DISABLED"


class NoticeKind(StrEnum):
    """What happened to the key."""

    ROTATE = "rotate"
    RESTORE = "restore"
    ENABLE = "enable"
    DISABLE = "disable"
    DELETE = "delete"


class NoticeState(StrEnum):
    """How far a notice has come."""

    PENDING = "pending"
    DELIVERED = "delivered"
    ACKNOWLEDGED = "acknowledged"
    EXPIRED = "expired"


OPEN: Final = frozenset({NoticeState.PENDING, NoticeState.DELIVERED})
_REVOKING: Final = frozenset({NoticeKind.DISABLE, NoticeKind.DELETE})


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionOf:
    """Which version of the key is meant, and since when it is there."""

    id: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What one instance of one service is told of one key; each change makes a new value."""

    instance: InstanceId
    id: str  # ``eventId`` on the wire
    kind: NoticeKind
    key: KeyId
    key_crn: str
    key_state: KeyState
    service: str  # as in CRNs: whose receiver hears it
    resources: tuple[str, ...]  # CRNs, all of one instance of the service
    version: VersionOf  # the current one; where the key was rotated, the one before
    new_version: VersionOf | None
    at: datetime
    until: datetime  # it must be acknowledged before
    correlation_id: str  # of the request that did it
    due_at: datetime  # when somebody has something to do with it next
    state: NoticeState = NoticeState.PENDING
    tries: int = 0
    failure: str | None = None  # of the last try, in words of ours
    said: str | None = None  # ``adopterKeyState`` of the acknowledgement
    revision: int = 1  # grows by one with each stored change

    @property
    def is_open(self) -> bool:
        """Tell whether an acknowledgement is still waited for."""
        return self.state in OPEN

    def taken(self, now: datetime) -> "Notice":
        """Return it as the one that a process is delivering until its lease ends."""
        return self._next(due_at=now + LEASE)

    def delivered(self) -> "Notice":
        """Return it as taken by the receiver; from now on it waits for its acknowledgement."""
        return self._next(state=NoticeState.DELIVERED, tries=self.tries + 1, failure=None, due_at=self.until)

    def failed(self, now: datetime, why: str) -> "Notice":
        """Return it as to be tried again after a while that doubles, at the latest when it expires."""
        wait = min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** min(self.tries, _DOUBLINGS))
        return self._next(tries=self.tries + 1, failure=why, due_at=min(now + wait, self.until))

    def postponed(self, now: datetime) -> "Notice":
        """Return it as not to be looked at for a while: the service could not work on it."""
        return self._next(due_at=now + _AGAIN)

    def expired(self, now: datetime) -> "Notice":
        """Return it as not acknowledged in time."""
        return self._next(state=NoticeState.EXPIRED, due_at=now + KEPT)

    def acknowledged(self, now: datetime, said: str) -> "Notice":
        """Return it as acknowledged by a service that says *said* of its data keys.

        Raises:
            Refused: ``EVENT_CONFLICT`` after the deadline, where *said* is the opposite of what happened, or
                where something else was said before.
        """
        opposite = _ENABLED if self.kind in _REVOKING else _DISABLED
        if said == opposite:
            raise _conflict(f"{said} is the opposite of what a key's {self.kind} asks for")
        if self.state is NoticeState.EXPIRED or (self.is_open and now >= self.until):
            raise _conflict("The event was not acknowledged in time")
        if self.state is NoticeState.ACKNOWLEDGED and said != self.said:
            raise _conflict(f"The event was acknowledged with {self.said}")
        if self.state is NoticeState.ACKNOWLEDGED:
            return self
        return self._next(state=NoticeState.ACKNOWLEDGED, said=said, failure=None, due_at=now + KEPT)

    def _next(self, **changes: object) -> "Notice":
        return replace(self, revision=self.revision + 1, **changes)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """What notices are made of: that *kind* made *key* what it is now."""

    kind: NoticeKind
    key: Key
    key_crn: str
    at: datetime
    until: datetime
    correlation_id: str

    def notices(
        self, registered: Iterable[Registration], heard: Collection[str], ids: Iterable[str]
    ) -> tuple[Notice, ...]:
        """Return what is to be told to the services named in *heard*, of those that have *registered*.

        Args:
            registered: all registrations of the key.
            heard: names of services that have a receiver.
            ids: fresh UUIDs.
        """
        told = sorted(it.crn for it in registered if service_of(it.crn) in heard)
        parts = [
            crns[at : at + MOST_RESOURCES]
            for _, group in groupby(told, key=service_instance_of)
            for crns in [tuple(group)]
            for at in range(0, len(crns), MOST_RESOURCES)
        ]
        return tuple(self._notice(fresh, crns) for fresh, crns in zip(ids, parts, strict=False))

    def _notice(self, fresh: str, resources: tuple[str, ...]) -> Notice:
        versions = self.key.versions
        rotated = self.kind is NoticeKind.ROTATE and len(versions) > 1
        return Notice(
            instance=self.key.instance,
            id=fresh,
            kind=self.kind,
            key=self.key.id,
            key_crn=self.key_crn,
            key_state=self.key.state,
            service=service_of(resources[0]),
            resources=resources,
            version=_named(versions[-2] if rotated else versions[-1]),
            new_version=_named(versions[-1]) if rotated else None,
            at=self.at,
            until=self.until,
            correlation_id=self.correlation_id,
            due_at=self.at,
        )


def last_kind(key: Key) -> NoticeKind:
    """Return what happened to *key* last, as far as it shows; for those who ask to be told once more."""
    if key.state is KeyState.DESTROYED:
        return NoticeKind.DELETE
    if key.state is KeyState.SUSPENDED:
        return NoticeKind.DISABLE
    return NoticeKind.ROTATE if key.rotated_at == key.acted_at else NoticeKind.ENABLE


def _named(version: KeyVersion) -> VersionOf:
    return VersionOf(id=version.id, created_at=version.created_at)


def _conflict(why: str) -> Refused:
    return Refused(Reason.EVENT_CONFLICT, why)
