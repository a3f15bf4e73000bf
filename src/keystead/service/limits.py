"""How much one caller may have in a while: guesses of credentials, and unwraps; and one instance: requests.

Counted by each process for itself, and from its start: what several processes let through adds up. Only the
unwraps of a day are counted by all of them together.
"""

from collections import OrderedDict
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from typing import Final

from keystead.domain.actions import Action
from keystead.domain.errors import Refused, TooMany
from keystead.domain.ids import IamId, InstanceId
from keystead.domain.ports.store import Store
from keystead.domain.reasons import Reason
from keystead.service.allowance import Allowance

_REMEMBERED: Final = 100_000  # callers; of more, those are forgotten whose windows began first
_WRONG: Final = frozenset({Reason.IAM_KEY_NOT_FOUND, Reason.IAM_REFRESH_TOKEN, Reason.IAM_PASSCODE})
_MINUTE: Final = 60
NEVER_LIMITED: Final = frozenset(
    {Action.INSTANCE_POLICIES_READ, Action.INSTANCE_POLICIES_WRITE, Action.KEY_DISABLE}
)
"""What a Manager needs against a caller who uses the instance's requests up."""
_STRAYS: Final = 10
"""Requests in a second that match no operation and are recorded, in each instance: they cost nothing else."""
_WAIT: Final = "Please wait a few minutes and try again."


class Quota:
    """So many of something in a window of time, for each who asks; a window begins with the first one."""

    def __init__(self, most: int, seconds: int) -> None:
        self._most, self._length = most, timedelta(seconds=seconds)
        self._windows: OrderedDict[Hashable, tuple[datetime, int]] = (
            OrderedDict()
        )  # when it ends, and how many

    def seconds_left(self, who: Hashable, now: datetime) -> int:
        """Return how long *who* has to wait for one more: 0 when there is one."""
        end, count = self._windows.get(who, (now, 0))
        return 0 if now >= end or count < self._most else max(1, ceil((end - now).total_seconds()))

    def count(self, who: Hashable, now: datetime) -> None:
        """Count one more of *who*."""
        end, count = self._windows.get(who, (now, 0))
        if now < end:
            self._windows[who] = end, count + 1
            return
        self._windows[who] = now + self._length, 1
        self._windows.move_to_end(who)
        if len(self._windows) > _REMEMBERED:
            self._windows.popitem(last=False)

    def take(self, who: Hashable, now: datetime) -> None:
        """Count one more of *who*, or raise `TooMany`."""
        if seconds := self.seconds_left(who, now):
            raise TooMany(Reason.TOO_MANY, _WAIT, seconds)
        self.count(who, now)


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a process.

    Args:
        wrong_credentials: for each peer at the token door.
        unwraps: for each caller in each instance.
        day: likewise, in 24 hours; both hold.
        requests: for each instance, of all who may ask there.
        strays: for each instance, of requests that no route takes, as far as they are recorded.
    """

    wrong_credentials: Quota
    unwraps: Quota | None = None
    day: Allowance | None = None
    requests: Quota | None = None
    strays: Quota = field(default_factory=lambda: Quota(_STRAYS, 1))

    @property
    def are_on_unwraps(self) -> bool:
        """Whether unwraps are counted at all."""
        return self.unwraps is not None or self.day is not None

    def take_request(self, action: Action, where: InstanceId, now: datetime) -> None:
        """Count one more request to the instance, or raise `TooMany`; those that are refused do not count."""
        if self.requests is None or action in NEVER_LIMITED:
            return
        self.requests.take(where, now)

    def take_stray(self, where: InstanceId, now: datetime) -> None:
        """Count one more request to the instance that no route takes, or raise `TooMany`."""
        self.strays.take(where, now)

    def require_no_guessing(self, peer: str, now: datetime) -> None:
        """Raise `TooMany` when *peer* was wrong too often: then what is right is not looked at either."""
        if seconds := self.wrong_credentials.seconds_left(peer, now):
            raise TooMany(Reason.IAM_TOO_MANY, "Too many wrong credentials came from your address.", seconds)

    def count_refused(self, peer: str, now: datetime, refused: Refused) -> None:
        """Count *refused* against *peer*, if it may have been a guess."""
        if refused.reason in _WRONG:
            self.wrong_credentials.count(peer, now)

    @contextmanager
    def guessing(self, peer: str, now: datetime) -> Iterator[None]:
        """Let *peer* show what may be a guess, and count it where it is; errors as `require_no_guessing`."""
        self.require_no_guessing(peer, now)
        try:
            yield
        except Refused as refused:
            self.count_refused(peer, now, refused)
            raise

    async def take_unwrap(self, who: IamId, where: InstanceId, now: datetime, store: Store) -> None:
        """Count one more unwrap, or raise `TooMany`; one that fails then counts as well.

        Raises:
            TooMany: one of the limits is reached.
            Unavailable: what is left of the day cannot be asked for.
        """
        wait = max(
            0 if self.unwraps is None else self.unwraps.seconds_left((who, where), now),
            0 if self.day is None else self.day.seconds_left(who, where, now),
        )
        if wait:
            raise TooMany(Reason.TOO_MANY, _WAIT, wait)
        if self.unwraps is not None:
            self.unwraps.count((who, where), now)
        if self.day is not None:
            await self.day.take(who, where, now, store)


def limits(
    *,
    wrong_per_minute: int,
    unwraps_per_second: int | None = None,
    unwraps_per_day: int | None = None,
    requests_per_second: int | None = None,
) -> Limits:
    """Return limits; ``None`` is none."""
    return Limits(
        Quota(wrong_per_minute, _MINUTE),
        None if unwraps_per_second is None else Quota(unwraps_per_second, 1),
        None if unwraps_per_day is None else Allowance(unwraps_per_day),
        None if requests_per_second is None else Quota(requests_per_second, 1),
    )
