"""Access groups: made, shown, changed and deleted by an Administrator of the account.

Source: ``spec/iam-and-provisioning.md`` section 2; IBM's IAM Access Groups API, version 2.
"""

from dataclasses import dataclass, replace
from typing import Final

from keystead.domain.access_groups import MOST_ACCESS_GROUPS, AccessGroup, Member
from keystead.domain.errors import Refused
from keystead.domain.identities import Identity
from keystead.domain.ids import ACCESS_GROUPS, IamId
from keystead.domain.reasons import Reason
from keystead.service import policy_rules as rules
from keystead.service.case import Case, Tools

_NAMED: Final = 50  # members and policies of a group that goes, in its event


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateAccessGroup:
    """Make a group, in which nobody is yet."""

    account: str
    name: str
    description: str

    async def run(self, case: Case, tools: Tools) -> AccessGroup:
        """Make it, unless the account has as many as it may have, or one of this name."""
        rules.require_own(self.account, case)
        every = await tools.store.access_groups(case.account)
        if len(every) >= MOST_ACCESS_GROUPS:
            raise Refused(Reason.POLICY_REFUSED, f"An account has at most {MOST_ACCESS_GROUPS} access groups")
        _require_name(self.name, every)
        by, now = case.caller.iam_id, case.now
        made = AccessGroup(
            id=IamId(f"{ACCESS_GROUPS}{tools.new_id()}"),
            account=case.account,
            name=self.name,
            description=self.description,
            created_at=now,
            created_by=by,
            modified_at=now,
            modified_by=by,
        )
        case.change.put(made, was=None)
        return _noted(made, case)


@dataclass(frozen=True, slots=True)
class ReadAccessGroup:
    """The group with this id."""

    id: str

    async def run(self, case: Case, tools: Tools) -> AccessGroup:
        """Show it."""
        return await the_group(self.id, case, tools)


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateAccessGroup:
    """Change what is said of the group, in the state that *tag* names; ``None`` leaves it as it is."""

    id: str
    tag: str
    name: str | None
    description: str | None

    async def run(self, case: Case, tools: Tools) -> AccessGroup:
        """Change it."""
        was = await the_group(self.id, case, tools)
        rules.require_tag(self.tag, was.entity_tag, Reason.ACCESS_GROUP_CONFLICT)
        if self.name is not None:
            every = await tools.store.access_groups(case.account)
            _require_name(self.name, tuple(it for it in every if it.id != was.id))
        new = replace(
            was,
            name=was.name if self.name is None else self.name,
            description=was.description if self.description is None else self.description,
        )
        if new == was:
            return was
        by, now = case.caller.iam_id, case.now
        new = replace(new, modified_at=now, modified_by=by, revision=was.revision + 1)
        case.change.put(new, was=was)
        return _noted(new, case)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteAccessGroup:
    """Delete the group with this id, and with it what it was granted; by *force* with its members."""

    id: str
    force: bool

    async def run(self, case: Case, tools: Tools) -> None:
        """Delete it: its members may do no more by it from the next request on."""
        was = await the_group(self.id, case, tools)
        members = await tools.store.members(was.id)
        if members and not self.force:
            detail = "The access group has members: remove them first, or delete it with force=true"
            raise Refused(Reason.ACCESS_GROUP_CONFLICT, detail)
        grants = await tools.store.account_grants(case.account)
        policies = [it.id for it in grants if it.is_active and it.subject == was.id]
        case.response |= {"memberCount": len(members), "policyCount": len(policies)}
        case.response |= {
            "members": [it.iam_id for it in members[:_NAMED]],
            "policies": policies[:_NAMED],
        }
        for member in members:
            case.change.remove(member)
        case.change.remove(was)


async def the_group(wanted: str, case: Case, tools: Tools) -> AccessGroup:
    """Return the group with this id, noted in *case*; `Refused` with ``ACCESS_GROUP_NOT_FOUND``."""
    for one in await tools.store.access_groups(case.account):
        if one.id == wanted:
            return _noted(one, case)
    raise no_group()


async def everybody(case: Case, tools: Tools) -> dict[str, Identity]:
    """Return who is in the account, by their IAM ids."""
    return {who.iam_id: who for who in await tools.store.identities(case.account)}


async def memberships(iam_id: str, case: Case, tools: Tools) -> tuple[Member, ...]:
    """Return the memberships of somebody in the account; none of who is not.

    No store is asked for what nobody can be called: not every one could look it up.
    """
    return await memberships_of((await everybody(case, tools)).get(iam_id), tools)


async def memberships_of(who: Identity | None, tools: Tools) -> tuple[Member, ...]:
    """Return the memberships of *who*; none of nobody."""
    return () if who is None else await tools.store.memberships(who.iam_id)


def no_group() -> Refused:
    """Return the refusal of a group that is not there, or is another account's."""
    return Refused(Reason.ACCESS_GROUP_NOT_FOUND, "There is no access group with this id")


def _require_name(name: str, every: tuple[AccessGroup, ...]) -> None:
    if any(it.is_called(name) for it in every):
        raise Refused(Reason.ACCESS_GROUP_CONFLICT, "There is an access group of this name in the account")


def _noted(group: AccessGroup, case: Case) -> AccessGroup:
    case.response.update(groupId=group.id, group=group.name)
    return group
