"""`iam authorization-polic…`: what services may do with each other's keys. Source: ``spec/cli.md`` 2.2."""

from keystead.ibmcloud.asking import require_yes
from keystead.ibmcloud.call import Call, Resource
from keystead.ibmcloud.iam.policies_of import list_found, role_names
from keystead.ibmcloud.iam.policy_api import Policies, of_resource, of_subject, written
from keystead.ibmcloud.iam.policy_resources import instance_id

_ALL = "All instances"


def authorizations(call: Call) -> None:
    """List authorizations."""
    policies = Policies.open(call)
    call.screen.say(f"Getting authorization policies under account {policies.account}...")
    list_found(call, policies.policies(type="authorization"), _facts)


def create_authorization(call: Call) -> None:
    """Let a service use keys of another one."""
    policies = Policies.open(call)
    source, target, names = (call.argument(number) for number in range(3))
    subject = {"accountId": policies.account, "serviceName": source}
    resource = {"accountId": policies.account, "serviceName": target}
    if (instance := call.line.text("source-service-instance-id")) is not None:
        subject["serviceInstance"] = instance
    if (group := call.line.text("source-resource-group-id")) is not None:
        subject["resourceGroupId"] = group
    if (wanted := call.line.text("target-service-instance-id")) is not None:
        resource["serviceInstance"] = instance_id(call, wanted)
    body: Resource = {
        "type": "authorization",
        "subjects": written(subject),
        "roles": policies.role_ids(names.split(","), target, policy_type="authorization"),
        "resources": written(resource),
    }
    call.screen.say(f"Creating authorization policy under account {policies.account}...")
    made = policies.put(None, body)
    if call.screen.is_json:
        call.screen.json(made)
        return
    call.screen.ok()
    call.screen.say(f"Authorization policy {made.get('id')} was created.")
    call.screen.block(_facts(made))


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
