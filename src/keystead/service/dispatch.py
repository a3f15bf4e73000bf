"""The one way in: authenticate, authorise, check the key's state, act, record."""

from collections.abc import Sequence
from typing import TypeVar

from keystead.domain.access import Access, Grant, unauthorized
from keystead.domain.changes import Change
from keystead.domain.errors import Conflict, Refused
from keystead.domain.events import AuditEvent
from keystead.domain.ids import DEFAULT_RING, IamId, InstanceId, KeyId, RingId, instance_id, is_alias, is_uuid
from keystead.domain.instances import Instance
from keystead.domain.keys import Key
from keystead.domain.permissions import PERMISSIONS, Action, Scope
from keystead.domain.ports import AuditLog, Clock
from keystead.domain.reasons import Reason
from keystead.service.case import Call, Case, Command, Tools
from keystead.service.record import failed, succeeded

R = TypeVar("R")

_TRIES = 4  # how often a command that lost a race is done again before the caller is asked to
_KNOWN_ACCESSES = 10_000


class Dispatcher:
    """Runs every command of every protocol; a door cannot skip a step."""

    def __init__(self, tools: Tools, log: AuditLog, clock: Clock) -> None:
        self._tools = tools
        self._log = log
        self._clock = clock
        self._accesses: dict[tuple[IamId, InstanceId], tuple[tuple[Grant, ...], Access]] = {}

    async def serve(self, call: Call[R]) -> R:
        """Do what *call* asks and record it, or raise and record that.

        Raises:
            Refused: the caller is told why.
            Conflict: somebody else kept being faster.
            Tampered: a stored record was not ours.
            Unavailable: nothing was done, or it could not be recorded.
        """
        self._log.require_ready()
        case = Case(call.action, self._clock(), ring=RingId(call.ring) if call.ring else None)
        try:
            await self._admit(call, case)
            result, event = await self._act(call, case)
        except Exception as error:
            await self._log.append(failed(call, case, self._tools.new_id(), error))
            raise
        await self._log.append(event)
        if case.change:
            await self._tools.store.delivered((event.id,))
        return result

    async def deliver_pending(self) -> int:
        """Append the events that a crash kept from the log, each once; return how many there were."""
        pending = await self._tools.store.pending()
        ids = tuple(event.id for event in pending)
        there = await self._log.holds(ids)
        for event in pending:
            if event.id not in there:
                await self._log.append(event)
        await self._tools.store.delivered(ids)
        return len(ids) - len(there)

    async def _act(self, call: Call[R], case: Case) -> tuple[R, AuditEvent]:
        command = call.decode()
        for _ in range(_TRIES - 1):
            try:
                return await self._attempt(call, case, command)
            except Conflict:
                case.change = Change()
        return await self._attempt(call, case, command)

    async def _attempt(self, call: Call[R], case: Case, command: Command[R]) -> tuple[R, AuditEvent]:
        if call.key is not None:
            await self._load(call.key, call.action, case)
        result = await command.run(case, self._tools)
        event = succeeded(call, case, self._tools.new_id())
        if case.change:
            await self._tools.store.commit(case.change, event)
        return result, event

    async def _admit(self, call: Call[R], case: Case) -> None:
        scope = PERMISSIONS[call.action].scope
        if scope is Scope.PUBLIC:
            return
        case.caller = await self._tools.tokens.authenticate(call.authorization)
        instance = await self._tools.store.instance(instance_id(call.instance))
        if instance is None:
            raise unauthorized()
        case.is_in(instance)
        access = await self._access(case.caller.iam_id, instance)
        if scope is Scope.LIST:
            case.visible = access.visible(call.action)
        elif not access.allows_everywhere(call.action):
            await self._admit_to_part(call, case, access)

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

    async def _access(self, subject: IamId, instance: Instance) -> Access:
        grants = await self._tools.store.grants(subject)
        known = self._accesses.get((subject, instance.id))
        if known is not None and known[0] is grants:
            return known[1]
        access = Access(_within(grants, instance))
        if len(self._accesses) >= _KNOWN_ACCESSES:
            self._accesses.clear()
        self._accesses[(subject, instance.id)] = (grants, access)
        return access

    async def _load(self, name: str, action: Action, case: Case) -> None:
        key = await self._find(name, case.instance.id)
        if key is None or (case.ring is not None and case.ring != key.ring):
            raise Refused(Reason.KEY_NOT_FOUND, "key does not exist")
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
