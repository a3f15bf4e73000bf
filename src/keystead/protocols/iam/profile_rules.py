"""The rules of a trusted profile. Source: ``spec/iam-and-provisioning.md`` section 2."""

from typing import Final

from keystead.protocols.http.exchange import Reply
from keystead.protocols.http.visit import Visit
from keystead.protocols.iam.identity_answers import answer, nothing
from keystead.protocols.iam.identity_bodies import if_match, read
from keystead.protocols.iam.profile_bodies import RuleBody
from keystead.protocols.iam.profile_views import shown_rule
from keystead.service.profile_rules import CreateRule, DeleteRule, ListRules, ReadRule, ReplaceRule

_RULE: Final = (
    "an object with `type`, which is Profile-SAML or Profile-CR, `conditions`, 1 to 10 objects with `claim`, "
    "`operator` and `value`, and what else a rule has"
)


async def create(visit: Visit) -> Reply:
    """``POST /v1/profiles/{profile}/rules``."""
    made = await visit.serve(lambda: CreateRule(visit.names["profile"], _body(visit).order()))
    return answer(visit.exchange, 201, shown_rule(made))


async def list_rules(visit: Visit) -> Reply:
    """``GET /v1/profiles/{profile}/rules``."""
    found = await visit.serve(lambda: ListRules(visit.names["profile"]))
    return answer(visit.exchange, 200, {"rules": [shown_rule(it) for it in found]})


async def read_rule(visit: Visit) -> Reply:
    """``GET /v1/profiles/{profile}/rules/{rule}``."""
    found = await visit.serve(lambda: ReadRule(visit.names["profile"], visit.names["rule"]))
    return answer(visit.exchange, 200, shown_rule(found))


async def update(visit: Visit) -> Reply:
    """``PUT /v1/profiles/{profile}/rules/{rule}``."""
    return answer(visit.exchange, 200, shown_rule(await visit.serve(lambda: _replacement(visit))))


async def delete(visit: Visit) -> Reply:
    """``DELETE /v1/profiles/{profile}/rules/{rule}``."""
    await visit.serve(lambda: DeleteRule(visit.names["profile"], visit.names["rule"]))
    return nothing(visit.exchange)


def _body(visit: Visit) -> RuleBody:
    return read(visit.exchange, RuleBody, _RULE)


def _replacement(visit: Visit) -> ReplaceRule:
    tag, order = if_match(visit.exchange), _body(visit).order()
    return ReplaceRule(profile=visit.names["profile"], id=visit.names["rule"], tag=tag, order=order)
