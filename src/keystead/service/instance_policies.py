"""Show and set the policies of an instance."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from keystead.domain.endpoints import Endpoints
from keystead.domain.gate import RESTRICTING
from keystead.domain.instance_policies import InstanceWish, following, require_way_back
from keystead.domain.policies import InstancePolicies, InstancePolicy, PolicyKind
from keystead.service.case import Case, Tools


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadInstancePolicies:
    """The policies that were ever set; *kind* leaves one of them."""

    kind: PolicyKind | None

    async def run(self, case: Case, tools: Tools) -> tuple[InstancePolicy, ...]:
        """Show them."""
        found = await tools.store.policies(case.instance.id)
        policies = found.policies if found else ()
        return tuple(policy for policy in policies if self.kind in (None, policy.kind))


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteInstancePolicies:
    """Set policies; those of other kinds stay.

    Args:
        wishes: one of a kind.
        address: where the request came from.
    """

    wishes: tuple[InstanceWish, ...]
    address: str | None

    async def run(self, case: Case, tools: Tools) -> None:
        """Set them, all or none, unless the caller would shut himself out."""
        was = await tools.store.policies(case.instance.id)
        by = case.caller.iam_id
        after = following(was, self.wishes, instance=case.instance.id, by=by, now=case.now)
        require_way_back(after, self.wishes, self.address)
        kinds = {wish.kind for wish in self.wishes}
        case.request.update(initialValue=_facts(was, kinds), newValue=_facts(after, kinds))
        case.change.put(after, was=was)


@dataclass(frozen=True, slots=True)
class Reopen:
    """Turn off the policies that say where requests may come from: the way back for who is locked out."""

    async def run(self, case: Case, tools: Tools) -> tuple[PolicyKind, ...]:
        """Turn them off and return those that were on."""
        was = await tools.store.policies(case.instance.id)
        on = tuple(kind for kind in RESTRICTING if was is not None and was.enabled(kind) is not None)
        if on:
            wishes = tuple(InstanceWish(kind=kind, enabled=False) for kind in on)
            by = case.caller.iam_id
            after = following(was, wishes, instance=case.instance.id, by=by, now=case.now)
            case.request.update(initialValue=_facts(was, set(on)), newValue=_facts(after, set(on)))
            case.change.put(after, was=was)
        return on


@dataclass(frozen=True, slots=True)
class ReadAllowedAddressPort:
    """Where the service is reached, if ``allowedIP`` is on; the door names the port of that."""

    async def run(self, case: Case, tools: Tools) -> Endpoints | None:
        """Look among the policies that the request was admitted under."""
        is_on = case.policies is not None and case.policies.enabled(PolicyKind.ALLOWED_IP) is not None
        return tools.endpoints if is_on else None


_ACCESS_FACTS: Final[Mapping[str, str]] = {
    "PolicyKCIAAttrCRK": "create_root_key",
    "PolicyKCIAAttrCSK": "create_standard_key",
    "PolicyKCIAAttrIRK": "import_root_key",
    "PolicyKCIAAttrISK": "import_standard_key",
    "PolicyKCIAAttrET": "enforce_token",
}


def _facts(policies: InstancePolicies | None, kinds: set[PolicyKind]) -> dict[str, object]:
    facts: dict[str, object] = {}
    for policy in policies.policies if policies else ():
        if policy.kind in kinds:
            facts.update(_facts_of(policy))
    return facts


def _facts_of(policy: InstancePolicy) -> dict[str, object]:
    """Return what the audit log says of *policy*, in its own names (``iam-and-provisioning.md`` 6.2).

    It names neither rotation and metrics nor whether ``allowedIP`` is on; those names are ours.
    """
    match policy.kind:
        case PolicyKind.ALLOWED_NETWORK:
            return {
                "policyAllowedNetworkEnabled": policy.enabled,
                "policyAllowedNetworkAttribute": policy.allowed_network,
            }
        case PolicyKind.ALLOWED_IP:
            return {
                "policyAllowedIPEnabled": policy.enabled,
                "policyAllowedIPAttribute": list(policy.allowed_ip),
            }
        case PolicyKind.DUAL_AUTH_DELETE:
            return {"policyDualAuthDeleteEnabled": policy.enabled}
        case PolicyKind.METRICS:
            return {"policyMetricsEnabled": policy.enabled}
        case PolicyKind.ROTATION:
            return {
                "policyRotationEnabled": policy.enabled,
                "policyRotationAttribute": policy.interval_months,
            }
        case PolicyKind.KEY_CREATE_IMPORT_ACCESS:
            access = {fact: getattr(policy.access, name) for fact, name in _ACCESS_FACTS.items()}
            return {"PolicyKCIAEnabled": policy.enabled, **access}
