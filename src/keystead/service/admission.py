"""Who comes in: authenticates the caller and authorises the action, before the body is looked at."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from keystead.domain.access import Access, Caller, Visible, reaching, require_service, unauthorized
from keystead.domain.actions import Action, Scope
from keystead.domain.errors import Refused
from keystead.domain.gate import Gate, gate_of
from keystead.domain.grants import Grant
from keystead.domain.ids import DEFAULT_RING, IamId, InstanceId, KeyId, instance_id, is_alias, is_uuid
from keystead.domain.instances import Instance, guid_in
from keystead.domain.keys import Key
from keystead.domain.permissions import IN_ACCOUNT, OF_PEOPLE, PERMISSIONS
from keystead.domain.policies import InstancePolicies, PolicyKind
from keystead.domain.ports import Keys
from keystead.domain.reasons import Reason
from keystead.domain.restrictions import Perimeter, Restrictions, restrictions_on
from keystead.service.case import Call, Case, Stray, Tools
from keystead.service.contexts import require_context
from keystead.service.granting import Granting

_KNOWN: Final = 10_000
_EVER: Final = datetime.min.replace(tzinfo=UTC)
_ON_EVERY_RING: Final = frozenset(
    {Action.EVENT_ACK, Action.KEY_REPORT, Action.KEY_REPORT_TABLE, Action.AUDIT_QUERY}
)
"""What shows keys of any ring, or is about one that its body names, whatever ring a header names."""
_REFUSALS: Final = {
    Scope.OWN: (Reason.IDENTITY_TOKEN, Reason.IDENTITY_FORBIDDEN),
    Scope.PEOPLE: (Reason.IDENTITY_TOKEN, Reason.IDENTITY_FORBIDDEN),
    Scope.GRANTING: (Reason.POLICY_TOKEN, Reason.POLICY_FORBIDDEN),
    Scope.ROLES: (Reason.POLICY_TOKEN, Reason.POLICY_FORBIDDEN),
    Scope.CONTEXTS: (Reason.CONTEXT_TOKEN, Reason.CONTEXT_FORBIDDEN),
}
"""How each of `OF_PEOPLE` refuses a token, and somebody."""
_OF_WHOLE: Final = frozenset({Scope.PEOPLE, Scope.ROLES, Scope.CONTEXTS})


@dataclass(frozen=True, slots=True)
class _Found:
    """What was found for a token and an instance.

    It holds while the store's mark and the token do; where grants have conditions on time, for this second
    alone. For so long they stay as they are, and to look once a second is cheaper than to ask for how long.
    """

    mark: object | None
    span: tuple[datetime, datetime | None]  # of times; it is not remembered where the end is not known
    caller: Caller
    instance: Instance
    access: Access
    policies: InstancePolicies | None
    gate: Gate | None  # made of the policies once, and not for each request
    measured: bool  # likewise
    restrictions: Restrictions | None  # likewise

    def holds(self, mark: object | None, now: datetime) -> bool:
        since, until = self.span
        return self.mark is mark and mark is not None and until is not None and since <= now < until


class Admission:
    """Admits requests.

    Args:
        tools: store and tokens.
        operator: who gives operator's commands here; ``None`` wherever requests come from outside.
        by_itself: whether it is the service that gives commands here, and nobody else.
    """

    def __init__(self, tools: Tools, operator: Caller | None, *, by_itself: bool = False) -> None:
        self._store = tools.store
        self._granting = Granting(tools.store)
        self._tokens = tools.tokens
        self._has_private = tools.endpoints.has_private
        self._limits = tools.limits
        self._operator = operator
        self._by_itself = by_itself
        self._known: dict[tuple[str | None, str | None], _Found] = {}
        self._restrictions: dict[InstanceId, tuple[Perimeter, Restrictions | None]] = {}

    async def admit(self, call: Call[object], case: Case) -> None:
        """Note in *case* who calls, for which instance, and what is allowed there.

        Where the request came from is judged before the role (``spec/kms-api.md`` section 1.12).

        Raises:
            Refused: ``UNAUTHORIZED``, ``BEARER_SUB_EXTRACTION``, ``BAD_INSTANCE``, ``INSTANCE_NOT_FOUND``,
                ``IDENTITY_TOKEN``, ``IDENTITY_FORBIDDEN``, ``POLICY_TOKEN``, ``POLICY_FORBIDDEN``,
                ``CONTEXT_TOKEN``, ``CONTEXT_FORBIDDEN`` or ``SERVICE_ONLY``.
            TooMany: the instance has had its requests of this second.
            Tampered: a record that this depends on is not ours.
            Unavailable: the store is out of reach.
        """
        scope = PERMISSIONS[call.action].scope
        if (scope is Scope.SERVICE) is not self._by_itself:
            raise unauthorized()
        if scope is Scope.SERVICE:
            await self._admit_itself(call, case)
            return
        if scope is Scope.PUBLIC:
            return
        if scope is Scope.OPERATOR:
            await self._admit_operator(call, case)
            return
        if scope in IN_ACCOUNT:
            await self._admit_to_account(call, case)
            return
        if scope in OF_PEOPLE:
            await self._admit_to_people(call, case)
            return
        case.access = access = await self._access(call, case)
        if scope is Scope.LIST:
            case.visible = await self._visible(access.visible(call.action), case.instance.id)
        elif not access.allows_everywhere(call.action):
            await self._admit_to_part(call, case, access)
        if PERMISSIONS[call.action].services_only:
            require_service(case.caller)
        self._limits.take_request(
            call.action, case.instance.id, case.now
        )  # after all else: strangers use nothing up

    async def recognise(self, stray: Stray, case: Case) -> None:
        """Note in *case* who sent what no route takes, and which instance of his account he named.

        Raises:
            Refused: he is not known, or names no instance of his account.
            TooMany: as many came there this second as are recorded.
            Tampered: a record that this depends on is not ours.
            Unavailable: the store is out of reach.
        """
        case.caller = await self._tokens.authenticate(stray.authorization)
        instance = await self._instance(stray.instance)
        if instance.account != case.caller.account:
            raise unauthorized()
        self._limits.take_stray(instance.id, case.now)
        case.is_in(instance)

    async def _admit_operator(self, call: Call[object], case: Case) -> None:
        if self._operator is None:
            raise unauthorized()
        case.caller = self._operator
        if call.instance is not None:
            case.is_in(await self._instance(call.instance))

    async def _admit_to_account(self, call: Call[object], case: Case) -> None:
        """Whoever holds something in his account may ask; what he may do depends on what he holds."""
        case.caller = caller = await self._tokens.authenticate(call.authorization)
        scope = PERMISSIONS[call.action].scope
        mine = await self._granting.of_account(caller, case.now)
        if not mine:
            raise unauthorized()
        if scope is Scope.HELD or scope is Scope.WHOLE:
            case.is_in(instance := await self._held_instance(call.instance or "", mine))
            mine = reaching(mine, instance)
        able = await self._granting.that_allow(call.action, mine)
        case.held = tuple(it for it in able if _reaches(it, scope))
        if not case.held:
            raise unauthorized()

    async def _admit_to_people(self, call: Call[object], case: Case) -> None:
        """Note what reaches far enough; without any, all that he has is what is his own."""
        scope = PERMISSIONS[call.action].scope
        refuse_token, refuse = _REFUSALS[scope]
        case.caller = caller = await self._identified(call.authorization, refuse_token)
        mine = await self._granting.of_account(caller, case.now)
        able = await self._granting.that_allow(call.action, mine)
        case.held = tuple(it for it in able if it.is_whole or scope is Scope.GRANTING)
        if scope in _OF_WHOLE and not case.held:
            raise Refused(refuse, "You have no role on the whole account that allows this")

    async def _identified(self, authorization: str | None, refuse: Reason) -> Caller:
        """Return the caller; whatever is wrong with his token, clients log in again for one answer alone."""
        try:
            return await self._tokens.authenticate(authorization)
        except Refused:
            raise Refused(refuse, "The access token is missing or not valid") from None

    async def _visible(self, visible: Visible, instance: InstanceId) -> Visible:
        """Return the same for the rings that there are."""
        if not visible.matching:
            return visible
        made = await self._store.rings(instance)
        return visible.among((DEFAULT_RING, *(ring.id for ring in made)))

    async def _held_instance(self, name: str, held: tuple[Grant, ...]) -> Instance:
        """Return the instance with this id or CRN; one that nothing of *held* reaches is not there."""
        guid = guid_in(name)
        found = None if guid is None else await self._store.instance(guid)
        if found is None or not found.is_called(name) or not reaching(held, found):
            raise Refused(Reason.INSTANCE_NOT_FOUND, "There is no instance with this id or CRN")
        return found

    async def _admit_itself(self, call: Call[object], case: Case) -> None:
        """The service may do this one thing; no policy says from where, for it comes from nowhere."""
        instance = await self._store.instance(instance_id(call.instance))
        if instance is None:
            raise unauthorized()
        case.is_in(instance)  # also one that was removed: its destroyed keys are purged in their time
        case.caller = itself(instance)
        case.access = Access.to(call.action)

    async def _access(self, call: Call[object], case: Case) -> Access:
        """Return what the caller may do in the instance; worked out again once anything was stored."""
        mark, asked = self._store.mark(), (call.authorization, call.instance)
        found = self._known.get(asked)
        if found is None or not found.holds(mark, case.now):
            found = await self._find(call, case, mark)
            self._remember(asked, found)
        case.caller = found.caller
        case.is_in(found.instance)
        case.policies, case.measured = found.policies, found.measured
        if found.gate is not None:
            found.gate.require(call.action, call.origin.address, call.origin.endpoint)
        if found.restrictions is not None:
            case.restrictions = found.restrictions
            case.address, case.endpoint = call.origin.address, call.origin.endpoint
            await self._require_context(call, case, found.restrictions)
        return found.access

    async def _require_context(self, call: Call[object], case: Case, restrictions: Restrictions) -> None:
        """Hold the request against context rules; what does not exist is as forbidden as the rest."""
        if not restrictions.ask_for_rings:
            require_context(case, None)
            return
        scope, ring = PERMISSIONS[call.action].scope, case.ring
        if call.key is not None:
            found = await find_key(self._store, case.instance.id, call.key)
            require_context(case, None if found is None else found.ring, every=found is None)
        elif scope is Scope.RING:
            require_context(case, ring or DEFAULT_RING)
        else:
            every = call.action in _ON_EVERY_RING or (scope is Scope.LIST and ring is None)
            require_context(case, ring, every=every)

    async def _find(self, call: Call[object], case: Case, mark: object | None) -> _Found:
        case.caller = caller = await self._tokens.authenticate(call.authorization)
        instance = await self._instance(call.instance)
        allowed = await self._granting.access(caller, instance, case.now)
        perimeter = await self._store.perimeter(instance)
        policies = perimeter.policies
        measured = policies is not None and policies.enabled(PolicyKind.METRICS) is not None
        gate = gate_of(policies, has_private=self._has_private)
        restrictions = self._restrictions_on(instance, perimeter)
        span = _span(case.now, caller.until, for_a_second=allowed.for_a_second)
        return _Found(mark, span, caller, instance, allowed.access, policies, gate, measured, restrictions)

    def _restrictions_on(self, instance: Instance, perimeter: Perimeter) -> Restrictions | None:
        """Return what holds in *instance*; made anew only where something may have changed."""
        if not perimeter.rules:
            return None
        known = self._restrictions.get(instance.id)
        if known is None or known[0] is not perimeter:
            if len(self._restrictions) >= _KNOWN:
                self._restrictions.clear()
            known = self._restrictions[instance.id] = perimeter, restrictions_on(instance, perimeter)
        return known[1]

    async def _instance(self, name: str | None) -> Instance:
        """Return the instance with this id; one that was deleted is as unknown as one that never was."""
        instance = await self._store.instance(instance_id(name))
        if instance is None or instance.state != "active":
            raise unauthorized()
        return instance

    def _remember(self, asked: tuple[str | None, str | None], found: _Found) -> None:
        if found.mark is None:
            return
        if len(self._known) >= _KNOWN:
            self._known.clear()
        self._known[asked] = found

    async def _admit_to_part(self, call: Call[object], case: Case, access: Access) -> None:
        """Look for a grant on the ring or key; what does not exist is as forbidden as the rest."""
        ring, key = case.ring or DEFAULT_RING, None
        if call.key is not None:
            found = await find_key(self._store, case.instance.id, call.key)
            if found is None:
                raise unauthorized()
            ring, key = found.ring, found.id
        if not access.allows(call.action, ring, key):
            raise unauthorized()


def _span(now: datetime, until: datetime | None, *, for_a_second: bool) -> tuple[datetime, datetime | None]:
    """Return when what is found *now* for a token that ends then is as it is."""
    if not for_a_second:
        return _EVER, until
    second = now.replace(microsecond=0)
    end = second + timedelta(seconds=1)
    return second, None if until is None else min(until, end)


def _reaches(grant: Grant, scope: Scope) -> bool:
    """Tell whether *grant* covers as much as *scope*, one of `IN_ACCOUNT`, asks for."""
    if scope is Scope.WHOLE:
        return grant.is_outside
    return scope is not Scope.WHOLE_ACCOUNT or grant.names_no_instance


def itself(instance: Instance) -> Caller:
    """Return the service as the caller of what it does by itself (AT-8)."""
    return Caller(
        iam_id=IamId(instance.crn), name=instance.name, account=None, kind="clientid", credential="none"
    )


async def find_key(keys: Keys, instance: InstanceId, name: str) -> Key | None:
    """Return the key that *name* is the id or alias of; errors as `Keys.key`, without ``KEY_NOT_FOUND``."""
    try:
        if is_uuid(name):
            return await keys.key(instance, KeyId(name.lower()))
        return await keys.key_by_alias(instance, name) if is_alias(name) else None
    except Refused as refused:
        if refused.reason is Reason.KEY_NOT_FOUND:
            return None
        raise
