"""The unwraps of a day, which all processes on a database count together.

Each books a portion of the day in the store, so that an unwrap costs a look into memory and 64 times a day a
write. What is booked stays so: whoever starts processes anew, or asks several, gets no more for it.
"""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import ceil
from typing import Final

from keystead.domain.allowances import with_portion
from keystead.domain.changes import Change
from keystead.domain.errors import Conflict, TooMany, Unavailable
from keystead.domain.ids import IamId, InstanceId
from keystead.domain.ports.store import Store
from keystead.domain.reasons import Reason

_REMEMBERED: Final = 100_000  # callers; of more, those are forgotten that came first, with their portions
_TRIES: Final = 16  # of processes that book at once, one is faster each time


@dataclass(slots=True)
class _Held:
    """What this process may still let through until the day ends; *spent* when nobody can book more."""

    until: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    left: int = 0
    spent: bool = False
    turns: asyncio.Lock = field(default_factory=asyncio.Lock)


class Allowance:
    """So many unwraps in 24 hours for each caller in each instance; the hours begin with the first one."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: OrderedDict[tuple[IamId, InstanceId], _Held] = OrderedDict()

    def seconds_left(self, who: IamId, where: InstanceId, now: datetime) -> int:
        """Return how long *who* has to wait, as far as this process knows: 0 when there may be more."""
        held = self._held.get((who, where))
        if held is None or now >= held.until or not held.spent:
            return 0
        return max(1, ceil((held.until - now).total_seconds()))

    async def take(self, who: IamId, where: InstanceId, now: datetime, store: Store) -> None:
        """Count one more.

        Raises:
            TooMany: the day has been booked by now, here or elsewhere.
            Unavailable: the store is out of reach, or too many processes book at once.
        """
        held = self._of(who, where)
        if _has_taken(held, now):
            return
        async with held.turns:
            if not _has_taken(held, now):
                await self._book(held, who, where, now, store)
                if not _has_taken(held, now):
                    seconds = self.seconds_left(who, where, now)
                    raise TooMany(Reason.TOO_MANY, "Please wait a few minutes and try again.", seconds)

    def _of(self, who: IamId, where: InstanceId) -> _Held:
        held = self._held.get((who, where))
        if held is None:
            held = self._held[who, where] = _Held()
            if len(self._held) > _REMEMBERED:
                self._held.popitem(last=False)
        return held

    async def _book(self, held: _Held, who: IamId, where: InstanceId, now: datetime, store: Store) -> None:
        if held.spent and now < held.until:
            return
        for _ in range(_TRIES):
            was = await store.booked(where, who)
            new = with_portion(was, who, where, self._most, now)
            if new == was:
                held.until, held.left, held.spent = new.until, 0, True
                return
            change = Change()
            change.put(new, was=was)
            try:
                await store.commit(change, None)
            except Conflict:
                continue
            before = was.count if was is not None and was.until == new.until else 0
            held.until, held.left, held.spent = new.until, new.count - before, False
            return
        raise Unavailable("Too many processes count the unwraps of one caller at once")


def _has_taken(held: _Held, now: datetime) -> bool:
    if held.left <= 0 or now >= held.until:
        return False
    held.left -= 1
    return True
