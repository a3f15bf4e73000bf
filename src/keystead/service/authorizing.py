"""What the caller with a token may do in an instance, from where, and for how long that can be remembered."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from keystead.domain.access import Access, Caller, unauthorized
from keystead.domain.gate import Gate, gate_of
from keystead.domain.ids import InstanceId, instance_id
from keystead.domain.instances import Instance
from keystead.domain.policies import InstancePolicies, PolicyKind
from keystead.domain.restrictions import Perimeter, Restrictions, restrictions_on
from keystead.service.case import Call, Case, Tools
from keystead.service.granting import Granting

_KNOWN: Final = 10_000
_EVER: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Authorized:
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
        """Tell whether it is so still, *now* and in the store of this *mark*."""
        since, until = self.span
        return self.mark is mark and mark is not None and until is not None and since <= now < until


class Authorizing:
    """Finds what callers may do in instances, and remembers it; whoever asks looks into `known` first."""

    def __init__(self, tools: Tools) -> None:
        self._store = tools.store
        self._granting = Granting(tools.store)
        self._tokens = tools.tokens
        self._has_private = tools.endpoints.has_private
        self.known: dict[tuple[str | None, str | None], Authorized] = {}  # by token and instance, as asked
        self._restrictions: dict[InstanceId, tuple[Perimeter, Restrictions | None]] = {}

    async def find(self, call: Call[object], case: Case, mark: object | None) -> Authorized:
        """Find it anew, and remember it for the store's *mark*; *case* is told who calls once he is known.

        Raises:
            Refused: ``UNAUTHORIZED``, ``BEARER_SUB_EXTRACTION`` or ``BAD_INSTANCE``.
            Tampered: a record that this depends on is not ours.
            Unavailable: the store is out of reach.
        """
        case.caller = caller = await self._tokens.authenticate(call.authorization)
        instance = await self.instance(call.instance)
        allowed = await self._granting.access(caller, instance, case.now)
        perimeter = await self._store.perimeter(instance)
        policies = perimeter.policies
        measured = policies is not None and policies.enabled(PolicyKind.METRICS) is not None
        gate = gate_of(policies, has_private=self._has_private)
        restrictions = self._restrictions_on(instance, perimeter)
        span = _span(case.now, caller.until, for_a_second=allowed.for_a_second)
        found = Authorized(
            mark, span, caller, instance, allowed.access, policies, gate, measured, restrictions
        )
        self._remember((call.authorization, call.instance), found)
        return found

    async def instance(self, name: str | None) -> Instance:
        """Return the instance with this id; one that was deleted is as unknown as one that never was.

        Raises:
            Refused: ``BAD_INSTANCE`` or ``UNAUTHORIZED``.
            Tampered: its record is not ours.
            Unavailable: the store is out of reach.
        """
        instance = await self._store.instance(instance_id(name))
        if instance is None or instance.state != "active":
            raise unauthorized()
        return instance

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

    def _remember(self, asked: tuple[str | None, str | None], found: Authorized) -> None:
        if found.mark is None:
            return
        if len(self.known) >= _KNOWN:
            self.known.clear()
        self.known[asked] = found


def _span(now: datetime, until: datetime | None, *, for_a_second: bool) -> tuple[datetime, datetime | None]:
    """Return when what is found *now* for a token that ends then is as it is."""
    if not for_a_second:
        return _EVER, until
    second = now.replace(microsecond=0)
    end = second + timedelta(seconds=1)
    return second, None if until is None else min(until, end)
