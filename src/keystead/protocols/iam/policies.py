"""Policies in both of their forms. Source: ``spec/iam-and-provisioning.md`` section 3.6."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from keystead.domain.grant_rules import GrantOrder
from keystead.protocols.http.exchange import Exchange, Reply
from keystead.protocols.http.routes import Door
from keystead.protocols.http.visit import Visit
from keystead.protocols.iam.identity_answers import answer, nothing
from keystead.protocols.iam.keyed_policy_bodies import KeyedPolicyBody
from keystead.protocols.iam.policy_answers import page, tagged
from keystead.protocols.iam.policy_bodies import PolicyBody, StateBody, if_match, read
from keystead.protocols.iam.policy_queries import policy_query
from keystead.protocols.iam.policy_views import shown, shown_keyed
from keystead.service.access_policies import (
    CreatePolicy,
    DeletePolicy,
    ReadPolicy,
    ReplacePolicy,
    SetPolicyState,
)
from keystead.service.list_policies import ListPolicies
from keystead.service.policy_rules import ShownGrant

_FIRST: Final = "an object with type, subjects, roles and resources, one subject and one resource"
_SECOND: Final = (
    "an object with type, subject, control and resource; operators: stringEquals, stringMatch; with a "
    "pattern also a rule, which is one condition, or an operator with at most 10 of them"
)
_STATE: Final = "an object with state, which is active or deleted"


@dataclass(frozen=True, slots=True)
class Form:
    """One of the two forms: how a policy is read, and how it is shown."""

    order: Callable[[Exchange], GrantOrder]
    view: Callable[[ShownGrant], dict[str, Any]]

    def answer(self, exchange: Exchange, status: int, it: ShownGrant) -> Reply:
        """Return a policy with its tag."""
        return tagged(exchange, status, self.view(it), it.grant.entity_tag)


def create(form: Form) -> Door:
    """Return ``POST`` of the form's path."""

    async def door(visit: Visit) -> Reply:
        made = await visit.serve(lambda: CreatePolicy(form.order(visit.exchange)))
        return form.answer(visit.exchange, 201, made)

    return door


def list_all(form: Form) -> Door:
    """Return ``GET`` of the form's path."""

    async def door(visit: Visit) -> Reply:
        found = await visit.serve(lambda: ListPolicies(policy_query(visit.exchange)))
        items = [form.view(it) for it in found.items]
        return answer(visit.exchange, 200, page(visit.exchange, items, found.last))

    return door


def read_one(form: Form) -> Door:
    """Return ``GET`` of one policy."""

    async def door(visit: Visit) -> Reply:
        return form.answer(visit.exchange, 200, await visit.serve(lambda: ReadPolicy(_id(visit))))

    return door


def replace(form: Form) -> Door:
    """Return ``PUT`` of one policy."""

    async def door(visit: Visit) -> Reply:
        done = await visit.serve(
            lambda: ReplacePolicy(_id(visit), if_match(visit.exchange), form.order(visit.exchange))
        )
        return form.answer(visit.exchange, 200, done)

    return door


async def set_state(visit: Visit) -> Reply:
    """``PATCH /v1/policies/{policy}``."""
    return V1.answer(visit.exchange, 200, await visit.serve(lambda: _state(visit)))


async def delete(visit: Visit) -> Reply:
    """``DELETE`` of one policy."""
    await visit.serve(lambda: DeletePolicy(_id(visit)))
    return nothing(visit.exchange)


def _id(visit: Visit) -> str:
    return visit.names["policy"]


def _state(visit: Visit) -> SetPolicyState:
    tag = if_match(visit.exchange)
    return SetPolicyState(_id(visit), tag, read(visit.exchange, StateBody, _STATE).state)


V1: Final = Form(lambda exchange: read(exchange, PolicyBody, _FIRST).order(), shown)
V2: Final = Form(lambda exchange: read(exchange, KeyedPolicyBody, _SECOND).order(), shown_keyed)
