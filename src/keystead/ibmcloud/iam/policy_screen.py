"""Policies as the commands show them."""

from collections.abc import Callable
from typing import Final

from keystead.ibmcloud.call import Call, Resource
from keystead.ibmcloud.iam.policy_forms import condition_of, of_resource, roles_of

_LABELS: Final = {
    "accountId": "",
    "serviceName": "Service Name",
    "serviceType": "Service Type",
    "serviceInstance": "Service Instance",
    "region": "Region",
    "resourceGroupId": "Resource Group ID",
    "keyRing": "Key Ring",
    "resourceType": "Resource Type",
    "resource": "Resource",
}
"""How attributes are called on the screen; the account is that of the login."""


def list_found(call: Call, found: list[Resource], told: Callable[[Resource], dict[str, object]]) -> None:
    """Show all of *found*, with what *told* makes of each."""
    if call.screen.is_json:
        call.screen.json(found)
        return
    call.screen.ok()
    if not found:
        call.screen.say("No policy found")
    for policy in found:
        call.screen.block(told(policy))


def show(call: Call, policy: Resource) -> None:
    """Show *policy*."""
    if call.screen.is_json:
        call.screen.json(policy)
        return
    call.screen.ok()
    call.screen.block(facts(policy))


def facts(policy: Resource) -> dict[str, object]:
    """Return what a policy is on the screen."""
    on = [
        f"{label} {value}"
        for name, value in of_resource(policy).items()
        if (label := _LABELS.get(name, name))
    ]
    when = condition_of(policy)
    return {
        "Policy ID": policy.get("id"),
        "Roles": role_names(policy),
        "Resources": ", ".join(on) or "All resources in the account",
        **({"Condition": when.get("pattern") or "yes"} if when else {}),
    }


def role_names(policy: Resource) -> str:
    """Return the names of a policy's roles; of one of the second form the ends of their CRNs."""
    return ", ".join(
        str(role.get("display_name") or str(role.get("role_id")).rpartition(":")[2])
        for role in roles_of(policy)
    )
