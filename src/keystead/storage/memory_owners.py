"""Identities and what is theirs, in memory."""

from collections.abc import Iterable
from operator import attrgetter
from typing import Any

from keystead.domain.access_groups import AccessGroup, Member
from keystead.domain.changes import RecordWrite
from keystead.domain.grants import Grant
from keystead.domain.identities import MOST_API_KEYS, MOST_SERVICE_IDS, ApiKey, Holder, Identity, Passcode
from keystead.domain.ids import AccountId, IamId
from keystead.domain.roles import CustomRole
from keystead.storage.answers import held, overtaken
from keystead.storage.granting import Granted
from keystead.storage.memory_access_groups import AccessGroupsInMemory
from keystead.storage.profiles import require_profile_place


class OwnersInMemory(AccessGroupsInMemory):
    """The part of the store that is about identities; see `keystead.domain.ports.directory.Directory`."""

    def __init__(self) -> None:
        super().__init__()
        self._identities: dict[IamId, Identity] = {}
        self._api_keys: dict[str, ApiKey] = {}
        self._digests: dict[bytes, ApiKey] = {}
        self._grants: dict[str, Grant] = {}
        self._granted: dict[IamId, tuple[Grant, ...]] = {}  # those in force
        self._roles: dict[str, CustomRole] = {}
        self._passcodes: dict[IamId, Passcode] = {}
        self._together: dict[IamId, tuple[Grant, ...]] = {}  # what was returned last
        self._holders: dict[tuple[IamId, str | None], Holder] = {}  # until something is committed

    async def api_key(self, digest: bytes) -> ApiKey | None:
        """Return the API key with this keyed hash."""
        return self._digests.get(digest)

    async def api_keys(self, account: AccountId) -> tuple[ApiKey, ...]:
        """Return every API key of *account*, ordered by id."""
        mine = (key for key in self._api_keys.values() if key.account == account)
        return tuple(sorted(mine, key=attrgetter("id")))

    async def identity(self, iam_id: IamId) -> Identity | None:
        """Return whoever is called so."""
        return self._identities.get(iam_id)

    async def identities(self, account: AccountId) -> tuple[Identity, ...]:
        """Return everybody in *account*, ordered by IAM id."""
        mine = (who for who in self._identities.values() if who.account == account)
        return tuple(sorted(mine, key=attrgetter("iam_id")))

    async def holder(self, iam_id: IamId, api_key: str | None) -> Holder | None:
        """Return somebody with his API key of this id; nobody where either is not there."""
        place = (iam_id, api_key)
        found = self._holders.get(place)
        if found is None:
            key = None if api_key is None else self._api_keys.get(api_key)
            found = held(self._identities.get(iam_id), key, api_key)
            if found is not None:
                self._holders[place] = found
        return found

    async def passcode(self, digest: bytes) -> Passcode | None:
        """Return the code with this keyed hash."""
        return next((it for it in self._passcodes.values() if it.digest == digest), None)

    async def passcode_of(self, iam_id: IamId) -> Passcode | None:
        """Return the code of this user."""
        return self._passcodes.get(iam_id)

    async def grants(self, subject: IamId) -> tuple[Grant, ...]:
        """Return every grant in force of *subject*, and of the access groups that it is in."""
        subjects = (subject, *(it.group for it in self._memberships(subject)))
        every = (grant for one in subjects for grant in self._granted.get(one, ()))
        found = tuple(sorted(every, key=attrgetter("id")))
        if self._together.get(subject) != found:
            self._together[subject] = found
        return self._together[subject]

    async def account_grants(self, account: AccountId) -> tuple[Grant, ...]:
        """Return every grant in *account*, ordered by id, deleted ones among them."""
        return self._granted_in(account).grants

    async def custom_roles(self, account: AccountId) -> tuple[CustomRole, ...]:
        """Return the roles that *account* made, ordered by id."""
        return self._granted_in(account).roles

    def _granted_in(self, account: AccountId) -> Granted:
        grants = (grant for grant in self._grants.values() if grant.account == account)
        roles = (role for role in self._roles.values() if role.account == account)
        by_id = attrgetter("id")
        return Granted(tuple(sorted(grants, key=by_id)), tuple(sorted(roles, key=by_id)))

    def _granted_with(self, new: Grant | None, *, was: Grant | None) -> tuple[Grant, ...]:
        """Return what will be in force for the subject of both."""
        subject = (new or was).subject  # type: ignore[union-attr]  # one of them is there
        others = (it for it in self._granted.get(subject, ()) if was is None or it.id != was.id)
        found = [*others, *((new,) if new is not None and new.is_active else ())]
        return tuple(sorted(found, key=lambda grant: grant.id))

    def _settle(self, write: RecordWrite) -> None:
        """Raise `Conflict` where grants or roles must not become what *write* has made of them."""
        new, was = write.new, write.was
        if isinstance(new, Grant | CustomRole):
            self._granted_in(new.account).require_place(new)
        if isinstance(new, Grant) and new.is_active and not new.is_for_services:
            self._require_subject(new)
        if isinstance(was, Grant):
            self._granted_in(was.account).require_steward((was,))
        if isinstance(was, CustomRole) and new is None:
            self._granted_in(was.account).require_unused(was)
        if isinstance(new, Identity) and new.kind == "profile":
            require_profile_place(self._identities.values(), new)
        if isinstance(new or was, AccessGroup | Member):
            self._settle_groups(write, self._identities)

    def _require_subject(self, new: Grant) -> None:
        if new.subject not in (self._access_groups if new.is_for_group else self._identities):
            raise overtaken()

    def _place_of_owner(
        self, record: ApiKey | Passcode | Identity | Grant | CustomRole | AccessGroup | Member
    ) -> tuple[dict[Any, Any], object]:
        match record:
            case AccessGroup() | Member():
                return self._place_of_access_group(record)
            case Passcode():
                return self._passcodes, record.iam_id
            case Identity():
                return self._identities, record.iam_id
            case ApiKey():
                return self._api_keys, record.id
            case Grant():
                return self._grants, record.id
            case CustomRole():
                return self._roles, record.id

    def _require_owner(self, new: ApiKey | Identity) -> None:
        """Raise `Conflict` where what was added has no owner, or is one more than there may be."""
        match new:
            case ApiKey():
                mine = sum(key.iam_id == new.iam_id for key in self._api_keys.values())
                if new.iam_id not in self._identities or mine > MOST_API_KEYS:
                    raise overtaken()
            case Identity():
                place = (new.account, "serviceid")
                if sum((it.account, it.kind) == place for it in self._identities.values()) > MOST_SERVICE_IDS:
                    raise overtaken()

    def _left_by(self, gone: Identity) -> Iterable[tuple[dict[Any, Any], object]]:
        """Yield where the grants, memberships and API keys of *gone* are."""
        for key in [key for key in self._api_keys.values() if key.iam_id == gone.iam_id]:
            yield self._api_keys, key.id
            yield self._digests, key.digest
        for grant in [grant for grant in self._grants.values() if grant.subject == gone.iam_id]:
            yield self._grants, grant.id
        yield self._granted, gone.iam_id
        for member in self._memberships(gone.iam_id):
            yield self._members, (member.group, member.iam_id)

    def _granted_to_group(self, gone: AccessGroup) -> Iterable[tuple[dict[Any, Any], object]]:
        """Yield where the grants to *gone* are."""
        for grant in [grant for grant in self._grants.values() if grant.subject == gone.id]:
            yield self._grants, grant.id
        yield self._granted, gone.id
