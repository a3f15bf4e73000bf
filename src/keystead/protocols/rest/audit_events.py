"""The audit log of an instance, for who may read it: ours, in no wire that we are compatible with."""

import base64
import binascii
import re
from datetime import datetime
from typing import Any, Final

import msgspec

from keystead.domain.errors import bad_query
from keystead.domain.event_queries import (
    MOST_EVENTS,
    OUTCOMES,
    POSITION_OCTETS,
    EventQuery,
    FoundEvent,
    Position,
    no_position,
)
from keystead.domain.ids import is_uuid
from keystead.protocols.http.exchange import Reply
from keystead.protocols.http.visit import Visit, json_reply
from keystead.protocols.rest import queries
from keystead.protocols.rest.lenient import read_moment
from keystead.protocols.rest.queries import Query
from keystead.service.events import FindEvents

EVENT_TYPE: Final = "application/vnd.keystead.audit_event+json"
LIMITS: Final = range(1, MOST_EVENTS + 1)
DEFAULT_LIMIT: Final = 100
CALLER: Final = re.compile(r"[^\x00-\x1f]{1,256}\Z")
ACTION: Final = re.compile(r"[A-Za-z0-9.*?-]{1,100}\Z")
CURSOR_CHARACTERS: Final = -(-POSITION_OCTETS * 4 // 3)  # in base64, without padding
CURSOR: Final = re.compile(rf"[A-Za-z0-9_-]{{1,{CURSOR_CHARACTERS}}}\Z")


async def find_events(visit: Visit) -> Reply:
    """``GET /audit_events``."""
    page = await visit.serve(lambda: _question(visit.exchange.query()))
    metadata: dict[str, Any] = {"collectionType": EVENT_TYPE, "collectionTotal": len(page.events)}
    if page.rest is not None:
        metadata["next"] = _cursor(page.rest)
    return json_reply(200, {"metadata": metadata, "resources": [_view(event) for event in page.events]})


def _question(query: Query) -> FindEvents:
    limit, _ = queries.page(query, DEFAULT_LIMIT, LIMITS)
    return FindEvents(
        query=EventQuery(
            key=_key(query),
            caller=_text(query, "caller", CALLER, "an IAM id or a name"),
            action=_text(query, "action", ACTION, "an action, in which * and ? stand for anything"),
            outcome=_text(query, "outcome", re.compile("|".join(OUTCOMES)), " or ".join(OUTCOMES)),
            since=_moment(query, "from"),
            until=_moment(query, "to"),
        ),
        position=_position(query),
        limit=limit,
    )


def _text(query: Query, name: str, form: "re.Pattern[str]", must_be: str) -> str | None:
    if name not in query:
        return None
    given = query[name][-1]
    if form.fullmatch(given) is None:
        raise bad_query(name, must_be)
    return given


def _key(query: Query) -> str | None:
    if "key" not in query:
        return None
    given = query["key"][-1]
    if not is_uuid(given):
        raise bad_query("key", "the id of a key")
    return given.lower()


def _moment(query: Query, name: str) -> datetime | None:
    if name not in query:
        return None
    time = read_moment(query[name][-1])
    if time is None:
        raise bad_query(name, "a timestamp in the form of RFC 3339")
    return time


def _position(query: Query) -> Position | None:
    """Return where a page before this one ended, as far as its letters tell."""
    if "cursor" not in query:
        return None
    text = query["cursor"][-1]
    if CURSOR.fullmatch(text) is None:
        raise no_position()
    try:
        return Position(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except binascii.Error:
        raise no_position() from None


def _cursor(position: Position) -> str:
    return base64.urlsafe_b64encode(position).rstrip(b"=").decode()


def _view(found: FoundEvent) -> msgspec.Raw:
    """Return the recorded object behind two more members, which say where it is."""
    place = msgspec.json.encode({"logNode": found.node, "logEntry": found.id})
    return msgspec.Raw(place[:-1] + b"," + found.event[1:])
