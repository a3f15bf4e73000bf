"""Counting what keys are used for, from the audit log and beside the requests.

Each process counts the log that it writes, and no other, so that nobody counts an event twice: how far it
has come commits with what it counted, in the bookmark of its node and in each day that was written with it.
A process that is killed goes on there; the log has what is left. Where the bookmark is gone, or an older one,
the days tell: an event that was counted is before the mark of its day. Two logs of one name have marks each.
"""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Final

from keystead.domain.changes import Change
from keystead.domain.errors import Conflict
from keystead.domain.ids import InstanceId
from keystead.domain.key_uses import KEPT, Bookmark, DayOfUses, Mark, Portion, Seen, UseQuery, by_day
from keystead.domain.ports.audit import LoggedUses
from keystead.domain.ports.clock import Clock
from keystead.domain.ports.store import Store

AT_ONCE: Final = 64
"""Portions that are counted in one commit, and most that a request waits for."""
MOST_DAYS: Final = 2_000
"""Days of keys that are written in one commit, at a kilobyte of memory each: more wait for the next one."""
_MOST_OLD: Final = 500  # days that are removed at once
_TOGETHER: Final = 256  # uses that are counted in one turn of the loop
_PAUSE_SECONDS: Final = 0.005  # between portions, for others


class Reckoning:
    """Counts the log of one node.

    Args:
        store: where the counts are kept.
        log: what is counted.
        node: whose log it is.
        clock: the time, for what is too old to be kept.
    """

    def __init__(self, store: Store, log: LoggedUses, node: str, clock: Clock) -> None:
        self._store = store
        self._log = log
        self._node = node
        self._clock = clock
        self._one_at_a_time = asyncio.Lock()
        self._swept: date | None = None

    async def catch_up(self) -> bool:
        """Count what is new, up to `AT_ONCE` portions, and tell whether that was all of it.

        Raises:
            Tampered: an event or a stored count is not what was written.
            Unavailable: log or store are out of reach.
        """
        async with self._one_at_a_time:
            was = await self._bookmark()
            log = await self._log.name()
            begin = 0 if was is None else was.index_of(log)
            counted = await self._count_from(begin, log)
            while counted.ahead > begin:  # the bookmark is gone, or is an older one
                begin = counted.ahead
                counted = await self._count_from(begin, log)
            mark = Mark(log, counted.index)
            bookmark = (was or Bookmark(node=self._node, index=0, at=None)).moved(mark, counted.at)
            return counted.whole if bookmark == was else await self._stored(counted, bookmark, was)

    async def sweep(self) -> None:
        """Remove what is older than it is kept, once a day; errors as `catch_up`."""
        today = self._clock().date()
        if today == self._swept:
            return
        while old := await self._store.old_uses(today - KEPT, _MOST_OLD):
            change = Change()
            for day in old:
                change.remove(day)
            await self._store.commit(change, None)
        self._swept = today

    async def _bookmark(self) -> Bookmark | None:
        return next((it for it in await self._store.bookmarks() if it.node == self._node), None)

    async def _count_from(self, begin: int, log: str) -> "_Counting":
        """Count up to `AT_ONCE` portions from *begin* on; the days may say that this is too early."""
        counting = _Counting(self._node, log, begin)
        for _ in range(AT_ONCE):
            portion = await self._log.read(counting.index)
            for first in range(0, len(portion.seen), _TOGETHER):
                await self._count_some(portion.seen[first : first + _TOGETHER], counting)
            counting.passed(portion)
            if portion.whole or counting.ahead > begin or counting.size >= MOST_DAYS:
                break
            await asyncio.sleep(_PAUSE_SECONDS)
        return counting

    async def _stored(self, counted: "_Counting", bookmark: Bookmark, was: Bookmark | None) -> bool:
        """Store what was counted, and tell whether that was all there is."""
        try:
            await self._store.commit(counted.change(bookmark, was), None)
        except Conflict:
            return False  # another process counts under this name, or did until a moment ago
        return counted.whole

    async def _count_some(self, seen: Sequence[Seen], counting: "_Counting") -> None:
        found = by_day(seen, self._node)
        fresh = [day for day in found if day not in counting.before]
        for instance in {day.instance for day in fresh}:
            counting.know(fresh, await self._days(instance, fresh))
        for day, ones in found.items():
            counting.add(day, ones)
        await asyncio.sleep(0)  # for the requests: a busy minute brings thousands

    async def _days(self, instance: InstanceId, days: Iterable[DayOfUses]) -> tuple[DayOfUses, ...]:
        mine = [day for day in days if day.instance == instance]
        query = UseQuery(
            instance=instance,
            keys=frozenset(day.key for day in mine),
            since=date.fromordinal(min(day.day for day in mine)),
            before=date.fromordinal(max(day.day for day in mine) + 1),
        )
        return await self._store.uses(query)


class _Counting:
    """Days by what they are of: as they are stored, and with what was seen since.

    ``index`` is the event to go on with, and ``ahead`` the greatest one that a stored day has a mark at: all
    before that was counted once.
    """

    def __init__(self, node: str, log: str, begin: int) -> None:
        self._node = node
        self._log = log
        self.index, self.ahead, self.whole = begin, 0, False
        self.at: datetime | None = None  # when the last event happened
        self.before: dict[DayOfUses, DayOfUses | None] = {}  # by the empty day
        self._now: dict[DayOfUses, DayOfUses] = {}

    def passed(self, portion: Portion) -> None:
        """Go on behind *portion*."""
        self.index, self.at, self.whole = portion.index, portion.at or self.at, portion.whole

    @property
    def size(self) -> int:
        """How many days it has."""
        return len(self._now)

    def know(self, days: Iterable[DayOfUses], stored: Iterable[DayOfUses]) -> None:
        """Remember which of *days* are stored, and how."""
        there = {_empty(day): day for day in stored if day.node == self._node}
        self.ahead = max((self.ahead, *(day.index_of(self._log) for day in there.values())))
        self.before |= {day: there.get(day, self.before.get(day)) for day in days}

    def add(self, day: DayOfUses, seen: Iterable[Seen]) -> None:
        """Count *seen*, all of *day*."""
        known = self._now.get(day) or self.before[day] or day
        self._now[day] = known.with_seen(seen)

    def change(self, bookmark: Bookmark, was: Bookmark | None) -> Change:
        """Return what is to be written."""
        change = Change()
        change.put(bookmark, was=was)
        for day, now in self._now.items():
            change.put(now.with_mark(Mark(self._log, self.index)), was=self.before[day])
        return change


def _empty(day: DayOfUses) -> DayOfUses:
    return DayOfUses(instance=day.instance, key=day.key, day=day.day, node=day.node)
