"""Have identities be in access groups no more. Source: ``spec/iam-and-provisioning.md`` section 2."""

from dataclasses import dataclass

from keystead.domain.errors import Refused
from keystead.domain.reasons import Reason
from keystead.service import policy_rules as rules
from keystead.service.access_group_members import the_member
from keystead.service.access_groups import memberships, the_group
from keystead.service.case import Case, Tools
from keystead.service.member_outcomes import Outcome, noted


@dataclass(frozen=True, slots=True)
class RemoveMember:
    """Have somebody be in the group no more."""

    group: str
    iam_id: str

    async def run(self, case: Case, tools: Tools) -> None:
        """Remove him: what he could do by it he cannot do from the next request on."""
        group = await the_group(self.group, case, tools)
        gone = the_member(self.iam_id, await tools.store.members(group.id))
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
                gone = the_member(iam_id, members)
                case.change.remove(gone)
                done.append(Outcome(iam_id, gone))
            except Refused as refused:
                done.append(Outcome(iam_id, None, refused))
        return noted(done, case)


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
        return noted([Outcome(it.group, it) for it in his], case)
