"""Registrations of resources with keys. Source: ``spec/kms-api.md`` section 2.14."""

import re
from typing import Any, Final
from urllib.parse import unquote

from keystead.domain.crns import CrnPattern, ResourceCrn
from keystead.domain.errors import bad_field, bad_query
from keystead.domain.ids import VersionId
from keystead.domain.moments import moment
from keystead.protocols.http.exchange import Reply
from keystead.protocols.http.visit import Visit, json_reply
from keystead.protocols.rest import queries
from keystead.protocols.rest.lenient import Fields, bad_body, read_object
from keystead.protocols.rest.pages import counted_page
from keystead.protocols.rest.views import collection, version
from keystead.service.registrations import (
    UNSET,
    Deregister,
    ListRegistrations,
    PutRegistration,
    ShownRegistration,
    Unset,
    entity_tag,
)

REGISTRATION_TYPE: Final = "application/vnd.ibm.kms.registration+json"
CRN_QUERY: Final = "urlEncodedResourceCRNQuery"
TEXT_CHARACTERS: Final = 4096
MOST_DEACTIVATED: Final = 100
_TAG = re.compile(r'(?:W/)?"([^"]*)"|(\*)')


async def list_registrations(visit: Visit) -> Reply:
    """``GET /keys/registrations`` and ``GET /keys/{key}/registrations``."""

    def ask(query: queries.Query, limit: int, offset: int) -> ListRegistrations:
        return ListRegistrations(
            pattern=_pattern(query, whole_instance="key" not in visit.names),
            prevent_key_deletion=queries.flag(query, "preventKeyDeletion"),
            limit=limit,
            offset=offset,
        )

    page, extra = await counted_page(visit, ask)
    tags = (_etag(page.items[0]),) if len(page.items) == 1 else ()
    return json_reply(200, collection(REGISTRATION_TYPE, [_view(it) for it in page.items], **extra), *tags)


async def create_registration(visit: Visit) -> Reply:
    """``POST /keys/{key}/registrations/{crn}``."""
    return await _put(visit, fresh=True, partly=False)


async def replace_registration(visit: Visit) -> Reply:
    """``PUT /keys/{key}/registrations/{crn}``."""
    return await _put(visit, fresh=False, partly=False)


async def update_registration(visit: Visit) -> Reply:
    """``PATCH /keys/{key}/registrations/{crn}``."""
    return await _put(visit, fresh=False, partly=True)


async def delete_registration(visit: Visit) -> Reply:
    """``DELETE /keys/{key}/registrations/{crn}``."""
    gone = await visit.serve(lambda: Deregister(crns=(_crn(visit),)))
    return json_reply(200, collection(REGISTRATION_TYPE, [_view(it) for it in gone]))


async def deactivate_registrations(visit: Visit) -> Reply:
    """``POST /keys/{key}/registrations?action=deactivate``, deprecated."""
    gone = await visit.serve(lambda: Deregister(crns=_listed(visit)))
    return json_reply(200, collection(REGISTRATION_TYPE, [_view(it) for it in gone]))


async def _put(visit: Visit, *, fresh: bool, partly: bool) -> Reply:
    def command() -> PutRegistration:
        fields = _resource(visit)
        return PutRegistration(
            crn=_crn(visit),
            fresh=fresh,
            if_match=_tags(visit),
            version=VersionId(given) if (given := fields.text("keyVersionId")) else UNSET,
            prevent_key_deletion=_flag(fields, partly=partly or fresh),
            description=_text(fields, "description", partly=partly),
            metadata=_text(fields, "registrationMetadata", partly=partly),
        )

    shown = await visit.serve(command)
    return json_reply(200, collection(REGISTRATION_TYPE, [_view(shown)]), _etag(shown))


def _resource(visit: Visit) -> Fields:
    body = read_object(visit.exchange.content())
    resources = body["resources"]
    if resources is None:
        return Fields({})
    if not isinstance(resources, list) or len(resources) != 1 or not isinstance(resources[0], dict):
        raise bad_body("Only one registration per request is supported")
    return Fields(resources[0])


def _listed(visit: Visit) -> tuple[ResourceCrn, ...]:
    if visit.exchange.query().get("action", [""])[-1] != "deactivate":
        raise bad_query("action", "deactivate")
    resources = read_object(visit.exchange.content())["resources"]
    if not isinstance(resources, list) or not 1 <= len(resources) <= MOST_DEACTIVATED:
        raise bad_body(f"1 to {MOST_DEACTIVATED} resources are needed")
    texts = [Fields(it).text("resourceCrn") or "" if isinstance(it, dict) else "" for it in resources]
    return tuple(dict.fromkeys(ResourceCrn.parse(text, "resourceCrn") for text in texts))


def _crn(visit: Visit) -> ResourceCrn:
    """Read the path's CRN, which clients encode once or twice."""
    return ResourceCrn.parse(unquote(visit.names["crn"]), "urlEncodedResourceCRN")


def _pattern(query: queries.Query, *, whole_instance: bool) -> CrnPattern | None:
    if CRN_QUERY not in query:
        return None
    return CrnPattern.parse(unquote(query[CRN_QUERY][-1]), CRN_QUERY, whole_instance=whole_instance)


def _flag(fields: Fields, *, partly: bool) -> bool | Unset:
    if fields["preventKeyDeletion"] is None:
        return UNSET if partly else False
    return fields.flag("preventKeyDeletion", default=False)


def _text(fields: Fields, name: str, *, partly: bool) -> str | Unset | None:
    value = fields.text(name)
    if value is not None and len(value) > TEXT_CHARACTERS:
        raise bad_field(name, f"at most {TEXT_CHARACTERS} characters")
    return UNSET if partly and value is None else value


def _tags(visit: Visit) -> frozenset[str] | None:
    header = visit.exchange.header(b"if-match")
    return None if header is None else frozenset(one or star for one, star in _TAG.findall(header))


def _etag(shown: ShownRegistration) -> tuple[bytes, bytes]:
    return b"etag", f'W/"{entity_tag(shown.registration)}"'.encode()


def _view(shown: ShownRegistration) -> dict[str, Any]:
    it = shown.registration
    view: dict[str, Any] = {
        "keyId": it.key,
        "keyName": shown.key.name,
        "resourceCrn": it.crn,
        "createdBy": it.created_by,
        "creationDate": moment(it.created_at),
        "updatedBy": it.updated_by,
        "lastUpdated": moment(it.updated_at),
        "description": it.description or "",
        "preventKeyDeletion": it.prevent_key_deletion,
        "keyVersion": version(shown.version),
    }
    if shown.to_service and it.metadata is not None:
        view["registrationMetadata"] = it.metadata
    return view
