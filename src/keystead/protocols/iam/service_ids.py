"""Service ids. Source: ``spec/iam-and-provisioning.md`` section 2."""

from typing import Any, Final

from keystead.protocols.http.exchange import Exchange, Reply
from keystead.protocols.http.routes import Door
from keystead.protocols.http.visit import Visit
from keystead.protocols.iam.identity_answers import Query, answer, new_key, nothing, shown_service_id
from keystead.protocols.iam.identity_bodies import ServiceIdBody, ServiceIdChanges, if_match, read, switch
from keystead.service.service_ids import (
    CreateServiceId,
    DeleteServiceId,
    ListServiceIds,
    LockServiceId,
    NewServiceId,
    ReadServiceId,
    UpdateServiceId,
)

_NEW: Final = "an object with `account_id` and `name`, and what else a service id has"
_CHANGES: Final = "an object with `name`, `description` or `unique_instance_crns`"


async def create(visit: Visit) -> Reply:
    """``POST /v1/serviceids/``."""
    return answer(visit.exchange, 201, _new(await visit.serve(lambda: _creation(visit.exchange))))


async def list_ids(visit: Visit) -> Reply:
    """``GET /v1/serviceids/``."""
    page = await visit.serve(lambda: ListServiceIds(Query(visit.exchange).identities()))
    items = [shown_service_id(who) for who in page.items]
    return answer(visit.exchange, 200, Query(visit.exchange).page("serviceids", items, page.last))


async def read_id(visit: Visit) -> Reply:
    """``GET /v1/serviceids/{serviceid}``."""
    found = await visit.serve(lambda: ReadServiceId(_id(visit)))
    return answer(visit.exchange, 200, shown_service_id(found))


async def update(visit: Visit) -> Reply:
    """``PUT /v1/serviceids/{serviceid}``."""
    return answer(visit.exchange, 200, shown_service_id(await visit.serve(lambda: _update(visit))))


async def delete(visit: Visit) -> Reply:
    """``DELETE /v1/serviceids/{serviceid}``."""
    await visit.serve(lambda: DeleteServiceId(_id(visit)))
    return nothing(visit.exchange)


def lock(*, locked: bool) -> Door:
    """Return ``POST`` and ``DELETE`` of ``/v1/serviceids/{serviceid}/lock``."""

    async def door(visit: Visit) -> Reply:
        done = await visit.serve(lambda: LockServiceId(_id(visit), locked))
        return answer(visit.exchange, 200, shown_service_id(done))

    return door


def _id(visit: Visit) -> str:
    return visit.names["serviceid"]


def _new(made: NewServiceId) -> dict[str, Any]:
    view = shown_service_id(made.who)
    return view if made.api_key is None else {**view, "apikey": new_key(made.api_key)}


def _creation(exchange: Exchange) -> CreateServiceId:
    body = read(exchange, ServiceIdBody, _NEW)
    return CreateServiceId(
        account=body.account_id,
        name=body.name,
        description=body.description,
        instance_crns=body.unique_instance_crns,
        locked=switch(exchange, b"entity-lock"),
        api_key=None if body.apikey is None else body.apikey.order(),
    )


def _update(visit: Visit) -> UpdateServiceId:
    tag, changes = if_match(visit.exchange), read(visit.exchange, ServiceIdChanges, _CHANGES)
    return UpdateServiceId(
        id=_id(visit),
        tag=tag,
        name=changes.name,
        description=changes.description,
        instance_crns=changes.unique_instance_crns,
    )
