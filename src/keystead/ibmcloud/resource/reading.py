"""`resource service-instances`, `service-instance`, `groups` and their like. Source: ``spec/cli.md`` 2.3."""

from typing import Final

from keystead.client.errors import BadInput
from keystead.ibmcloud import store
from keystead.ibmcloud.call import Call, Resource
from keystead.ibmcloud.resource.api import Controller
from keystead.ibmcloud.screen import members, write

_COLUMNS: Final = ("Name", "Location", "State", "Type")
_TYPE: Final = "service_instance"
_LIMITS: Final = range(1, 10_001)
_DEFAULT: Final = "Default"


def instances(call: Call) -> None:
    """List instances (RES-3)."""
    line = call.line
    limit = line.number("limit", _LIMITS)
    controller = Controller.open(call)
    where = line.text("location")
    call.screen.say(
        f"Retrieving instances with type {line.text('type') or _TYPE} in resource group {_DEFAULT} "
        f"in {'all locations' if where is None else f'location {where}'} {under(call)}..."
    )
    found = [one for one in controller.instances() if _is_wanted(one, call)][:limit]
    if call.screen.is_json:
        call.screen.json(found)
        return
    call.screen.ok()
    if not found:
        call.screen.say("No service instance found.")
        return
    names = ("name", "region_id", "state", "type", *(("guid", "crn") if line.on("long") else ()))
    columns = (*_COLUMNS, *(("GUID", "ID") if line.on("long") else ()))
    call.screen.table(columns, [members(one, *names) for one in found])


def instance(call: Call) -> None:
    """Show the instances of a name; JSON is a list even of one (RES-1, RES-2, RES-7)."""
    controller, name = Controller.open(call), call.argument()
    if not call.line.on("id"):
        call.screen.say(f"Retrieving service instance {name} in resource group {_DEFAULT} {under(call)}...")
    found = [one for one in controller.named(name) if _is_wanted(one, call)]
    if not found:
        raise BadInput(f"Service instance {name} was not found.")
    if call.screen.is_json:
        call.screen.json(found)
    elif call.line.on("id"):
        for one in found:
            write(f"{one.get('crn')} {one.get('guid')}")
    else:
        call.screen.ok()
        for one in found:
            show(call, one)


def groups(call: Call) -> None:
    """List resource groups (RES-8)."""
    controller = Controller.open(call)
    call.screen.say(f"Retrieving resource groups {under(call)}...")
    found = [_as_printed(one) for one in controller.groups()]
    if call.line.on("default"):
        found = [one for one in found if one.get("default")]
    rows = [members(one, "name", "id", "default", "state") for one in found]
    call.screen.result(found, ("Name", "ID", "Default Group", "State"), rows)


def group(call: Call) -> None:
    """Show a resource group, by its name in any case, or its id."""
    controller, name = Controller.open(call), call.argument()
    found = [one for one in map(_as_printed, controller.groups()) if _is_called(one, name)]
    if not found:
        raise BadInput(f"Resource group {name} was not found.")
    if call.screen.is_json:
        call.screen.json(found)
    elif call.line.on("id"):
        write(str(found[0].get("id")))
    else:
        call.screen.ok()
        labels = {
            "Name:": "name",
            "Account ID:": "account_id",
            "ID:": "id",
            "Default Resource Group:": "default",
        }
        call.screen.block({label: found[0].get(member) for label, member in labels.items()})


def nothing(call: Call) -> None:
    """List what there is none of: resource keys and reclamations."""
    Controller.open(call)
    call.screen.result([], ("Name", "State", "Created At"), [])


def show(call: Call, one: Resource) -> None:
    """Print an instance, a line per label (RES-4)."""
    last = one.get("last_operation") or {}
    call.screen.block(
        {
            "Name:": one.get("name"),
            "ID:": one.get("crn"),
            "GUID:": one.get("guid"),
            "Location:": one.get("region_id"),
            "Service Name:": _service(one),
            "Resource Group Name:": _DEFAULT,
            "State:": one.get("state"),
            "Type:": one.get("type"),
            "Sub Type:": one.get("sub_type"),
            "Allow Cleanup:": one.get("allow_cleanup"),
            "Locked:": one.get("locked"),
            "Created at:": one.get("created_at"),
            "Updated at:": one.get("updated_at"),
            "Last Operation:": "",
            "   Status": f"{last.get('type')} {last.get('state')}",
            "   Message": last.get("description"),
        }
    )


def under(call: Call) -> str:
    """Return the end of a line of progress: whose account it is, and who asks."""
    account = store.read(call.environment).get("Account") or {}
    return f"under account {account.get('Name')} as {account.get('Owner')}"


def _is_wanted(one: Resource, call: Call) -> bool:
    line = call.line
    asked = (
        (line.text("service-name"), _service(one)),
        (line.text("location"), one.get("region_id")),
        (line.text("type"), one.get("type")),
    )
    return all(wanted in {None, found} for wanted, found in asked)


def _service(one: Resource) -> str:
    """Return the service in an instance's CRN: its fifth segment."""
    return "".join(str(one.get("crn", "")).split(":")[4:5])


def _is_called(one: Resource, name: str) -> bool:
    return name == one.get("id") or name.lower() == str(one.get("name")).lower()


def _as_printed(one: Resource) -> Resource:
    """Return a group as IBM's tool shows it: the default one is written with a capital letter."""
    return {**one, "name": _DEFAULT} if one.get("name") == _DEFAULT.lower() else one
