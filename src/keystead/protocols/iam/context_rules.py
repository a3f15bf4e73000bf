"""Context rules. Source: ``spec/iam-and-provisioning.md`` section 4.2."""

from typing import Final

from keystead.domain.context_rules import RuleOrder
from keystead.protocols.http.exchange import Reply
from keystead.protocols.http.visit import Visit
from keystead.protocols.iam.context_bodies import if_match, read
from keystead.protocols.iam.context_queries import list_of_rules, operations_of
from keystead.protocols.iam.context_rule_bodies import RuleBody
from keystead.protocols.iam.context_views import shown_offer, shown_rule, shown_settings
from keystead.protocols.iam.identity_answers import answer, nothing
from keystead.protocols.iam.policy_answers import tagged
from keystead.service.context_offers import ReadContextSettings
from keystead.service.context_rules import CreateRule, DeleteRule, ReadRule, ReplaceRule

_RULE: Final = (
    "an object with one resource, its attributes, and contexts, each with attributes (an empty list lets "
    "nobody in); enforcement_mode: enabled, disabled or report; operators: stringEquals, stringMatch"
)


async def list_rules(visit: Visit) -> Reply:
    """``GET /v1/rules``."""
    found = await visit.serve(lambda: list_of_rules(visit.exchange))
    return answer(visit.exchange, 200, {"count": len(found), "rules": [shown_rule(it) for it in found]})


async def create_rule(visit: Visit) -> Reply:
    """``POST /v1/rules``."""
    made = await visit.serve(lambda: CreateRule(_order(visit)))
    return tagged(visit.exchange, 201, shown_rule(made), made.entity_tag)


async def read_rule(visit: Visit) -> Reply:
    """``GET /v1/rules/{rule}``."""
    found = await visit.serve(lambda: ReadRule(visit.names["rule"]))
    return tagged(visit.exchange, 200, shown_rule(found), found.entity_tag)


async def replace_rule(visit: Visit) -> Reply:
    """``PUT /v1/rules/{rule}``."""
    done = await visit.serve(
        lambda: ReplaceRule(visit.names["rule"], if_match(visit.exchange), _order(visit))
    )
    return tagged(visit.exchange, 200, shown_rule(done), done.entity_tag)


async def delete_rule(visit: Visit) -> Reply:
    """``DELETE /v1/rules/{rule}``."""
    await visit.serve(lambda: DeleteRule(visit.names["rule"]))
    return nothing(visit.exchange)


async def read_settings(visit: Visit) -> Reply:
    """``GET /v1/account_settings/{account}``."""
    found = await visit.serve(lambda: ReadContextSettings(visit.names["account"]))
    return answer(visit.exchange, 200, shown_settings(found))


async def list_operations(visit: Visit) -> Reply:
    """``GET /v1/operations``."""
    return answer(visit.exchange, 200, shown_offer(await visit.serve(lambda: operations_of(visit.exchange))))


def _order(visit: Visit) -> RuleOrder:
    return read(visit.exchange, RuleBody, _RULE).order()
