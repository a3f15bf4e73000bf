"""Make, change, lock and remove instances. Source: ``spec/iam-and-provisioning.md`` sections 5.1 and 5.2.

Each command looks at the instance again before it changes it: it may be done a second time, after a lost
race, and the request was admitted before the first one.
"""

from typing import NoReturn

import msgspec

from keystead.domain.access import reaching, unauthorized
from keystead.domain.actions import Role
from keystead.domain.catalog import service_of
from keystead.domain.errors import Refused, bad_field
from keystead.domain.ids import InstanceId
from keystead.domain.instance_policies import InstanceWish, following
from keystead.domain.instances import MOST_INSTANCES, Instance, PlanStart
from keystead.domain.listing import KeyQuery
from keystead.domain.policies import PolicyKind
from keystead.domain.provisioning import (
    PLAN_CHANGERS,
    changed,
    on_plan,
    plan_called,
    region_of,
    require_changeable,
    require_empty,
    require_there,
)
from keystead.domain.reasons import Reason
from keystead.domain.reclaiming import deleted
from keystead.domain.resource_groups import default_id, group_not_found
from keystead.service.case import Case, Tools
from keystead.service.grants import grant_in
from keystead.service.resource_instances import ShownInstance


class Parameters(msgspec.Struct, frozen=True):
    """What the caller sent beside what we name: kept as it is, and the one member that means something."""

    text: str = "{}"  # a JSON object
    allowed_network: str | None = None  # one of `keystead.domain.policies.ALLOWED_NETWORKS`


class CreateInstance(msgspec.Struct, frozen=True, kw_only=True):
    """Make an instance in the caller's account."""

    name: str
    plan: str  # these three as the caller names them
    target: str
    group: str | None
    parameters: Parameters
    allow_cleanup: bool
    locked: bool
    tags: tuple[str, ...] = ()  # in order

    async def run(self, case: Case, tools: Tools) -> ShownInstance:
        """Make it, and let the caller manage it."""
        group = await self._group(case, tools)
        mine = [it for it in await tools.store.instances() if it.account == case.account]
        if sum(it.state != "removed" for it in mine) >= MOST_INSTANCES:
            raise Refused(
                Reason.INSTANCE_QUOTA, f"The account has {MOST_INSTANCES} instances: there can be no more"
            )
        made = self._instance(case, tools, {it.region for it in mine}, group)
        if not reaching(case.held, made):
            raise unauthorized()  # what lets him make instances is about another service or region
        case.change.add(made, grant_in(made, case.caller.iam_id, (Role.MANAGER,), tools, case.now))
        self._set_network(made, case)
        case.is_in(made)
        return ShownInstance(made, tools.endpoints)

    async def _group(self, case: Case, tools: Tools) -> str | None:
        """Return the group that it goes to; the store sees to it that this one stays."""
        if self.group in (None, default_id(case.account)):
            return None
        if self.group not in {it.id for it in await tools.store.resource_groups(case.account)}:
            raise group_not_found()
        return self.group

    def _instance(self, case: Case, tools: Tools, own_regions: set[str], group: str | None) -> Instance:
        plan = plan_called(self.plan)
        return Instance(
            id=InstanceId(tools.new_id()),
            account=case.account,
            name=self.name,
            service=service_of(plan),
            region=region_of(self.target, plan, own_regions),
            created_at=case.now,
            created_by=case.caller.iam_id,
            plans=(PlanStart(plan=plan.id, at=case.now),),
            parameters=self.parameters.text,
            allow_cleanup=self.allow_cleanup,
            locked=self.locked,
            group=group,
            tags=self.tags,
        )

    def _set_network(self, made: Instance, case: Case) -> None:
        """Set the policy that the parameters ask for (NET-3)."""
        network = self.parameters.allowed_network
        if network is None:
            return
        wish = InstanceWish(kind=PolicyKind.ALLOWED_NETWORK, enabled=True, allowed_network=network)
        by = case.caller.iam_id
        case.change.put(following(None, (wish,), instance=made.id, by=by, now=case.now), was=None)
        case.request["newValue"] = {
            "policyAllowedNetworkEnabled": True,
            "policyAllowedNetworkAttribute": network,
        }


