"""`cbr service…` and `cbr api-types`: what rules may be about, and what zones may refer to."""

from typing import Final

from keystead.client.errors import BadInput
from keystead.domain.role_tables import SERVICES
from keystead.ibmcloud.call import Call, Resource
from keystead.ibmcloud.cbr.api import Contexts, counted
from keystead.ibmcloud.words import WrongUsage

_NAMES: Final = {"kms": "Key Protect", "hs-crypto": "Hyper Protect Crypto Services"}
_NONE: Final = "-"


def services(call: Call) -> None:
    """List the services that rules can be about."""
    contexts = Contexts.open(call)
    found = [_service(name, contexts.api_types({"service_name": name})) for name in SERVICES]
    rows = [[it["display_name"], it["service_name"], _types(it)] for it in found]
    call.screen.result(found, ("Display Name", "Name", "API Types"), rows)


def service(call: Call) -> None:
    """Show a service that rules can be about."""
    _require_no_type(call)
    name = call.argument()
    types = Contexts.open(call).api_types({"service_name": name})
    if not types:
        raise BadInput(f"Service {name} was not found.")
    found = _service(name, types)
    if call.screen.is_json:
        call.screen.json(found)
        return
    call.screen.ok()
    call.screen.block({"Display Name:": found["display_name"], "Service Name:": name})
    call.screen.say("")
    columns = ("Name", "API Type ID", "Type", "Actions", "Description")
    call.screen.table(
        columns,
        [[*(it.get(member) for member in _SHOWN), _actions(it), it.get("description")] for it in types],
    )


def api_types(call: Call) -> None:
    """List the API types that a rule about a service may name."""
    _require_no_type(call)
    name, group = call.line.text("service-name"), call.line.text("service-group-id")
    if (name is None) is (group is None):
        raise WrongUsage("Name either '--service-name' or '--service-group-id'.")
    found = Contexts.open(call).api_types({"service_name": name, "service_group_id": group})
    rows = [
        [
            it.get("api_type_id"),
            it.get("display_name"),
            it.get("type"),
            it.get("description"),
            ", ".join(it.get("enforcement_modes") or []),
            _actions(it),
        ]
        for it in found
    ]
    columns = ("api_type_id", "display_name", "type", "description", "enforcement_modes", "actions")
    call.screen.result(found, columns, rows)


def targets(call: Call) -> None:
    """List the services that a zone can refer to."""
    found = Contexts.open(call).targets(call.line.text("type"))
    rows = [[it.get("service_name"), it.get("service_type") or _NONE, _places(it)] for it in found]
    call.screen.result(found, ("service_name", "service_type", "locations"), rows)


def target(call: Call) -> None:
    """Show a service that a zone can refer to."""
    found = Contexts.open(call).target(call.argument())
    if call.screen.is_json:
        call.screen.json(found)
        return
    call.screen.ok()
    call.screen.block(
        {
            "Service Name": found.get("service_name"),
            "Service Type:": found.get("service_type") or _NONE,
            "Locations:": _places(found),
        }
    )


_SHOWN: Final = ("display_name", "api_type_id", "type")


def _require_no_type(call: Call) -> None:
    if call.line.text("resource-type") is not None:
        raise WrongUsage("No service here has resource types of its own: leave '--resource-type' out.")


def _service(name: str, types: list[Resource]) -> Resource:
    return {"service_name": name, "display_name": _NAMES.get(name, name), "api_types": types}


def _types(one: Resource) -> str:
    return counted([(len(one["api_types"]), "API Type")], "No API Types")


def _actions(api_type: Resource) -> str:
    return counted([(len(api_type.get("actions") or []), "action")], "No actions")


def _places(target: Resource) -> str:
    return ", ".join(str(it.get("name")) for it in target.get("locations") or []) or _NONE
