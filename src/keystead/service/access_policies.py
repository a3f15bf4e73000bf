"""Policies: grants that requests are judged by, made, shown, replaced, deleted and restored by people.

Source: ``spec/iam-and-provisioning.md`` sections 3.6 and 8.1.
"""

from dataclasses import dataclass, replace
from typing import Literal

from keystead.domain.errors import Refused
from keystead.domain.grant_rules import GrantOrder, bad_policy
from keystead.domain.grants import MOST_DELETED, Grant, services_called
from keystead.domain.ids import IamId
from keystead.domain.reasons import Reason
from keystead.service import policy_rules as rules
from keystead.service.case import Case, Tools
from keystead.service.policy_rules import ShownGrant

State = Literal["active", "deleted"]
_IN_AN_EVENT = 100  # characters of a value


@dataclass(frozen=True, slots=True)
class CreatePolicy:
    """Grant what *order* says."""

    order: GrantOrder

    async def run(self, case: Case, tools: Tools) -> ShownGrant:
        """Grant it, if the caller may."""
        order = self.order
        await rules.require_possible(order, case, tools)
        if order.subject is not None:
            await rules.require_subject(order.subject, case, tools)
        by, now = case.caller.iam_id, case.now
        made = Grant(
            id=tools.new_id(),
            subject=_subject(order),
            account=case.account,
            roles=order.roles,
            resource=order.resource,
            source=order.source,
            description=order.description,
            when=order.when,
            created_at=now,
            created_by=by,
            modified_at=now,
            modified_by=by,
        )
        rules.require_room(made, await tools.store.account_grants(case.account))
        case.change.put(made, was=None)
        return await _shown(made, case, tools)


@dataclass(frozen=True, slots=True)
class ReadPolicy:
    """The policy with this id, deleted or not."""

    id: str

    async def run(self, case: Case, tools: Tools) -> ShownGrant:
        """Show it."""
        every = await tools.store.account_grants(case.account)
        return await _shown(await rules.the_grant(self.id, every, case), case, tools)


@dataclass(frozen=True, slots=True)
class ReplacePolicy:
    """Have the policy with this id, in the state that *tag* names, say what *order* says."""

    id: str
    tag: str
    order: GrantOrder

    async def run(self, case: Case, tools: Tools) -> ShownGrant:
        """Replace it: the caller must be allowed to take away the one and to grant the other."""
        every = await tools.store.account_grants(case.account)
        was = _in_force(await rules.the_grant(self.id, every, case))
        rules.require_tag(self.tag, was.entity_tag, Reason.POLICY_CONFLICT)
        order = self.order
        rules.require_reach(was.resource, was.when, case)
        if was.when is not None and not order.can_say_when:
            raise bad_policy("this policy has a rule, which /v2/policies says and /v1/policies does not")
        if (was.subject, was.is_for_services) != (_subject(order), bool(order.source)):
            raise bad_policy("type and subject of a policy stay as they are: make another one")
        await rules.require_possible(order, case, tools)
        new = replace(
            was,
            roles=order.roles,
            resource=order.resource,
            source=order.source,
            description=order.description,
            when=order.when,
        )
        rules.require_room(new, every)
        rules.require_steward(was, new, every)
        return await _shown(was if new == was else _put(new, was, case), case, tools)


@dataclass(frozen=True, slots=True)
class SetPolicyState:
    """Restore the policy with this id, in the state that *tag* names, or delete it."""

    id: str
    tag: str
    state: State

    async def run(self, case: Case, tools: Tools) -> ShownGrant:
        """Do so, if it is not so already; what is restored is judged as a new one is."""
        every = await tools.store.account_grants(case.account)
        was = await rules.the_grant(self.id, every, case)
        rules.require_tag(self.tag, was.entity_tag, Reason.POLICY_CONFLICT)
        if was.state == self.state:
            return await _shown(was, case, tools)
        rules.require_reach(was.resource, was.when, case)
        if self.state == "deleted":
            return await _shown(_delete(was, every, case), case, tools)
        await rules.require_possible(_order(was), case, tools)
        new = replace(was, state="active")
        rules.require_room(new, every)
        return await _shown(_put(new, was, case), case, tools)


@dataclass(frozen=True, slots=True)
class DeletePolicy:
    """Take away what the policy with this id grants."""

    id: str

    async def run(self, case: Case, tools: Tools) -> None:
        """Take it away; the policy is kept for a while, so that it can be restored."""
        every = await tools.store.account_grants(case.account)
        was = _in_force(await rules.the_grant(self.id, every, case))
        rules.require_reach(was.resource, was.when, case)
        _note(was, case)
        _delete(was, every, case)


def _subject(order: GrantOrder) -> IamId:
    if order.subject is not None:
        return order.subject
    (service,) = (it.value for it in order.source if it.name == "serviceName")
    return services_called(service)


def _order(grant: Grant) -> GrantOrder:
    return GrantOrder(
        subject=None if grant.is_for_services else grant.subject,
        source=grant.source,
        roles=grant.roles,
        resource=grant.resource,
        description=grant.description,
        when=grant.when,
    )


def _in_force(grant: Grant) -> Grant:
    if not grant.is_active:
        raise Refused(Reason.POLICY_NOT_FOUND, "The policy with this id was deleted")
    return grant


def _put(new: Grant, was: Grant, case: Case) -> Grant:
    new = replace(new, modified_at=case.now, modified_by=case.caller.iam_id, revision=was.revision + 1)
    case.change.put(new, was=was)
    return new


def _delete(was: Grant, every: tuple[Grant, ...], case: Case) -> Grant:
    """Have *was* deleted, and forget the oldest of those deleted before where there are too many."""
    rules.require_steward(was, None, every)
    kept = sorted(
        (it for it in every if not it.is_active), key=lambda it: (it.modified_at or case.now, it.id)
    )
    for old in kept[: max(0, len(kept) - MOST_DELETED + 1)]:
        case.change.remove(old)
    return _put(replace(was, state="deleted"), was, case)


async def _shown(grant: Grant, case: Case, tools: Tools) -> ShownGrant:
    _note(grant, case)
    return ShownGrant(grant, await rules.customs(case, tools))


def _note(grant: Grant, case: Case) -> None:
    case.response["policyId"] = grant.id
    case.response["subject"] = grant.subject
    case.response["roles"] = [crn.rpartition(":")[2][:_IN_AN_EVENT] for crn in grant.roles]
    case.response["resource"] = {it.name: it.value[:_IN_AN_EVENT] for it in grant.resource}
    case.response["state"] = grant.state
    if grant.when is not None:
        case.response["pattern"] = grant.when.pattern
        case.response["rule"] = [
            f"{it.key} {it.operator} {' '.join(it.values)}" for it in grant.when.conditions
        ]
