"""Show, list, count, move, delete, restore and purge keys.

Source: ``spec/kms-api.md`` sections 2.3 and 2.5 to 2.7.
"""

from typing import Any, Final

from keystead.domain.errors import bad_query
from keystead.domain.ids import RING_MUST_BE, ring_id
from keystead.protocols.http.exchange import Reply
from keystead.protocols.http.visit import Visit, json_reply
from keystead.protocols.rest import queries
from keystead.protocols.rest.lenient import read_object
from keystead.protocols.rest.listing import key_filter, selection
from keystead.protocols.rest.pages import counted_page
from keystead.protocols.rest.searches import search_facts
from keystead.protocols.rest.views import (
    KEY_TYPE,
    VERSION_TYPE,
    brief_key,
    collection,
    full_key,
    version,
    with_material,
    with_proof,
)
from keystead.service.case import Command
from keystead.service.lifecycle import Delete, Purge, Restore
from keystead.service.list_keys import CountKeys, ListKeys
from keystead.service.move_key import MoveKey
from keystead.service.read_key import ListVersions, ReadKey, ReadMetadata
from keystead.service.shown import Shown

_ACTIONS: Final = (
    "disable, enable, restore, rewrap, rotate, setKeyForDeletion, unsetKeyForDeletion, unwrap or wrap"
)


async def read_key(visit: Visit) -> Reply:
    """``GET /keys/{key}``."""
    shown = await visit.serve(ReadKey)
    view = with_proof(_full(visit, shown), shown.key)
    return json_reply(200, collection(KEY_TYPE, [with_material(view, shown.material)]))


async def read_metadata(visit: Visit) -> Reply:
    """``GET /keys/{key}/metadata``."""
    shown = await visit.serve(ReadMetadata)
    return json_reply(200, collection(KEY_TYPE, [with_proof(_full(visit, shown), shown.key)]))


async def list_keys(visit: Visit) -> Reply:
    """``GET /keys``."""
    page = await visit.serve(lambda: ListKeys(key_filter(visit.exchange.query())))
    views = [full_key(key, page.instance, page.now, visit.windows) for key in page.keys]
    facts = {} if page.search is None else search_facts(page.search, incomplete=page.incomplete)
    # No Key-Total here: it is optional, and counting many keys takes longer than listing a page of them.
    return json_reply(200, collection(KEY_TYPE, views, **facts))


async def count_keys(visit: Visit) -> Reply:
    """``HEAD /keys``."""
    total = await visit.serve(lambda: CountKeys(selection(visit.exchange.query())))
    return Reply(200, headers=((b"key-total", str(total).encode()),))


async def list_versions(visit: Visit) -> Reply:
    """``GET /keys/{key}/versions``."""

    def ask(query: queries.Query, limit: int, offset: int) -> ListVersions:
        return ListVersions(limit=limit, offset=offset, all_states=bool(queries.flag(query, "allKeyStates")))

    page, extra = await counted_page(visit, ask)
    return json_reply(200, collection(VERSION_TYPE, [version(one) for one in page.items], **extra))


async def move_key(visit: Visit) -> Reply:
    """``PATCH /keys/{key}``: its ring is all that can be changed."""

    def command() -> MoveKey:
        fields = read_object(visit.exchange.content())
        return MoveKey(ring_id(fields.text("keyRingID", RING_MUST_BE) or ""))

    shown = await visit.serve(command)
    return json_reply(200, collection(KEY_TYPE, [_full(visit, shown)]))


async def delete_key(visit: Visit) -> Reply:
    """``DELETE /keys/{key}``."""

    def command() -> Delete:
        return Delete(force=bool(queries.flag(visit.exchange.query(), "force")), told=_is_told(visit))

    return _gone(visit, await visit.serve(command))


async def purge_key(visit: Visit) -> Reply:
    """``DELETE /keys/{key}/purge``."""
    return _gone(visit, await visit.serve(lambda: Purge(told=_is_told(visit))))


async def restore_key(visit: Visit) -> Reply:
    """``POST /keys/{key}/restore``; a body is accepted and ignored."""
    whole = _is_told(visit)
    shown = await visit.serve(lambda: Restore(reveal=whole))
    if whole:
        return json_reply(201, collection(KEY_TYPE, [with_material(_full(visit, shown), shown.material)]))
    return json_reply(201, collection(KEY_TYPE, [brief_key(shown.key, shown.instance)]))


async def act(visit: Visit) -> Reply:
    """``POST /keys/{key}?action=…`` without an action that exists; the others have rows of their own."""

    def command() -> Command[None]:
        raise bad_query("action", _ACTIONS)

    await visit.serve(command)
    raise AssertionError("a command that cannot be made was served")


def _gone(visit: Visit, shown: Shown) -> Reply:
    if _is_told(visit):
        return json_reply(200, collection(KEY_TYPE, [_full(visit, shown)]))
    return Reply(204)


def _is_told(visit: Visit) -> bool:
    """Tell whether the caller wants the key in the answer."""
    return visit.prefers == "representation"


def _full(visit: Visit, shown: Shown) -> dict[str, Any]:
    return full_key(shown.key, shown.instance, shown.now, visit.windows)
