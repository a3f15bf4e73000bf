"""What doors are asked about the audit log, and how they show what was found: ours, in no wire of others."""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from keystead.domain.errors import bad_query
from keystead.domain.event_queries import (
    MOST_EVENTS,
    OUTCOMES,
    POSITION_OCTETS,
    EventPage,
    EventQuery,
    FoundEvent,
    Position,
    no_position,
)
from keystead.protocols.http.moments import read_moment

EVENT_TYPE: Final = "application/vnd.keystead.audit_event+json"
LIMITS: Final = range(1, MOST_EVENTS + 1)
DEFAULT_LIMIT: Final = 100
CALLER: Final = re.compile(r"[^\x00-\x1f]{1,256}\Z")
ACTION: Final = re.compile(r"[A-Za-z0-9.*?-]{1,100}\Z")
CURSOR_CHARACTERS: Final = -(-POSITION_OCTETS * 4 // 3)  # in base64, without padding
CURSOR: Final = re.compile(rf"[A-Za-z0-9_-]{{1,{CURSOR_CHARACTERS}}}\Z")
_WHOLE: Final = re.compile(r"[0-9]{1,18}\Z")
_Query = Mapping[str, Sequence[str]]


def query_in(query: _Query) -> EventQuery:
    """Return what is asked for in every log; `Refused` with ``INVALID_QUERY_PARAM``."""
    return EventQuery(
        caller=_text(query, "caller", CALLER, "an IAM id or a name"),
        action=_text(query, "action", ACTION, "an action, in which * and ? stand for anything"),
        outcome=_text(query, "outcome", re.compile("|".join(OUTCOMES)), " or ".join(OUTCOMES)),
        since=_moment(query, "from"),
        until=_moment(query, "to"),
    )


def limit_in(query: _Query) -> int:
    """Return how many are wanted at most; `Refused` with ``INVALID_QUERY_PARAM``."""
    must_be = f"an integer between {LIMITS.start} and {LIMITS.stop - 1} (inclusive)"
    given = _text(query, "limit", _WHOLE, must_be)
    if given is None:
        return DEFAULT_LIMIT
    if int(given) not in LIMITS:
        raise bad_query("limit", must_be)
    return int(given)


def position_in(query: _Query) -> Position | None:
    """Return where a page before this one ended, as far as its letters tell.

    Raises:
        Refused: ``INVALID_QUERY_PARAM``.
    """
    if "cursor" not in query:
        return None
    text = query["cursor"][-1]
    if CURSOR.fullmatch(text) is None:
        raise no_position()
    try:
        return Position(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except binascii.Error:
        raise no_position() from None


def page_view(page: EventPage) -> dict[str, Any]:
    """Return a page as it is shown."""
    metadata: dict[str, Any] = {"collectionType": EVENT_TYPE, "collectionTotal": len(page.events)}
    if page.rest is not None:
        metadata["next"] = _cursor(page.rest)
    return {"metadata": metadata, "resources": [_view(event) for event in page.events]}


def _text(query: _Query, name: str, form: "re.Pattern[str]", must_be: str) -> str | None:
    if name not in query:
        return None
    given = query[name][-1]
    if form.fullmatch(given) is None:
        raise bad_query(name, must_be)
    return given


def _moment(query: _Query, name: str) -> datetime | None:
    if name not in query:
        return None
    time = read_moment(query[name][-1])
    if time is None:
        raise bad_query(name, "a timestamp in the form of RFC 3339")
    return time


def _cursor(position: Position) -> str:
    return base64.urlsafe_b64encode(position).rstrip(b"=").decode()


def _view(found: FoundEvent) -> msgspec.Raw:
    """Return the recorded object behind two more members, which say where it is."""
    place = msgspec.json.encode({"logNode": found.node, "logEntry": found.id})
    return msgspec.Raw(place[:-1] + b"," + found.event[1:])
