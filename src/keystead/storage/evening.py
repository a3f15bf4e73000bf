"""Making runs even, once a page has shown that they are not."""

import logging
from typing import Final

from sqlalchemy import Connection

from keystead.domain.errors import Conflict, Unavailable
from keystead.domain.ids import InstanceId
from keystead.domain.listing import KeyDate
from keystead.storage.database import Database
from keystead.storage.runs import even

_log = logging.getLogger(__name__)
_STEPS: Final = 4  # for one page, which waits for them: a fraction of a second
_REST: Final = 1000  # pages, after one for which nothing could be done: its counts were old, or are wrong


class Evening:
    """Makes the runs of a date even, some of them for each page; pages are right without it, and slower."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._under_way: set[tuple[InstanceId, KeyDate]] = set()
        self._rests: dict[tuple[InstanceId, KeyDate], int] = {}  # there are few instances

    async def even(self, instance: InstanceId, date: KeyDate) -> None:
        """Make some runs even, unless that is under way; writers have their turn between the steps."""
        place = (instance, date)
        self._rests[place] = self._rests.get(place, 0) - 1
        if place in self._under_way or self._rests[place] >= 0:
            return
        self._under_way.add(place)
        try:
            await self._some(place)
        except (Conflict, Unavailable) as error:
            _log.warning("the counts of keys by %s are left as they are: %s", date, error)
        finally:
            self._under_way.discard(place)

    async def _some(self, place: tuple[InstanceId, KeyDate]) -> None:
        for step in range(_STEPS):
            if not await self._step(*place):
                self._rests[place] = 0 if step else _REST
                return
        self._rests[place] = 0

    async def _step(self, instance: InstanceId, date: KeyDate) -> bool:
        more = False

        def work(connection: Connection) -> None:
            nonlocal more
            more = even(connection, instance, date)

        await self._database.write(work)
        return more
