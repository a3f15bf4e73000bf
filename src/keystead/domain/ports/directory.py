"""Who there is, what they may do, and from where."""

from typing import Protocol

from keystead.domain.access_groups import AccessGroup, Member
from keystead.domain.context_rules import ContextRule
from keystead.domain.grants import Grant
from keystead.domain.identities import ApiKey, Holder, Identity, Passcode, SigningKey
from keystead.domain.ids import AccountId, IamId
from keystead.domain.instances import Instance
from keystead.domain.resource_groups import ResourceGroup
from keystead.domain.restrictions import Perimeter
from keystead.domain.roles import CustomRole
from keystead.domain.zones import Zone


class Directory(Protocol):
    """Who there is and what was granted; never stale, like `Keys`. Errors: `Tampered`, `Unavailable`."""

    def mark(self) -> object | None:
        """Return an object that stays the same one while nothing in the store changes.

        What was concluded under a mark holds while `mark` returns that very object. ``None`` when the store
        cannot tell without waiting: then nothing may be concluded for later.
        """

    async def api_key(self, digest: bytes) -> ApiKey | None:
        """Return the API key with this keyed hash."""

    async def identity(self, iam_id: IamId) -> Identity | None:
        """Return whoever is called so."""

    async def holder(self, iam_id: IamId, api_key: str | None) -> Holder | None:
        """Return somebody with his API key of this id; nobody where either is not there.

        For what is asked again and again: the same object, or an equal one, while nothing changed.
        """

    async def grants(self, subject: IamId) -> tuple[Grant, ...]:
        """Return every grant in force of *subject*, and of the access groups that it is in, of one instant.

        The same tuple object while nothing changed.
        """

    async def signing_keys(self) -> tuple[SigningKey, ...]:
        """Return the keys that sign tokens, newest last."""

    async def instances(self) -> tuple[Instance, ...]:
        """Return all instances."""


class People(Protocol):
    """Everybody in an account, and what is theirs; never stale, like `Keys`. Errors as `Directory`."""

    async def account_grants(self, account: AccountId) -> tuple[Grant, ...]:
        """Return every grant in *account*, ordered by id, deleted ones among them."""

    async def custom_roles(self, account: AccountId) -> tuple[CustomRole, ...]:
        """Return the roles that *account* made, ordered by id; the same tuple while nothing changed."""

    async def api_keys(self, account: AccountId) -> tuple[ApiKey, ...]:
        """Return every API key of *account*, ordered by id."""

    async def identities(self, account: AccountId) -> tuple[Identity, ...]:
        """Return everybody in *account*, ordered by IAM id."""

    async def resource_groups(self, account: AccountId) -> tuple[ResourceGroup, ...]:
        """Return the resource groups that *account* made, ordered by id."""

    async def passcode(self, digest: bytes) -> Passcode | None:
        """Return the code with this keyed hash."""

    async def passcode_of(self, iam_id: IamId) -> Passcode | None:
        """Return the code of this user."""


class GroupRecords(Protocol):
    """Access groups and who is in them; never stale, like `Keys`. Errors: `Tampered`, `Unavailable`."""

    async def access_groups(self, account: AccountId) -> tuple[AccessGroup, ...]:
        """Return the access groups of *account*, ordered by id."""

    async def members(self, group: IamId) -> tuple[Member, ...]:
        """Return who is in *group*, ordered by IAM id."""

    async def memberships(self, iam_id: IamId) -> tuple[Member, ...]:
        """Return the memberships of *iam_id*, ordered by the group's id."""


class ContextRecords(Protocol):
    """From where instances may be asked; never stale, like `Keys`. Errors: `Tampered`, `Unavailable`."""

    async def perimeter(self, instance: Instance) -> Perimeter:
        """Return the instance's policies, with the rules and zones of its account, all of one instant.

        For what is asked again and again: the same object where it is known that nothing changed.
        """

    async def zones(self, account: AccountId) -> tuple[Zone, ...]:
        """Return the network zones of *account*, ordered by id."""

    async def context_rules(self, account: AccountId) -> tuple[ContextRule, ...]:
        """Return the context rules of *account*, ordered by id."""
