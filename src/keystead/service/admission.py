"""Who comes in: authenticates the caller and authorises the action, before the body is looked at."""

from typing import Final

from keystead.domain.access import Access, Caller, Visible, require_service, unauthorized
from keystead.domain.actions import Action, Scope
from keystead.domain.ids import DEFAULT_RING, IamId, InstanceId, instance_id
from keystead.domain.instances import Instance
from keystead.domain.permissions import IN_ACCOUNT, OF_PEOPLE, PERMISSIONS
from keystead.domain.restrictions import Restrictions
from keystead.service.account_admission import AccountAdmission
from keystead.service.authorizing import Authorizing
from keystead.service.case import Call, Case, Stray, Tools
from keystead.service.contexts import require_context
from keystead.service.find_key import find_key

_ON_EVERY_RING: Final = frozenset(
    {Action.EVENT_ACK, Action.KEY_REPORT, Action.KEY_REPORT_TABLE, Action.AUDIT_QUERY}
)
"""What shows keys of any ring, or is about one that its body names, whatever ring a header names."""


class Admission:
    """Admits requests.

    Args:
        tools: store and tokens.
        operator: who gives operator's commands here; ``None`` wherever requests come from outside.
        by_itself: whether it is the service that gives commands here, and nobody else.
    """

    def __init__(self, tools: Tools, operator: Caller | None, *, by_itself: bool = False) -> None:
        self._store = tools.store
        self._tokens = tools.tokens
        self._limits = tools.limits
        self._operator = operator
        self._by_itself = by_itself
        self._account = AccountAdmission(tools)
        self._authorizing = Authorizing(tools)
        self._known = self._authorizing.known  # looked into here: a call less for each request

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
            await self._account.admit(call, case)
            return
        if scope in OF_PEOPLE:
            await self._account.admit_to_people(call, case)
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
        instance = await self._authorizing.instance(stray.instance)
        if instance.account != case.caller.account:
            raise unauthorized()
        self._limits.take_stray(instance.id, case.now)
        case.is_in(instance)

    async def _admit_operator(self, call: Call[object], case: Case) -> None:
        if self._operator is None:
            raise unauthorized()
        case.caller = self._operator
        if call.instance is not None:
            case.is_in(await self._authorizing.instance(call.instance))

    async def _visible(self, visible: Visible, instance: InstanceId) -> Visible:
        """Return the same for the rings that there are."""
        if not visible.matching:
            return visible
        made = await self._store.rings(instance)
        return visible.among((DEFAULT_RING, *(ring.id for ring in made)))

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
            found = await self._authorizing.find(call, case, mark)
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


def itself(instance: Instance) -> Caller:
    """Return the service as the caller of what it does by itself (AT-8)."""
    return Caller(
        iam_id=IamId(instance.crn), name=instance.name, account=None, kind="clientid", credential="none"
    )
