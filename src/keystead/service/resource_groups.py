"""Show, make, rename and delete resource groups. Source: ``spec`` sections 3.4 and 5.4."""

from dataclasses import dataclass, replace

from keystead.domain.access import unauthorized
from keystead.domain.attributes import ACCOUNT, GROUP
from keystead.domain.errors import Refused, bad_field
from keystead.domain.grants import Grant
from keystead.domain.instances import Instance
from keystead.domain.reasons import Reason
from keystead.domain.resource_groups import (
    MOST_GROUPS,
    QUOTA,
    ResourceGroup,
    default_group,
    group_not_found,
    require_free,
)
from keystead.service.case import Case, Tools


@dataclass(frozen=True, slots=True, kw_only=True)
class ListGroups:
    """The groups that are as was asked for; what is ``None`` was not asked."""

    account: str | None
    name: str | None
    default: bool | None

    async def run(self, case: Case, tools: Tools) -> tuple[ResourceGroup, ...]:
        """Find those that the caller may know of, the default one first."""
        found = await _open_to_caller(case, tools)
        return tuple(it for it in found if self._fits(it))

    def _fits(self, it: ResourceGroup) -> bool:
        return (
            self.account in (None, it.account)
            and (self.name is None or it.is_called(self.name))
            and self.default in (None, it.is_default)
        )


@dataclass(frozen=True, slots=True)
class ReadGroup:
    """The group with this id."""

    id: str

    async def run(self, case: Case, tools: Tools) -> ResourceGroup:
        """Find it; what the caller may not know of is not there."""
        return await _found(self.id, case, tools)


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateGroup:
    """Make a group."""

    name: str
    account: str | None

    async def run(self, case: Case, tools: Tools) -> ResourceGroup:
        """Make it in the caller's account."""
        if self.account not in (None, case.account):
            raise bad_field("account_id", "the id of your account")
        made = ResourceGroup(
            id=tools.new_id().replace("-", ""),
            account=case.account,
            name=self.name,
            created_at=case.now,
            updated_at=case.now,
        )
        _require_grant_on(made, case)
        others = await tools.store.resource_groups(case.account)
        if len(others) >= MOST_GROUPS:
            raise Refused(
                Reason.GROUP_QUOTA, f"The account has {MOST_GROUPS} resource groups: there can be no more"
            )
        require_free(self.name, others)
        case.change.put(made, was=None)
        case.response["resourceGroupId"] = made.id
        return made


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameGroup:
    """Give the group with this id another name, unless that is ``None``."""

    id: str
    name: str | None

    async def run(self, case: Case, tools: Tools) -> ResourceGroup:
        """Rename it; the case of its letters may change as well."""
        was = await _changeable(self.id, case, tools)
        if self.name in (None, was.name):
            return was
        others = await tools.store.resource_groups(case.account)
        require_free(self.name, (it for it in others if it.id != was.id))
        new = replace(was, name=self.name, updated_at=case.now)
        case.change.put(new, was=was)
        return new


@dataclass(frozen=True, slots=True)
class DeleteGroup:
    """Delete the group with this id."""

    id: str

    async def run(self, case: Case, tools: Tools) -> None:
        """Delete it unless an instance is in it; the store sees to it that none comes meanwhile."""
        was = await _changeable(self.id, case, tools)
        if any(it.group == was.id and it.state != "removed" for it in await tools.store.instances()):
            raise Refused(
                Reason.GROUP_NOT_EMPTY,
                "The resource group holds instances: delete them first, and reclaim those that were deleted",
            )
        case.change.remove(was)


@dataclass(frozen=True, slots=True)
class ReadQuota:
    """The quota definition with this id."""

    id: str

    async def run(self, case: Case, tools: Tools) -> None:  # noqa: ARG002 - every command has this shape
        """Look whether it is there."""
        if self.id != QUOTA:
            raise Refused(Reason.QUOTA_NOT_FOUND, "There is no quota definition with this id")


async def _changeable(group: str, case: Case, tools: Tools) -> ResourceGroup:
    """Return the group with this id, which the caller may change; `Refused` where it is not one of those."""
    found = await _found(group, case, tools)
    _require_grant_on(found, case)
    if found.is_default:
        raise Refused(Reason.GROUP_FIXED, "The group called default is not changed or deleted")
    return found


async def _found(group: str, case: Case, tools: Tools) -> ResourceGroup:
    for it in await _open_to_caller(case, tools):
        if it.id == group:
            return it
    raise group_not_found()


async def _open_to_caller(case: Case, tools: Tools) -> tuple[ResourceGroup, ...]:
    """Return the groups that the caller may know of: the default one, and those that his grants cover."""
    mine = [it for it in await tools.store.instances() if it.account == case.account]
    made = [it.created_at for it in mine]
    others = (it for it in await tools.store.resource_groups(case.account) if _is_open(it, mine, case))
    return (default_group(case.account, min(made, default=None)), *others)


def _is_open(group: ResourceGroup, instances: list[Instance], case: Case) -> bool:
    inside = [it for it in instances if it.group == group.id]
    return any(
        _covers(grant, group) or any(grant.reaches(instance) for instance in inside) for grant in case.held
    )


def _covers(grant: Grant, group: ResourceGroup) -> bool:
    """Tell whether *grant* reaches instances that are still to be made in *group*."""
    condition = grant.condition(GROUP)
    return grant.names_no_instance and (condition is None or condition.fits(group.id))


def _require_grant_on(group: ResourceGroup, case: Case) -> None:
    """Raise `Refused` with ``UNAUTHORIZED`` unless a grant is on all of *group*, or all of the account."""
    for grant in case.held:
        if all(it.name == ACCOUNT or (it.name == GROUP and it.fits(group.id)) for it in grant.resource):
            return
    raise unauthorized()
