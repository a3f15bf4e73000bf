"""Deletion by two people: one sets a key for deletion, another deletes it.

Source: ``spec/kms-api.md`` sections 3.4 and 7 (U24 to U26).
"""

from dataclasses import replace
from datetime import datetime
from typing import Final

from keystead.domain.errors import Refused
from keystead.domain.ids import OUTSIDERS, IamId
from keystead.domain.keys import Key, Windows
from keystead.domain.policies import DualAuthPolicy
from keystead.domain.reasons import Reason

_NEEDED: Final = "1 prior authorization(s) are required for deletion"
_OF_THE_SAME: Final = ", by another who, like you, has an identity here or is of your identity provider"


def set_for_deletion(key: Key, by: IamId, now: datetime, windows: Windows) -> Key:
    """Return *key* approved for deletion by *by*; an approval that still holds stays as it is.

    Raises:
        Refused: ``NOT_DUAL_AUTH``.
    """
    policy = _policy(key)
    if policy.approver(now) is not None:
        return key
    return _with(key, replace(policy, set_by=by, set_until=now + windows.authorize_within), now)


def unset_for_deletion(key: Key, now: datetime) -> Key:
    """Return *key* without any approval.

    Raises:
        Refused: ``NOT_DUAL_AUTH``.
    """
    policy = _policy(key)
    return key if policy.set_by is None else _with(key, without_approval(policy), now)


def require_approved(key: Key, by: IamId, now: datetime) -> None:
    """Raise `Refused` with ``AUTHORIZATIONS_NOT_MET`` unless another than *by* approved it."""
    policy = key.dual_auth
    if policy is None or not policy.enabled:
        return
    approver = policy.approver(now)
    if approver is None or not are_two(approver, by):
        raise Refused(
            Reason.AUTHORIZATIONS_NOT_MET,
            "Number of authorizations required to delete is not met",
            context=_NEEDED if approver in (None, by) else _NEEDED + _OF_THE_SAME,
        )


def are_two(one: IamId, other: IamId) -> bool:
    """Tell whether *one* and *other* are two people, as far as whoever names both can tell people apart.

    We name who has an identity here, a provider all whom it vouched for without one. Of two who are named by
    different ones nobody knows that they are not one person, with a name from each.
    """
    return one != other and _named_by(one) == _named_by(other)


def without_approval(policy: DualAuthPolicy) -> DualAuthPolicy:
    """Return *policy* as it is before anybody approves."""
    return replace(policy, set_by=None, set_until=None)


def _named_by(who: IamId) -> str:
    return who.partition("#")[0] if who.startswith(OUTSIDERS) else ""


def _policy(key: Key) -> DualAuthPolicy:
    if key.dual_auth is None or not key.dual_auth.enabled:
        raise Refused(Reason.NOT_DUAL_AUTH, "The key is not dual auth enabled and cannot be set for deletion")
    return key.dual_auth


def _with(key: Key, policy: DualAuthPolicy, now: datetime) -> Key:
    """Return *key* with *policy*; no lifecycle action, so no waiting time begins."""
    return replace(key, dual_auth=policy, updated_at=now, revision=key.revision + 1)
