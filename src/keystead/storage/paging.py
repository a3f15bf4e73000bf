"""Far pages: where to begin reading, from how many keys come before, instead of reading every one of them.

A page lies in one or a few of the `parted` stretches. Tallies count a stretch in the order of ids, for the
ids of each shard follow those of the one before; `runs` count one in the order of a date.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import msgspec
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    select,
)

from keystead.domain.ids import InstanceId, KeyId
from keystead.domain.listing import KeyDate, KeyQuery
from keystead.storage.classes import counted, counts_of, having
from keystead.storage.listing import ordered
from keystead.storage.records import micros, tampered
from keystead.storage.runs import BEFORE_ALL, Cuts, cuts_of, is_uneven
from keystead.storage.schema import EXPIRING, KEYS, RUNS, TALLIES
from keystead.storage.selection import MICROSECONDS
from keystead.storage.stretches import Stretch, hangs_on_time, is_counted, parted, whole

_COUNTS: Final = (
    select(TALLIES.c.shard, TALLIES.c.classes, TALLIES.c.cuts)
    .where(TALLIES.c.instance == bindparam("at_instance"))
    .order_by(TALLIES.c.shard)
)
_OVERDUE: Final = (
    select(KEYS.c.id)
    .where(
        KEYS.c.instance == bindparam("at_instance"),
        literal_column(EXPIRING),
        KEYS.c.expires_at <= bindparam("until"),
    )
    .limit(1)
)
_some = RUNS.c["class"].in_(bindparam("classes", expanding=True))
_RUNS: Final = (
    select(
        RUNS.c.low,
        cast(func.sum(case((_some, RUNS.c.count), else_=0)), BigInteger),
        cast(func.sum(RUNS.c.count), BigInteger),
    )
    .where(RUNS.c.instance == bindparam("at_instance"), RUNS.c.date == bindparam("at_date"))
    .group_by(RUNS.c.low)
    .order_by(RUNS.c.low)
)

Bound = str | int
Part = tuple[Bound, int]
"""Where a part of a stretch begins, an id or a second, and its keys; at its end the next one begins."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many keys an instance has of each class, in each shard, and to where its runs reach."""

    shards: tuple[tuple[int, Mapping[int, int]], ...]
    total: Mapping[int, int]
    cuts: Cuts

    @classmethod
    def read(cls, connection: Connection, instance: InstanceId) -> "Counts":
        """Read them; `Tampered` where they are no counts."""
        rows = connection.execute(_COUNTS, {"at_instance": instance}).all()
        try:
            shards = tuple((shard, counts_of(classes)) for shard, classes, _ in rows)
            cuts = cuts_of(rows[0][2]) if rows else {}
        except msgspec.MsgspecError:
            raise tampered("tallies", instance) from None
        total: dict[int, int] = {}
        for _, counts in shards:
            for number, keys in counts.items():
                total[number] = total.get(number, 0) + keys
        return cls(shards, total, cuts)

    def of(self, classes: frozenset[int]) -> int:
        """Return how many keys there are of *classes*."""
        return counted(self.total, classes)

    def present(self, classes: frozenset[int]) -> frozenset[int]:
        """Return those of *classes* that there are."""
        return classes.intersection(self.total)


class Pages:
    """One page, found by counts; *uneven* is then a date whose runs should be made even."""

    def __init__(self, connection: Connection, query: KeyQuery) -> None:
        self._connection = connection
        self._query = query
        self._counts = Counts.read(connection, query.instance)
        self.uneven: KeyDate | None = None

    def ids(self) -> list[KeyId]:
        """Return the ids of the page's keys, in its order."""
        found: list[KeyId] = []
        left = self._query.offset
        for stretch in parted(whole(self._query)):
            there = self._counts.of(stretch.classes)
            if there > left:
                found += self._read(stretch, left, self._query.limit - len(found))
                if len(found) >= self._query.limit:
                    break
            left = max(0, left - there)
        return found

    def _read(self, stretch: Stretch, skip: int, limit: int) -> Sequence[KeyId]:
        reach = reached(self._parts(stretch), skip, limit, descending=stretch.axis.descending)
        statement = (
            select(KEYS.c.id)
            .where(KEYS.c.instance == self._query.instance, *stretch.selected, *_between(stretch, reach))
            .order_by(*ordered(replace(self._query, sort=stretch.sort, dates=())))
            .limit(limit)
            .offset(reach.skip)
        )
        return self._connection.execute(statement).scalars().all()

    def _parts(self, stretch: Stretch) -> list[Part]:
        if isinstance(stretch.axis.by, KeyDate):
            return self._runs(stretch, stretch.axis.by)
        return [(f"{shard:02x}", counted(counts, stretch.classes)) for shard, counts in self._counts.shards]

    def _runs(self, stretch: Stretch, date: KeyDate) -> list[Part]:
        classes = self._counts.present(stretch.classes)
        place = {"at_instance": self._query.instance, "at_date": date, "classes": sorted(classes)}
        rows = self._connection.execute(_RUNS, place).all()
        sizes = [size for _, _, size in rows]
        if is_uneven([*sizes, self._counts.of(having(date)) - sum(sizes)]):
            self.uneven = date
        runs: list[Part] = [(low, count) for low, count, _ in rows]
        past_them = self._counts.of(classes) - sum(count for _, count in runs)
        return [*runs, (self._counts.cuts.get(date, BEFORE_ALL), past_them)]


def are_counted(connection: Connection, query: KeyQuery) -> bool:
    """Tell whether the keys that *query* selects are those of some classes."""
    if not is_counted(query):
        return False
    until = {"at_instance": query.instance, "until": micros(query.now)}
    return not (hangs_on_time(query) and connection.execute(_OVERDUE, until).first())


def total_of(connection: Connection, query: KeyQuery) -> int:
    """Return how many keys *query* selects, whatever its limit and offset; they must be counted."""
    return Counts.read(connection, query.instance).of(whole(query).classes)


@dataclass(frozen=True, slots=True)
class Reach:
    """From where to where a page is to be read, and how many keys of that come before it."""

    low: Bound
    high: Bound | None
    skip: int


def reached(parts: Sequence[Part], skip: int, limit: int, *, descending: bool) -> Reach:
    """Return the parts in which *limit* keys lie, after *skip*."""
    counts = [count for _, count in parts]
    if descending:
        counts.reverse()
    first = 0
    while first < len(counts) - 1 and counts[first] <= skip:
        skip -= counts[first]
        first += 1
    last, have = first, counts[first] - skip
    while last < len(counts) - 1 and have < limit:
        last += 1
        have += counts[last]
    if descending:
        first, last = len(counts) - 1 - last, len(counts) - 1 - first
    return Reach(parts[first][0], parts[last + 1][0] if last + 1 < len(parts) else None, skip)


def _between(stretch: Stretch, reach: Reach) -> Iterator[ColumnElement[bool]]:
    column = KEYS.c[stretch.axis.by]
    unit = MICROSECONDS if isinstance(stretch.axis.by, KeyDate) else 1
    yield column >= reach.low * unit
    if reach.high is not None:
        yield column < reach.high * unit
