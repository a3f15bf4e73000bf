"""Far pages: where to begin reading, from how many keys come before, instead of reading every one of them.

A page lies in one or a few of the `parted` stretches. Tallies count a stretch in the order of ids, for the
ids of each shard follow those of the one before; `runs` count one in the order of a date. What neither knows,
the keys in a range of dates or in some rings in the order of ids, has its `shares`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import accumulate, groupby
from typing import Final

from sqlalchemy import Connection, bindparam, literal_column, select

from keystead.domain.ids import KeyId
from keystead.domain.keys import KeyState
from keystead.domain.listing import DateWithin, KeyDate, KeyFact, KeyQuery, SortKey
from keystead.storage.listing import ordered
from keystead.storage.parts import Parts
from keystead.storage.reaching import Part, Reach, between, reached
from keystead.storage.records import micros
from keystead.storage.runs import finds_many, is_a_second, is_large
from keystead.storage.schema import EXPIRING, KEYS
from keystead.storage.shares import Shares
from keystead.storage.stretches import Stretch, hangs_on_time, is_counted, parted, whole

_OVERDUE: Final = (
    select(KEYS.c.id)
    .where(
        KEYS.c.instance == bindparam("at_instance"),
        literal_column(EXPIRING),
        KEYS.c.expires_at <= bindparam("until"),
    )
    .limit(1)
)


class Pages:
    """One list, found by counts where these help.

    *uneven* is then a date whose runs should be made even, and *in_few_rings* tells of rings with few keys.
    """

    def __init__(self, connection: Connection, query: KeyQuery, shares: Shares) -> None:
        self._connection = connection
        self._query = query
        self._parts = Parts(connection, query.instance, shares)
        self.in_few_rings = False

    @property
    def uneven(self) -> KeyDate | None:
        """The date."""
        return self._parts.uneven

    def ids(self) -> list[KeyId] | None:
        """Return the ids of the page's keys, in its order, or nothing where counts do not help."""
        stretches = [it for it in parted(whole(self._query)) if self._parts.most(it)]
        if not all(it.is_countable for it in stretches):
            return None
        if any(_may_be_few(it) for it in stretches) and self._are_few():
            return None
        left = self._query.offset
        while stretches and stretches[0].is_of_classes and self._parts.most(stretches[0]) <= left:
            left -= self._parts.most(stretches.pop(0))
        return self._ids(stretches, left)

    def total(self, most: int | None) -> int | None:
        """Return how many keys there are, up to *most*, or nothing where counts do not help."""
        stretch = whole(self._query)
        if stretch.is_of_classes:
            return _up_to(most, [self._parts.most(stretch)])
        dates = {it.date for it in stretch.ranges}
        by = dates.pop() if len(dates) == 1 and stretch.rings is None else KeyFact.ID
        if by is KeyFact.ID and self._are_few():
            return None
        stretch = replace(stretch, sort=(SortKey(by),))
        return _up_to(most, (part.keys for part in self._parts.of(stretch)))

    def _are_few(self) -> bool:
        """Tell whether ranges or rings leave so few keys that reading them all is no more than a page."""
        ranges = [it for it in self._query.dates if isinstance(it, DateWithin)]
        every = replace(self._query, states=frozenset(KeyState), extractable=None, rings=None)
        for date in sorted({it.date for it in ranges}):
            dates = tuple(it for it in ranges if it.date is date)
            stretch = whole(replace(every, dates=dates, sort=(SortKey(date),)))
            if not any(map(is_large, accumulate(part.keys for part in self._parts.of(stretch)))):
                return True
        if self._query.rings is None:
            return False
        these = (KEYS.c.instance == self._query.instance, KEYS.c.ring.in_(sorted(self._query.rings)))
        self.in_few_rings = not finds_many(self._connection, select(KEYS.c.id).where(*these))
        return self.in_few_rings

    def _ids(self, stretches: Iterable[Stretch], left: int) -> list[KeyId]:
        found: list[KeyId] = []
        for stretch, parts in self._pieces(stretches):
            reach = reached(parts, left, self._query.limit - len(found))
            if isinstance(reach, int):
                left = reach
                continue
            left = 0
            found += self._read(stretch, reach, self._query.limit - len(found))
            if len(found) >= self._query.limit:
                break
        return found

    def _pieces(self, stretches: Iterable[Stretch]) -> Iterator[tuple[Stretch, Iterable[Part]]]:
        """Yield *stretches* in pieces: keys of one second that no run divides are a list of their own."""
        for stretch in stretches:
            if not self._parts.most(stretch):
                continue
            for are_of_a_second, parts in groupby(self._parts.of(stretch), partial(_is_a_second, stretch)):
                if are_of_a_second:
                    for part in parts:
                        yield from self._pieces(parted(_inside(stretch, part)))
                else:
                    yield stretch, parts

    def _read(self, stretch: Stretch, reach: Reach, limit: int) -> Sequence[KeyId]:
        there = between(stretch.axis, reach.low, reach.high)
        statement = (
            select(KEYS.c.id)
            .where(KEYS.c.instance == self._query.instance, *stretch.selected, *there)
            .order_by(*ordered(replace(self._query, sort=stretch.sort, dates=())))
            .limit(limit)
            .offset(reach.skip)
        )
        return self._connection.execute(statement).scalars().all()


def are_counted(connection: Connection, query: KeyQuery) -> bool:
    """Tell whether something counts the keys that *query* selects, in the states that they have."""
    if not is_counted(query):
        return False
    until = {"at_instance": query.instance, "until": micros(query.now)}
    return not (hangs_on_time(query) and connection.execute(_OVERDUE, until).first())


def _may_be_few(stretch: Stretch) -> bool:
    """Tell whether the keys of *stretch* may lie far apart in its order; a range lies in that of its date."""
    return stretch.rings is not None or bool(stretch.ranges and not isinstance(stretch.axis.by, KeyDate))


def _is_a_second(stretch: Stretch, part: Part) -> bool:
    """Tell whether *part* is one second with many keys, in an order within it that something counts."""
    low, high, keys = part
    if not isinstance(low, int) or isinstance(high, str) or not (is_large(keys) and is_a_second(low, high)):
        return False
    return all(it.is_countable for it in parted(_inside(stretch, part)))


def _inside(stretch: Stretch, part: Part) -> Stretch:
    """Return the keys of *part*, which are of one second, in the order of what comes after the date."""
    (date, *rest), (low, high, _) = stretch.sort, part
    assert isinstance(date.by, KeyDate)  # noqa: S101 - a part of an order of ids is none of a second
    span = DateWithin(date.by, since=int(low), before=None if high is None else int(high))
    return replace(stretch.within(span), sort=tuple(rest))


def _up_to(most: int | None, counts: Iterable[int]) -> int:
    found = 0
    for count in counts:
        found += count
        if most is not None and found >= most:
            return most
    return found
