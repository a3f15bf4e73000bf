"""KMIP adapters, certificates and objects. Source: ``spec/kms-api.md`` sections 1.8 and 2.15."""

from typing import Any, Final

from keystead.crypto.certificates import fingerprint
from keystead.domain import kmip_rules
from keystead.domain.errors import bad_field, bad_query
from keystead.domain.kmip import THERE, Adapter, ClientCertificate, ManagedObject, ObjectState, Touch
from keystead.domain.moments import moment
from keystead.protocols.http.exchange import Reply
from keystead.protocols.http.visit import Visit, json_reply
from keystead.protocols.rest import queries
from keystead.protocols.rest.lenient import Fields, read_single
from keystead.protocols.rest.pages import counted_page
from keystead.protocols.rest.views import collection
from keystead.service.kmip_adapters import CreateAdapter, DeleteAdapter, ListAdapters, ReadAdapter
from keystead.service.kmip_certificates import (
    CreateCertificate,
    DeleteCertificate,
    ListCertificates,
    ReadCertificate,
)
from keystead.service.kmip_objects import DestroyObject, ListObjects, ReadObject

ADAPTER_TYPE: Final = "application/vnd.ibm.kms.kmip_adapter+json"
CERTIFICATE_TYPE: Final = "application/vnd.ibm.kms.kmip_client_certificate+json"
OBJECT_TYPE: Final = "application/vnd.ibm.kms.kmip_object+json"
PROFILE: Final = "native_1.0"
DEFAULT_LIMIT: Final = 100
LIMITS: Final = range(1, 201)  # of adapters and certificates
DESCRIPTION_CHARACTERS: Final = 240
CERTIFICATE_CHARACTERS: Final = 16_384
_SYMMETRIC_KEY: Final = 2  # KMIP 1.4, section 9.1.3.2.3
_STATES: Final = {str(int(state)): state for state in ObjectState}


async def create_adapter(visit: Visit) -> Reply:
    """``POST /kmip_adapters``."""

    def command() -> CreateAdapter:
        may_expire = bool(queries.flag(visit.exchange.query(), kmip_rules.ALLOW_EXPIRING))
        fields = read_single(visit.exchange.content(), "KMIP adapter")
        if fields.text("profile") != PROFILE:
            raise bad_field("profile", PROFILE)
        return CreateAdapter(
            name=_name(fields), description=_description(fields), crk=_crk(fields), may_expire=may_expire
        )

    made = await visit.serve(command)
    return json_reply(201, collection(ADAPTER_TYPE, [_adapter(made)]))


async def list_adapters(visit: Visit) -> Reply:
    """``GET /kmip_adapters``."""

    def ask(query: queries.Query, limit: int, offset: int) -> ListAdapters:
        return ListAdapters(crk=query.get("crk_id", [None])[-1], limit=limit, offset=offset)

    page, extra = await counted_page(visit, ask, DEFAULT_LIMIT, LIMITS)
    return json_reply(200, collection(ADAPTER_TYPE, [_adapter(it) for it in page.items], **extra))


async def read_adapter(visit: Visit) -> Reply:
    """``GET /kmip_adapters/{adapter}``."""
    found = await visit.serve(lambda: ReadAdapter(visit.names["adapter"]))
    return json_reply(200, collection(ADAPTER_TYPE, [_adapter(found)]))


async def delete_adapter(visit: Visit) -> Reply:
    """``DELETE /kmip_adapters/{adapter}``."""
    await visit.serve(lambda: DeleteAdapter(visit.names["adapter"]))
    return Reply(204)


async def create_certificate(visit: Visit) -> Reply:
    """``POST /kmip_adapters/{adapter}/certificates``."""

    def command() -> CreateCertificate:
        fields = read_single(visit.exchange.content(), "KMIP client certificate")
        pem = fields.text("certificate") or ""
        if len(pem) > CERTIFICATE_CHARACTERS:
            raise bad_field("certificate", f"at most {CERTIFICATE_CHARACTERS} characters")
        return CreateCertificate(
            adapter=visit.names["adapter"], name=_name(fields), pem=pem, fingerprint=fingerprint(pem)
        )

    made = await visit.serve(command)
    return json_reply(201, collection(CERTIFICATE_TYPE, [_certificate(made)]))


async def list_certificates(visit: Visit) -> Reply:
    """``GET /kmip_adapters/{adapter}/certificates``."""

    def ask(_: queries.Query, limit: int, offset: int) -> ListCertificates:
        return ListCertificates(adapter=visit.names["adapter"], limit=limit, offset=offset)

    page, extra = await counted_page(visit, ask, DEFAULT_LIMIT, LIMITS)
    shown = [_certificate(it, whole=False) for it in page.items]
    return json_reply(200, collection(CERTIFICATE_TYPE, shown, **extra))


async def read_certificate(visit: Visit) -> Reply:
    """``GET /kmip_adapters/{adapter}/certificates/{certificate}``."""
    names = visit.names
    found = await visit.serve(lambda: ReadCertificate(adapter=names["adapter"], name=names["certificate"]))
    return json_reply(200, collection(CERTIFICATE_TYPE, [_certificate(found)]))


async def delete_certificate(visit: Visit) -> Reply:
    """``DELETE /kmip_adapters/{adapter}/certificates/{certificate}``."""
    names = visit.names
    await visit.serve(lambda: DeleteCertificate(adapter=names["adapter"], name=names["certificate"]))
    return Reply(204)


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


def _name(fields: Fields) -> str | None:
    given = fields.text("name", kmip_rules.NAME_MUST_BE)
    return None if given is None else kmip_rules.name(given)


def _description(fields: Fields) -> str:
    given = fields.text("description") or ""
    if len(given) > DESCRIPTION_CHARACTERS:
        raise bad_field("description", f"at most {DESCRIPTION_CHARACTERS} characters")
    return given


def _crk(fields: Fields) -> str:
    data = fields.part("profile_data")
    given = None if data is None else data.text("crk_id")
    if given is None:
        raise bad_field("profile_data", "an object whose crk_id is the id or alias of a root key")
    return given


def _states(query: queries.Query) -> frozenset[ObjectState]:
    if "state" not in query:
        return THERE
    given = [item.strip() for text in query["state"] for item in text.split(",")]
    if not set(given) <= _STATES.keys():
        raise bad_query("state", "a list of 1 to 6")
    return frozenset(_STATES[item] for item in given)


def _adapter(it: Adapter) -> dict[str, Any]:
    return {
        "id": it.id,
        "name": it.name,
        "description": it.description,
        "profile": PROFILE,
        "profile_data": {"crk_id": it.key},
        "created_at": moment(it.created_at),
        "created_by": it.created_by,
        "updated_at": moment(it.updated_at),
        "updated_by": it.updated_by,
    }


def _certificate(it: ClientCertificate, *, whole: bool = True) -> dict[str, Any]:
    view = {
        "id": it.id,
        "name": it.name,
        "created_at": moment(it.created_at),
        "created_by": it.created_by,
    }
    return {**view, "certificate": it.pem} if whole else view


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
