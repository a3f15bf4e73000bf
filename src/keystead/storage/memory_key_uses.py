"""What keys were used for, in memory."""

from datetime import date
from typing import Any

from keystead.domain.key_uses import Bookmark, DayOfUses, UseQuery


class UsesInMemory:
    """The part of the store that is about uses; see `keystead.domain.ports.keys.UseRecords`."""

    def __init__(self) -> None:
        super().__init__()
        self._uses: dict[tuple[str, str, int, str], DayOfUses] = {}
        self._bookmarks: dict[str, Bookmark] = {}

    async def uses(self, query: UseQuery) -> tuple[DayOfUses, ...]:
        """Return the days that *query* asks for, ordered by key, day and node."""
        days = range(query.since.toordinal(), (query.before or date.max).toordinal())
        found = (
            it
            for _, it in sorted(self._uses.items())
            if it.instance == query.instance and it.key in query.keys and it.day in days
        )
        return tuple(found)

    async def old_uses(self, before: date, limit: int) -> tuple[DayOfUses, ...]:
        """Return days before *before*, whoever's they are."""
        old = (it for it in self._uses.values() if it.day < before.toordinal())
        return tuple(sorted(old, key=lambda it: it.day)[:limit])

    async def bookmarks(self) -> tuple[Bookmark, ...]:
        """Return how far the logs of all nodes are counted, ordered by node."""
        return tuple(it for _, it in sorted(self._bookmarks.items()))

    def _place_of_uses(self, record: DayOfUses | Bookmark) -> tuple[dict[Any, Any], object]:
        match record:
            case DayOfUses():
                return self._uses, (record.instance, record.key, record.day, record.node)
            case Bookmark():
                return self._bookmarks, record.node
