"""Shares: how many keys of each shard a filter selects that no class tells, such as a range of dates.

They are counted when a page needs them, and remembered. A tally's digest is one of all ids and revisions in
its shard, so what was counted holds for as long as the digest is the same: after a change of a key one shard
of 256 is counted again. One process remembers them; another counts for itself.
"""

import threading
from collections.abc import Callable
from typing import Final

from keystead.domain.ids import InstanceId, RingId
from keystead.domain.listing import DateWithin
from keystead.storage.stretches import Stretch

_FILTERS: Final = 64  # of which it keeps the shares, at some 30 KB

_Filter = tuple[InstanceId, frozenset[int], tuple[DateWithin, ...], frozenset[RingId] | None]


class Shares:
    """Remembers shares for some filters, those that were asked for last; used from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[_Filter, dict[int, tuple[bytes, int]]] = {}

    def of(self, instance: InstanceId, stretch: Stretch) -> "FilterShares":
        """Return the shares of what *stretch* selects, whatever its order."""
        place = (instance, stretch.classes, stretch.ranges, stretch.rings)
        with self._lock:
            known = self._known.pop(place, {})
            self._known[place] = known
            if len(self._known) > _FILTERS:
                del self._known[next(iter(self._known))]
        return FilterShares(known)


class FilterShares:
    """The shares of one filter."""

    def __init__(self, known: dict[int, tuple[bytes, int]]) -> None:
        self._known = known

    def share(self, shard: int, digest: bytes, count: Callable[[], int]) -> int:
        """Return how many keys of *shard* the filter selects, counting them unless that is known."""
        known = self._known.get(shard)
        if known is None or known[0] != digest:
            known = self._known[shard] = (digest, count())
        return known[1]
