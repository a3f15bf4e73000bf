"""How the policies of a key come about and change. Source: ``spec/kms-api.md`` sections 2.4, 2.9 and 7."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from keystead.domain.errors import Refused, Target, bad_field
from keystead.domain.ids import IamId
from keystead.domain.keys import Key
from keystead.domain.policies import INTERVALS, DualAuthPolicy, RotationPolicy, Stamp
from keystead.domain.reasons import Reason

INTERVAL_MUST_BE: Final = f"an integer between {INTERVALS.start} and {INTERVALS.stop - 1} (inclusive)"


@dataclass(frozen=True, slots=True, kw_only=True)
class RotationWish:
    """What a caller says of a key's rotation policy; ``None`` leaves what is stored."""

    enabled: bool | None = None
    interval_months: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What a caller says of a key's policies; ``None`` where nothing was said of that kind."""

    rotation: RotationWish | None = None
    dual_auth: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Who sets a policy, when, and the id that it gets if it is new."""

    by: IamId
    now: datetime
    new_id: str

    def stamp(self, was: Stamp | None) -> Stamp:
        """Return the stamp of what is set now in place of what *was* stamped."""
        return Stamp.following(was, self.by, self.now)


def with_rotation(key: Key, wish: RotationWish, at: Moment) -> Key:
    """Return *key* with its rotation policy as wished; what was not said stays, and ``enabled`` begins true.

    Raises:
        Refused: ``KEY_ROOT_REQUIRED``, ``KEY_PAYLOAD_REQUIRED``, or ``INVALID_FIELD`` for a first policy
            without interval.
    """
    require_rotatable(extractable=key.extractable, imported=key.imported)
    return replace(key, rotation=_rotation(key.rotation, wish, at))


def with_dual_auth(key: Key, at: Moment, *, enabled: bool) -> Key:
    """Return *key* with its policy for deletion.

    Raises:
        Refused: ``INVALID_FIELD`` when a policy that is on would be turned off: that never happens (U14).
    """
    was = key.dual_auth
    if was is not None and was.enabled and not enabled:
        raise Refused(
            Reason.INVALID_FIELD,
            "The field `dualAuthDelete` must be: enabled, for it cannot be turned off on a key once it is on",
            target=Target("field", "dualAuthDelete"),
        )
    return replace(key, dual_auth=_dual_auth(was, at, enabled=enabled))


def require_rotatable(*, extractable: bool, imported: bool) -> None:
    """Raise `Refused` unless a key of this sort can have a rotation policy: generated root keys only."""
    if extractable:
        raise Refused(
            Reason.KEY_ROOT_REQUIRED,
            "Requested action can only be completed with a root key: "
            "Rotation policy cannot be set on a standard key",
        )
    if imported:
        raise Refused(
            Reason.KEY_PAYLOAD_REQUIRED,
            "This root key was created with user-supplied key material: "
            "Rotation policy cannot be set on an imported root key",
        )


def _rotation(was: RotationPolicy | None, wish: RotationWish, at: Moment) -> RotationPolicy:
    """Return the rotation policy that follows *was*; the next rotation is due by its first date.

    Raises:
        Refused: ``INVALID_FIELD`` without any interval.
    """
    if was is None:
        if wish.interval_months is None:
            raise bad_field("interval_month", INTERVAL_MUST_BE)
        enabled = True if wish.enabled is None else wish.enabled
        return RotationPolicy(
            id=at.new_id, enabled=enabled, interval_months=wish.interval_months, stamp=at.stamp(None)
        )
    return replace(
        was,
        enabled=was.enabled if wish.enabled is None else wish.enabled,
        interval_months=was.interval_months if wish.interval_months is None else wish.interval_months,
        stamp=at.stamp(was.stamp),
    )


def _dual_auth(was: DualAuthPolicy | None, at: Moment, *, enabled: bool) -> DualAuthPolicy:
    """Return the policy for deletion that follows *was*."""
    if was is None:
        return DualAuthPolicy(id=at.new_id, enabled=enabled, stamp=at.stamp(None))
    return replace(was, enabled=enabled, stamp=at.stamp(was.stamp))
