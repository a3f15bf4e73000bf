"""What context rules say of a request to one instance, made ready once for many requests.

Source: ``spec/iam-and-provisioning.md`` section 4.2, NET-6.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from keystead.domain.access import Caller
from keystead.domain.attributes import Attribute
from keystead.domain.context_rules import ENDPOINT_TYPE, ZONE_ID, Context, ContextRule
from keystead.domain.endpoints import PRIVATE, PUBLIC, Endpoint
from keystead.domain.ids import RingId
from keystead.domain.instances import Instance
from keystead.domain.policies import InstancePolicies
from keystead.domain.spans import peer_address
from keystead.domain.zones import Area, Zone, area_of


@dataclass(frozen=True, slots=True)
class Perimeter:
    """All that says from where an instance may be asked: its policies, rules of its account, and zones."""

    policies: InstancePolicies | None
    rules: tuple[ContextRule, ...] = ()
    zones: tuple[Zone, ...] = ()


@dataclass(frozen=True, slots=True)
class Restriction:
    """One rule as it holds in one instance.

    What its contexts ask of the endpoint is settled beforehand, for each one; of those that can be met there,
    it is enough to be in a zone of any.
    """

    rule: str
    is_enforced: bool  # or only reported
    ring: Attribute | None
    zones: Mapping[
        Endpoint, frozenset[str] | None
    ]  # of which one must hold a request over the endpoint; ``None`` where it may come from anywhere

    def concerns(self, ring: RingId | None, *, every: bool) -> bool:
        """Tell whether what is in *ring* is restricted; *every* is what is in no matter which."""
        return self.ring is None or every or self.ring.fits(ring)

    def admits(self, endpoint: Endpoint, inside: frozenset[str]) -> bool:
        """Tell whether a request over *endpoint* from *inside* these zones meets one of the contexts."""
        zones = self.zones[endpoint]
        return zones is None or not zones.isdisjoint(inside)


@dataclass(frozen=True, slots=True)
class Restrictions:
    """All rules that hold in one instance; each of them must admit a request."""

    them: tuple[Restriction, ...]
    areas: Mapping[str, Area]  # the zones that they name
    ask_for_rings: bool  # whether any is about a ring alone

    def broken(
        self, address: str | None, endpoint: Endpoint, caller: Caller, ring: RingId | None, *, every: bool
    ) -> tuple[Restriction, ...]:
        """Return those that a request breaks.

        Args:
            address: where it comes from.
            endpoint: which one it came over.
            caller: who calls.
            ring: what it is about, if that is in a ring.
            every: whether it is about what is in no matter which ring.
        """
        concerned = [it for it in self.them if it.concerns(ring, every=every)]
        if not concerned:
            return ()
        peer, crn = peer_address(address), caller.service_crn
        holding = (name for name, area in self.areas.items() if area.holds(peer, crn, caller.account))
        inside = frozenset(holding)
        return tuple(it for it in concerned if not it.admits(endpoint, inside))


def restrictions_on(instance: Instance, perimeter: Perimeter) -> Restrictions | None:
    """Return what holds in *instance*; ``None`` where no rule does."""
    rules = [it for it in perimeter.rules if it.mode != "disabled" and it.reaches(instance)]
    if not rules:
        return None
    them = tuple(Restriction(it.id, it.mode == "enabled", it.ring, _openings(it.contexts)) for it in rules)
    named = frozenset[str]().union(*(zones or () for it in them for zones in it.zones.values()))
    only_ipv4 = instance.service == "hs-crypto"
    areas = {it.id: area_of(it, only_ipv4=only_ipv4) for it in perimeter.zones if it.id in named}
    return Restrictions(them, areas, any(it.ring is not None for it in them))


def _openings(contexts: Collection[Context]) -> dict[Endpoint, frozenset[str] | None]:
    return {PUBLIC: _zones(contexts, PUBLIC), PRIVATE: _zones(contexts, PRIVATE)}


def _zones(contexts: Iterable[Context], endpoint: Endpoint) -> frozenset[str] | None:
    """Return the zones of the contexts that can be met over *endpoint*; ``None`` where one has no zone."""
    found: set[str] = set()
    for context in contexts:
        said = {it.name: it.values for it in context}
        if endpoint not in said.get(ENDPOINT_TYPE, (endpoint,)):
            continue
        if ZONE_ID not in said:
            return None
        found.update(said[ZONE_ID])
    return frozenset(found)
