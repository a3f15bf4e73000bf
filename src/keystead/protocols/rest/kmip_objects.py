"""Objects that KMIP clients made. Source: ``spec/kms-api.md`` sections 1.8 and 2.15."""

from typing import Any, Final

from keystead.domain.errors import bad_query
from keystead.domain.kmip import THERE, ManagedObject, ObjectState, Touch
from keystead.domain.moments import moment
from keystead.protocols.http.exchange import Reply
from keystead.protocols.http.visit import Visit, json_reply
from keystead.protocols.rest import queries
from keystead.protocols.rest.kmip_adapters import DEFAULT_LIMIT
from keystead.protocols.rest.pages import counted_page
from keystead.protocols.rest.views import collection
from keystead.service.kmip_objects import DestroyObject, ListObjects, ReadObject

OBJECT_TYPE: Final = "application/vnd.ibm.kms.kmip_object+json"
_SYMMETRIC_KEY: Final = 2  # KMIP 1.4, section 9.1.3.2.3
_STATES: Final = {str(int(state)): state for state in ObjectState}


async def list_objects(visit: Visit) -> Reply:
    """``GET /kmip_adapters/{adapter}/kmip_objects``."""

    def ask(query: queries.Query, limit: int, offset: int) -> ListObjects:
        states = _states(query)
        return ListObjects(adapter=visit.names["adapter"], states=states, limit=limit, offset=offset)

    page, extra = await counted_page(visit, ask, DEFAULT_LIMIT)
    return json_reply(200, collection(OBJECT_TYPE, [_object(it) for it in page.items], **extra))


async def read_object(visit: Visit) -> Reply:
    """``GET /kmip_adapters/{adapter}/kmip_objects/{object}``."""
    found = await visit.serve(lambda: ReadObject(adapter=visit.names["adapter"], id=visit.names["object"]))
    return json_reply(200, collection(OBJECT_TYPE, [_object(found)]))


async def destroy_object(visit: Visit) -> Reply:
    """``DELETE /kmip_adapters/{adapter}/kmip_objects/{object}``."""

    def command() -> DestroyObject:
        force = bool(queries.flag(visit.exchange.query(), "force"))
        return DestroyObject(adapter=visit.names["adapter"], id=visit.names["object"], force=force)

    await visit.serve(command)
    return Reply(204)


def _states(query: queries.Query) -> frozenset[ObjectState]:
    if "state" not in query:
        return THERE
    given = [item.strip() for text in query["state"] for item in text.split(",")]
    if not set(given) <= _STATES.keys():
        raise bad_query("state", "a list of 1 to 6")
    return frozenset(_STATES[item] for item in given)


def _object(it: ManagedObject) -> dict[str, Any]:
    touches = {"created": it.created, "updated": it.updated, "destroyed": it.destroyed}
    view: dict[str, Any] = {"id": it.id, "kmip_object_type": _SYMMETRIC_KEY, "state": int(it.state)}
    for verb, touch in touches.items():
        if touch is not None:
            view |= _touch(verb, touch)
    return view


def _touch(verb: str, touch: Touch) -> dict[str, str]:
    view = {f"{verb}_by": str(touch.by), f"{verb}_at": moment(touch.at)}
    if touch.certificate is not None:
        view[f"{verb}_by_kmip_client_cert_id"] = touch.certificate
    return view
