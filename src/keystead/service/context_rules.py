"""Context rules: made, listed, shown, replaced and deleted. Source: ``spec`` section 4.2."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from keystead.domain.attributes import INSTANCE, REGION, RESOURCE, SERVICE, SERVICE_TYPE, TYPE
from keystead.domain.context_rules import MOST_RULES, ContextRule, Mode, RuleOrder, not_one
from keystead.domain.errors import Refused
from keystead.domain.reasons import Reason
from keystead.domain.zones import Zone, bad_context
from keystead.service import context_checks as checks
from keystead.service.case import Case, Tools

SORTS: Final = {
    "id": lambda it: it.id,
    "description": lambda it: (it.description, it.id),
    "created_at": lambda it: (it.created_at, it.id),
    "last_modified_at": lambda it: (it.modified_at, it.id),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleQuery:
    """Which rules are asked for; what is ``None`` was not asked."""

    account: str
    service: str | None
    instance: str | None
    region: str | None
    resource: str | None
    resource_type: str | None
    service_type: str | None
    group: str | None
    zone: str | None
    mode: Mode | None

    def selects(self, rule: ContextRule) -> bool:
        """Tell whether *rule* is asked for."""
        named = (
            (SERVICE, self.service),
            (INSTANCE, self.instance),
            (REGION, self.region),
            (RESOURCE, self.resource),
            (TYPE, self.resource_type),
            (SERVICE_TYPE, self.service_type),
            ("service_group_id", self.group),
        )
        if not all(rule.names(name, value) for name, value in named):
            return False
        return self.mode in (None, rule.mode) and (self.zone is None or self.zone in rule.zones)


@dataclass(frozen=True, slots=True)
class ListRules:
    """The rules of the account that *query* selects."""

    query: RuleQuery
    sort: checks.Sort

    async def run(self, case: Case, tools: Tools) -> tuple[ContextRule, ...]:
        """Find them."""
        checks.require_own(self.query.account, case)
        found = await tools.store.context_rules(case.account)
        case.response["totalResources"] = len(found)
        return self.sort.of(SORTS, filter(self.query.selects, found))


@dataclass(frozen=True, slots=True)
class ReadRule:
    """The rule with this id."""

    id: str

    async def run(self, case: Case, tools: Tools) -> ContextRule:
        """Show it."""
        return _noted(await _rule(self.id, case, tools), case)


@dataclass(frozen=True, slots=True)
class CreateRule:
    """A new rule."""

    order: RuleOrder

    async def run(self, case: Case, tools: Tools) -> ContextRule:
        """Make it; it holds for the next request."""
        order, by, now = self.order, case.caller.iam_id, case.now
        order.require_sound(case.account)
        every = await tools.store.context_rules(case.account)
        if len(every) >= MOST_RULES:
            raise Refused(Reason.CONTEXT_LIMIT, f"An account has at most {MOST_RULES} context rules")
        _require_together(order, every)
        _require_zones(order, await tools.store.zones(case.account))
        made = ContextRule(
            id=checks.new_id(tools),
            account=case.account,
            description=order.description,
            resource=order.resource,
            tags=order.tags,
            contexts=order.contexts,
            api_types=order.api_types,
            mode=order.mode,
            created_at=now,
            created_by=by,
            modified_at=now,
            modified_by=by,
        )
        case.change.put(made, was=None)
        return _noted(made, case)


@dataclass(frozen=True, slots=True)
class ReplaceRule:
    """The rule with this id, in the state that *tag* names, with this in place of what it said."""

    id: str
    tag: str
    order: RuleOrder

    async def run(self, case: Case, tools: Tools) -> ContextRule:
        """Change it; it holds for the next request."""
        order = self.order
        was = await _rule(self.id, case, tools)
        checks.require_tag(self.tag, was.entity_tag)
        order.require_sound(case.account)
        every = await tools.store.context_rules(case.account)
        _require_together(order, [it for it in every if it.id != was.id])
        _require_zones(order, await tools.store.zones(case.account))
        new = replace(
            was,
            description=order.description,
            resource=order.resource,
            tags=order.tags,
            contexts=order.contexts,
            api_types=order.api_types,
            mode=order.mode,
            modified_at=case.now,
            modified_by=case.caller.iam_id,
            revision=was.revision + 1,
        )
        case.change.put(new, was=was)
        return _noted(new, case)


@dataclass(frozen=True, slots=True)
class DeleteRule:
    """Forget the rule with this id."""

    id: str

    async def run(self, case: Case, tools: Tools) -> None:
        """Forget it; what it restricted is open from the next request on, as far as it alone goes."""
        case.change.remove(_noted(await _rule(self.id, case, tools), case))


async def _rule(rule_id: str, case: Case, tools: Tools) -> ContextRule:
    for rule in await tools.store.context_rules(case.account):
        if rule.id == rule_id:
            return rule
    raise not_one("rule", Reason.RULE_NOT_FOUND)


def _require_zones(order: RuleOrder, there: Iterable[Zone]) -> None:
    zones = {zone.id: zone for zone in there}
    if not order.zones <= zones.keys():
        raise bad_context("networkZoneId must name zones of the account, by their ids")
    checks.require_addresses(order.zones, zones.values())


def _require_together(order: RuleOrder, others: Iterable[ContextRule]) -> None:
    sizes = (len(order.contexts), *(len(it.contexts) for it in others))
    checks.require_together(sizes, "contexts of rules")


def _noted(rule: ContextRule, case: Case) -> ContextRule:
    case.response.update(ruleId=rule.id, enforcementMode=rule.mode, revision=rule.revision)
    return rule
