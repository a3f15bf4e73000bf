"""Questions about many keys as SQL; filters read one covering index and never the wide rows behind it."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select

from keystead.domain.keys import KeyState
from keystead.domain.listing import KeyQuery
from keystead.storage.records import micros
from keystead.storage.schema import KEYS

_EXPIRING = (KeyState.ACTIVE, KeyState.SUSPENDED)


def page(query: KeyQuery) -> Select[Any]:
    """Select the rows of one page, ordered by id."""
    ids = (
        select(KEYS.c.id).where(_selected(query)).order_by(KEYS.c.id).limit(query.limit).offset(query.offset)
    )
    return (
        select(KEYS)
        .where(KEYS.c.instance == query.instance, KEYS.c.id.in_(ids.scalar_subquery()))
        .order_by(KEYS.c.id)
    )


def total(query: KeyQuery) -> Select[int]:
    """Count what *query* selects, whatever its limit and offset."""
    return select(func.count()).select_from(KEYS).where(_selected(query))


def _selected(query: KeyQuery) -> ColumnElement[bool]:
    conditions = [KEYS.c.instance == query.instance, _in_state(query)]
    if query.rings is not None:
        conditions.append(KEYS.c.ring.in_(sorted(query.rings)))
    if query.extractable is not None:
        conditions.append(KEYS.c.extractable == query.extractable)
    return and_(*conditions)


def _in_state(query: KeyQuery) -> ColumnElement[bool]:
    """Take keys past their expiration as Deactivated, as `Key.at` does."""
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
