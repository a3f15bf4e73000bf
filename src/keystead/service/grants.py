"""New grants: in an instance or a part of it, or in the whole account."""

from keystead.domain.access import Grant
from keystead.domain.ids import AccountId, IamId, KeyId, RingId
from keystead.domain.instances import Instance
from keystead.domain.permissions import Role
from keystead.service.case import Tools


def grant_in(
    instance: Instance,
    subject: IamId,
    role: Role,
    tools: Tools,
    ring: RingId | None = None,
    key: KeyId | None = None,
) -> Grant:
    """Return a grant in *instance*, or on a ring or key of it."""
    return Grant(
        id=tools.new_id(),
        subject=subject,
        account=instance.account,
        role=role,
        instance=instance.id,
        ring=ring,
        key=key,
    )


def grant_everywhere(account: AccountId, subject: IamId, role: Role, tools: Tools) -> Grant:
    """Return a grant in all instances of *account*, those included that are still to be made."""
    return Grant(id=tools.new_id(), subject=subject, account=account, role=role)
