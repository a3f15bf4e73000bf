"""The first records of a new service: an account, its owner, an instance, and grants."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from keystead.domain.access import Grant
from keystead.domain.changes import Change
from keystead.domain.identities import Account, ApiKey, Identity
from keystead.domain.ids import AccountId, IamId, InstanceId
from keystead.domain.instances import Instance
from keystead.domain.permissions import Role

OWNER_ROLES = (Role.MANAGER, Role.KEY_PURGE)
"""What the first user may do in the first instance; KeyPurge is in no other role, so it is named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """What was made, for who asked for it."""

    account: Account
    owner: Identity
    instance: Instance
    change: Change


def begin(
    *, email: str, service: str, region: str, digest: bytes, now: datetime, new_id: Callable[[], str]
) -> Beginning:
    """Return the records of a new service.

    Args:
        email: name of the account's owner.
        service: ``kms`` or ``hs-crypto``.
        region: a region's name, as it stands in CRNs.
        digest: keyed hash of the owner's API key.
        now: the time, in UTC.
        new_id: gives a fresh UUID.
    """
    account = Account(id=AccountId(new_id().replace("-", "")), name=email, created_at=now)
    owner = Identity(
        iam_id=IamId(f"IBMid-{new_id().replace('-', '')[:10].upper()}"),
        account=account.id,
        kind="user",
        name=email,
        display_name=email.partition("@")[0],
        created_at=now,
    )
    instance = Instance(
        id=InstanceId(new_id()),
        account=account.id,
        name="keystead",
        service=service,
        region=region,
        created_at=now,
    )
    change = Change()
    change.add(account, owner, instance, api_key(owner, "owner", digest, now, new_id()))
    change.add(*(grant(owner, role, instance, new_id()) for role in OWNER_ROLES))
    return Beginning(account=account, owner=owner, instance=instance, change=change)


def api_key(owner: Identity, name: str, digest: bytes, now: datetime, uuid: str) -> ApiKey:
    """Return the record of a new API key of *owner*."""
    return ApiKey(
        id=f"ApiKey-{uuid}",
        iam_id=owner.iam_id,
        account=owner.account,
        name=name,
        digest=digest,
        created_at=now,
    )


def grant(subject: Identity, role: Role, instance: Instance, grant_id: str) -> Grant:
    """Return a grant of *role* on the whole of *instance*."""
    return Grant(
        id=grant_id, subject=subject.iam_id, account=instance.account, role=role, instance=instance.id
    )
