"""Key rings. Source: ``spec/kms-api.md`` sections 1.8 and 2.12."""

from typing import Any, Final

from keystead.domain.ids import RingId, ring_id
from keystead.domain.moments import moment
from keystead.domain.rings import Ring
from keystead.protocols.http.exchange import Reply
from keystead.protocols.http.visit import Visit, json_reply
from keystead.protocols.rest import queries
from keystead.protocols.rest.pages import counted_page
from keystead.protocols.rest.views import collection
from keystead.service.rings import CreateRing, DeleteRing, ListRings

RING_TYPE: Final = "application/vnd.ibm.kms.key_ring+json"
DEFAULT_LIMIT: Final = 100


async def list_rings(visit: Visit) -> Reply:
    """``GET /key_rings``."""
    page, extra = await counted_page(
        visit, lambda _, limit, offset: ListRings(limit=limit, offset=offset), DEFAULT_LIMIT
    )
    return json_reply(200, collection(RING_TYPE, [_view(ring) for ring in page.items], **extra))


async def create_ring(visit: Visit) -> Reply:
    """``POST /key_rings/{ring}``; a body is accepted and ignored."""
    await visit.serve(lambda: CreateRing(_named(visit)))
    return Reply(201)


async def delete_ring(visit: Visit) -> Reply:
    """``DELETE /key_rings/{ring}``."""

    def command() -> DeleteRing:
        force = bool(queries.flag(visit.exchange.query(), "force"))
        return DeleteRing(ring=_named(visit), force=force)

    await visit.serve(command)
    return Reply(204)


def _named(visit: Visit) -> RingId:
    return ring_id(visit.names["ring"])


def _view(ring: Ring) -> dict[str, Any]:
    view: dict[str, Any] = {"id": ring.id}
    if ring.created_at is not None:
        view["creationDate"] = moment(ring.created_at)
    if ring.created_by is not None:
        view["createdBy"] = ring.created_by
    return view
