"""Make an instance. Source: ``spec/iam-and-provisioning.md`` sections 5.1 and 5.2."""

import msgspec

from keystead.domain.access import reaching, unauthorized
from keystead.domain.actions import Role
from keystead.domain.catalog import service_of
from keystead.domain.errors import Refused
from keystead.domain.ids import InstanceId
from keystead.domain.instance_policies import InstanceWish, following
from keystead.domain.instances import MOST_INSTANCES, Instance, PlanStart
from keystead.domain.policies import PolicyKind
from keystead.domain.provisioning import plan_called, region_of
from keystead.domain.reasons import Reason
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
