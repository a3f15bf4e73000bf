"""Questions about many keys as SQL; what is asked for is found in covering indexes alone, then fetched."""

from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from keystead.domain.listing import KeyDate, KeyFact, KeyQuery, SortKey
from keystead.storage.schema import KEYS
from keystead.storage.selection import MICROSECONDS, selected, state_at


def page(query: KeyQuery) -> Select[Any]:
    """Select the rows of one page, in the order that is asked for."""
    order = _order(query)
    ids = select(KEYS.c.id).where(selected(query)).order_by(*order).limit(query.limit).offset(query.offset)
    return (
        select(KEYS)
        .where(KEYS.c.instance == query.instance, KEYS.c.id.in_(ids.scalar_subquery()))
        .order_by(*order)
    )


def total(query: KeyQuery, most: int | None = None) -> Select[int]:
    """Count what *query* selects, whatever its limit and offset, up to *most*."""
    if most is None:
        return select(func.count()).select_from(KEYS).where(selected(query))
    some = select(KEYS.c.id).where(selected(query)).limit(most)
    return select(func.count()).select_from(some.subquery())


def _order(query: KeyQuery) -> list[ColumnElement[Any]]:
    order: list[ColumnElement[Any]] = []
    for key in query.sort:
        order.append(_ordered(key, query))
        if key.by is KeyFact.ID:  # no two are equal, so that nothing after it counts
            return order
    return [*order, KEYS.c.id.concat("") if _reads_listing(query) else KEYS.c.id]


def _reads_listing(query: KeyQuery) -> bool:
    """Tell whether names or dates are asked for that the index in order of ids does not have.

    Those questions are put in an order that no index has. SQLite then reads the index that has everything and
    sorts what it found; for the other one it would fetch every row, ten times the price.
    """
    dates = {condition.date for condition in query.dates}
    return query.search is not None or not dates <= {KeyDate.EXPIRES}


def _ordered(key: SortKey, query: KeyQuery) -> ColumnElement[Any]:
    column: ColumnElement[Any] = KEYS.c[key.by]
    if isinstance(key.by, KeyDate):
        column = column // MICROSECONDS  # by the second, as it is shown
    elif key.by is KeyFact.STATE:
        column = state_at(query.now)
    ordered = column.desc() if key.descending else column.asc()
    if not KEYS.c[key.by].nullable:
        return ordered
    # The databases do not agree where a date belongs that is not set.
    return ordered.nulls_last() if key.descending else ordered.nulls_first()
