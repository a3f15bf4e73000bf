"""Resource groups and quota definitions. Source: ``spec/iam-and-provisioning.md`` section 5.4."""

from typing import Any, Final

from keystead.domain.resource_groups import NAME, QUOTA, ResourceGroup
from keystead.protocols.http.exchange import Reply
from keystead.protocols.http.visit import Visit
from keystead.protocols.provisioning.answers import answer
from keystead.protocols.provisioning.queries import Query
from keystead.service.record import moment
from keystead.service.reference import ReadReference
from keystead.service.resource_groups import ChangeGroups, ListGroups, ReadGroup, ReadQuota

_GROUPS: Final = "/v2/resource_groups"
_QUOTAS: Final = "/v2/quota_definitions"
_QUOTA: Final = {"id": QUOTA, "name": "Unlimited", "type": "PAYG", "resource_quotas": []}


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


async def change_groups(visit: Visit) -> Reply:
    """``POST /v2/resource_groups``, and ``PATCH`` and ``DELETE`` of one: refused, whatever is asked."""
    return answer(visit.exchange, await visit.serve(lambda: ChangeGroups(visit.names.get("group"))))


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
        "name": NAME,
        "state": "ACTIVE",
        "default": True,
        "quota_id": QUOTA,
        "quota_url": f"{_QUOTAS}/{QUOTA}",
        "payment_methods_url": f"{here}/payment_methods",
        "resource_linkages": [],
        "teams_url": f"{here}/teams",
    }
    if group.created_at is not None:
        view["created_at"] = view["updated_at"] = moment(group.created_at)
    return view
