"""Network zones. Source: ``spec/iam-and-provisioning.md`` section 4.2."""

from typing import Final

from keystead.protocols.http.exchange import Reply
from keystead.protocols.http.visit import Visit
from keystead.protocols.iam.context_bodies import if_match, read
from keystead.protocols.iam.context_queries import list_of_zones, targets_of
from keystead.protocols.iam.context_views import service_ref_target, shown_zone, zone_summary
from keystead.protocols.iam.identity_answers import answer, nothing
from keystead.protocols.iam.policy_answers import tagged
from keystead.protocols.iam.zone_bodies import ZoneBody
from keystead.service.context_offers import ReadServiceRef
from keystead.service.zones import CreateZone, DeleteZone, ReadZone, ReplaceZone, ZoneOrder

_ZONE: Final = (
    "an object with account_id, addresses, and name: up to 128 letters and digits of ASCII, spaces, - and _; "
    "at most 1000 addresses, and as many excluded"
)


async def list_zones(visit: Visit) -> Reply:
    """``GET /v1/zones``."""
    found = await visit.serve(lambda: list_of_zones(visit.exchange))
    return answer(visit.exchange, 200, {"count": len(found), "zones": [zone_summary(it) for it in found]})


async def create_zone(visit: Visit) -> Reply:
    """``POST /v1/zones``."""
    made = await visit.serve(lambda: CreateZone(_order(visit)))
    return tagged(visit.exchange, 201, shown_zone(made), made.entity_tag)


async def read_zone(visit: Visit) -> Reply:
    """``GET /v1/zones/{zone}``."""
    found = await visit.serve(lambda: ReadZone(visit.names["zone"]))
    return tagged(visit.exchange, 200, shown_zone(found), found.entity_tag)


async def replace_zone(visit: Visit) -> Reply:
    """``PUT /v1/zones/{zone}``."""
    done = await visit.serve(
        lambda: ReplaceZone(visit.names["zone"], if_match(visit.exchange), _order(visit))
    )
    return tagged(visit.exchange, 200, shown_zone(done), done.entity_tag)


async def delete_zone(visit: Visit) -> Reply:
    """``DELETE /v1/zones/{zone}``."""
    await visit.serve(lambda: DeleteZone(visit.names["zone"]))
    return nothing(visit.exchange)


async def list_service_refs(visit: Visit) -> Reply:
    """``GET /v1/zones/serviceref_targets``."""
    found = await visit.serve(lambda: targets_of(visit.exchange))
    targets = [service_ref_target(name) for name in found]
    return answer(visit.exchange, 200, {"count": len(targets), "targets": targets})


async def read_service_ref(visit: Visit) -> Reply:
    """``GET /v1/zones/serviceref_targets/{service}``."""
    found = await visit.serve(lambda: ReadServiceRef(visit.names["service"]))
    return answer(visit.exchange, 200, service_ref_target(found))


def _order(visit: Visit) -> ZoneOrder:
    return read(visit.exchange, ZoneBody, _ZONE).order()
