"""How the policies of an instance come about and change, and what they give to a new key.

Source: ``spec/kms-api.md`` sections 2.4 and 2.9; ``spec/iam-and-provisioning.md`` section 4.1 (NET-5).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from keystead.domain.errors import bad_field
from keystead.domain.gate import gate_of
from keystead.domain.ids import IamId, InstanceId
from keystead.domain.key_policies import RotationWish, Wishes
from keystead.domain.policies import (
    InstancePolicies,
    InstancePolicy,
    KeyCreateImportAccess,
    PolicyKind,
    Stamp,
)

MOST_ADDRESSES: Final = 1000
"""Entries of ``allowedIP``; our choice, no source names a number."""
NOBODY_LOCKED_OUT: Final = "a list with the address that this request comes from, or nobody could change it"


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceWish:
    """What a caller says of one policy; an attribute that is ``None`` was not said and stays as it was."""

    kind: PolicyKind
    enabled: bool
    interval_months: int | None = None
    allowed_network: str | None = None
    allowed_ip: tuple[str, ...] | None = None
    access: KeyCreateImportAccess | None = None


def following(
    was: InstancePolicies | None,
    wishes: Sequence[InstanceWish],
    instance: InstanceId,
    by: IamId,
    now: datetime,
) -> InstancePolicies:
    """Return the policies that follow *was* with *wishes*, one of a kind."""
    was = was or InstancePolicies(instance=instance, revision=0)
    return was.having(*(_policy(was.of(wish.kind), wish, by, now) for wish in wishes))


def require_way_back(after: InstancePolicies, wishes: Sequence[InstanceWish], address: str | None) -> None:
    """Raise `Refused` with ``INVALID_FIELD`` when *wishes* would shut out who asks from *address*."""
    gate = gate_of(after)
    asked = any(wish.kind is PolicyKind.ALLOWED_IP for wish in wishes)
    if asked and gate is not None and not gate.lets_in(address):
        raise bad_field("allowed_ip", NOBODY_LOCKED_OUT)


def for_new_key(policies: InstancePolicies | None, *, generated_root: bool) -> Wishes:
    """Return the policies that a new key gets from its instance; keys that are there get nothing."""
    if policies is None:
        return Wishes()
    rotation = policies.enabled(PolicyKind.ROTATION) if generated_root else None
    return Wishes(
        rotation=None if rotation is None else RotationWish(interval_months=rotation.interval_months),
        dual_auth=True if policies.enabled(PolicyKind.DUAL_AUTH_DELETE) else None,
    )


def _policy(was: InstancePolicy | None, wish: InstanceWish, by: IamId, now: datetime) -> InstancePolicy:
    stamp = Stamp.following(None if was is None else was.stamp, by, now)
    was = was or InstancePolicy(kind=wish.kind, enabled=wish.enabled, stamp=stamp)
    return replace(
        was,
        enabled=wish.enabled,
        stamp=stamp,
        interval_months=was.interval_months if wish.interval_months is None else wish.interval_months,
        allowed_network=was.allowed_network if wish.allowed_network is None else wish.allowed_network,
        allowed_ip=was.allowed_ip if wish.allowed_ip is None else wish.allowed_ip,
        access=was.access if wish.access is None else wish.access,
    )
