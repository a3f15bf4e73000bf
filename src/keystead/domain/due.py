"""What time does to keys by itself, and when: they expire, are rotated by their policy, and are purged.

Source: ``spec/kms-api.md`` sections 3.1, 3.3 and 3.5.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from keystead.domain.actions import Action
from keystead.domain.errors import Refused
from keystead.domain.ids import InstanceId, KeyId
from keystead.domain.keys import Key, KeyState
from keystead.domain.lifecycle import deletion_time
from keystead.domain.reasons import Reason

MONTH: Final = timedelta(days=30)
"""Of a rotation policy; the service we are compatible with counts so too."""
_EXPIRING: Final = (KeyState.ACTIVE, KeyState.SUSPENDED, KeyState.DEACTIVATED)


Turn = tuple[datetime, InstanceId, KeyId]
"""When the turn of a key comes: since when it is due, and its id, so that no two are equal."""
BEGINNING: Final[Turn] = (datetime(1970, 1, 1, tzinfo=UTC), InstanceId(""), KeyId(""))
"""Before every key that can be due."""


@dataclass(frozen=True, slots=True)
class DueKey:
    """A key that time has something to do with, as an index says."""

    turn: Turn
    action: Action


@dataclass(frozen=True, slots=True, kw_only=True)
class DueQuery:
    """Keys of all instances in one stored *state*, due at *until* or earlier, whose turn is after *after*."""

    state: KeyState
    until: datetime
    now: datetime
    limit: int
    after: Turn = BEGINNING

    def action(self, *, expired: bool) -> Action:
        """Return what is to be done to a key that is found; *expired* where its expiration has passed."""
        if self.state is KeyState.DESTROYED:
            return Action.TIME_PURGE
        return Action.TIME_EXPIRE if expired else Action.TIME_ROTATE

    def following(self, last: DueKey) -> "DueQuery":
        """Return the question for the keys after *last*."""
        return replace(self, after=last.turn)


def due_at(key: Key) -> datetime | None:
    """Return when time has something to do with *key* as it is stored, or ``None``.

    For a destroyed key that is when it was deleted: how long after that it is purged, a setting says. Stores
    keep the answer in a column and compare it with the record at every reading, so that a change of this rule
    needs a migration that computes the column anew.
    """
    if key.state is KeyState.DESTROYED:
        return key.deleted_at
    times = (_expiry_due(key), rotation_due(key))
    return min((time for time in times if time is not None), default=None)


def rotation_due(key: Key) -> datetime | None:
    """Return when the policy of *key* wants its next rotation; ``None`` where there is none to come.

    The times are fixed by the policy's first date. A rotation that somebody asks for does not move them, nor
    does a policy that is set again; what was missed is made up for by one rotation, not by several.
    """
    policy = key.rotation
    if policy is None or not policy.enabled or key.state is not KeyState.ACTIVE:
        return None
    if key.extractable or key.imported:  # whoever imported the material keeps it; we cannot make more of it
        return None
    first, interval = policy.stamp.created_at, policy.interval_months * MONTH
    since = max(first, policy.stamp.updated_at, key.rotated_at or first)
    return first + ((since - first) // interval + 1) * interval


def require_rotation_wanted(key: Key, now: datetime) -> None:
    """Raise `Refused` with ``TOO_EARLY`` unless the policy of *key* wants a rotation at *now*."""
    at = rotation_due(key)
    if at is None or now < at:
        raise _not_due()


def require_expiry_unrecorded(key: Key) -> None:
    """Raise `Refused` with ``TOO_EARLY`` where it is recorded already that *key* expired."""
    if key.expired_at is not None:
        raise _not_due()


def require_forgotten(key: Key, now: datetime, after: timedelta) -> None:
    """Raise `Refused` with ``TOO_EARLY`` unless *key* was deleted so long ago that it is purged unasked."""
    if now < deletion_time(key) + after:
        raise _not_due()


def _expiry_due(key: Key) -> datetime | None:
    waits = key.state in _EXPIRING and key.expired_at is None
    return key.expires_at if waits else None


def _not_due() -> Refused:
    return Refused(Reason.TOO_EARLY, "Time has nothing to do with this key")
