"""Which keys a question is about, as SQL; the same as `KeyQuery.selects` says of one key."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, case, false, func, not_, or_, select

from keystead.domain.ids import InstanceId
from keystead.domain.keys import KeyState
from keystead.domain.listing import DateUnset, DateWithin, KeyQuery, Search
from keystead.storage.records import micros
from keystead.storage.schema import ALIASES, KEYS

MICROSECONDS: Final = 1_000_000  # of a second
_EXPIRING = (KeyState.ACTIVE, KeyState.SUSPENDED)


def selected(query: KeyQuery) -> ColumnElement[bool]:
    """Return the condition for a row of a key that *query* asks for."""
    conditions = [KEYS.c.instance == query.instance, _in_state(query)]
    if query.rings is not None:
        conditions.append(KEYS.c.ring.in_(sorted(query.rings)))
    if query.extractable is not None:
        conditions.append(KEYS.c.extractable == query.extractable)
    for date in query.dates:
        conditions.extend(_dated(date))
    if query.search is not None:
        conditions.append(_found(query.instance, query.search))
    return and_(*conditions)


def state_at(now: datetime) -> ColumnElement[int]:
    """Return the state that a key has at *now*, as `Key.at` says."""
    expired = and_(KEYS.c.state.in_(_EXPIRING), KEYS.c.expires_at <= micros(now))
    return case((expired, int(KeyState.DEACTIVATED)), else_=KEYS.c.state)


def _in_state(query: KeyQuery) -> ColumnElement[bool]:
    """Take keys past their expiration as Deactivated, as `Key.at` does.

    It says what `state_at` says; asked of that, SQLite needs a quarter more time for many keys.
    """
    now = micros(query.now)
    steady = [state for state in query.states if state not in _EXPIRING]
    expiring = [state for state in query.states if state in _EXPIRING]
    any_of: list[ColumnElement[bool]] = [false()]
    if steady:
        any_of.append(KEYS.c.state.in_(steady))
    if expiring:
        any_of.append(
            and_(KEYS.c.state.in_(expiring), or_(KEYS.c.expires_at.is_(None), KEYS.c.expires_at > now))
        )
    if KeyState.DEACTIVATED in query.states:
        any_of.append(and_(KEYS.c.state.in_(_EXPIRING), KEYS.c.expires_at <= now))
    return or_(*any_of)


def _dated(condition: DateWithin | DateUnset) -> Iterator[ColumnElement[bool]]:
    column = KEYS.c[condition.date]
    if isinstance(condition, DateUnset):
        yield column.is_(None)
        return
    yield column.is_not(None)
    if condition.since is not None:
        yield column >= condition.since * MICROSECONDS
    if condition.before is not None:
        yield column < condition.before * MICROSECONDS


def _found(instance: InstanceId, search: Search) -> ColumnElement[bool]:
    any_of: list[ColumnElement[bool]] = [KEYS.c.id == search.folded]
    if search.names:
        any_of.append(_fits(KEYS.c.folded, search))
    if search.aliases:  # they are ASCII, where every database has the same small letters
        fits = _fits(func.lower(ALIASES.c.alias), search)
        owners = select(ALIASES.c.key).where(ALIASES.c.instance == instance, fits)
        any_of.append(KEYS.c.id.in_(owners.scalar_subquery()))
    return not_(or_(*any_of)) if search.negated else or_(*any_of)


def _fits(column: ColumnElement[Any], search: Search) -> ColumnElement[bool]:
    if search.exact:
        return column == search.folded
    return column.contains(search.folded, autoescape=True)  # its wildcards are letters like any other
