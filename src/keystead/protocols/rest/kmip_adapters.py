"""KMIP adapters. Source: ``spec/kms-api.md`` sections 1.8 and 2.15."""

from typing import Any, Final

from keystead.domain import kmip_rules
from keystead.domain.errors import bad_field
from keystead.domain.kmip import Adapter
from keystead.domain.moments import moment
from keystead.protocols.http.exchange import Reply
from keystead.protocols.http.visit import Visit, json_reply
from keystead.protocols.rest import queries
from keystead.protocols.rest.lenient import Fields, read_single
from keystead.protocols.rest.pages import counted_page
from keystead.protocols.rest.views import collection
from keystead.service.kmip_adapters import CreateAdapter, DeleteAdapter, ListAdapters, ReadAdapter

ADAPTER_TYPE: Final = "application/vnd.ibm.kms.kmip_adapter+json"
PROFILE: Final = "native_1.0"
DEFAULT_LIMIT: Final = 100
"""Of adapters, and of what they have."""
LIMITS: Final = range(1, 201)
"""Of adapters and certificates."""
DESCRIPTION_CHARACTERS: Final = 240


async def create_adapter(visit: Visit) -> Reply:
    """``POST /kmip_adapters``."""

    def command() -> CreateAdapter:
        may_expire = bool(queries.flag(visit.exchange.query(), kmip_rules.ALLOW_EXPIRING))
        fields = read_single(visit.exchange.content(), "KMIP adapter")
        if fields.text("profile") != PROFILE:
            raise bad_field("profile", PROFILE)
        return CreateAdapter(
            name=given_name(fields), description=_description(fields), crk=_crk(fields), may_expire=may_expire
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


def given_name(fields: Fields) -> str | None:
    """Return the name that an adapter or certificate is to have, if any; `Refused` for a wrong one."""
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
