"""Who is in an access group. Source: ``spec/iam-and-provisioning.md`` section 2.

One request may be about several members or groups, and each has an outcome of its own, as IBM's API has it.
Where none of it could be done, the request is refused as the first of them was.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from keystead.domain.access_groups import (
    KINDS,
    MOST_MEMBERS,
    MOST_MEMBERSHIPS,
    AccessGroup,
    Member,
    MemberKind,
)
from keystead.domain.errors import Refused
from keystead.domain.identities import Identity
from keystead.domain.ids import IamId
from keystead.domain.reasons import Reason
from keystead.service import policy_rules as rules
from keystead.service.access_groups import everybody, memberships, memberships_of, no_group, the_group
from keystead.service.case import Case, Tools
from keystead.service.pages import Page, cut

Sort = Literal["id", "name", "email"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Somebody, and what he is said to be."""

    iam_id: str
    kind: MemberKind


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one of several: *what* names it as the caller did."""

    what: str
    member: Member | None  # who is in the group now, or was until now
    refused: Refused | None = None


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
class AddMembers:
    """Have these be in the group; who is in it already stays there."""

    group: str
    wanted: tuple[Wanted, ...]

    async def run(self, case: Case, tools: Tools) -> tuple[Outcome, ...]:
        """Add whoever can be added."""
        group = await the_group(self.group, case, tools)
        there = {it.iam_id: it for it in await tools.store.members(group.id)}
        people = await everybody(case, tools)
        done: list[Outcome] = []
        for one in self.wanted:
            try:
                member = there.get(IamId(one.iam_id))
                if member is None:
                    who = _to_be_member(one, people)
                    his = len(await tools.store.memberships(who.iam_id))
                    member = _new(group, who, one.kind, case, members=len(there), his=his)
                    case.change.put(member, was=None)
                    there[member.iam_id] = member
                done.append(Outcome(one.iam_id, member))
            except Refused as refused:
                done.append(Outcome(one.iam_id, None, refused))
        return _noted(done, case)


@dataclass(frozen=True, slots=True)
class AddToGroups:
    """Have one be in these groups of the account."""

    account: str
    one: Wanted
    groups: tuple[str, ...]

    async def run(self, case: Case, tools: Tools) -> tuple[Outcome, ...]:
        """Add it wherever it can be added."""
        rules.require_own(self.account, case)
        every = {it.id: it for it in await tools.store.access_groups(case.account)}
        people = await everybody(case, tools)
        his = {it.group: it for it in await memberships_of(people.get(self.one.iam_id), tools)}
        done: list[Outcome] = []
        for name in self.groups:
            try:
                member = his.get(IamId(name))
                if member is None:
                    group = every.get(IamId(name))
                    if group is None:
                        raise no_group()
                    who = _to_be_member(self.one, people)
                    count = len(await tools.store.members(group.id))
                    member = _new(group, who, self.one.kind, case, members=count, his=len(his))
                    case.change.put(member, was=None)
                    his[member.group] = member
                done.append(Outcome(name, member))
            except Refused as refused:
                done.append(Outcome(name, None, refused))
        return _noted(done, case)


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
        return _found(self.iam_id, await tools.store.members(group.id))


@dataclass(frozen=True, slots=True)
class RemoveMember:
    """Have somebody be in the group no more."""

    group: str
    iam_id: str

    async def run(self, case: Case, tools: Tools) -> None:
        """Remove him: what he could do by it he cannot do from the next request on."""
        group = await the_group(self.group, case, tools)
        gone = _found(self.iam_id, await tools.store.members(group.id))
        case.change.remove(gone)
        case.response["members"] = [gone.iam_id]


@dataclass(frozen=True, slots=True)
class RemoveMembers:
    """Have these be in the group no more."""

    group: str
    iam_ids: tuple[str, ...]

    async def run(self, case: Case, tools: Tools) -> tuple[Outcome, ...]:
        """Remove whoever is there."""
        group = await the_group(self.group, case, tools)
        members = await tools.store.members(group.id)
        done: list[Outcome] = []
        for iam_id in dict.fromkeys(self.iam_ids):
            try:
                gone = _found(iam_id, members)
                case.change.remove(gone)
                done.append(Outcome(iam_id, gone))
            except Refused as refused:
                done.append(Outcome(iam_id, None, refused))
        return _noted(done, case)


@dataclass(frozen=True, slots=True)
class RemoveFromGroups:
    """Have somebody be in no group of the account."""

    account: str
    iam_id: str

    async def run(self, case: Case, tools: Tools) -> tuple[Outcome, ...]:
        """Remove him from all of them."""
        rules.require_own(self.account, case)
        his = await memberships(self.iam_id, case, tools)
        if not his:
            raise Refused(Reason.MEMBER_NOT_FOUND, "Nobody with this iam_id is in an access group")
        for gone in his:
            case.change.remove(gone)
        return _noted([Outcome(it.group, it) for it in his], case)


def _to_be_member(one: Wanted, people: Mapping[str, Identity]) -> Identity:
    """Return whom of *people* is meant; `Refused` where nobody is, or who can be no member."""
    who = people.get(one.iam_id)
    if who is None or KINDS.get(who.kind) != one.kind:
        raise Refused(Reason.MEMBER_NOT_FOUND, f"There is no {one.kind} with this iam_id in the account")
    if who.locked:
        raise Refused(Reason.POLICY_REFUSED, "The service id is locked: unlock it before it is granted more")
    return who


def _new(
    group: AccessGroup, who: Identity, kind: MemberKind, case: Case, *, members: int, his: int
) -> Member:
    """Return the member that *who* is to be of *group*, which has so many *members*; he is in *his* groups.

    Raises:
        Refused: ``POLICY_REFUSED`` where either is as many as there may be.
    """
    if members >= MOST_MEMBERS:
        raise Refused(Reason.POLICY_REFUSED, f"An access group has at most {MOST_MEMBERS} members")
    if his >= MOST_MEMBERSHIPS:
        raise Refused(Reason.POLICY_REFUSED, f"Everybody is in at most {MOST_MEMBERSHIPS} access groups")
    return Member(
        group=group.id,
        iam_id=who.iam_id,
        account=case.account,
        kind=kind,
        created_at=case.now,
        created_by=case.caller.iam_id,
    )


def _found(iam_id: str, members: Sequence[Member]) -> Member:
    for member in members:
        if member.iam_id == iam_id:
            return member
    raise Refused(Reason.MEMBER_NOT_FOUND, "Nobody with this iam_id is in the access group")


def _noted(done: list[Outcome], case: Case) -> tuple[Outcome, ...]:
    """Return all that was *done*, noted in *case*; raise why nothing was."""
    fine = [it.member for it in done if it.member is not None]
    refused = [it.refused for it in done if it.refused is not None]
    if refused and not fine:
        raise refused[0]
    case.response["members"] = sorted({it.iam_id for it in fine})
    case.response["groups"] = sorted({it.group for it in fine})
    if refused:
        case.response["refused"] = len(refused)
    return tuple(done)
