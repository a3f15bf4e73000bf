"""Questions about many keys as SQL; what is asked for is found in covering indexes alone, then fetched."""

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func, select

from keystead.domain.listing import KeyDate, KeyFact, KeyQuery, SortKey
from keystead.storage.schema import KEYS
from keystead.storage.selection import MICROSECONDS, selected, state_at

_FAR: Final = 300_000_000_000  # seconds since 1970, past the year 9999


def page(query: KeyQuery, *, in_few_rings: bool = False) -> Select[Any]:
    """Select the rows of one page, in the order that is asked for; rings with few keys are read whole."""
    order = ordered(query)
    bounds = _in_rings(query) if in_few_rings else _reach(query)
    asked = select(KEYS.c.id).where(selected(query), *bounds)
    ids = asked.order_by(*order).limit(query.limit).offset(query.offset)
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


def _in_rings(query: KeyQuery) -> Iterator[ColumnElement[bool]]:
    """Say in which rings the keys are once more, for no database then reads an index in the page's order."""
    these = select(KEYS.c.id).where(
        KEYS.c.instance == query.instance, KEYS.c.ring.in_(sorted(query.rings or ()))
    )
    yield KEYS.c.id.in_(these.correlate(None).scalar_subquery())


def _reach(query: KeyQuery) -> Iterator[ColumnElement[bool]]:
    """Bound a page in order of creation, so that the index is read only as far as the page reaches.

    The index is in order of microseconds, the page in that of shown seconds and whatever breaks their ties.
    Up to the page's last second both have the same keys.
    """
    first = query.sort[0] if query.sort else None
    if first is None or first.by is not KeyDate.CREATED or query.search is not None:
        return
    created = KEYS.c.created_at
    ordered = select(created // MICROSECONDS).where(selected(query))
    ordered = ordered.order_by(created.desc() if first.descending else created.asc())
    last = ordered.offset(query.offset + query.limit - 1).limit(1).correlate(None).scalar_subquery()
    if first.descending:
        yield created >= func.coalesce(last, -_FAR) * MICROSECONDS
    else:
        yield created < (func.coalesce(last, _FAR) + 1) * MICROSECONDS


def ordered(query: KeyQuery) -> list[ColumnElement[Any]]:
    """Return what rows are sorted by; ids break ties."""
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
