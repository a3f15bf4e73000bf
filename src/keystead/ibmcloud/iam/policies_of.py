"""What the commands for policies have in common, whoever the policies are of. Source: ``spec/cli.md`` 2.2."""

from collections.abc import Callable
from typing import Final

from keystead.ibmcloud.asking import require_yes
from keystead.ibmcloud.call import Call, Resource
from keystead.ibmcloud.iam.policy_api import Policies, Subject, of_resource, written
from keystead.ibmcloud.iam.policy_resources import changed_resource, resource_of

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


def list_policies(call: Call, policies: Policies, subject: Subject) -> None:
    """List the policies of *subject*."""
    call.screen.say(f"Getting policies of {call.argument()} under account {policies.account}...")
    list_found(call, policies.policies(**subject, type="access"), facts)


def show_policy(call: Call, policies: Policies, subject: Subject) -> None:
    """Show a policy of *subject*."""
    call.screen.say(f"Getting policy {call.argument(1)} of {call.argument()}...")
    _shown(call, policies.policy(call.argument(1), subject)[0])


def create_policy(call: Call, policies: Policies, subject: Subject) -> None:
    """Grant roles to *subject*."""
    names = call.line.listed("roles")
    if not names:
        call.line.needed("roles")
    service = call.line.text("service-name")
    body = {
        "type": "access",
        "subjects": written(subject),
        "roles": policies.role_ids(names, service),
        "resources": resource_of(call, policies.account),
    }
    call.screen.say(f"Creating policy under account {policies.account} for {call.argument()}...")
    _shown(call, policies.put(None, body))


def update_policy(call: Call, policies: Policies, subject: Subject) -> None:
    """Change a policy of *subject*; what is not named stays as it is."""
    was, tag = policies.policy(call.argument(1), subject)
    resources, roles = changed_resource(call, was), was["roles"]
    if names := call.line.listed("roles"):
        service = call.line.text("service-name") or of_resource(was).get("serviceName")
        roles = policies.role_ids(names, service)
    body = {
        "type": "access",
        "subjects": written(subject),
        "roles": [{"role_id": role["role_id"]} for role in roles],
        "resources": resources,
        "description": was.get("description") or "",
    }
    call.screen.say(f"Updating policy {call.argument(1)} of {call.argument()}...")
    _shown(call, policies.put(was, body, tag))


def delete_policy(call: Call, policies: Policies, subject: Subject) -> None:
    """Delete a policy of *subject*."""
    policy_id = call.argument(1)
    policy, _ = policies.policy(policy_id, subject)
    if not call.line.on("force"):
        require_yes(f"Really delete policy {policy_id} of {call.argument()}?")
    call.screen.say(f"Deleting policy {policy_id} of {call.argument()}...")
    policies.delete(policy)
    call.screen.done()


def _shown(call: Call, policy: Resource) -> None:
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
    return {
        "Policy ID": policy.get("id"),
        "Roles": role_names(policy),
        "Resources": ", ".join(on) or "All resources in the account",
    }


def role_names(policy: Resource) -> str:
    """Return the names of a policy's roles."""
    roles = policy.get("roles") or []
    return ", ".join(str(role.get("display_name") or role.get("role_id")) for role in roles)
