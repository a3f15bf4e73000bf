"""The audit log of an instance, for who may read it: ours, in no wire that we are compatible with."""

from dataclasses import replace

from keystead.domain.errors import bad_query
from keystead.domain.ids import is_uuid
from keystead.protocols.http.event_questions import limit_in, page_view, position_in, query_in
from keystead.protocols.http.exchange import Reply
from keystead.protocols.http.visit import Visit, json_reply
from keystead.protocols.rest.queries import Query
from keystead.service.events import FindEvents


async def find_events(visit: Visit) -> Reply:
    """``GET /audit_events``."""
    page = await visit.serve(lambda: _question(visit.exchange.query()))
    return json_reply(200, page_view(page))


def _question(query: Query) -> FindEvents:
    return FindEvents(
        query=replace(query_in(query), key=_key(query)), position=position_in(query), limit=limit_in(query)
    )


def _key(query: Query) -> str | None:
    if "key" not in query:
        return None
    given = query["key"][-1]
    if not is_uuid(given):
        raise bad_query("key", "the id of a key")
    return given.lower()
