"""`resource service-instance-create` and its like. Source: ``spec/cli.md`` 2.3 (RES-4 to RES-6)."""

from pathlib import Path
from typing import Any, Final, NoReturn

import msgspec

from keystead.client.errors import BadInput
from keystead.ibmcloud.asking import require_yes
from keystead.ibmcloud.call import Call, Resource
from keystead.ibmcloud.resource import groups
from keystead.ibmcloud.resource.api import Controller, instance_at
from keystead.ibmcloud.resource.reading import show
from keystead.ibmcloud.resource.saying import of
from keystead.ibmcloud.words import WrongUsage

_MAX_FILE: Final = 1 << 20
_ENDPOINTS: Final = ("public", "private", "public-and-private")
_IDEM: Final = "Name exactly one instance: '{}' names {} of them. Give the id."


def create(call: Call) -> None:
    """Make an instance: NAME SERVICE PLAN LOCATION."""
    name, service, plan, location = call.line.arguments
    parameters, controller = _parameters(call), Controller.open(call)
    group = groups.aimed_at(call, controller) or controller.group(None)
    body: Resource = {
        "name": name,
        "target": location,
        "resource_group": group["id"],
        "resource_plan_id": controller.plan_id(service, plan),
        "allow_cleanup": call.line.on("allow-cleanup"),
    }
    if parameters:
        body["parameters"] = parameters
    call.screen.say(f"Creating service instance {name} in {groups.said(group)} {of(call)}...")
    lock_header = {"entity-lock": str(call.line.on("lock")).lower()}
    made = controller.one("POST", "/v2/resource_instances", body, lock_header)
    _result(call, controller, made, f"Service instance {name} was created.")


def update(call: Call) -> None:
    """Rename an instance, or change its parameters or plan."""
    changes: Resource = {}
    for option, member in (("name", "name"), ("service-plan-id", "resource_plan_id")):
        if (value := call.line.text(option)) is not None:
            changes[member] = value
    if call.line.text("parameters") is not None:
        changes["parameters"] = _parameters(call)
    if not changes:
        raise WrongUsage("Give '--name', '--parameters' or '--service-plan-id'.")
    controller = Controller.open(call)
    one = _only(controller, call.argument())
    call.screen.say(f"Updating service instance {call.argument()} {of(call)}...")
    made = controller.one("PATCH", instance_at(one["crn"]), changes)
    _result(call, controller, made, f"Service instance {call.argument()} is updated successfully.")


def delete(call: Call) -> None:
    """Remove an instance that holds no keys any more (RES-5)."""
    controller = Controller.open(call)
    one = _only(controller, call.argument(), groups.named(call, controller))
    if not call.line.on("force"):
        require_yes(f"Really delete the service instance {one['name']} with ID {one['crn']}?")
    call.screen.say(f"Deleting service instance {one['name']} {of(call)}...")
    params = {"recursive": "true"} if call.line.on("recursive") else None
    controller.ask("DELETE", instance_at(one["crn"]), params)
    call.screen.done()
    call.screen.say(f"Service instance {one['name']} with ID {one['crn']} is deleted successfully")


def no_key(call: Call) -> NoReturn:
    """Refuse to make a resource key, and say what does its work."""
    raise BadInput(
        f"The key {call.argument()} was not made: there are no resource keys here. Make a service id with "
        "'iam service-id-create', a policy with 'iam service-policy-create', and its key with "
        "'iam service-api-key-create'."
    )


def lock(call: Call) -> None:
    """Keep an instance from being changed and deleted."""
    _lock(call, "POST", "locked")


def unlock(call: Call) -> None:
    """Let an instance be changed and deleted again."""
    _lock(call, "DELETE", "unlocked")


def _lock(call: Call, method: str, what: str) -> None:
    controller = Controller.open(call)
    one = _only(controller, call.argument())
    made = controller.one(method, instance_at(one["crn"], "/lock"))
    _result(call, controller, made, f"Service instance {call.argument()} is {what}.")


def _only(controller: Controller, name: str, group: Resource | None = None) -> Resource:
    """Return the one instance in *group* that *name* names: none is changed by chance."""
    found = groups.require_one_in(group, controller.named(name), name)
    if len(found) != 1:
        raise BadInput(_IDEM.format(name, len(found)))
    return found[0]


def _result(call: Call, controller: Controller, one: Resource, says: str) -> None:
    if call.screen.is_json:
        call.screen.json(one)
        return
    call.screen.ok()
    call.screen.say(says)
    show(call, one, groups.title_of(one, controller.groups()))


def _parameters(call: Call) -> dict[str, Any]:
    text, endpoints = call.line.text("parameters"), call.line.text("service-endpoints")
    found = _object(text) if text is not None else {}
    if endpoints is not None:
        if endpoints not in _ENDPOINTS:
            raise WrongUsage(f"'--service-endpoints' is one of {', '.join(_ENDPOINTS)}.")
        found["service-endpoints"] = endpoints
    return found


def _object(text: str) -> dict[str, Any]:
    octets = text.encode()
    if text.startswith("@"):
        with Path(text[1:]).open("rb") as file:
            octets = file.read(_MAX_FILE)
    try:
        return msgspec.json.decode(octets, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise WrongUsage("The value of '--parameters' is no JSON object.") from None
