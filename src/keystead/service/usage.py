"""What was asked for, how it ended and how long it took, in numbers that name nobody.

Every request counts here, so counting is a few additions; who reads the numbers works out what they say.
"""

from bisect import bisect_left
from collections import defaultdict
from time import perf_counter
from typing import Final

from keystead.domain.actions import Action
from keystead.domain.histogram import BOUNDS, Histogram
from keystead.domain.ids import InstanceId
from keystead.service.case import Case
from keystead.service.last_minute import LastMinute


class Served(Histogram):
    """What became of the requests for one action, and how long they took."""

    __slots__ = ("codes",)

    def __init__(self) -> None:
        super().__init__()
        self.codes: defaultdict[int, int] = defaultdict(int)  # how many ended with a reason code


class Usage:
    """Counts the requests of one dispatcher, from one event loop.

    ``served`` has a row for each action. ``measured`` has the last minute of those instances whose owners
    turned the ``metrics`` policy on; for others nothing is kept that tells one instance from another.
    ``strays_dropped`` are requests that no route takes, from known callers, whose events were one too many.
    """

    def __init__(self) -> None:
        self.strays_dropped = 0
        self.served: Final = {action: Served() for action in Action}
        self.measured: Final = LastMinute[tuple[InstanceId, Action, int]]()

    def count(self, action: Action, code: int, begun: float, case: Case | None) -> None:
        """Count a request that came in at *begun*, a time of `perf_counter`, and ends now."""
        seconds = (now := perf_counter()) - begun
        served = self.served[action]
        served.codes[code] += 1
        served.buckets[bisect_left(BOUNDS, seconds)] += 1  # `Histogram.add` without its call
        served.seconds += seconds
        if case is not None and case.measured:
            self.measured.add((case.instance.id, action, code), seconds, now)
