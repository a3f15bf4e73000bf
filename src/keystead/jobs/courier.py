"""Brings notices to the receivers of services, from every process on a database.

A process takes a notice by a change of its record, which is written only where that still is as it was read:
one process has it, until it is done or the lease ends. So what was taken by a process that was killed is
taken by another one later, and a receiver may hear a thing twice, but from nobody at the same time.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from keystead.domain.changes import Change
from keystead.domain.errors import Conflict, Refused
from keystead.domain.events import Origin
from keystead.domain.notices import Notice
from keystead.domain.ports.clock import Clock
from keystead.domain.ports.store import Store
from keystead.domain.ports.unit import CryptoUnit
from keystead.domain.receivers import Receiver, seal_label
from keystead.jobs.webhook import Letter, NotTaken, signed
from keystead.service.case import Call
from keystead.service.dispatch import Dispatcher
from keystead.service.notices import TIMED_OUT, UNANSWERED, GiveUp
from keystead.service.places import places

PERIOD_SECONDS: Final = 1.0
"""Between two looks for what is due."""
BATCH: Final = 20
"""Notices of one service that are looked at in a row; one that is not taken ends it."""
_REST: Final = timedelta(minutes=1)  # after a service's notices could not be looked at
Post = Callable[[Letter], Awaitable[None]]
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Numbers:
    """What was counted since the start."""

    delivered: int = 0
    failed: int = 0  # tries after which a notice was not taken
    expired: int = 0
    broken: int = 0  # looks that broke off


class Courier:
    """Delivers what is due, and gives up what nobody acknowledged.

    Args:
        store: where notices and receivers are.
        unit: opens the receivers' secrets.
        dispatcher: through which the service gives commands by itself.
        clock: the time that keys live by.
        post: sends one letter, or raises `NotTaken`.
    """

    def __init__(
        self, store: Store, unit: CryptoUnit, dispatcher: Dispatcher, clock: Clock, post: Post
    ) -> None:
        self._store = store
        self._unit = unit
        self._dispatcher = dispatcher
        self._clock = clock
        self._post = post
        self._busy: dict[str, asyncio.Task[None]] = {}  # by service: a slow one keeps no other waiting
        self._left_alone: dict[str, datetime] = {}  # services, and until when
        self._stopped = asyncio.Event()
        self.numbers = Numbers()

    async def run(self) -> None:
        """Look for what is due at every period, until `stop`; then wait for what is under way."""
        try:
            while not self._stopped.is_set():
                await self._begin()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stopped.wait(), PERIOD_SECONDS)
            await self._ended()
        finally:  # what is cut off is tried again by whoever finds its lease ended
            for task in self._busy.values():
                task.cancel()

    def stop(self) -> None:
        """End `run` after the notices that it is at."""
        self._stopped.set()

    async def make(self) -> None:
        """Do all that is due now, each service's up to `BATCH`."""
        await self._begin()
        await self._ended()

    async def _begin(self) -> None:
        now = self._clock()
        try:
            for service in await self._store.services_with_due(now):
                if service not in self._busy and self._left_alone.get(service, now) <= now:
                    task = asyncio.create_task(self._serve(service))
                    self._busy[service] = task
                    task.add_done_callback(partial(self._done, service))
        except Exception as error:  # noqa: BLE001 - the next look comes, whatever went wrong in this one
            self._broken(error)

    def _done(self, service: str, _: asyncio.Task[None]) -> None:
        del self._busy[service]

    async def _ended(self) -> None:
        while self._busy:
            await asyncio.wait(set(self._busy.values()))

    async def _serve(self, service: str) -> None:
        """Do what is due for *service*; it goes on later where its receiver does not take something."""
        try:
            receivers = {it.service: it for it in await self._store.receivers()}
            reachable = True
            for notice in await self._store.due_notices(service, self._clock(), BATCH):
                if self._stopped.is_set():
                    return
                if not notice.is_open:
                    await self._write(None, notice)
                elif self._clock() >= notice.until:
                    await self._give_up(notice)
                elif reachable:
                    reachable = await self._deliver(notice, receivers.get(service))
        except Exception as error:  # noqa: BLE001 - one service must not stop the others
            self._left_alone[service] = self._clock() + _REST
            self._broken(error)

    async def _deliver(self, notice: Notice, receiver: Receiver | None) -> bool:
        """Try once; tell whether more may be sent to the receiver now."""
        taken = notice.taken(self._clock())
        if not await self._write(taken, notice):
            return True  # another process has it, or it was acknowledged
        try:
            await self._send(notice, receiver)
        except NotTaken as error:
            self.numbers.failed += 1
            facts = {"service": notice.service, "event": notice.id, "try": taken.tries + 1, "why": str(error)}
            _log.warning("event_not_taken", extra={"facts": facts})
            await self._write(taken.failed(self._clock(), str(error)), taken)
            return False
        self.numbers.delivered += 1
        await self._write(taken.delivered(), taken)  # without effect where it was acknowledged already
        return True

    async def _send(self, notice: Notice, receiver: Receiver | None) -> None:
        if receiver is None:
            raise NotTaken("it has no receiver any more")
        secret = self._unit.open(seal_label(receiver.service), receiver.sealed_secret)
        body, headers = signed(notice, secret, self._clock())
        await self._post(Letter(receiver.url, receiver.authority, headers, body))

    async def _give_up(self, notice: Notice) -> None:
        try:
            await self._dispatcher.serve(_call(notice))
        except Refused:
            return  # it was acknowledged meanwhile, or another process was faster
        except Exception as error:  # noqa: BLE001 - each leaves an event, so that it is not tried every second
            self._broken(error)
            await self._write(notice.postponed(self._clock()), notice)
            return
        self.numbers.expired += 1
        facts = {"service": notice.service, "event": notice.id, "tries": notice.tries}
        _log.warning("event_expired", extra={"facts": facts})

    async def _write(self, new: Notice | None, was: Notice) -> bool:
        """Write *new* in place of *was*, or remove that; tell whether it still was as it was read."""
        change = Change()
        if new is None:
            change.remove(was)
        else:
            change.put(new, was=was)
        try:
            await self._store.commit(change, None)
        except Conflict:
            return False
        return True

    def _broken(self, error: Exception) -> None:
        """Count and log that a look broke off: the kind and place of *error*, never its text."""
        self.numbers.broken += 1
        facts = {"error": type(error).__name__, "at": places(error)}
        _log.error("events_not_looked_at", extra={"facts": facts})


def _call(notice: Notice) -> Call[None]:
    command = GiveUp(notice.instance, notice.id)
    return Call(
        action=UNANSWERED[notice.kind],
        origin=Origin(
            uri="keystead", address=None, agent=None, correlation_id=notice.correlation_id or notice.id
        ),
        authorization=None,
        instance=notice.instance,
        key=None,
        ring=None,
        decode=lambda: command,
        code=TIMED_OUT,
    )
