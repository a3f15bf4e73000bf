"""How many unwraps of a day have been handed out to the processes that serve one caller in one instance."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Final

from keystead.domain.ids import IamId, InstanceId

PORTIONS: Final = 64
"""So many portions at most make a day's allowance; a process that ends leaves the rest of one unused."""
A_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """The unwraps of one caller in one instance, in the 24 hours that end at *until*."""

    instance: InstanceId
    subject: IamId
    until: datetime
    count: int

    def left_of(self, most: int) -> int:
        """Return how many can still be booked, of *most*."""
        return max(0, most - self.count)


def with_portion(was: Booked | None, who: IamId, where: InstanceId, most: int, now: datetime) -> Booked:
    """Return *was* with one more portion of *most* booked: less at the end of a day, and none after it.

    The first of a day begins the next 24 hours.
    """
    if was is None or now >= was.until:
        was = Booked(instance=where, subject=who, until=now + A_DAY, count=0)
    portion = min(ceil(most / PORTIONS), was.left_of(most))
    return Booked(instance=where, subject=who, until=was.until, count=was.count + portion)
