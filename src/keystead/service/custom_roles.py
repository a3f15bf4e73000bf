"""Roles: those that there are for a service, and those that an account makes of its actions.

Source: ``spec/iam-and-provisioning.md`` sections 3.2 and 3.6.
"""

from dataclasses import dataclass, replace

from keystead.domain.actions import Role
from keystead.domain.errors import Refused
from keystead.domain.grant_rules import bad_policy
from keystead.domain.reasons import Reason
from keystead.domain.role_tables import (
    ACTIONS_BY_ID,
    PLATFORM_ROLES,
    SERVICE_ROLES,
    SERVICES,
    ServiceName,
)
from keystead.domain.roles import DELEGATED, MOST_CUSTOM_ROLES, CustomRole
from keystead.service import policy_rules as rules
from keystead.service.case import Case, Tools


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleQuery:
    """Which roles are asked for; what is ``None`` was not asked."""

    account: str | None
    service: str | None
    for_services: bool


@dataclass(frozen=True, slots=True)
class RoleList:
    """Roles of three sorts, the second of *service*."""

    customs: tuple[CustomRole, ...]
    service_roles: tuple[Role, ...]
    system_roles: tuple[Role, ...]
    service: ServiceName | None


@dataclass(frozen=True, slots=True)
class ListRoles:
    """The roles that policies of one sort can name; nothing for who holds nothing in his account."""

    query: RoleQuery

    async def run(self, case: Case, tools: Tools) -> RoleList:
        """Find them."""
        query = self.query
        rules.require_own(query.account, case)
        service = next((name for name in SERVICES if name == query.service), None)
        if not case.held:
            return RoleList((), (), (), service)
        own = () if service is None else SERVICE_ROLES[service]
        if query.for_services:
            return RoleList((), tuple(role for role in own if role in DELEGATED), (), service)
        made = await tools.store.custom_roles(case.account)
        customs = tuple(role for role in made if query.service in (None, role.service))
        return RoleList(customs, own, PLATFORM_ROLES, service)


@dataclass(frozen=True, slots=True)
class ReadRole:
    """The role with this id, one that the account made."""

    id: str

    async def run(self, case: Case, tools: Tools) -> CustomRole:
        """Show it."""
        return _noted(await _role(self.id, case, tools), case)


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateRole:
    """Make a role of some actions in one service."""

    account: str
    service: str
    name: str
    display_name: str
    description: str
    actions: tuple[str, ...]

    async def run(self, case: Case, tools: Tools) -> CustomRole:
        """Make it."""
        rules.require_own(self.account, case)
        service = next((name for name in SERVICES if name == self.service), None)
        if service is None:
            raise bad_policy(f"service_name must be one of {', '.join(SERVICES)}")
        _require_actions(self.actions, service)
        every = await tools.store.custom_roles(case.account)
        if len(every) >= MOST_CUSTOM_ROLES:
            raise Refused(Reason.POLICY_REFUSED, f"An account makes at most {MOST_CUSTOM_ROLES} roles")
        if self.name in tuple(Role) or any(role.name == self.name for role in every):
            raise Refused(Reason.ROLE_CONFLICT, "There is a role with this name")
        by, now = case.caller.iam_id, case.now
        made = CustomRole(
            id=tools.new_id(),
            account=case.account,
            service=service,
            name=self.name,
            display_name=self.display_name,
            description=self.description,
            actions=self.actions,
            created_at=now,
            created_by=by,
            modified_at=now,
            modified_by=by,
        )
        case.change.put(made, was=None)
        return _noted(made, case)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceRole:
    """Have the role with this id, in the state that *tag* names, allow these actions and no others."""

    id: str
    tag: str
    display_name: str
    description: str
    actions: tuple[str, ...]

    async def run(self, case: Case, tools: Tools) -> CustomRole:
        """Change it; whoever was granted it may do from now on what it says now."""
        was = await _role(self.id, case, tools)
        rules.require_tag(self.tag, was.entity_tag, Reason.ROLE_CONFLICT)
        _require_actions(self.actions, was.service)
        new = replace(was, display_name=self.display_name, description=self.description, actions=self.actions)
        if new == was:
            return _noted(was, case)
        by, now = case.caller.iam_id, case.now
        new = replace(new, modified_at=now, modified_by=by, revision=was.revision + 1)
        case.change.put(new, was=was)
        return _noted(new, case)


@dataclass(frozen=True, slots=True)
class DeleteRole:
    """Forget the role with this id."""

    id: str

    async def run(self, case: Case, tools: Tools) -> None:
        """Forget it, unless a policy names it."""
        was = _noted(await _role(self.id, case, tools), case)
        grants = await tools.store.account_grants(case.account)
        users = sum(was.name in grant.custom_roles for grant in grants if grant.is_active)
        if users:
            raise Refused(Reason.ROLE_CONFLICT, f"The role is in use: policies that name it: {users}")
        case.change.remove(was)


async def _role(role_id: str, case: Case, tools: Tools) -> CustomRole:
    if case.held:
        for role in await tools.store.custom_roles(case.account):
            if role.id == role_id:
                return role
    raise Refused(Reason.ROLE_NOT_FOUND, "There is no role with this id that the account has made")


def _require_actions(actions: tuple[str, ...], service: ServiceName) -> None:
    unknown = sum(name not in ACTIONS_BY_ID[service] for name in actions)
    if unknown:
        known = ", ".join(ACTIONS_BY_ID[service])
        raise bad_policy(f"{unknown} of the actions are none of {service}, which has {known}")
    if len(set(actions)) != len(actions):
        raise bad_policy("each action is named once")


def _noted(role: CustomRole, case: Case) -> CustomRole:
    case.response.update(roleId=role.id, role=role.name, actions=list(role.actions))
    return role
