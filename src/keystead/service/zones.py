"""Network zones: made, listed, shown, replaced and deleted. Source: ``spec`` section 4.2."""

from dataclasses import dataclass, replace

from keystead.domain.context_rules import not_one
from keystead.domain.errors import Refused
from keystead.domain.reasons import Reason
from keystead.domain.zones import MOST_ZONES, SORTS, Zone, ZoneAddress
from keystead.service import context_checks as checks
from keystead.service.case import Case, Tools


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneOrder:
    """What a zone is to say."""

    account: str
    name: str
    description: str
    addresses: tuple[ZoneAddress, ...]
    excluded: tuple[ZoneAddress, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListZones:
    """The zones of the account, or the one with this *name*."""

    account: str
    name: str | None
    sort: checks.Sort

    async def run(self, case: Case, tools: Tools) -> tuple[Zone, ...]:
        """Find them."""
        checks.require_own(self.account, case)
        found = await tools.store.zones(case.account)
        case.response["totalResources"] = len(found)
        return self.sort.of(SORTS, (it for it in found if self.name in (None, it.name)))


@dataclass(frozen=True, slots=True)
class ReadZone:
    """The zone with this id."""

    id: str

    async def run(self, case: Case, tools: Tools) -> Zone:
        """Show it."""
        return _noted(await _zone(self.id, case, tools), case)


@dataclass(frozen=True, slots=True)
class CreateZone:
    """A new zone."""

    order: ZoneOrder

    async def run(self, case: Case, tools: Tools) -> Zone:
        """Make it."""
        order, by, now = self.order, case.caller.iam_id, case.now
        checks.require_own(order.account, case)
        every = await tools.store.zones(case.account)
        if len(every) >= MOST_ZONES:
            raise Refused(Reason.CONTEXT_LIMIT, f"An account has at most {MOST_ZONES} network zones")
        _require_name(order.name, every)
        made = Zone(
            id=checks.new_id(tools),
            account=case.account,
            name=order.name,
            description=order.description,
            addresses=order.addresses,
            excluded=order.excluded,
            created_at=now,
            created_by=by,
            modified_at=now,
            modified_by=by,
        )
        _require_together([*every, made])
        case.change.put(made, was=None)
        return _noted(made, case)


@dataclass(frozen=True, slots=True)
class ReplaceZone:
    """The zone with this id, in the state that *tag* names, with this in place of what it said."""

    id: str
    tag: str
    order: ZoneOrder

    async def run(self, case: Case, tools: Tools) -> Zone:
        """Change it; every rule that names it means from now on what it says now."""
        order = self.order
        was = await _zone(self.id, case, tools)
        checks.require_own(order.account, case)
        checks.require_tag(self.tag, was.entity_tag)
        every = await tools.store.zones(case.account)
        _require_name(order.name, tuple(it for it in every if it.id != was.id))
        new = replace(
            was,
            name=order.name,
            description=order.description,
            addresses=order.addresses,
            excluded=order.excluded,
            modified_at=case.now,
            modified_by=case.caller.iam_id,
            revision=was.revision + 1,
        )
        there = [it if it.id != was.id else new for it in every]
        _require_together(there)
        for rule in await tools.store.context_rules(case.account):
            if was.id in rule.zones:
                checks.require_addresses(rule.zones, there)
        case.change.put(new, was=was)
        return _noted(new, case)


@dataclass(frozen=True, slots=True)
class DeleteZone:
    """Forget the zone with this id."""

    id: str

    async def run(self, case: Case, tools: Tools) -> None:
        """Forget it, unless a rule names it."""
        was = _noted(await _zone(self.id, case, tools), case)
        rules = await tools.store.context_rules(case.account)
        users = sum(was.id in rule.zones for rule in rules)
        if users:
            raise Refused(Reason.ZONE_IN_USE, f"The zone is in use: rules that name it: {users}")
        case.change.remove(was)


async def _zone(zone_id: str, case: Case, tools: Tools) -> Zone:
    for zone in await tools.store.zones(case.account):
        if zone.id == zone_id:
            return zone
    raise not_one("zone", Reason.ZONE_NOT_FOUND)


def _require_name(name: str, others: tuple[Zone, ...]) -> None:
    if any(zone.name == name for zone in others):
        raise Refused(Reason.ZONE_NOT_UNIQUE, "There is a zone with this name")


def _require_together(every: list[Zone]) -> None:
    checks.require_together((zone.size for zone in every), "addresses and exclusions of zones")


def _noted(zone: Zone, case: Case) -> Zone:
    case.response.update(zoneId=zone.id, name=zone.name, revision=zone.revision)
    return zone
