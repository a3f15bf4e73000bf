"""New grants: in an instance or a part of it, or in the whole account."""

from datetime import datetime

from keystead.domain.actions import Role
from keystead.domain.grants import Grant, granted
from keystead.domain.ids import AccountId, IamId, KeyId, RingId
from keystead.domain.instances import Instance
from keystead.service.case import Tools


def grant_in(
    instance: Instance,
    subject: IamId,
    roles: tuple[Role, ...],
    tools: Tools,
    at: datetime,
    ring: RingId | None = None,
    key: KeyId | None = None,
) -> Grant:
    """Return a grant in *instance*, or on a ring or key of it."""
    return granted(
        id=tools.new_id(),
        subject=subject,
        account=instance.account,
        roles=roles,
        service=instance.service,
        instance=instance.id,
        ring=ring,
        key=key,
        at=at,
    )


def grant_everywhere(
    account: AccountId, subject: IamId, roles: tuple[Role, ...], tools: Tools, at: datetime
) -> Grant:
    """Return a grant in all instances of *account*, those included that are still to be made."""
    return granted(id=tools.new_id(), subject=subject, account=account, roles=roles, at=at)
