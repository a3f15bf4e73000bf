"""The part of the store that is about who there is and what they may do, in a SQL database."""

from functools import partial
from typing import Final

from keystead.domain.access_groups import AccessGroup, Member
from keystead.domain.context_rules import ContextRule
from keystead.domain.grants import Grant
from keystead.domain.identities import ApiKey, Holder, Identity, Passcode, SigningKey
from keystead.domain.ids import AccountId, IamId, InstanceId
from keystead.domain.instances import Instance
from keystead.domain.policies import InstancePolicies
from keystead.domain.restrictions import Perimeter
from keystead.domain.roles import CustomRole
from keystead.domain.zones import Zone
from keystead.storage.database import Remembering
from keystead.storage.directory import Directory

_SUBJECTS: Final = 20_000


class DirectoryInSQL(Remembering):
    """See `keystead.domain.ports.store.Store`; errors as there."""

    _directory: Directory
    _grants: dict[IamId, tuple[Grant, ...]]

    async def policies(self, instance: InstanceId) -> InstancePolicies | None:
        """Return the instance's policies, if any was ever set; `Tampered`, `Unavailable`."""
        place = ("policies", instance)
        found = await self._held_or(place, partial(self._directory.policies, instance=instance))
        return found if found is not None and found.revision else None

    async def api_key(self, digest: bytes) -> ApiKey | None:
        """Return the API key with this keyed hash."""
        return await self._held_or(("api key", digest), partial(self._directory.api_key, digest=digest))

    async def identity(self, iam_id: IamId) -> Identity | None:
        """Return whoever is called so."""
        return await self._held_or(("identity", iam_id), partial(self._directory.identity, iam_id=iam_id))

    async def api_keys(self, account: AccountId) -> tuple[ApiKey, ...]:
        """Return every API key of *account*, ordered by id."""
        place = ("api keys", account)
        return await self._held_or(place, partial(self._directory.api_keys, account=account)) or ()

    async def identities(self, account: AccountId) -> tuple[Identity, ...]:
        """Return everybody in *account*, ordered by IAM id."""
        place = ("identities", account)
        return await self._held_or(place, partial(self._directory.identities, account=account)) or ()

    async def holder(self, iam_id: IamId, api_key: str | None) -> Holder | None:
        """Return somebody with his API key of this id; nobody where either is not there."""
        place = ("holder", iam_id, api_key)
        return await self._held_or(place, partial(self._directory.holder, iam_id=iam_id, api_key=api_key))

    async def grants(self, subject: IamId) -> tuple[Grant, ...]:
        """Return every grant in force of *subject*, and of the access groups that it is in."""
        place = ("grants", subject)
        found = await self._held_or(place, partial(self._directory.grants, subject=subject)) or ()
        before = self._grants.get(subject)
        if before == found:
            return before
        self._grants[subject] = found
        if len(self._grants) > _SUBJECTS:
            del self._grants[next(iter(self._grants))]
        return found

    async def access_groups(self, account: AccountId) -> tuple[AccessGroup, ...]:
        """Return the access groups of *account*, ordered by id."""
        return await self._database.read(partial(self._directory.access_groups, account=account))

    async def members(self, group: IamId) -> tuple[Member, ...]:
        """Return who is in *group*, ordered by IAM id."""
        return await self._database.read(partial(self._directory.members, group=group))

    async def memberships(self, iam_id: IamId) -> tuple[Member, ...]:
        """Return the memberships of *iam_id*, ordered by the group's id."""
        return await self._database.read(partial(self._directory.memberships, iam_id=iam_id))

    async def account_grants(self, account: AccountId) -> tuple[Grant, ...]:
        """Return every grant in *account*, ordered by id, deleted ones among them."""
        return await self._database.read(partial(self._directory.account_grants, account=account))

    async def custom_roles(self, account: AccountId) -> tuple[CustomRole, ...]:
        """Return the roles that *account* made, ordered by id; the same tuple while nothing changed."""
        place = ("custom roles", account)
        return await self._held_or(place, partial(self._directory.custom_roles, account=account)) or ()

    async def perimeter(self, instance: Instance) -> Perimeter:
        """Return the instance's policies, with the rules and zones of its account, all of one instant."""
        place = ("perimeter", instance.id)
        found = await self._held_or(place, partial(self._directory.perimeter, instance=instance))
        return found or Perimeter(None)

    async def zones(self, account: AccountId) -> tuple[Zone, ...]:
        """Return the network zones of *account*, ordered by id."""
        return await self._database.read(partial(self._directory.zones, account=account))

    async def context_rules(self, account: AccountId) -> tuple[ContextRule, ...]:
        """Return the context rules of *account*, ordered by id."""
        return await self._database.read(partial(self._directory.context_rules, account=account))

    async def passcode(self, digest: bytes) -> Passcode | None:
        """Return the code with this keyed hash."""
        return await self._database.read(partial(self._directory.passcode, digest=digest))

    async def passcode_of(self, iam_id: IamId) -> Passcode | None:
        """Return the code of this user."""
        return await self._database.read(partial(self._directory.passcode_of, iam_id=iam_id))

    async def signing_keys(self) -> tuple[SigningKey, ...]:
        """Return the keys that sign tokens, newest last."""
        return await self._held_or(("signing keys",), self._directory.signing_keys) or ()
