"""The global catalog. Source: ``spec/iam-and-provisioning.md`` section 5.5."""

from collections.abc import Sequence
from typing import Any

from keystead.domain.catalog import AnyKind, Entry, Kind
from keystead.protocols.http.exchange import Reply
from keystead.protocols.http.routes import Door
from keystead.protocols.http.visit import Visit
from keystead.protocols.provisioning.answers import answer
from keystead.service.catalog import ListChildren, ReadEntry, SearchCatalog


async def search(visit: Visit) -> Reply:
    """``GET /api/v1/``."""
    found = await visit.serve(lambda: SearchCatalog(_wanted(visit)))
    return answer(visit.exchange, _listed(found))


async def read(visit: Visit) -> Reply:
    """``GET /api/v1/{entry}``."""
    return answer(visit.exchange, _view(await visit.serve(lambda: ReadEntry(visit.names["entry"]))))


def children(kind: Kind | AnyKind) -> Door:
    """Return the door of ``GET /api/v1/{entry}/…`` for the children of one *kind*, or of any."""

    async def listed(visit: Visit) -> Reply:
        found = await visit.serve(lambda: ListChildren(visit.names["entry"], kind, _wanted(visit)))
        return answer(visit.exchange, _listed(found))

    return listed


def _wanted(visit: Visit) -> str:
    """Return the words that narrow a list."""
    return visit.exchange.query().get("q", [""])[-1]


def _listed(entries: Sequence[Entry]) -> dict[str, Any]:
    """Return one page with all of *entries*; there are few enough."""
    count = len(entries)
    resources = [_view(entry) for entry in entries]
    return {"offset": 0, "count": count, "resource_count": count, "next": "", "resources": resources}


def _view(entry: Entry) -> dict[str, Any]:
    view = {
        "id": entry.id,
        "kind": entry.kind,
        "name": entry.name,
        "catalog_crn": entry.crn,
        "active": True,
        "disabled": False,
        "overview_ui": {"en": {"display_name": entry.title}},
        "tags": [],
        "geo_tags": [] if entry.location is None else [entry.location],
        "metadata": {"rc_compatible": True, entry.kind: _metadata(entry)},
    }
    return view if entry.parent is None else {**view, "parent_id": entry.parent}


def _metadata(entry: Entry) -> dict[str, Any]:
    match entry.kind:
        case "service":
            return {"rc_provisionable": True, "iam_compatible": True, "plan_updateable": False}
        case "plan":
            return {"bindable": False}
        case "deployment":
            return {"location": entry.location, "target_crn": entry.crn}
