"""Reading the ``filter`` parameter of listings.

``creationDate=gte:"2031-01-01T00:00:00Z" expirationDate=none state=1,2 extractable=false``: terms between
spaces, each a property, ``=``, perhaps an operator and ``:``, and a value. All of them must hold.

Source: ``spec/kms-api.md`` section 2.3.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

import msgspec

from keystead.domain.errors import Refused, bad_query
from keystead.domain.keys import KeyState
from keystead.domain.listing import DateUnset, DateWithin, KeyDate, seconds
from keystead.protocols.rest.queries import Query, read_states

DATES: Final[Mapping[str, KeyDate]] = MappingProxyType(
    {
        "creationDate": KeyDate.CREATED,
        "lastUpdateDate": KeyDate.UPDATED,
        "lastRotateDate": KeyDate.ROTATED,
        "deletionDate": KeyDate.DELETED,
        "expirationDate": KeyDate.EXPIRES,
    }
)
"""The dates that keys are filtered and sorted by, as the wire calls them."""

OTHERS: Final = ("state", "extractable")
"""What keys are filtered by beside dates."""

MOST_CHARACTERS: Final = 2000
_MOST_TERMS: Final = 3  # of one property
_TERM: Final = re.compile(r"([A-Za-z]{1,20})=(?:([a-z]{2,3}):)?([^ ]{1,100})\Z")
_TIME: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,30}))?([Zz]|[+-][0-9]{2}:[0-9]{2})\Z"
)
_BOTH: Final = frozenset({True, False})
_FLAGS: Final = MappingProxyType({"true": frozenset({True}), "false": frozenset({False})})


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What the terms leave; ``None`` where they do not say."""

    states: frozenset[KeyState] | None = None
    extractable: frozenset[bool] | None = None
    dates: tuple[DateWithin | DateUnset, ...] = ()


def read_filters(query: Query) -> Filters:
    """Read the parameter; given more than once, everything it says must hold.

    Raises:
        Refused: ``INVALID_QUERY_PARAM``.
    """
    text = " ".join(query.get("filter", ()))
    if len(text) > MOST_CHARACTERS:
        raise bad_query("filter", f"at most {MOST_CHARACTERS} characters long")
    terms = [_term(part) for part in text.split(" ") if part]
    _require_few(terms)
    for name in OTHERS:
        if name in query and any(term[0] == name for term in terms):
            raise bad_query("filter", f"without `{name}`, which is given as a parameter of its own")
    return _read(terms)


def _term(part: str) -> tuple[str, str | None, str]:
    found = _TERM.match(part)
    if found is None or not (found[1] in DATES or found[1] in OTHERS):
        known = ", ".join((*DATES, *OTHERS))
        raise bad_query("filter", f"terms of the form property=value between spaces; properties are {known}")
    return found[1], found[2], found[3]


def _require_few(terms: Sequence[tuple[str, str | None, str]]) -> None:
    numbers = Counter(name for name, _, _ in terms)
    if any(number > _MOST_TERMS for number in numbers.values()):
        raise bad_query("filter", f"at most {_MOST_TERMS} terms for each property")


def _read(terms: Sequence[tuple[str, str | None, str]]) -> Filters:
    states: frozenset[KeyState] | None = None
    extractable: frozenset[bool] | None = None
    dates: list[DateWithin | DateUnset] = []
    for name, operator, value in terms:
        if name in DATES:
            dates.append(_date(name, operator, value))
        elif operator is not None:
            raise _bad_value(name)
        elif name == "state":
            states = _states(value) & (frozenset(KeyState) if states is None else states)
        else:
            extractable = _flag(value) & (_BOTH if extractable is None else extractable)
    return Filters(states=states, extractable=extractable, dates=tuple(dates))


def _states(value: str) -> frozenset[KeyState]:
    states = read_states(value.split(","))
    if states is None:
        raise _bad_value("state")
    return states


def _flag(value: str) -> frozenset[bool]:
    flags = _FLAGS.get(value.lower())
    if flags is None:
        raise _bad_value("extractable")
    return flags


def _date(name: str, operator: str | None, value: str) -> DateWithin | DateUnset:
    """Read a condition on a date; shown seconds are whole, and so are the bounds they are held to."""
    date = DATES[name]
    if operator is None and value.lower() == "none":
        return DateUnset(date)
    second, has_fraction = _time(name, value)
    # Of whole seconds, those from the moment on begin at `at`, and those after it at `after`.
    at, after = second + has_fraction, second + 1
    match operator:
        case None:
            return DateWithin(date, at, after)  # nothing lies in between where there is a fraction
        case "gt":
            return DateWithin(date, since=after)
        case "gte":
            return DateWithin(date, since=at)
        case "lt":
            return DateWithin(date, before=at)
        case "lte":
            return DateWithin(date, before=after)
        case _:
            raise _bad_value(name)


def _time(name: str, value: str) -> tuple[int, bool]:
    """Return the whole seconds since 1970, and whether the time lies past that second."""
    bare = value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' else value
    found = _TIME.match(bare)
    if found is None:
        raise _bad_value(name)
    try:
        moment = msgspec.convert(found[1] + found[3], datetime)
    except msgspec.ValidationError:
        raise _bad_value(name) from None
    return seconds(moment), bool((found[2] or "").strip("0"))


def _bad_value(name: str) -> Refused:
    if name == "state":
        return bad_query("filter", "with state=, and a list of 0, 1, 2, 3 and 5")
    if name == "extractable":
        return bad_query("filter", "with extractable=true or extractable=false")
    return bad_query(
        "filter",
        f'with {name}=, perhaps gt:, gte:, lt: or lte:, and "an RFC 3339 time" or none',
    )
