"""`catalog service`, `catalog service-marketplace` and `catalog search`. Source: ``spec/cli.md`` 2.3."""

from typing import Any, Final

from keystead.client.errors import BadInput
from keystead.ibmcloud.call import Call, Resource
from keystead.ibmcloud.resource.api import Controller
from keystead.ibmcloud.resource.saying import under
from keystead.ibmcloud.screen import members

_COLUMNS: Final = ("Name", "Display Name", "Kind", "ID")
_PLAN_COLUMNS: Final = ("Plan", "ID", "Locations")


def service(call: Call) -> None:
    """Show a service, by name or id: its plans, and where each is to be had."""
    controller, name = Controller.open(call), call.argument()
    call.screen.say(f"Getting catalog entry {name} {under(call)}...")
    found = _whole(controller, _named(controller, name))
    if call.screen.is_json:
        call.screen.json(found)
        return
    call.screen.ok()
    labels = {"ID:": "id", "Name:": "name", "Kind:": "kind", "CRN:": "catalog_crn"}
    call.screen.block({label: found.get(member) for label, member in labels.items()})
    rows = [[plan["name"], plan["id"], _places(plan)] for plan in found["children"]]
    call.screen.say("")
    call.screen.table(_PLAN_COLUMNS, rows)


def marketplace(call: Call) -> None:
    """List every service."""
    controller = Controller.open(call)
    call.screen.say(f"Getting all services from the catalog {under(call)}...")
    _listed(call, controller.entries(""))


def search(call: Call) -> None:
    """List the services that have all words of the query in their names."""
    words = call.line.arguments[0] if call.line.arguments else ""
    controller = Controller.open(call)
    call.screen.say(f"Searching the catalog for '{words}' {under(call)}...")
    _listed(call, controller.entries(words))


def _listed(call: Call, found: list[Resource]) -> None:
    rows = [[one.get("name"), _title(one), *members(one, "kind", "id")] for one in found]
    call.screen.result(found, _COLUMNS, rows)


def _named(controller: Controller, name: str) -> Resource:
    for one in controller.entries(""):
        if name in {one.get("name"), one.get("id")}:
            return one
    raise BadInput(f"Service {name} was not found in the catalog.")


def _whole(controller: Controller, entry: Resource) -> dict[str, Any]:
    """Return *entry* with its plans and their deployments as ``children``."""
    plans = controller.children(entry, "plan")
    return {
        **entry,
        "children": [{**plan, "children": controller.children(plan, "deployment")} for plan in plans],
    }


def _places(plan: Resource) -> str:
    places = [one.get("metadata", {}).get("deployment", {}).get("location") for one in plan["children"]]
    return ", ".join(str(place) for place in places if place)


def _title(one: Resource) -> object:
    return one.get("overview_ui", {}).get("en", {}).get("display_name")
