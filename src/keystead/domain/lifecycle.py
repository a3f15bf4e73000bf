"""What happens to a key over time: each function takes a key and returns the key that follows it.

Source: ``spec/kms-api.md`` sections 2.7, 2.8 and 3.3 to 3.5.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from keystead.domain.dual_auth import require_approved, without_approval
from keystead.domain.errors import Refused
from keystead.domain.ids import IamId
from keystead.domain.keys import Key, KeyState, KeyVersion, Windows
from keystead.domain.moments import moment
from keystead.domain.reasons import Reason

_RECENTLY = "The key was updated recently: Please wait and try again"


def rotated(key: Key, to: KeyVersion, now: datetime, windows: Windows) -> Key:
    """Return *key* with *to* as its current version.

    Raises:
        Refused: ``ROTATION_NOT_PERMITTED`` within an hour of the last rotation; the first one is free.
    """
    require_rotation_due(key, now, windows)
    return _next(key, now, versions=(*key.versions, to), rotated_at=now)


def require_rotation_due(key: Key, now: datetime, windows: Windows) -> None:
    """Raise `Refused` when *key* was rotated too recently; asked before any cryptographic work."""
    due = rotatable_from(key, windows)
    if due is not None and now < due:
        raise Refused(
            Reason.ROTATION_NOT_PERMITTED,
            "This root key has been rotated within the last hour: "
            "Only one 'rotate' action per hour is permitted",
        )


def rotatable_from(key: Key, windows: Windows) -> datetime | None:
    """Return when *key* may be rotated again; ``None`` if it never was: the first rotation is free."""
    return None if key.rotated_at is None else key.rotated_at + windows.rotate_every


def disabled(key: Key, now: datetime) -> Key:
    """Return *key* suspended: it neither wraps nor unwraps."""
    return _next(key, now, state=KeyState.SUSPENDED)


def enabled(key: Key, now: datetime, windows: Windows) -> Key:
    """Return *key* active again.

    Raises:
        Refused: ``TOO_EARLY`` within 30 seconds of the last lifecycle action.
    """
    _require_pause(key, now, windows.enable_after)
    return _next(key, now, state=KeyState.ACTIVE)


def deleted(key: Key, by: IamId, now: datetime) -> Key:
    """Return *key* destroyed; it can be restored for a while, and then needs a new approval.

    Raises:
        Refused: ``AUTHORIZATIONS_NOT_MET``.
    """
    require_approved(key, by, now)
    policy = key.dual_auth and without_approval(key.dual_auth)
    return _next(key, now, state=KeyState.DESTROYED, deleted_at=now, deleted_by=by, dual_auth=policy)


def expired(key: Key, now: datetime) -> Key:
    """Return *key*, which expired, with that stored and recorded; to a caller it looks as before."""
    return replace(key, state=KeyState.DEACTIVATED, expired_at=now, revision=key.revision + 1)


def restored(key: Key, now: datetime, windows: Windows) -> Key:
    """Return *key* active, as it was before it was deleted.

    Raises:
        Refused: ``TOO_EARLY``, ``KEY_EXPIRED`` or ``KEY_RESTORE_EXPIRED``.
    """
    _require_pause(key, now, windows.restore_after)
    if key.expires_at is not None and now >= key.expires_at:
        raise Refused(Reason.KEY_EXPIRED, "The key has expired and cannot be restored")
    if now >= restorable_until(key, windows):
        raise Refused(Reason.KEY_RESTORE_EXPIRED, "The key can no longer be restored")
    return _next(key, now, state=KeyState.ACTIVE, deleted_at=None, deleted_by=None)


def synced(key: Key, now: datetime, windows: Windows) -> Key:
    """Return *key* as its resources are told of it once more; that is no lifecycle action.

    Raises:
        Refused: ``TOO_EARLY`` within an hour of the last time or the last lifecycle action.
    """
    due = max(key.acted_at, key.synced_at or key.acted_at) + windows.sync_after
    if now < due:
        raise Refused(Reason.TOO_EARLY, f"{_RECENTLY}: Sync cannot be performed until at least {moment(due)}")
    return replace(key, synced_at=now, revision=key.revision + 1)


def require_purge_due(key: Key, now: datetime, windows: Windows) -> None:
    """Raise `Refused` with ``TOO_EARLY`` until a destroyed key may be purged."""
    if now < purgeable_from(key, windows):
        raise Refused(
            Reason.TOO_EARLY,
            f"{_RECENTLY}: Purge operation is allowed {_span(windows.purge_after)} after key is deleted",
        )


def restorable_until(key: Key, windows: Windows) -> datetime:
    """Return the end of the time in which the destroyed *key* can be restored."""
    end = deletion_time(key) + windows.restore_within
    return end if key.expires_at is None else min(end, key.expires_at)


def purgeable_from(key: Key, windows: Windows) -> datetime:
    """Return when the destroyed *key* may be purged."""
    return deletion_time(key) + windows.purge_after


def purged_at(key: Key, windows: Windows) -> datetime:
    """Return when the destroyed *key* is purged without anybody asking."""
    return deletion_time(key) + windows.purge_at


def deletion_time(key: Key) -> datetime:
    """Return when *key* was deleted; asked of destroyed keys only."""
    if key.deleted_at is None:
        raise ValueError(f"key {key.id} was not deleted")
    return key.deleted_at


def _next(key: Key, now: datetime, **changes: object) -> Key:
    return replace(key, updated_at=now, acted_at=now, revision=key.revision + 1, **changes)  # type: ignore[arg-type]


def _require_pause(key: Key, now: datetime, pause: timedelta) -> None:
    if now - key.acted_at < pause:
        raise Refused(Reason.TOO_EARLY, _RECENTLY)


def _span(time: timedelta) -> str:
    """Write a duration as the wire does: ``4h0m0s``, ``1m30s``, ``10s``."""
    minutes, seconds = divmod(int(time.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h{minutes}m{seconds}s"
    return f"{minutes}m{seconds}s" if minutes else f"{seconds}s"
