"""Show the resource group of the caller's account. Source: ``spec`` section 5.4."""

from dataclasses import dataclass

from keystead.domain.errors import Refused
from keystead.domain.reasons import Reason
from keystead.domain.resource_groups import QUOTA, ResourceGroup, group_id, is_name
from keystead.service.case import Case, Tools


@dataclass(frozen=True, slots=True, kw_only=True)
class ListGroups:
    """The account's group, where it is what was asked for; what is ``None`` was not asked."""

    account: str | None
    name: str | None
    default: bool | None

    async def run(self, case: Case, tools: Tools) -> tuple[ResourceGroup, ...]:
        """Find it."""
        fits = (
            self.account in (None, case.account)
            and (self.name is None or is_name(self.name))
            and self.default is not False
        )
        return (await _group(case, tools),) if fits else ()


@dataclass(frozen=True, slots=True)
class ReadGroup:
    """The group with this id."""

    id: str

    async def run(self, case: Case, tools: Tools) -> ResourceGroup:
        """Find it; another account's is not there."""
        _require_own(self.id, case)
        return await _group(case, tools)


@dataclass(frozen=True, slots=True)
class ChangeGroups:
    """Make a group, or change or delete the one with this id: nobody can."""

    id: str | None

    async def run(self, case: Case, tools: Tools) -> None:  # noqa: ARG002 - every command has this shape
        """Refuse it."""
        if self.id is not None:
            _require_own(self.id, case)
        raise Refused(
            Reason.GROUPS_FIXED,
            "Each account has one resource group, named default: groups are not created, changed or deleted",
        )


@dataclass(frozen=True, slots=True)
class ReadQuota:
    """The quota definition with this id."""

    id: str

    async def run(self, case: Case, tools: Tools) -> None:  # noqa: ARG002 - every command has this shape
        """Look whether it is there."""
        if self.id != QUOTA:
            raise Refused(Reason.QUOTA_NOT_FOUND, "There is no quota definition with this id")


def _require_own(wanted: str, case: Case) -> None:
    if wanted != group_id(case.account):
        raise Refused(Reason.GROUP_NOT_FOUND, "There is no resource group with this id")


async def _group(case: Case, tools: Tools) -> ResourceGroup:
    """Return the group; it is as old as the account's first instance."""
    made = [it.created_at for it in await tools.store.instances() if it.account == case.account]
    return ResourceGroup(account=case.account, created_at=min(made, default=None))
