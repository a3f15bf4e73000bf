"""The rules by which a trusted profile trusts whoever has some claims.

Source: ``spec/iam-and-provisioning.md`` section 2.
"""

from dataclasses import dataclass, replace
from typing import Final

from keystead.domain.errors import Refused
from keystead.domain.identities import Identity
from keystead.domain.reasons import Reason
from keystead.domain.trust import MOST_RULES, Compute, Condition, Rule, RuleKind
from keystead.service import whose
from keystead.service.case import Case, Tools
from keystead.service.profiles import the_profile, trusting

_IN_AN_EVENT: Final = 200  # characters of what a condition says; an event has its limits


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleOrder:
    """What a rule is to say."""

    kind: RuleKind
    conditions: tuple[Condition, ...]
    expiration: int
    name: str
    realm: str | None
    compute: Compute | None


@dataclass(frozen=True, slots=True)
class CreateRule:
    """Make a rule of the profile with this id."""

    profile: str
    order: RuleOrder

    async def run(self, case: Case, tools: Tools) -> Rule:
        """Make it, unless the profile has as many as it may have."""
        was, order = await the_profile(self.profile, case, tools), self.order
        if len(was.trust.rules) >= MOST_RULES:
            raise Refused(Reason.IDENTITY_LIMIT, f"A trusted profile has at most {MOST_RULES} rules.")
        made = Rule(
            id=f"ClaimRule-{tools.new_id()}",
            kind=order.kind,
            conditions=order.conditions,
            expiration=order.expiration,
            created_at=case.now,
            name=order.name,
            realm=order.realm,
            compute=order.compute,
        )
        _put((*was.trust.rules, made), was, made, case)
        return made


@dataclass(frozen=True, slots=True)
class ListRules:
    """The rules of the profile with this id."""

    profile: str

    async def run(self, case: Case, tools: Tools) -> tuple[Rule, ...]:
        """Show them."""
        found = (await the_profile(self.profile, case, tools)).trust.rules
        case.response["totalResources"] = len(found)
        return found


@dataclass(frozen=True, slots=True)
class ReadRule:
    """One rule of the profile with this id."""

    profile: str
    id: str

    async def run(self, case: Case, tools: Tools) -> Rule:
        """Show it."""
        return _the_rule(self.id, await the_profile(self.profile, case, tools))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceRule:
    """Have a rule, in the state that *tag* names, say what *order* says."""

    profile: str
    id: str
    tag: str
    order: RuleOrder

    async def run(self, case: Case, tools: Tools) -> Rule:
        """Replace it: tokens that were obtained by the old one are worth nothing from now on."""
        was, order = await the_profile(self.profile, case, tools), self.order
        rule = _the_rule(self.id, was)
        if self.tag not in ("*", rule.entity_tag):
            raise Refused(Reason.IDENTITY_CHANGED, "It was changed since: If-Match is not its entity_tag.")
        new = replace(
            rule,
            kind=order.kind,
            conditions=order.conditions,
            expiration=order.expiration,
            name=order.name,
            realm=order.realm,
            compute=order.compute,
            modified_at=case.now,
            revision=rule.revision + 1,
        )
        _put(tuple(new if it == rule else it for it in was.trust.rules), was, new, case)
        return new


@dataclass(frozen=True, slots=True)
class DeleteRule:
    """Delete one rule of the profile with this id."""

    profile: str
    id: str

    async def run(self, case: Case, tools: Tools) -> None:
        """Delete it: tokens that were obtained by it are worth nothing from now on."""
        was = await the_profile(self.profile, case, tools)
        gone = _the_rule(self.id, was)
        _put(tuple(it for it in was.trust.rules if it != gone), was, gone, case)


def _the_rule(rule_id: str, profile: Identity) -> Rule:
    for it in profile.trust.rules:
        if it.id == rule_id:
            return it
    raise whose.not_there("rule of this profile")


def _put(rules: tuple[Rule, ...], was: Identity, about: Rule, case: Case) -> None:
    case.response.update(
        ruleId=about.id,
        ruleType=about.kind,
        realmName=about.realm,
        expiration=about.expiration,
        conditions=[f"{it.claim} {it.operator} {it.value[:_IN_AN_EVENT]}" for it in about.conditions],
    )
    trusting(replace(was.trust, rules=rules), was, case)
