"""How often something took how long, counted so that counting costs next to nothing."""

from bisect import bisect_left
from collections.abc import Iterator
from typing import Final

BOUNDS: Final = (
    0.00025,
    0.0005,
    0.001,
    0.0025,
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1.0,
    2.5,
    5.0,
    10.0,
)
"""Upper ends of the buckets, in seconds: from a wrap on an idle server to what nobody waits for."""


class Histogram:
    """Durations in buckets; used from one thread.

    ``buckets`` holds how many fell below each of `BOUNDS` and not below the one before, and last how many
    took longer than all.
    """

    __slots__ = ("buckets", "seconds")

    def __init__(self) -> None:
        self.buckets = [0] * (len(BOUNDS) + 1)
        self.seconds = 0.0  # all of them together

    def add(self, seconds: float) -> None:
        """Count one."""
        self.buckets[bisect_left(BOUNDS, seconds)] += 1
        self.seconds += seconds

    def cumulative(self) -> Iterator[tuple[float, int]]:
        """Yield each upper end, infinity last, with how many were not longer."""
        so_far = 0
        for bound, count in zip((*BOUNDS, float("inf")), self.buckets, strict=True):
            so_far += count
            yield bound, so_far
