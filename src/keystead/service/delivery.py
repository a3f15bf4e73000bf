"""Changes and their events: what is committed with an event gets that event into the audit log, once.

The event is committed with the change, in the outbox; then it goes into the log; then it leaves the outbox.
Whatever breaks in between, the outbox still has it.
"""

import asyncio
from contextlib import suppress

from keystead.domain.changes import Change
from keystead.domain.errors import Conflict, Refused, Unavailable, Unrecorded
from keystead.domain.events import AuditEvent
from keystead.domain.ports.audit import AuditLog
from keystead.domain.ports.store import Outbox


class Delivery:
    """Commits changes and delivers their events."""

    def __init__(self, outbox: Outbox, log: AuditLog) -> None:
        self._outbox = outbox
        self._log = log
        self._underway: set[str] = set()  # ids of events between their commit and the log
        self._one_at_a_time = asyncio.Lock()
        self._doubtful = False  # whether the outbox may hold events that nobody is about to append

    async def require_ready(self) -> None:
        """Raise `Unavailable` unless the log can record and holds all that it should."""
        self._log.require_ready()
        if self._doubtful or self._one_at_a_time.locked():
            await self.deliver_pending()

    async def commit(self, change: Change, event: AuditEvent) -> None:
        """Write *change* with *event*; errors as `Outbox.commit`."""
        self._underway.update(ids := {event.id, *(one.id for one in change.events)})
        try:
            await self._outbox.commit(change, event)
        except BaseException as error:
            self._underway -= ids
            # A connection lost at the very commit leaves open whether it was done; the outbox knows.
            self._doubtful = self._doubtful or not isinstance(error, Conflict | Refused)
            raise

    async def deliver(self, *events: AuditEvent) -> None:
        """Put the events of a committed change into the log, and off the outbox.

        Raises:
            Unrecorded: the log broke; the events go in before anything else does.
        """
        try:
            for event in events:
                await self._log.append(event)
        except Unavailable as error:
            self._doubtful = True
            raise Unrecorded(str(error)) from error
        finally:
            self._underway.difference_update(event.id for event in events)
        with suppress(Unavailable):  # it is done and recorded; the next start finds it in the log
            await self._outbox.delivered(tuple(event.id for event in events))

    async def deliver_pending(self) -> int:
        """Append the events that a crash or a fault kept from the log, each once; return how many."""
        async with self._one_at_a_time:
            self._doubtful = False
            try:
                return await self._deliver_rest()
            except Unavailable:
                self._doubtful = True
                raise

    async def _deliver_rest(self) -> int:
        waiting = [event for event in await self._outbox.pending() if event.id not in self._underway]
        there = await self._log.holds(tuple(event.id for event in waiting))
        for event in waiting:
            if event.id not in there:
                await self._log.append(event)
        await self._outbox.delivered(tuple(event.id for event in waiting))
        return len(waiting) - len(there)
