"""The resource controller: instances as they are read. Source: ``spec`` sections 5.1 and 5.2."""

from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

from keystead.domain.errors import bad_query
from keystead.domain.ids import InstanceId, is_uuid
from keystead.domain.instance_queries import LIMITS, InstanceQuery
from keystead.protocols.http.exchange import Reply
from keystead.protocols.http.visit import Visit
from keystead.protocols.provisioning.answers import answer
from keystead.protocols.provisioning.instance_views import instance_view
from keystead.protocols.provisioning.queries import Query
from keystead.service.reference import ReadReference
from keystead.service.resource_instances import ListInstances, ReadInstance

_NOTHING: Final[dict[str, Any]] = {"rows_count": 0, "next_url": None, "resources": []}


async def list_instances(visit: Visit) -> Reply:
    """``GET /v2/resource_instances``."""
    page = await visit.serve(lambda: ListInstances(_query(Query(visit.exchange))))
    body = {
        "rows_count": len(page.items),
        "next_url": None if page.last is None else _next(visit, page.last),
        "resources": [instance_view(shown) for shown in page.items],
    }
    return answer(visit.exchange, body)


async def read_instance(visit: Visit) -> Reply:
    """``GET /v2/resource_instances/{instance}``."""
    return answer(visit.exchange, instance_view(await visit.serve(ReadInstance)))


async def list_keys(visit: Visit) -> Reply:
    """``GET /v2/resource_keys``, and those of an instance: credentials are not made here."""
    await visit.serve(ReadReference)
    return answer(visit.exchange, _NOTHING)


def _query(query: Query) -> InstanceQuery:
    return InstanceQuery(
        limit=query.number("limit", LIMITS),
        after=_start(query.text("start")),
        guid=query.text("guid"),
        name=query.text("name"),
        group=query.text("resource_group_id"),
        service=query.text("resource_id"),
        plan=query.text("resource_plan_id"),
        type=query.text("type"),
        sub_type=query.text("sub_type"),
        state=query.text("state"),
        updated_from=query.day("updated_from", date.min),
        updated_to=query.day("updated_to", date.max),
    )


def _start(given: str | None) -> InstanceId | None:
    if given is None:
        return None
    if not is_uuid(given):
        raise bad_query("start", "what the `next_url` of the page before names")
    return InstanceId(given.lower())


def _next(visit: Visit, last: InstanceId) -> str:
    """Return the path of the next page: as this one was asked for, but for where it starts (RC-6)."""
    asked = Query(visit.exchange).others("start")
    return f"{visit.route.path}?{urlencode({**asked, 'start': last})}"
