"""The first account of a service, its owner, and an instance; and what the owner of an instance may do."""

from dataclasses import dataclass
from typing import Literal

from keystead.domain.actions import Role
from keystead.domain.errors import KeysteadError
from keystead.domain.grants import Grant
from keystead.domain.identities import Account, ApiKey, Identity
from keystead.domain.ids import AccountId, IamId, InstanceId
from keystead.domain.instances import Instance
from keystead.service.case import Case, Tools
from keystead.service.grants import grant_everywhere, grant_in
from keystead.service.new_identities import new_api_key, new_user

OWNER_ROLES = (Role.MANAGER, Role.KEY_PURGE)
"""What the first user may do in the first instance; KeyPurge is in no other role, so it is named.

That he may make and remove instances is granted to him in the account (`owner_of`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """The first records of a service."""

    account: Account
    owner: Identity
    instance: Instance


@dataclass(frozen=True, slots=True, kw_only=True)
class Begin:
    """Make the first account, its owner with an API key, and an instance.

    Args:
        email: name of the owner.
        service: ``kms`` or ``hs-crypto``.
        region: a region's name, as it stands in CRNs.
        digest: keyed hash of the owner's API key.
    """

    email: str
    service: Literal["kms", "hs-crypto"]
    region: str
    digest: bytes

    async def run(self, case: Case, tools: Tools) -> Beginning:
        """Make them, unless there is an instance already."""
        if await tools.store.instances():
            raise KeysteadError("this database has an account already; nothing was changed")
        account_id = AccountId(tools.new_id().replace("-", ""))
        account = Account(id=account_id, name=self.email, created_at=case.now)
        instance = Instance(
            id=InstanceId(tools.new_id()),
            account=account.id,
            name="keystead",
            service=self.service,
            region=self.region,
            created_at=case.now,
        )
        owner, *rest = owner_of(instance, self.email, self.digest, case, tools)
        case.change.add(account, instance, owner, *rest)
        case.is_in(instance)
        return Beginning(account=account, owner=owner, instance=instance)


def owner_of(
    instance: Instance, email: str, digest: bytes, case: Case, tools: Tools
) -> tuple[Identity, ApiKey | Grant, *tuple[ApiKey | Grant, ...]]:
    """Return a new owner of *instance*, with an API key of that *digest* and all roles."""
    owner = new_user(email, instance.account, case, tools)
    key = new_api_key(owner, "owner", digest, case, tools)
    steward = grant_everywhere(instance.account, owner.iam_id, (Role.ADMINISTRATOR,), tools, case.now)
    return owner, key, steward, owner_grant(owner.iam_id, instance, case, tools)


def owner_grant(subject: IamId, instance: Instance, case: Case, tools: Tools) -> Grant:
    """Return what lets *subject* do everything in *instance*."""
    return grant_in(instance, subject, OWNER_ROLES, tools, case.now)
