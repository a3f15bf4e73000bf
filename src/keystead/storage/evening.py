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
_REMEMBERED: Final = 1000


class Evening:
    """Makes the runs of one date even, once at a time; pages are right without it, and slower."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._under_way: set[tuple[InstanceId, KeyDate]] = set()

    async def even(self, instance: InstanceId, date: KeyDate) -> None:
        """Make runs until there is nothing left to divide; writers have their turn between the steps."""
        place = (instance, date)
        if place in self._under_way:
            return
        self._under_way.add(place)
        try:
            while await self._step(instance, date):
                pass
        except (Conflict, Unavailable) as error:
            _log.warning("runs of %s are left as they are: %s", date, error)
        finally:
            self._under_way.discard(place)

    async def _step(self, instance: InstanceId, date: KeyDate) -> bool:
        more = False

        def work(connection: Connection) -> None:
            nonlocal more
            more = even(connection, instance, date)

        await self._database.write(work)
        return more
