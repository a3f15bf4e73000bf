"""What services are told of the life of keys that protect resources of theirs, and how far that has come.

The wire calls a notice an event; here an event is what the audit log records.

Source: ``spec/iam-and-provisioning.md`` section 8.3.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from keystead.domain.errors import Refused
from keystead.domain.ids import InstanceId, KeyId
from keystead.domain.keys import KeyState
from keystead.domain.reasons import Reason

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

    def is_late(self, now: datetime) -> bool:
        """Tell whether its time is over, whether or not anybody has noted that."""
        return self.state is NoticeState.EXPIRED or (self.is_open and now >= self.until)

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
        if self.is_late(now):
            raise _conflict("The event was not acknowledged in time")
        if self.state is NoticeState.ACKNOWLEDGED and said != self.said:
            raise _conflict(f"The event was acknowledged with {self.said}")
        if self.state is NoticeState.ACKNOWLEDGED:
            return self
        return self._next(state=NoticeState.ACKNOWLEDGED, said=said, failure=None, due_at=now + KEPT)

    def _next(self, **changes: object) -> "Notice":
        return replace(self, revision=self.revision + 1, **changes)  # type: ignore[arg-type]


def _conflict(why: str) -> Refused:
    return Refused(Reason.EVENT_CONFLICT, why)
