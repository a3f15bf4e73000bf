"""The one way in: authenticate, authorise, check the key's state, act, record."""

import asyncio
from contextlib import suppress
from time import perf_counter
from typing import Final, TypeVar

from keystead.domain.access import Caller, unauthorized
from keystead.domain.actions import Action
from keystead.domain.errors import Conflict, Refused, TooMany
from keystead.domain.events import AuditEvent
from keystead.domain.ids import InstanceId, ring_asked_for
from keystead.domain.ports.audit import AuditLog
from keystead.domain.ports.clock import Clock
from keystead.domain.reasons import Reason
from keystead.service.admission import Admission
from keystead.service.case import Call, Case, Command, Stray, Tools
from keystead.service.contexts import require_context, untold
from keystead.service.delivery import Delivery
from keystead.service.failures import Failures
from keystead.service.find_key import find_key
from keystead.service.record import code_of, failed, further, strayed, succeeded
from keystead.service.usage import Usage

R = TypeVar("R")

_TRIES: Final = 4  # how often a command that lost a race is done again before the caller is asked to


class Dispatcher:
    """Runs every command of every protocol; a door cannot skip a step.

    Args:
        tools: what commands work with.
        log: where each is recorded.
        clock: the time.
        operator: who gives operator's commands here; ``None`` wherever requests come from outside.
        by_itself: whether it is the service that gives commands here, when time has come, and nobody else.
        delivery: of another dispatcher of this process; they share one, for each knows which events are on
            their way to the log, and which were left behind.
    """

    def __init__(
        self,
        tools: Tools,
        log: AuditLog,
        clock: Clock,
        *,
        operator: Caller | None = None,
        by_itself: bool = False,
        delivery: Delivery | None = None,
    ) -> None:
        self._tools = tools
        self._log = log
        self._clock = clock
        self._by_itself = by_itself
        self._admission = Admission(tools, operator, by_itself=by_itself)
        self.delivery = delivery or Delivery(tools.store, log)
        self.usage = Usage()
        told_by_others = operator is not None or by_itself  # the command line, or the rounds
        self._failures = None if told_by_others else Failures()
        self._turns: dict[InstanceId | None, asyncio.Lock] = {}

    async def serve(self, call: Call[R]) -> R:
        """Do what *call* asks and record it, or raise and record that.

        Raises:
            Refused: the caller is told why.
            Conflict: somebody else kept being faster.
            Tampered: a stored record was not ours.
            Unrecorded: it was done, and will be recorded before anything else is.
            Unavailable: nothing was done, or it could not be recorded.
        """
        begun, case = perf_counter(), None
        try:
            await self.delivery.require_ready()
            case = Case(call.action, self._clock(), ring=ring_asked_for(call.ring))
            try:
                await self._admission.admit(call, case)
                result, event = await self._act(call, case)
            except Exception as error:
                if case.broken:
                    await self._tell_broken(call, case)
                if not self._found_nothing_to_do(error):
                    await self._log.append(failed(call, case, self._tools.new_id(), error))
                    for one in further(call, case, self._tools.new_id):
                        await self._log.append(one)
                raise
            if case.change:
                await self.delivery.deliver(event, *case.change.events)
            else:
                await self._log.append(event)
        except Exception as error:
            self.usage.count(call.action, code_of(error), begun, case)
            if self._failures is not None:
                self._failures.tell(call.action, error)
            raise
        self.usage.count(call.action, call.code, begun, case)
        return result

    async def note(self, stray: Stray, error: Refused) -> None:
        """Record a request that no route takes, if who sent it is known and named an instance of his account.

        Of anybody else nothing is recorded: he could fill the log at no price. What was too much is counted.

        Raises:
            Tampered: a record that this depends on is not ours.
            Unavailable: it could not be recorded.
        """
        case = Case(Action.KEY_ACTION, self._clock())  # which stands for no action, too
        try:
            await self._admission.recognise(stray, case)
        except TooMany:
            self.usage.strays_dropped += 1
            return
        except Refused:
            return
        await self.delivery.require_ready()
        await self._log.append(strayed(stray, case, self._tools.new_id(), error))

    async def deliver_pending(self) -> int:
        """Append the events that a crash kept from the log, each once; return how many there were."""
        return await self.delivery.deliver_pending()

    def _found_nothing_to_do(self, error: Exception) -> bool:
        """Tell whether nobody was refused: the service looked, and somebody else had been there."""
        return self._by_itself and isinstance(error, Refused)

    async def _tell_broken(self, call: Call[object], case: Case) -> None:
        """Record which context rules the request does not meet; before it is done, where it may be done."""
        for event in untold(call, case, self._tools):
            await self._log.append(event)

    async def _act(self, call: Call[R], case: Case) -> tuple[R, AuditEvent]:
        command = call.decode()
        where = None if case.known_instance is None else case.known_instance.id
        try:
            return await self._attempt(call, case, command)
        except Conflict:
            turns = self._turns.setdefault(where, asyncio.Lock())
        async with turns:  # those who lost go one after the other, and do not lose to each other again
            for _ in range(_TRIES - 1):
                case.begin_again()
                with suppress(Conflict):
                    return await self._attempt(call, case, command)
            case.begin_again()
            return await self._attempt(call, case, command)

    async def _attempt(self, call: Call[R], case: Case, command: Command[R]) -> tuple[R, AuditEvent]:
        if call.key is not None:
            await self._load(call.key, call.action, case)
        result = await command.run(case, self._tools)
        if case.broken:
            await self._tell_broken(call, case)
        event = succeeded(call, case, self._tools.new_id())
        if case.change:
            case.change.events += further(call, case, self._tools.new_id)
            await self.delivery.commit(case.change, event)
        return result, event

    async def _load(self, name: str, action: Action, case: Case) -> None:
        key = await find_key(self._tools.store, case.instance.id, name)
        if key is None or (case.ring is not None and case.ring != key.ring):
            raise Refused(Reason.KEY_NOT_FOUND, "key does not exist")
        if case.access is None or not case.access.allows(action, key.ring, key.id):
            raise unauthorized()  # an alias can go to another key between one look and the next
        require_context(case, key.ring)
        key = key.at(case.now)
        case.is_about(key)
        if action is not Action.KEY_PATCH:  # its command asks: the ring that the body names is judged before
            key.require(action)
