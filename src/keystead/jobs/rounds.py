"""Rounds over the keys and instances that time has something to do with.

Every process on a database makes its rounds; nobody hands out the work and nothing is claimed. A command is
one change of a record, written only where that still is as it was read, so that of several processes
one does it and the others find nothing to do. A process that is killed leaves it as it was, or done and
with its event in the outbox.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import time
from typing import Final

from keystead.domain.actions import Action
from keystead.domain.due import DueKey, DueQuery
from keystead.domain.errors import Refused, Unavailable
from keystead.domain.events import Origin
from keystead.domain.ids import InstanceId, KeyId, random_uuid
from keystead.domain.keys import KeyState, Windows
from keystead.domain.permissions import PERMISSIONS
from keystead.domain.ports.clock import Clock
from keystead.domain.ports.store import Store
from keystead.service.case import Call
from keystead.service.correlation import correlation_id
from keystead.service.dispatch import Dispatcher
from keystead.service.due import COMMANDS
from keystead.service.places import places

PERIOD_SECONDS: Final = 60.0
"""Between rounds; expiry does not wait for one, see `keystead.domain.keys.Key.at`."""
BATCH: Final = 100
"""Keys that are looked for at once."""
_STATES: Final = (KeyState.ACTIVE, KeyState.SUSPENDED, KeyState.DEACTIVATED, KeyState.DESTROYED)
_AGAIN: Final = timedelta(minutes=10)  # after a failure: each leaves an event and a line in the log
_MOST_FAILED: Final = 10_000
_ENOUGH: Final = 3  # failures in a row that say the service cannot work now, whatever the key
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Numbers:
    """What was counted since the start."""

    made: int = 0  # rounds
    failed: int = 0  # of these, those that broke off
    ended_at: float = 0.0  # when the last one came to its end, in seconds since 1970
    done: Counter[str] = field(default_factory=Counter)  # how often each event happened to any of them
    keys_failed: int = 0  # and instances

    def count(self, done: Counter[str], *, whole: bool) -> None:
        """Count a round that did *done*, and came to its end or broke off."""
        self.made += 1
        self.done.update(done)
        if whole:
            self.ended_at = time()
        else:
            self.failed += 1


class Rounds:
    """Does what time has made due.

    Args:
        store: where what is due is looked for.
        dispatcher: through which the service gives commands by itself.
        clock: the time that keys live by.
        windows: when a destroyed key is purged.
    """

    def __init__(self, store: Store, dispatcher: Dispatcher, clock: Clock, windows: Windows) -> None:
        self._store = store
        self._dispatcher = dispatcher
        self._clock = clock
        self._windows = windows
        self._one_at_a_time = asyncio.Lock()
        self._stopped = asyncio.Event()
        self._failed: dict[tuple[InstanceId, KeyId | None], datetime] = {}  # until when it is left alone
        self._in_a_row = 0  # times that the service could not work
        self.numbers = Numbers()

    async def run(self) -> None:
        """Make a round now and at every period, until `stop`."""
        while not self._stopped.is_set():
            await self.make()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopped.wait(), PERIOD_SECONDS)

    def stop(self) -> None:
        """End `run`, and a round after what it is at."""
        self._stopped.set()

    async def make(self) -> Counter[str]:
        """Do all that is due now, and return how often each event happened; whatever fails is logged."""
        done, whole = Counter[str](), False
        async with self._one_at_a_time:
            try:
                await self._do_all(done)
                whole = self._in_a_row < _ENOUGH
            except Exception as error:  # noqa: BLE001 - the next round comes, whatever went wrong in this one
                _log_failure("round_failed", error)
            self.numbers.count(done, whole=whole)
        if done:
            _log.info("time_has_come", extra={"facts": dict(done)})
        return done

    async def _do_all(self, done: Counter[str]) -> None:
        self._in_a_row = 0
        now = self._clock()
        for state in _STATES:
            async for key in self._found(state, now):
                if self._stopped.is_set() or self._in_a_row == _ENOUGH:
                    return
                _, instance, name = key.turn
                if await self._do(key.action, instance, name, now):
                    done[PERMISSIONS[key.action].event] += 1
        await self._reclaim(done, now)

    async def _reclaim(self, done: Counter[str], now: datetime) -> None:
        """Remove the instances that cannot be had back any more; there are few enough to look at all."""
        for it in await self._store.instances():
            if self._stopped.is_set() or self._in_a_row == _ENOUGH:
                return
            pending = it.reclamation if it.state == "pending_reclamation" else None
            if pending is None or now < pending.until:
                continue
            if await self._do(Action.TIME_RECLAIM, it.id, None, now):
                done[PERMISSIONS[Action.TIME_RECLAIM].event] += 1

    async def _found(self, state: KeyState, now: datetime) -> AsyncIterator[DueKey]:
        """Yield the keys in *state* that are due; one that stays so is not seen again in this round."""
        until = now - self._windows.purge_at if state is KeyState.DESTROYED else now
        query = DueQuery(state=state, until=until, now=now, limit=BATCH)
        while batch := await self._store.due(query):
            for key in batch:
                yield key
            query = query.following(batch[-1])

    async def _do(self, action: Action, instance: InstanceId, key: KeyId | None, now: datetime) -> bool:
        """Do one thing, unless it failed a moment ago; tell whether it was done, and not by another."""
        if now < self._failed.get((instance, key), now):
            return False
        call = _call(action, instance, key)
        before = correlation_id.set(call.origin.correlation_id)
        try:
            await self._dispatcher.serve(call)
        except Refused:
            return False  # nothing was to be done any more, or not yet
        except Exception as error:  # noqa: BLE001 - one of them must not stop the others
            self._in_a_row = self._in_a_row + 1 if isinstance(error, Unavailable) else 0
            self._leave_alone(instance, key, now)
            self.numbers.keys_failed += 1
            _log_failure("key_failed", error, action=action.value, instance=instance, key=key or "")
            return False
        finally:
            correlation_id.reset(before)
        self._in_a_row = 0
        return True

    def _leave_alone(self, instance: InstanceId, key: KeyId | None, now: datetime) -> None:
        if len(self._failed) >= _MOST_FAILED:
            self._failed.clear()
        self._failed[instance, key] = now + _AGAIN


def _call(action: Action, instance: InstanceId, key: KeyId | None) -> Call[None]:
    return Call(
        action=action,
        origin=Origin(uri="keystead", address=None, agent=None, correlation_id=random_uuid()),
        authorization=None,
        instance=instance,
        key=key,
        ring=None,
        decode=lambda: COMMANDS[action],
        code=200,
    )


def _log_failure(event: str, error: Exception, **facts: str) -> None:
    """Log the kind and place of *error*, never its text."""
    known = {"error": type(error).__name__, "at": places(error)}
    _log.error(event, extra={"facts": facts | known})
