"""What context rules say of a request to one instance, made ready once for many requests.

Source: ``spec/iam-and-provisioning.md`` section 4.2, NET-6.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from keystead.domain.access import Caller
from keystead.domain.attributes import Attribute
from keystead.domain.context_rules import ENDPOINT_TYPE, ZONE_ID, Context, ContextRule
from keystead.domain.ids import RingId
from keystead.domain.instances import Instance
from keystead.domain.policies import InstancePolicies
from keystead.domain.spans import IPAddress, peer_address
from keystead.domain.zones import Area, Zone

HERE = "public"
"""The endpoint type of every request: a server has one listener, and no other way in (see `gate.Gate`)."""


@dataclass(frozen=True, slots=True)
class Perimeter:
    """All that says from where an instance may be asked: its policies, rules of its account, and zones."""

    policies: InstancePolicies | None
    rules: tuple[ContextRule, ...] = ()
    zones: tuple[Zone, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """Where a request comes from."""

    address: IPAddress | None
    caller: Caller


@dataclass(frozen=True, slots=True)
class _Opening:
    """One context: areas of which one must hold the source; ``None`` where none is named."""

    areas: tuple[Area, ...] | None

    def admits(self, source: Source) -> bool:
        if self.areas is None:
            return True
        crn, account = source.caller.service_crn, source.caller.account
        return any(area.holds(source.address, crn, account) for area in self.areas)


@dataclass(frozen=True, slots=True)
class Restriction:
    """One rule as it holds in one instance; openings that cannot be met are left out."""

    rule: str
    is_enforced: bool  # or only reported
    ring: Attribute | None
    openings: tuple[_Opening, ...]

    def concerns(self, ring: RingId | None, *, every: bool) -> bool:
        """Tell whether what is in *ring* is restricted; *every* is what is in no matter which."""
        return self.ring is None or every or self.ring.fits(ring)

    def admits(self, source: Source) -> bool:
        """Tell whether a request from there meets one of the contexts; without any, none does."""
        return any(opening.admits(source) for opening in self.openings)


@dataclass(frozen=True, slots=True)
class Restrictions:
    """All rules that hold in one instance; each of them must admit a request."""

    them: tuple[Restriction, ...]
    ask_for_rings: bool  # whether any is about a ring alone

    def broken(
        self, address: str | None, caller: Caller, ring: RingId | None, *, every: bool
    ) -> tuple[Restriction, ...]:
        """Return those that a request breaks.

        Args:
            address: where it comes from.
            caller: who calls.
            ring: what it is about, if that is in a ring.
            every: whether it is about what is in no matter which ring.
        """
        source = Source(peer_address(address), caller)
        return tuple(it for it in self.them if it.concerns(ring, every=every) and not it.admits(source))


def restrictions_on(instance: Instance, perimeter: Perimeter) -> Restrictions | None:
    """Return what holds in *instance*; ``None`` where no rule does."""
    rules = [it for it in perimeter.rules if it.mode != "disabled" and it.reaches(instance)]
    if not rules:
        return None
    named = frozenset[str]().union(*(rule.zones for rule in rules))
    only_ipv4 = instance.service == "hs-crypto"
    areas = {it.id: Area(it, only_ipv4=only_ipv4) for it in perimeter.zones if it.id in named}
    them = tuple(_restriction(rule, areas) for rule in rules)
    return Restrictions(them, any(it.ring is not None for it in them))


def _restriction(rule: ContextRule, areas: dict[str, Area]) -> Restriction:
    return Restriction(rule.id, rule.mode == "enabled", rule.ring, tuple(_openings(rule.contexts, areas)))


def _openings(contexts: Iterable[Context], areas: dict[str, Area]) -> Iterable[_Opening]:
    for context in contexts:
        said = {it.name: it.values for it in context}
        if ENDPOINT_TYPE in said and HERE not in said[ENDPOINT_TYPE]:
            continue
        zones = said.get(ZONE_ID)
        yield _Opening(None if zones is None else tuple(areas[it] for it in zones if it in areas))
