"""Tags of instances. Source: ``spec/iam-and-provisioning.md`` section 5.6."""

from typing import Any, Final

from keystead.domain.errors import bad_field, bad_query
from keystead.domain.tags import ALL, KINDS, LONGEST, TagKind, tag_name
from keystead.protocols.http.exchange import Exchange, Reply
from keystead.protocols.http.routes import Door
from keystead.protocols.http.visit import Visit
from keystead.protocols.provisioning.answers import answer
from keystead.protocols.provisioning.bodies import Body
from keystead.protocols.provisioning.queries import Query
from keystead.service.tags import ChangeTags, DeleteTag, ListTags, Outcome, Way

MOST_RESOURCES: Final = 100  # of one request
MOST_NAMES: Final = 100
LIMITS: Final = range(1, 1001)
_LIMIT: Final = 100
_OFFSETS: Final = range(100_001)
_CRN_CHARACTERS: Final = 512
_ORDERS: Final = ("asc", "desc")
_PROVIDER: Final = "ghost"  # what IBM calls the one that knows tags of resources
_ATTACHED: Final = "The tag is attached to a resource: detach it first"


async def list_tags(visit: Visit) -> Reply:
    """``GET /v3/tags``."""
    page = await visit.serve(lambda: _wish(Query(visit.exchange)))
    wish = _wish(Query(visit.exchange))
    content = {
        "items": [{"name": name} for name in page.items],
        "total_count": page.total,
        "offset": wish.offset,
        "limit": wish.limit,
    }
    return answer(visit.exchange, content)


async def delete_tag(visit: Visit) -> Reply:
    """``DELETE /v3/tags/{tag}``."""

    def command() -> DeleteTag:
        kind = _kind(Query(visit.exchange))
        return DeleteTag(tag_name(visit.names["tag"], kind), kind)

    if await visit.serve(command):
        return answer(visit.exchange, {"results": [{"provider": _PROVIDER, "is_error": False}]})
    refused = {"provider": _PROVIDER, "is_error": True, "message": _ATTACHED}
    return answer(visit.exchange, {"results": [refused]})


def change_tags(verb: Way) -> Door:
    """Return the door of ``POST /v3/tags/attach`` or ``POST /v3/tags/detach``."""

    async def changed(visit: Visit) -> Reply:
        done = await visit.serve(lambda: _change(verb, visit.exchange))
        return answer(visit.exchange, {"results": [_result(it) for it in done]})

    return changed


def _wish(query: Query) -> ListTags:
    order = query.text("order_by_name") or _ORDERS[0]
    if order not in _ORDERS:
        raise bad_query("order_by_name", " or ".join(_ORDERS))
    return ListTags(
        kind=_kind(query),
        of=query.text("attached_to"),
        descending=order == _ORDERS[1],
        limit=_LIMIT if query.text("limit") is None else query.number("limit", LIMITS),
        offset=0 if query.text("offset") is None else query.number("offset", _OFFSETS),
    )


def _change(verb: Way, exchange: Exchange) -> ChangeTags:
    query, body = Query(exchange), Body(exchange.content())
    kind = _kind(query)
    way: Way = verb
    if verb == "attach" and query.flag("replace"):
        way = "replace"
    elif verb == "attach" and query.flag("update"):
        way = "update"
    return ChangeTags(way=way, kind=kind, names=_names(body, kind, verb), resources=_resources(body))


def _names(body: Body, kind: TagKind, verb: Way) -> tuple[str, ...]:
    given = body.texts("tag_names", most=MOST_NAMES, longest=2 * LONGEST)
    single = body.text("tag_name")
    every = given if single is None else (*given, single)
    if not every:
        raise bad_field("tag_names", f"1 to {MOST_NAMES} names")
    return tuple(ALL if verb == "detach" and name == ALL else tag_name(name, kind) for name in every)


def _resources(body: Body) -> tuple[str, ...]:
    found = body.objects("resources", most=MOST_RESOURCES)
    names = [it.get("resource_id") for it in found]
    if not found or not all(isinstance(it, str) and 0 < len(it) <= _CRN_CHARACTERS for it in names):
        raise bad_field("resources", f"1 to {MOST_RESOURCES} objects with `resource_id`, a CRN")
    return tuple(str(it) for it in names)


def _kind(query: Query) -> TagKind:
    given = query.text("tag_type") or KINDS[0]
    for kind in KINDS:
        if kind == given:
            return kind
    raise bad_query("tag_type", " or ".join(KINDS))


def _result(it: Outcome) -> dict[str, Any]:
    result = {"resource_id": it.resource, "is_error": it.failure is not None}
    return result if it.failure is None else {**result, "message": it.failure}
