"""Have identities be in access groups. Source: ``spec/iam-and-provisioning.md`` section 2."""

from collections.abc import Mapping
from dataclasses import dataclass

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
from keystead.service.access_groups import everybody, memberships_of, no_group, the_group
from keystead.service.case import Case, Tools
from keystead.service.member_outcomes import Outcome, noted


@dataclass(frozen=True, slots=True)
class Wanted:
    """Somebody, and what he is said to be."""

    iam_id: str
    kind: MemberKind


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
        return noted(done, case)


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
        return noted(done, case)


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
