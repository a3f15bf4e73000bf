"""Counting what keys are used for, from the audit log and beside the requests.

Each process counts the log that it writes, and no other, so that nobody counts an event twice: how far it
has come commits with what it counted. A process that is killed goes on there; the log has what is left.
"""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from keystead.domain.changes import Change
from keystead.domain.errors import Conflict, Unavailable
from keystead.domain.ids import InstanceId
from keystead.domain.key_uses import KEPT, Bookmark, DayOfUses, Portion, Seen, UseQuery, by_day
from keystead.domain.ports import Clock, LoggedUses, Store

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
        self._mine: tuple[Bookmark | None, ...] = ()  # one of these this process left

    async def catch_up(self) -> bool:
        """Count what is new, up to `AT_ONCE` portions, and tell whether that was all of it.

        Raises:
            Tampered: an event or a stored count is not what was written.
            Unavailable: log or store are out of reach, or another process counts under this node's name.
        """
        async with self._one_at_a_time:
            was = await self._bookmark()
            if self._mine and was not in self._mine:
                # Two logs under one name would set each other back, and count all in between again and again.
                raise Unavailable("Another process counts under the name of this node: give each its own")
            counting = _Counting(self._node)
            portion = await self._log.read(0 if was is None else was.index)
            index, at = portion.index, portion.at
            for _ in range(AT_ONCE):
                await self._count(portion, counting)
                index, at = portion.index, portion.at or at
                if portion.whole or counting.size >= MOST_DAYS:
                    break
                await asyncio.sleep(_PAUSE_SECONDS)
                portion = await self._log.read(index)
            if was is None or index != was.index:
                bookmark = Bookmark(node=self._node, index=index, at=at or (was.at if was else None))
                known, self._mine = self._mine, (was, bookmark)  # a commit that is cut off may be done or not
                try:
                    await self._store.commit(counting.change(bookmark, was), None)
                except Conflict:
                    self._mine = known
                    return False  # another process counts the same log, or did until a moment ago
                self._mine = (bookmark,)
            return portion.whole

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

    async def _count(self, portion: Portion, counting: "_Counting") -> None:
        for first in range(0, len(portion.seen), _TOGETHER):
            await self._count_some(portion.seen[first : first + _TOGETHER], counting)

    async def _count_some(self, seen: Sequence[Seen], counting: "_Counting") -> None:
        found = by_day(seen, self._node)
        fresh = [day for day in found if day not in counting.before]
        for instance in {day.instance for day in fresh}:
            counting.know(fresh, await self._stored(instance, fresh))
        for day, ones in found.items():
            counting.add(day, ones)
        await asyncio.sleep(0)  # for the requests: a busy minute brings thousands

    async def _stored(self, instance: InstanceId, days: Iterable[DayOfUses]) -> tuple[DayOfUses, ...]:
        mine = [day for day in days if day.instance == instance]
        query = UseQuery(
            instance=instance,
            keys=frozenset(day.key for day in mine),
            since=date.fromordinal(min(day.day for day in mine)),
            before=date.fromordinal(max(day.day for day in mine) + 1),
        )
        return await self._store.uses(query)


class _Counting:
    """Days by what they are of: as they are stored, and with what was seen since."""

    def __init__(self, node: str) -> None:
        self._node = node
        self.before: dict[DayOfUses, DayOfUses | None] = {}  # by the empty day
        self._now: dict[DayOfUses, DayOfUses] = {}

    @property
    def size(self) -> int:
        """How many days it has."""
        return len(self._now)

    def know(self, days: Iterable[DayOfUses], stored: Iterable[DayOfUses]) -> None:
        """Remember which of *days* are stored, and how."""
        there = {_empty(day): day for day in stored if day.node == self._node}
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
            change.put(now, was=self.before[day])
        return change


def _empty(day: DayOfUses) -> DayOfUses:
    return DayOfUses(instance=day.instance, key=day.key, day=day.day, node=day.node)
