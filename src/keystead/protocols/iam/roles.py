"""Roles. Source: ``spec/iam-and-provisioning.md`` section 3.6."""

from typing import Annotated, Final

import msgspec

from keystead.protocols.http.exchange import Exchange, Reply
from keystead.protocols.http.visit import Visit
from keystead.protocols.iam.identity_answers import answer, nothing
from keystead.protocols.iam.policy_answers import tagged
from keystead.protocols.iam.policy_bodies import Description, if_match, read
from keystead.protocols.iam.policy_queries import role_query, supported_query
from keystead.protocols.iam.role_views import shown_role, shown_roles, supported_roles
from keystead.service.custom_roles import CreateRole, DeleteRole, ListRoles, ReadRole, ReplaceRole

MOST_ACTIONS: Final = 100
_NEW: Final = (
    "an object with account_id, service_name, display_name, actions and name, a capital and up to 29 "
    "letters or digits of ASCII"
)
_CHANGES: Final = "an object with display_name and actions"

_ActionId = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
_Id = Annotated[str, msgspec.Meta(max_length=100)]


class RoleChanges(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be said of a role from now on."""

    display_name: Annotated[str, msgspec.Meta(min_length=1, max_length=50)]
    actions: Annotated[tuple[_ActionId, ...], msgspec.Meta(min_length=1, max_length=MOST_ACTIONS)]
    description: Description | None = None


class NewRoleBody(RoleChanges, frozen=True, kw_only=True):
    """A new role."""

    name: Annotated[str, msgspec.Meta(pattern=r"\A[A-Z][A-Za-z0-9]{0,29}\Z")]
    account_id: _Id
    service_name: _Id


async def list_roles(visit: Visit) -> Reply:
    """``GET /v2/roles``."""
    found = await visit.serve(lambda: ListRoles(role_query(visit.exchange)))
    return answer(visit.exchange, 200, shown_roles(found))


async def list_supported(visit: Visit) -> Reply:
    """``GET /acms/v1/roles``, where older clients look for the roles of a service."""
    found = await visit.serve(lambda: ListRoles(supported_query(visit.exchange)))
    return answer(visit.exchange, 200, supported_roles(found))


async def create_role(visit: Visit) -> Reply:
    """``POST /v2/roles``."""
    made = await visit.serve(lambda: _creation(visit.exchange))
    return tagged(visit.exchange, 201, shown_role(made), made.entity_tag)


async def read_role(visit: Visit) -> Reply:
    """``GET /v2/roles/{role}``."""
    found = await visit.serve(lambda: ReadRole(visit.names["role"]))
    return tagged(visit.exchange, 200, shown_role(found), found.entity_tag)


async def replace_role(visit: Visit) -> Reply:
    """``PUT /v2/roles/{role}``."""
    done = await visit.serve(lambda: _replacement(visit))
    return tagged(visit.exchange, 200, shown_role(done), done.entity_tag)


async def delete_role(visit: Visit) -> Reply:
    """``DELETE /v2/roles/{role}``."""
    await visit.serve(lambda: DeleteRole(visit.names["role"]))
    return nothing(visit.exchange)


def _creation(exchange: Exchange) -> CreateRole:
    body = read(exchange, NewRoleBody, _NEW)
    return CreateRole(
        account=body.account_id,
        service=body.service_name,
        name=body.name,
        display_name=body.display_name,
        description=body.description or "",
        actions=body.actions,
    )


def _replacement(visit: Visit) -> ReplaceRole:
    tag, body = if_match(visit.exchange), read(visit.exchange, RoleChanges, _CHANGES)
    return ReplaceRole(
        id=visit.names["role"],
        tag=tag,
        display_name=body.display_name,
        description=body.description or "",
        actions=body.actions,
    )
