"""The parts of a stretch, in its order, and how many keys each has: shards or runs."""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import pairwise
from typing import Final

from sqlalchemy import BigInteger, Connection, and_, bindparam, case, cast, func, select

from keystead.domain.ids import InstanceId
from keystead.domain.listing import KeyDate
from keystead.storage.classes import counted, having
from keystead.storage.counts import Counts
from keystead.storage.reaching import Bound, Part, between, clipped
from keystead.storage.runs import BEFORE_ALL, WHOLE, is_large, is_uneven
from keystead.storage.schema import KEYS, RUNS
from keystead.storage.shares import Shares
from keystead.storage.stretches import Stretch

_some = and_(
    RUNS.c.ring.in_(bindparam("rings", expanding=True)),
    RUNS.c.kind.in_(bindparam("kinds", expanding=True)),
)
_read = RUNS.c.ring.in_(bindparam("rings_read", expanding=True))
_RUNS: Final = (
    select(
        RUNS.c.low,
        cast(func.sum(case((_some, RUNS.c.count), else_=0)), BigInteger),
        cast(func.sum(case((RUNS.c.ring == WHOLE, RUNS.c.count), else_=0)), BigInteger),
    )
    .where(RUNS.c.instance == bindparam("at_instance"), RUNS.c.date == bindparam("at_date"), _read)
    .group_by(RUNS.c.low)
    .order_by(RUNS.c.low)
)


class Parts:
    """Counts the keys of one instance; *uneven* is then a date whose runs should be made even."""

    def __init__(self, connection: Connection, instance: InstanceId, shares: Shares) -> None:
        self._connection = connection
        self._instance = instance
        self._shares = shares
        self._counts = Counts.read(connection, instance)
        self.uneven: KeyDate | None = None

    def most(self, stretch: Stretch) -> int:
        """Return how many keys of its classes there are: no fewer than *stretch* has."""
        return self._counts.of(stretch.classes)

    def of(self, stretch: Stretch) -> Iterator[Part]:
        """Yield the parts of *stretch* in its order; none is counted before it is taken."""
        if isinstance(stretch.axis.by, KeyDate):
            return self._runs(stretch, stretch.axis.by)
        return self._shards(stretch)

    def _shards(self, stretch: Stretch) -> Iterator[Part]:
        if not stretch.is_of_classes and not is_large(self.most(stretch)):
            yield Part("", None, self._number(stretch, "", None))
            return
        shares = None if stretch.is_of_classes else self._shares.of(self._instance, stretch)
        shards = self._counts.shards
        for number, counts, digest in reversed(shards) if stretch.axis.descending else shards:
            low, high = f"{number:02x}", None if number == len(shards) - 1 else f"{number + 1:02x}"
            keys = counted(counts, stretch.classes)
            if keys and shares is not None:
                keys = shares.share(number, digest, partial(self._number, stretch, low, high))
            yield Part(low, high, keys)

    def _runs(self, stretch: Stretch, date: KeyDate) -> Iterator[Part]:
        rings, kinds = self._counted_in_runs(stretch)
        place = {"at_instance": self._instance, "at_date": date, "rings_read": [*{WHOLE, *rings}]}
        rows = self._connection.execute(_RUNS, {**place, "rings": rings, "kinds": kinds}).all()
        ends = [*(low for low, _, _ in rows), self._counts.cuts.get(date, BEFORE_ALL), None]
        bounds = [(low, high) for low, high in pairwise(ends) if low is not None]
        if is_uneven(_with_rest(bounds, [size for _, _, size in rows], self._counts.of(having(date)))):
            self.uneven = date
        runs = list(_with_rest(bounds, [count for _, count, _ in rows], self.most(stretch)).items())
        for (low, high), count in reversed(runs) if stretch.axis.descending else runs:
            there = clipped(low, high, stretch.ranges)
            if there is not None:
                is_known = there == (low, high) and (stretch.rings is None or high is not None)
                yield Part(*there, count if is_known else self._number(stretch, *there))

    def _counted_in_runs(self, stretch: Stretch) -> tuple[list[str], list[int]]:
        """Return the rings and kinds as which runs count the keys of *stretch*."""
        if stretch.rings is None:
            return [WHOLE], sorted(self._counts.present(stretch.classes))
        return sorted(stretch.rings), sorted(stretch.states)

    def _number(self, stretch: Stretch, low: Bound, high: Bound | None) -> int:
        these = (KEYS.c.instance == self._instance, *stretch.selected, *between(stretch.axis, low, high))
        return self._connection.execute(select(func.count()).select_from(KEYS).where(*these)).scalar_one()


def _with_rest(
    bounds: Sequence[tuple[int, int | None]], counts: Sequence[int], total: int
) -> dict[tuple[int, int | None], int]:
    """Return what each run counts, and for the last bounds what no run does."""
    return dict(zip(bounds, [*counts, total - sum(counts)], strict=True))
