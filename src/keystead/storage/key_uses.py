"""What keys were used for, in a SQL database."""

from datetime import date
from typing import Final

from sqlalchemy import Integer, bindparam, select

from keystead.domain.key_uses import Bookmark, DayOfUses, UseQuery
from keystead.storage import records
from keystead.storage.database import Database
from keystead.storage.reading import Reading
from keystead.storage.schema import BOOKMARKS, KEY_USES

_USES: Final = (
    select(KEY_USES)
    .where(
        KEY_USES.c.instance == bindparam("instance"),
        KEY_USES.c.key.in_(bindparam("keys", expanding=True)),
        KEY_USES.c.day >= bindparam("since"),
        KEY_USES.c.day < bindparam("before"),
    )
    .order_by(KEY_USES.c.key, KEY_USES.c.day, KEY_USES.c.node)
)
_OLD: Final = (
    select(KEY_USES)
    .where(KEY_USES.c.day < bindparam("before"))
    .order_by(KEY_USES.c.day)
    .limit(bindparam("limit", type_=Integer))
)
_BOOKMARKS: Final = select(BOOKMARKS).order_by(BOOKMARKS.c.node)


class UsesInSQL:
    """The part of the store that is about uses; see `keystead.domain.ports.keys.UseRecords`."""

    _database: Database
    _reading: Reading

    async def uses(self, query: UseQuery) -> tuple[DayOfUses, ...]:
        """Return the days that *query* asks for, ordered by key, day and node."""
        at = {
            "instance": query.instance,
            "keys": sorted(query.keys),
            "since": query.since.toordinal(),
            "before": (query.before or date.max).toordinal(),
        }
        return await self._database.read(
            lambda connection: self._reading.all(connection, records.KEY_USES, _USES, at)
        )

    async def old_uses(self, before: date, limit: int) -> tuple[DayOfUses, ...]:
        """Return days before *before*, whoever's they are."""
        at = {"before": before.toordinal(), "limit": limit}
        return await self._database.read(
            lambda connection: self._reading.all(connection, records.KEY_USES, _OLD, at)
        )

    async def bookmarks(self) -> tuple[Bookmark, ...]:
        """Return how far the logs of all nodes are counted, ordered by node."""
        return await self._database.read(
            lambda connection: self._reading.all(connection, records.BOOKMARKS, _BOOKMARKS, {})
        )
