"""`iam authorization-polic…`: what services may do with each other's keys. Source: ``spec/cli.md`` 2.2."""

from typing import Final

from keystead.ibmcloud.asking import require_yes
from keystead.ibmcloud.call import Call, Resource
from keystead.ibmcloud.files import from_file
from keystead.ibmcloud.iam.policy_api import Policies
from keystead.ibmcloud.iam.policy_forms import Said, completed, exactly, of_resource, of_subject, version_of
from keystead.ibmcloud.iam.policy_resources import instance_id
from keystead.ibmcloud.iam.policy_screen import list_found, role_names
from keystead.ibmcloud.words import WrongUsage

_ALL: Final = "All instances"
_PLACES: Final = ("SOURCE_SERVICE", "TARGET_SERVICE", "ROLE,...")
_PARTS: Final = {
    "service-account": "accountId",
    "resource-group-id": "resourceGroupId",
    "resource-type": "resourceType",
    "resource": "resource",
}
"""Options of either side that are attributes as they stand."""


def authorizations(call: Call) -> None:
    """List authorizations."""
    policies = Policies.open(call)
    call.screen.say(f"Getting authorization policies under account {policies.account}...")
    list_found(call, policies.policies(type="authorization"), _facts)


def authorization(call: Call) -> None:
    """Show an authorization."""
    policies, policy_id = Policies.open(call), call.argument()
    call.screen.say(f"Getting authorization policy {policy_id} under account {policies.account}...")
    found, _ = policies.policy(policy_id, None, version_of(call.line))
    if call.screen.is_json:
        call.screen.json(found)
        return
    call.screen.ok()
    call.screen.block(_facts(found))


def create_authorization(call: Call) -> None:
    """Let a service use keys of another one."""
    policies, whole = Policies.open(call), from_file(call.line)
    version = version_of(call.line, whole)
    if whole is None:
        body = _new(call, policies).body(version)
    elif call.line.arguments:
        raise WrongUsage("With '--file', the policy is what the file says; no service is named.")
    else:
        body = completed(whole, version, "authorization")
    call.screen.say(f"Creating authorization policy under account {policies.account}...")
    made = policies.create(version, body)
    if call.screen.is_json:
        call.screen.json(made)
        return
    call.screen.ok()
    call.screen.say(f"Authorization policy {made.get('id')} was created.")
    call.screen.block(_facts(made))


def _new(call: Call, policies: Policies) -> Said:
    given = call.line.arguments
    if len(given) < len(_PLACES):
        raise WrongUsage(f"The argument {_PLACES[len(given)]} is missing.")
    source, target, names = given
    return Said(
        kind="authorization",
        subject=exactly(_side(call, "source", source, policies.account)),
        roles=policies.role_ids(names.split(","), target, policy_type="authorization"),
        resource=exactly(_side(call, "target", target, policies.account)),
    )


def _side(call: Call, side: str, service: str, account: str) -> dict[str, str]:
    """Return what is said of one side."""
    said = {"accountId": account, "serviceName": service}
    by_id, by_name = (call.line.text(f"{side}-service-instance-{it}") for it in ("id", "name"))
    if by_id is not None and by_name is not None:
        raise WrongUsage(
            f"'--{side}-service-instance-id' cannot be used with '--{side}-service-instance-name'."
        )
    if by_id is not None:  # an instance of another service than ours is known to nobody here
        said["serviceInstance"] = by_id if side == "source" else instance_id(call, by_id)
    if by_name is not None:
        said["serviceInstance"] = instance_id(call, by_name)
    found = {name: call.line.text(f"{side}-{option}") for option, name in _PARTS.items()}
    return said | {name: value for name, value in found.items() if value is not None}


def delete_authorization(call: Call) -> None:
    """Take an authorization away."""
    policies, policy_id = Policies.open(call), call.argument()
    policy, _ = policies.policy(policy_id, None)
    if not call.line.on("force"):
        require_yes(f"Really delete authorization policy {policy_id}?")
    call.screen.say(f"Deleting authorization policy {policy_id} under account {policies.account}...")
    policies.delete(policy)
    if call.screen.is_json:
        call.screen.json({})
        return
    call.screen.ok()
    call.screen.say(f"Authorization policy {policy_id} is deleted successfully")


def _facts(policy: Resource) -> dict[str, object]:
    source, target = of_subject(policy), of_resource(policy)
    return {
        "ID:": policy.get("id"),
        "Source service name:": source.get("serviceName"),
        "Source service instance:": source.get("serviceInstance") or _ALL,
        "Target service name:": target.get("serviceName"),
        "Target service instance:": target.get("serviceInstance") or _ALL,
        "Roles:": role_names(policy),
    }
