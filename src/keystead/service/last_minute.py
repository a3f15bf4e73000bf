"""Sums over the last minute, for gauges that are defined so."""

from collections import deque
from collections.abc import Hashable
from typing import Final, Generic, TypeVar

STEP_SECONDS: Final = 5.0
STEPS: Final = 12
"""Steps of which a minute is made; the one that runs is the last of them."""

K = TypeVar("K", bound=Hashable)


class LastMinute(Generic[K]):
    """How often something happened in the last minute and how long it took together, by a key.

    The minute moves in steps: what it holds is between 55 and 60 seconds old at most.
    """

    def __init__(self) -> None:
        self._steps: deque[tuple[int, dict[K, list[float]]]] = deque(maxlen=STEPS)

    def add(self, key: K, seconds: float, now: float) -> None:
        """Count one that took *seconds* and ended at *now*, a time that only grows."""
        step = int(now // STEP_SECONDS)
        if not self._steps or self._steps[-1][0] != step:
            self._steps.append((step, {}))
        sums = self._steps[-1][1].setdefault(key, [0, 0.0])
        sums[0] += 1
        sums[1] += seconds

    def sums(self, now: float) -> dict[K, tuple[int, float]]:
        """Return number and seconds by key, as of *now*; what is older is forgotten."""
        oldest = int(now // STEP_SECONDS) - STEPS + 1
        while self._steps and self._steps[0][0] < oldest:
            self._steps.popleft()
        found: dict[K, tuple[int, float]] = {}
        for _, sums in self._steps:
            for key, (count, seconds) in sums.items():
                before = found.get(key, (0, 0.0))
                found[key] = (before[0] + int(count), before[1] + seconds)
        return found
