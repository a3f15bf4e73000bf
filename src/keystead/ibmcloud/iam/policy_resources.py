"""What a policy is on, as the command line says it. Source: ``spec/cli.md`` 2.2."""

from typing import Final

from keystead.client.errors import BadInput
from keystead.domain.ids import is_uuid
from keystead.domain.instances import guid_in
from keystead.ibmcloud.call import Call, Resource
from keystead.ibmcloud.iam.policy_api import written
from keystead.ibmcloud.resource.api import Controller

_PLAIN: Final = {
    "service-name": "serviceName",
    "region": "region",
    "resource-type": "resourceType",
    "resource": "resource",
    "resource-group-id": "resourceGroupId",
}
"""Options whose values are attributes as they stand."""


def resource_of(call: Call, account: str) -> list[dict[str, object]]:
    """Return what a new policy is to be on: all services of the account, where none is named."""
    named = _named(call)
    service = {} if "serviceName" in named else {"serviceType": "service"}
    return written({"accountId": account, **service, **named})


def changed_resource(call: Call, was: Resource) -> list[dict[str, object]]:
    """Return what a policy is to be on: as it *was*, with what is named in its place.

    What is not named stays, patterns too: a policy never gets wider because something was left out.
    """
    (resource,) = was["resources"]
    named = _named(call)
    gone = {"serviceType", *named} if "serviceName" in named else {*named}
    kept = [it for it in resource["attributes"] if it["name"] not in gone]
    return [{"attributes": [*kept, *({"name": name, "value": value} for name, value in named.items())]}]


def _named(call: Call) -> dict[str, str]:
    found = {name: value for option, name in _PLAIN.items() if (value := call.line.text(option)) is not None}
    if (instance := call.line.text("service-instance")) is not None:
        found["serviceInstance"] = instance_id(call, instance)
    if (group := call.line.text("resource-group-name")) is not None:
        found["resourceGroupId"] = Controller.open(call).group_id(group)
    return found | _more(call)


def _more(call: Call) -> dict[str, str]:
    pairs = [pair.partition("=") for pair in call.line.listed("attributes")]
    if not all(name and equals and value for name, equals, value in pairs):
        raise BadInput("The value of '--attributes' must be name=value, with commas between several.")
    return {name: value for name, _, value in pairs}


def instance_id(call: Call, name: str) -> str:
    """Return the id of an instance, by id, CRN or name; `BadInput` unless there is exactly one."""
    guid = guid_in(name)
    if guid is not None and (is_uuid(name) or name.startswith("crn:")):
        return guid
    found = Controller.open(call).named(name)
    if len(found) > 1:
        raise BadInput(f"'{name}' names {len(found)} of them. Give the id.")
    return str(found[0]["guid"])
