"""What a policy is on, as the command line says it. Source: ``spec/cli.md`` 2.2."""

from typing import Final

from keystead.client.errors import BadInput
from keystead.domain.ids import is_uuid
from keystead.domain.instances import guid_in
from keystead.ibmcloud.call import Call, Resource
from keystead.ibmcloud.iam.policy_forms import Attributes, exactly, resource_of
from keystead.ibmcloud.resource.api import Controller
from keystead.ibmcloud.words import WrongUsage, pairs

_PLAIN: Final = {
    "service-name": "serviceName",
    "region": "region",
    "resource-type": "resourceType",
    "resource": "resource",
    "resource-group-id": "resourceGroupId",
}
"""Options whose values are attributes as they stand."""
_SERVICES: Final = {"serviceName", "serviceType"}
_ANY: Final = "*"


def new_resource(call: Call, account: str) -> Attributes:
    """Return what a new policy is to be on: all services of the account, where none is named."""
    named = _named(call)
    of_services = named.keys().isdisjoint({"serviceName", "serviceType"})
    service = {"serviceType": "service"} if of_services else {}
    return _written({"accountId": account, **service, **named})


def changed_resource(call: Call, was: Resource) -> Attributes:
    """Return what a policy is to be on: as it *was*, with what is named in its place.

    What is not named stays, patterns too: a policy never gets wider because something was left out.
    """
    named = _named(call)
    gone = {*named} | (_SERVICES if _SERVICES & named.keys() else set())
    return [*(it for it in resource_of(was) if it["name"] not in gone), *_written(named)]


def tags_of(call: Call) -> Attributes:
    """Return the access tags that are named."""
    return exactly(dict(pairs(call.line, "tags", ":")))


def _named(call: Call) -> dict[str, str]:
    line = call.line
    found = {name: value for option, name in _PLAIN.items() if (value := line.text(option)) is not None}
    if (instance := line.text("service-instance")) is not None:
        found["serviceInstance"] = instance_id(call, instance)
    if (group := line.text("resource-group-name")) is not None:
        if "resourceGroupId" in found:
            raise WrongUsage("'--resource-group-name' cannot be used with '--resource-group-id'.")
        found["resourceGroupId"] = group if group == _ANY else Controller.open(call).group_id(group)
    if line.on("account-management"):
        if "serviceName" in found:
            raise WrongUsage("'--account-management' cannot be used with '--service-name'.")
        found["serviceType"] = "platform_service"
    for name, value in pairs(line, "attributes"):
        if name in found:
            raise WrongUsage(f"The attribute {name} is named twice.")
        found[name] = value
    return found


def _written(named: dict[str, str]) -> Attributes:
    """Return *named* as attributes; a star for the group is any of them."""
    return [
        {**it, "operator": "stringMatch"} if (it["name"], it["value"]) == ("resourceGroupId", _ANY) else it
        for it in exactly(named)
    ]


def instance_id(call: Call, name: str) -> str:
    """Return the id of an instance, by id, CRN or name; `BadInput` unless there is exactly one."""
    guid = guid_in(name)
    if guid is not None and (is_uuid(name) or name.startswith("crn:")):
        return guid
    found = Controller.open(call).named(name)
    if len(found) > 1:
        raise BadInput(f"'{name}' names {len(found)} of them. Give the id.")
    return str(found[0]["guid"])