class UpdateInstance(msgspec.Struct, frozen=True, kw_only=True):
    """Change what is not ``None``."""

    name: str | None
    plan: str | None
    parameters: Parameters | None
    allow_cleanup: bool | None

    async def run(self, case: Case, tools: Tools) -> ShownInstance:
        """Change it; another plan takes more than the other changes."""
        was = await _current(case, tools)
        if self._changes_plan(was) and not any(grant.has(PLAN_CHANGERS) for grant in case.held):
            raise unauthorized()
        require_changeable(was)
        fields = self._fields(was, case)
        if not fields:
            return ShownInstance(was, tools.endpoints)
        case.request["changed"] = sorted(fields)
        return _put(changed(was, case.caller.iam_id, case.now, **fields), was, case, tools)

    def _changes_plan(self, was: Instance) -> bool:
        return self.plan is not None and self.plan != was.plan.id

    def _fields(self, was: Instance, case: Case) -> dict[str, object]:
        """Return what becomes another."""
        wanted: dict[str, object] = {"name": self.name, "allow_cleanup": self.allow_cleanup}
        if self.plan is not None and self._changes_plan(was):
            wanted["plans"] = on_plan(was, plan_called(self.plan), case.now)
        if self.parameters is not None:
            _require_same_network(self.parameters, was)
            wanted["parameters"] = self.parameters.text
        return {
            name: value for name, value in wanted.items() if value is not None and value != getattr(was, name)
        }


class LockInstance(msgspec.Struct, frozen=True):
    """Keep an instance from being changed and removed, or let it be."""

    locked: bool

    async def run(self, case: Case, tools: Tools) -> ShownInstance:
        """Lock or unlock it; whoever asks twice is told the same."""
        was = await _current(case, tools)
        require_there(was)
        case.request["locked"] = self.locked
        if was.locked is self.locked:
            return ShownInstance(was, tools.endpoints)
        new = changed(was, case.caller.iam_id, case.now, locked=self.locked)
        return _put(new, was, case, tools)


class DeleteInstance(msgspec.Struct, frozen=True):
    """Delete an instance: for good, unless there is a time in which it can be had back."""

    async def run(self, case: Case, tools: Tools) -> None:
        """Delete it unless it holds keys; the store sees to it that none comes meanwhile."""
        was = await _current(case, tools)
        require_changeable(was)
        require_empty(await tools.store.count(KeyQuery(instance=was.id, now=case.now)))
        new = deleted(was, case.caller.iam_id, case.now, tools.windows.reclaim_after, tools.new_id())
        case.change.put(new, was=was)
        case.response["instanceState"] = new.state


class CancelOperation(msgspec.Struct, frozen=True):
    """Cancel what is being done with an instance: whatever was asked is done when it is answered."""

    async def run(self, case: Case, tools: Tools) -> NoReturn:
        """Refuse it; no operation is ever under way."""
        require_there(await _current(case, tools))
        raise Refused(
            Reason.NOTHING_TO_CANCEL, "The last operation is completed: there is nothing to be cancelled"
        )


async def _current(case: Case, tools: Tools) -> Instance:
    found = await tools.store.instance(case.instance.id)
    if found is None:
        raise LookupError("an instance that the request was admitted to is gone")
    return found


def _put(new: Instance, was: Instance, case: Case, tools: Tools) -> ShownInstance:
    case.change.put(new, was=was)
    return ShownInstance(new, tools.endpoints)


def _require_same_network(wanted: Parameters, was: Instance) -> None:
    """Raise `Refused` where the parameters would say something else of the network than what was set.

    Who manages an instance changes its policy; a platform role does not reach there (section 3.4).
    """
    network = wanted.allowed_network
    if network is not None and network != msgspec.json.decode(was.parameters).get("allowed_network"):
        raise bad_field(
            "parameters", "without another allowed_network: the instance policy allowedNetwork changes it"
        )
