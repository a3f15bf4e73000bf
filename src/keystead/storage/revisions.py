"""What a process remembers of how new things were when it saw them, so that an older one is noticed."""

import threading
from collections.abc import Hashable

_UNSEEN = (0, 0)


class Revisions:
    """The newest revisions that were seen, *limit* of them at most; used from several threads."""

    def __init__(self, limit: int = 65_536) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._seen: dict[Hashable, tuple[int, int]] = {}  # newest revision, and its number
        self._numbers = 0  # of the revisions that were seen, in the order in which they were

    def moment(self) -> int:
        """Return what tells revisions seen so far from later ones; for a snapshot that is not open yet."""
        return self._numbers

    def floor(self, place: Hashable, since: int) -> int:
        """Return the revision that a snapshot taken after the `moment` *since* is not below."""
        with self._lock:
            revision, number = self._seen.get(place, _UNSEEN)
        return revision if number <= since else 0

    def remember(self, place: Hashable, revision: int) -> None:
        """Note that *place* was seen at *revision*, which is committed."""
        with self._lock:
            seen = self._seen.pop(place, _UNSEEN)  # and in again at the end: what is used is forgotten last
            if revision > seen[0]:
                self._numbers += 1
                seen = (revision, self._numbers)
            self._seen[place] = seen
            if len(self._seen) > self._limit:
                del self._seen[next(iter(self._seen))]
