"""Resource groups and quota definitions. Source: ``spec/iam-and-provisioning.md`` section 5.4."""

from typing import Any, Final

from keystead.domain.errors import bad_field
from keystead.domain.moments import moment
from keystead.domain.resource_groups import QUOTA, ResourceGroup, group_name
from keystead.protocols.http.exchange import Reply
from keystead.protocols.http.visit import Visit
from keystead.protocols.provisioning.answers import answer, nothing
from keystead.protocols.provisioning.bodies import Body
from keystead.protocols.provisioning.queries import Query
from keystead.service.reference import ReadReference
from keystead.service.resource_groups import (
    CreateGroup,
    DeleteGroup,
    ListGroups,
    ReadGroup,
    ReadQuota,
    RenameGroup,
)

_GROUPS: Final = "/v2/resource_groups"
_QUOTAS: Final = "/v2/quota_definitions"
_QUOTA: Final = {"id": QUOTA, "name": "Unlimited", "type": "PAYG", "resource_quotas": []}
_STATE: Final = "ACTIVE"


async def list_groups(visit: Visit) -> Reply:
    """``GET /v2/resource_groups``."""

    def command() -> ListGroups:
        query = Query(visit.exchange)
        return ListGroups(
            account=query.text("account_id"), name=query.text("name"), default=query.flag("default")
        )

    found = await visit.serve(command)
    return answer(visit.exchange, {"resources": [_view(group) for group in found]})


async def read_group(visit: Visit) -> Reply:
    """``GET /v2/resource_groups/{group}``."""
    return answer(visit.exchange, _view(await visit.serve(lambda: ReadGroup(visit.names["group"]))))


async def create_group(visit: Visit) -> Reply:
    """``POST /v2/resource_groups``."""

    def command() -> CreateGroup:
        body = Body(visit.exchange.content())
        return CreateGroup(name=group_name(body.required("name")), account=body.text("account_id"))

    made = await visit.serve(command)
    return answer(visit.exchange, {"id": made.id, "crn": made.crn}, status=201)


async def rename_group(visit: Visit) -> Reply:
    """``PATCH /v2/resource_groups/{group}``."""

    def command() -> RenameGroup:
        body = Body(visit.exchange.content())
        if body.text("state") not in (None, _STATE):
            raise bad_field("state", _STATE)
        name = body.text("name")
        return RenameGroup(id=visit.names["group"], name=None if name is None else group_name(name))

    return answer(visit.exchange, _view(await visit.serve(command)))


async def delete_group(visit: Visit) -> Reply:
    """``DELETE /v2/resource_groups/{group}``."""
    await visit.serve(lambda: DeleteGroup(visit.names["group"]))
    return nothing(visit.exchange)


async def list_quotas(visit: Visit) -> Reply:
    """``GET /v2/quota_definitions``."""
    await visit.serve(ReadReference)
    return answer(visit.exchange, {"resources": [_QUOTA]})


async def read_quota(visit: Visit) -> Reply:
    """``GET /v2/quota_definitions/{quota}``."""
    await visit.serve(lambda: ReadQuota(visit.names["quota"]))
    return answer(visit.exchange, _QUOTA)


def _view(group: ResourceGroup) -> dict[str, Any]:
    here = f"{_GROUPS}/{group.id}"
    view = {
        "id": group.id,
        "crn": group.crn,
        "account_id": group.account,
        "name": group.name,
        "state": _STATE,
        "default": group.is_default,
        "quota_id": QUOTA,
        "quota_url": f"{_QUOTAS}/{QUOTA}",
        "payment_methods_url": f"{here}/payment_methods",
        "resource_linkages": [],
        "teams_url": f"{here}/teams",
    }
    times = {"created_at": group.created_at, "updated_at": group.updated_at}
    return {**view, **{name: moment(time) for name, time in times.items() if time is not None}}
