"""The search for instances, which Terraform asks for their tags at every refresh. Source: ``spec`` 5.6."""

import base64
import re
from typing import Any, Final

import msgspec

from keystead.domain.errors import Refused, bad_field
from keystead.domain.ids import InstanceId
from keystead.domain.instances import Instance
from keystead.domain.tags import Condition, Search, facts_of
from keystead.protocols.http.exchange import Exchange, Reply
from keystead.protocols.http.visit import Visit
from keystead.protocols.provisioning.answers import answer
from keystead.protocols.provisioning.bodies import Body
from keystead.protocols.provisioning.queries import Query
from keystead.service.tags import FindInstances

LIMITS: Final = range(1, 1001)
MOST_FIELDS: Final = 20
MOST_CONDITIONS: Final = 20
MOST_CHARACTERS: Final = 4096
_LIMIT: Final = 10
_LONGEST_FIELD: Final = 64
_SHOWN: Final = ("account_id", "name", "type", "family", "crn")  # where no fields are asked for
_SEARCHED: Final = (
    "crn name family type account_id region service_name tags access_tags service_tags"
).split()
_EVERYTHING: Final = "*"
_CONDITION: Final = re.compile(r'\(?([a-z_]+):(?:"([^"\\]*)"|([^\s"()\\]+))\)?')
_AND: Final = re.compile(r"\s+AND\s+")


class _Asked(msgspec.Struct, frozen=True):
    """A search; a cursor is one in base64, with the id after which it goes on."""

    query: str
    fields: tuple[str, ...]
    after: str | None = None


_decode: Final = msgspec.json.Decoder(_Asked).decode


async def search(visit: Visit) -> Reply:
    """``POST /v3/resources/search``."""

    def command() -> FindInstances:
        asked, limit = _asked(visit.exchange)
        after = None if asked.after is None else InstanceId(asked.after)
        return FindInstances(search=_search(asked.query), after=after, limit=limit)

    found, last = await visit.serve(command)
    asked, limit = _asked(visit.exchange)
    content: dict[str, Any] = {"items": [_item(it, asked.fields) for it in found], "limit": limit}
    if last is not None:
        content["search_cursor"] = _cursor(msgspec.structs.replace(asked, after=last.id))
    return answer(visit.exchange, content)


def _asked(exchange: Exchange) -> tuple[_Asked, int]:
    query, body = Query(exchange), Body(exchange.content() or b"{}")
    limit = _LIMIT if query.text("limit") is None else query.number("limit", LIMITS)
    cursor = body.text("search_cursor")
    if cursor is not None:
        return _continued(cursor), limit
    fields = body.texts("fields", most=MOST_FIELDS, longest=_LONGEST_FIELD)
    return _Asked(body.text("query") or _EVERYTHING, fields), limit


def _continued(cursor: str) -> _Asked:
    try:
        asked = _decode(base64.urlsafe_b64decode(cursor.encode()))
    except (ValueError, msgspec.DecodeError, RecursionError):
        raise bad_field("search_cursor", "what the page before names") from None
    if len(asked.fields) > MOST_FIELDS:
        raise bad_field("search_cursor", "what the page before names")
    return asked


def _cursor(asked: _Asked) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(asked)).decode()


def _search(text: str) -> Search:
    """Read conditions such as ``crn:"…"`` or ``tags:env*``, joined by ``AND``; whatever else is refused."""
    if len(text) > MOST_CHARACTERS:
        raise _unreadable()
    if text.strip() == _EVERYTHING:
        return Search(())
    parts = _AND.split(text.strip(), MOST_CONDITIONS)
    if len(parts) > MOST_CONDITIONS:
        raise _unreadable()
    return Search(tuple(_condition(part) for part in parts))


def _condition(text: str) -> Condition:
    found = _CONDITION.fullmatch(text)
    if found is None or found[1] not in _SEARCHED:
        raise _unreadable()
    value = found[2] if found[3] is None else found[3]
    stem = value.removesuffix(_EVERYTHING)
    if _EVERYTHING in stem or "?" in stem:  # patterns anywhere would cost too much
        raise _unreadable()
    return Condition(name=found[1], value=stem, begins=stem != value)


def _unreadable() -> Refused:
    names = ", ".join(_SEARCHED)
    return bad_field(
        "query", f'conditions such as crn:"…" joined by AND, on {names}, with {_EVERYTHING} at an end'
    )


def _item(it: Instance, fields: tuple[str, ...]) -> dict[str, Any]:
    facts = facts_of(it)
    wanted = facts if _EVERYTHING in fields else {"crn": "", **dict.fromkeys(fields or _SHOWN, "")}
    return {name: fact for name, fact in facts.items() if name in wanted}
