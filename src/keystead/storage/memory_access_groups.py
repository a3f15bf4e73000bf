"""Access groups and who is in them, in memory."""

from collections.abc import Mapping
from operator import attrgetter
from typing import Any

from keystead.domain.access_groups import AccessGroup, Member
from keystead.domain.changes import RecordWrite
from keystead.domain.identities import Identity
from keystead.domain.ids import AccountId, IamId
from keystead.storage.answers import overtaken
from keystead.storage.memberships import MemberPlace, require_group_place


class AccessGroupsInMemory:
    """The part of the store that is about them; see `keystead.domain.ports.directory.GroupRecords`."""

    def __init__(self) -> None:
        super().__init__()
        self._access_groups: dict[IamId, AccessGroup] = {}
        self._members: dict[tuple[IamId, IamId], Member] = {}

    async def access_groups(self, account: AccountId) -> tuple[AccessGroup, ...]:
        """Return the access groups of *account*, ordered by id."""
        return tuple(it for _, it in sorted(self._access_groups.items()) if it.account == account)

    async def members(self, group: IamId) -> tuple[Member, ...]:
        """Return who is in *group*, ordered by IAM id."""
        return tuple(sorted(self._members_of(group), key=attrgetter("iam_id")))

    async def memberships(self, iam_id: IamId) -> tuple[Member, ...]:
        """Return the memberships of *iam_id*, ordered by the group's id."""
        return self._memberships(iam_id)

    def _memberships(self, iam_id: IamId) -> tuple[Member, ...]:
        mine = (it for it in self._members.values() if it.iam_id == iam_id)
        return tuple(sorted(mine, key=attrgetter("group")))

    def _members_of(self, group: IamId) -> list[Member]:
        return [it for it in self._members.values() if it.group == group]

    def _settle_groups(self, write: RecordWrite, identities: Mapping[IamId, Identity]) -> None:
        """Raise `Conflict` where groups must not become what *write* has made of them."""
        match write.new, write.was:
            case AccessGroup() as new, _:
                mine = (it for it in self._access_groups.values() if it.account == new.account)
                require_group_place(mine, new)
            case Member() as new, _:
                MemberPlace(
                    group=self._access_groups.get(new.group),
                    identity=identities.get(new.iam_id),
                    of_group=len(self._members_of(new.group)),
                    of_identity=len(self._memberships(new.iam_id)),
                ).require(new)
            case None, AccessGroup() as gone:
                if self._members_of(gone.id):
                    raise overtaken()
            case _:
                return

    def _place_of_access_group(self, record: AccessGroup | Member) -> tuple[dict[Any, Any], object]:
        if isinstance(record, AccessGroup):
            return self._access_groups, record.id
        return self._members, (record.group, record.iam_id)
