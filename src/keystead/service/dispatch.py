"""The one way in: authenticate, authorise, check the key's state, act, record."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from keystead.domain.access import Access, Caller, Grant, unauthorized
from keystead.domain.changes import Change
from keystead.domain.errors import Conflict, Refused, Unavailable, Unrecorded
from keystead.domain.events import AuditEvent
from keystead.domain.ids import DEFAULT_RING, InstanceId, KeyId, RingId, instance_id, is_alias, is_uuid
from keystead.domain.instances import Instance
from keystead.domain.keys import Key
from keystead.domain.permissions import PERMISSIONS, Action, Scope
from keystead.domain.ports import AuditLog, Clock
from keystead.domain.reasons import Reason
from keystead.service.case import Call, Case, Command, Tools
from keystead.service.record import failed, succeeded

R = TypeVar("R")

_TRIES = 4  # how often a command that lost a race is done again before the caller is asked to
_KNOWN_ADMISSIONS = 10_000


@dataclass(frozen=True, slots=True)
class _Admission:
    """What was found for a token and an instance; it holds while the store's mark and the token do."""

    mark: object | None
    caller: Caller
    instance: Instance
    access: Access

    def holds(self, now: datetime) -> bool:
        return self.caller.until is not None and now < self.caller.until


class Dispatcher:
    """Runs every command of every protocol; a door cannot skip a step."""

    def __init__(self, tools: Tools, log: AuditLog, clock: Clock, *, operator: Caller | None = None) -> None:
        self._operator = operator  # None wherever requests come from outside
        self._tools = tools
        self._log = log
        self._clock = clock
        self._admissions: dict[tuple[str | None, str | None], _Admission] = {}
        self._turns: dict[Instance | None, asyncio.Lock] = {}
        self._underway: set[str] = set()  # ids of events between their commit and the log
        self._delivering = asyncio.Lock()
        self._doubtful = False  # whether the outbox may hold events that nobody is about to append

    async def serve(self, call: Call[R]) -> R:
        """Do what *call* asks and record it, or raise and record that.

        Raises:
            Refused: the caller is told why.
            Conflict: somebody else kept being faster.
            Tampered: a stored record was not ours.
            Unrecorded: it was done, and will be recorded before anything else is.
            Unavailable: nothing was done, or it could not be recorded.
        """
        self._log.require_ready()
        if self._doubtful:
            await self.deliver_pending()
        case = Case(call.action, self._clock(), ring=RingId(call.ring) if call.ring else None)
        try:
            await self._admit(call, case)
            result, event = await self._act(call, case)
        except Exception as error:
            await self._log.append(failed(call, case, self._tools.new_id(), error))
            raise
        if case.change:
            await self._deliver(event)
        else:
            await self._log.append(event)
        return result

    async def deliver_pending(self) -> int:
        """Append the events that a crash or a fault kept from the log, each once; return how many."""
        async with self._delivering:
            self._doubtful = False
            try:
                return await self._deliver_rest()
            except Unavailable:
                self._doubtful = True
                raise

    async def _deliver_rest(self) -> int:
        waiting = [event for event in await self._tools.store.pending() if event.id not in self._underway]
        there = await self._log.holds(tuple(event.id for event in waiting))
        for event in waiting:
            if event.id not in there:
                await self._log.append(event)
        await self._tools.store.delivered(tuple(event.id for event in waiting))
        return len(waiting) - len(there)

    async def _deliver(self, event: AuditEvent) -> None:
        """Put the event of a change that was committed into the log, and off the outbox."""
        try:
            await self._log.append(event)
        except Unavailable as error:
            self._doubtful = True
            raise Unrecorded(str(error)) from error
        finally:
            self._underway.discard(event.id)
        with suppress(Unavailable):  # it is done and recorded; the next start finds it in the log
            await self._tools.store.delivered((event.id,))

    async def _act(self, call: Call[R], case: Case) -> tuple[R, AuditEvent]:
        command = call.decode()
        try:
            return await self._attempt(call, case, command)
        except Conflict:
            turns = self._turns.setdefault(case.known_instance, asyncio.Lock())
        async with turns:  # those who lost go one after the other, and do not lose to each other again
            for _ in range(_TRIES - 1):
                case.change = Change()
                with suppress(Conflict):
                    return await self._attempt(call, case, command)
            case.change = Change()
            return await self._attempt(call, case, command)

    async def _attempt(self, call: Call[R], case: Case, command: Command[R]) -> tuple[R, AuditEvent]:
        if call.key is not None:
            await self._load(call.key, call.action, case)
        result = await command.run(case, self._tools)
        event = succeeded(call, case, self._tools.new_id())
        if case.change:
            await self._commit(case.change, event)
        return result, event

    async def _commit(self, change: Change, event: AuditEvent) -> None:
        self._underway.add(event.id)
        try:
            await self._tools.store.commit(change, event)
        except BaseException as error:
            self._underway.discard(event.id)
            # A connection lost at the very commit leaves open whether it was done; the outbox knows.
            self._doubtful = self._doubtful or not isinstance(error, Conflict | Refused)
            raise

    async def _admit(self, call: Call[R], case: Case) -> None:
        """Authenticate and authorise, before anything of the body is looked at."""
        scope = PERMISSIONS[call.action].scope
        if scope is Scope.PUBLIC:
            return
        if scope is Scope.OPERATOR:
            await self._admit_operator(call, case)
            return
        case.access = access = await self._access(call, case)
        if scope is Scope.LIST:
            case.visible = access.visible(call.action)
        elif not access.allows_everywhere(call.action):
            await self._admit_to_part(call, case, access)

    async def _admit_operator(self, call: Call[R], case: Case) -> None:
        if self._operator is None:
            raise unauthorized()
        case.caller = self._operator
        if call.instance is not None:
            instance = await self._tools.store.instance(instance_id(call.instance))
            if instance is None:
                raise unauthorized()
            case.is_in(instance)

    async def _access(self, call: Call[R], case: Case) -> Access:
        """Return what the caller may do in the instance; worked out again once anything was stored."""
        mark, asked = self._tools.store.mark(), (call.authorization, call.instance)
        known = self._admissions.get(asked)
        if known is None or known.mark is not mark or not known.holds(case.now):
            known = await self._admission(call, case, mark)
            self._remember(asked, known)
        case.caller = known.caller
        case.is_in(known.instance)
        return known.access

    async def _admission(self, call: Call[R], case: Case, mark: object | None) -> _Admission:
        case.caller = caller = await self._tools.tokens.authenticate(call.authorization)
        instance = await self._tools.store.instance(instance_id(call.instance))
        if instance is None:
            raise unauthorized()
        grants = await self._tools.store.grants(caller.iam_id)
        return _Admission(mark, caller, instance, Access(_within(grants, instance)))

    def _remember(self, asked: tuple[str | None, str | None], admission: _Admission) -> None:
        if admission.mark is None:
            return
        if len(self._admissions) >= _KNOWN_ADMISSIONS:
            self._admissions.clear()
        self._admissions[asked] = admission

    async def _admit_to_part(self, call: Call[R], case: Case, access: Access) -> None:
        """Look for a grant on the ring or key; what does not exist is as forbidden as the rest."""
        ring, key = case.ring or DEFAULT_RING, None
        if call.key is not None:
            found = await self._find(call.key, case.instance.id)
            if found is None:
                raise unauthorized()
            ring, key = found.ring, found.id
        if not access.allows(call.action, ring, key):
            raise unauthorized()

    async def _load(self, name: str, action: Action, case: Case) -> None:
        key = await self._find(name, case.instance.id)
        if key is None or (case.ring is not None and case.ring != key.ring):
            raise Refused(Reason.KEY_NOT_FOUND, "key does not exist")
        if case.access is None or not case.access.allows(action, key.ring, key.id):
            raise unauthorized()  # an alias can go to another key between one look and the next
        key = key.at(case.now)
        case.is_about(key)
        key.require(action)

    async def _find(self, name: str, instance: InstanceId) -> Key | None:
        store = self._tools.store
        try:
            if is_uuid(name):
                return await store.key(instance, KeyId(name.lower()))
            return await store.key_by_alias(instance, name) if is_alias(name) else None
        except Refused as refused:
            if refused.reason is Reason.KEY_NOT_FOUND:
                return None
            raise


def _within(grants: Sequence[Grant], instance: Instance) -> tuple[Grant, ...]:
    return tuple(
        grant
        for grant in grants
        if grant.account == instance.account and grant.instance in (None, instance.id)
    )
