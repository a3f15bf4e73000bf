"""What was asked for, how it ended and how long it took, in numbers that name nobody.

Every request counts here, so counting is a few additions; who reads the numbers works out what they say.
"""

from time import perf_counter
from typing import Final

from keystead.domain.histogram import Histogram
from keystead.domain.ids import InstanceId
from keystead.domain.permissions import Action
from keystead.service.case import Case
from keystead.service.last_minute import LastMinute


class Served:
    """What became of the requests for one action."""

    __slots__ = ("codes", "durations")

    def __init__(self) -> None:
        self.codes: dict[int, int] = {}  # how many ended with a reason code
        self.durations = Histogram()


class Usage:
    """Counts the requests of one dispatcher, from one event loop.

    ``served`` has a row for each action. ``measured`` has the last minute of those instances whose owners
    turned the ``metrics`` policy on; for others nothing is kept that tells one instance from another.
    """

    def __init__(self) -> None:
        self.served: Final = {action: Served() for action in Action}
        self.measured: Final = LastMinute[tuple[InstanceId, Action, int]]()

    def count(self, action: Action, code: int, begun: float, case: Case | None) -> None:
        """Count a request that came in at *begun*, a time of `perf_counter`, and ends now."""
        now = perf_counter()
        served = self.served[action]
        codes = served.codes
        codes[code] = codes.get(code, 0) + 1
        served.durations.add(now - begun)
        if case is not None and case.measured:
            self.measured.add((case.instance.id, action, code), now - begun, now)
