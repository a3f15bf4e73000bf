"""In which parts of a stretch a page lies."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import ColumnElement

from keystead.domain.listing import DateWithin, KeyDate, SortKey
from keystead.storage.schema import KEYS
from keystead.storage.selection import MICROSECONDS

Bound = str | int


class Part(NamedTuple):
    """Keys from one id or second to another, or to the end, and how many they are."""

    low: Bound
    high: Bound | None
    keys: int


@dataclass(frozen=True, slots=True)
class Reach:
    """From where to where a page is to be read, and how many keys of that come before it."""

    low: Bound
    high: Bound | None
    skip: int


def reached(parts: Iterable[Part], skip: int, limit: int) -> Reach | int:
    """Return where *limit* keys lie after *skip*, or how many of *skip* are left after all *parts*.

    The parts come in the order of the page, and no more of them are taken than it needs.
    """
    coming = iter(parts)
    for first in coming:
        if skip < first.keys:
            break
        skip -= first.keys
    else:
        return skip
    have, last = first.keys - skip, first
    while have < limit:
        following = next(coming, None)
        if following is None:
            break
        last, have = following, have + following.keys
    lower, upper = sorted((first, last))
    return Reach(lower.low, upper.high, skip)


def between(axis: SortKey, low: Bound, high: Bound | None) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions for a row from *low* to *high*."""
    column = KEYS.c[axis.by]
    unit = MICROSECONDS if isinstance(axis.by, KeyDate) else 1
    yield column >= low * unit
    if high is not None:
        yield column < high * unit


def clipped(low: int, high: int | None, ranges: Sequence[DateWithin]) -> tuple[int, int | None] | None:
    """Return what lies in all *ranges* from *low* to *high*, if anything does."""
    since = max([low, *(it.since for it in ranges if it.since is not None)])
    ends = [end for end in (high, *(it.before for it in ranges)) if end is not None]
    before = min(ends) if ends else None
    return None if before is not None and before <= since else (since, before)
