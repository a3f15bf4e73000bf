"""Reclamations: deleted instances that can be had back. Source: ``spec`` sections 5.1 and 5.2 (RC-13)."""

from typing import Any

from keystead.domain.instances import Instance
from keystead.domain.moments import moment
from keystead.domain.reclaiming import reclamation_of
from keystead.protocols.http.exchange import Reply
from keystead.protocols.http.routes import Door
from keystead.protocols.http.visit import Visit
from keystead.protocols.provisioning.answers import answer
from keystead.protocols.provisioning.bodies import Body
from keystead.protocols.provisioning.queries import Query
from keystead.service.reclamations import EndReclamation, ListReclamations, Way

_ENDS = {"reclaim": "RECLAIMED", "restore": "RESTORED"}


async def list_reclamations(visit: Visit) -> Reply:
    """``GET /v1/reclamations``."""

    def command() -> ListReclamations:
        query = Query(visit.exchange)
        return ListReclamations(
            account=query.text("account_id"),
            instance=query.text("resource_instance_id"),
            group=query.text("resource_group_id"),
        )

    found = await visit.serve(command)
    return answer(visit.exchange, {"resources": [_view(it, "SCHEDULED") for it in found]})


def end_by(way: Way) -> Door:
    """Return the door of ``POST /v1/reclamations/{reclamation}/actions/…``."""

    async def ended(visit: Visit) -> Reply:
        def command() -> EndReclamation:
            _read_comment(visit.exchange.content())
            return EndReclamation(visit.names["reclamation"], way)

        return answer(visit.exchange, _view(await visit.serve(command), _ENDS[way]))

    return ended


def _read_comment(content: bytes) -> None:
    """Read who asks and why, which clients may say: the audit log has who it was."""
    if content:
        body = Body(content)
        body.text("request_by")
        body.text("comment")


def _view(it: Instance, state: str) -> dict[str, Any]:
    found = reclamation_of(it)
    return {
        "id": found.id,
        "entity_id": it.id,
        "entity_type_id": it.plan.parent,
        "entity_crn": it.crn,
        "resource_instance_id": it.id,
        "resource_group_id": it.group_id,
        "account_id": it.account,
        "state": state,
        "target_time": moment(found.until),
        "created_at": moment(found.at),
        "created_by": found.by,
        "updated_at": moment(found.at),
        "updated_by": found.by,
    }
