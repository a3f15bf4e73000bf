"""Who is in an access group. Source: ``spec/iam-and-provisioning.md`` section 2."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from keystead.domain.access_groups import Member, MemberKind
from keystead.domain.errors import Refused
from keystead.domain.identities import Identity
from keystead.domain.reasons import Reason
from keystead.service.access_groups import everybody, the_group
from keystead.service.case import Case, Tools
from keystead.service.pages import Page, cut

Sort = Literal["id", "name", "email"]


@dataclass(frozen=True, slots=True)
class Shown:
    """A member, and who it is."""

    member: Member
    who: Identity | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberQuery:
    """Which members are asked for; what is ``None`` was not asked."""

    kind: MemberKind | None
    by_rule: bool  # those alone whom a rule makes members: there are none
    sort: Sort
    descending: bool
    limit: int
    offset: int


_SORTS: Final[dict[Sort, Callable[[Shown], str]]] = {
    "id": lambda it: it.member.iam_id,
    "name": lambda it: "" if it.who is None else it.who.display_name.casefold(),
    "email": lambda it: "" if it.who is None else it.who.name.casefold(),
}


@dataclass(frozen=True, slots=True)
class ListMembers:
    """Who is in the group with this id."""

    group: str
    query: MemberQuery

    async def run(self, case: Case, tools: Tools) -> Page[Shown]:
        """Find them."""
        query = self.query
        group = await the_group(self.group, case, tools)
        people = await everybody(case, tools)
        members = () if query.by_rule else await tools.store.members(group.id)
        found = [Shown(it, people.get(it.iam_id)) for it in members if query.kind in (None, it.kind)]
        found.sort(key=_SORTS[query.sort], reverse=query.descending)
        return cut(found, query.limit, query.offset, case)


@dataclass(frozen=True, slots=True)
class ReadMember:
    """Whether somebody is in the group with this id."""

    group: str
    iam_id: str

    async def run(self, case: Case, tools: Tools) -> Member:
        """Look; `Refused` with ``MEMBER_NOT_FOUND`` where he is not."""
        group = await the_group(self.group, case, tools)
        return the_member(self.iam_id, await tools.store.members(group.id))


def the_member(iam_id: str, members: Sequence[Member]) -> Member:
    """Return who of *members* has this *iam_id*; `Refused` with ``MEMBER_NOT_FOUND`` where nobody has."""
    for member in members:
        if member.iam_id == iam_id:
            return member
    raise Refused(Reason.MEMBER_NOT_FOUND, "Nobody with this iam_id is in the access group")
