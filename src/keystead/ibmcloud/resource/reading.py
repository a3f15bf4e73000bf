"""`resource service-instances`, `service-instance` and their like. Source: ``spec/cli.md`` 2.3."""

from typing import Final

from keystead.ibmcloud.call import Call, Resource
from keystead.ibmcloud.resource import groups
from keystead.ibmcloud.resource.api import Controller
from keystead.ibmcloud.resource.saying import under
from keystead.ibmcloud.screen import members, write

_COLUMNS: Final = ("Name", "Location", "State", "Type")
_TYPE: Final = "service_instance"
_LIMITS: Final = range(1, 10_001)


def instances(call: Call) -> None:
    """List instances (RES-3)."""
    line = call.line
    limit = line.number("limit", _LIMITS)
    controller = Controller.open(call)
    where = line.text("location")
    group = None if line.on("all-resource-groups") else groups.aimed_at(call, controller)
    call.screen.say(
        f"Retrieving instances with type {line.text('type') or _TYPE} in {groups.said(group)} "
        f"in {'all locations' if where is None else f'location {where}'} {under(call)}..."
    )
    narrow = {} if group is None else {"resource_group_id": str(group["id"])}
    found = [one for one in controller.instances(**narrow) if _is_wanted(one, call)][:limit]
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
    group = groups.named(call, controller)
    if not call.line.on("id"):
        call.screen.say(f"Retrieving service instance {name} in {groups.said(group)} {under(call)}...")
    fitting = [one for one in controller.named(name) if _is_wanted(one, call)]
    found = groups.require_one_in(group, fitting, name)
    if call.screen.is_json:
        call.screen.json(found)
    elif call.line.on("id"):
        for one in found:
            write(f"{one.get('crn')} {one.get('guid')}")
    else:
        call.screen.ok()
        known = controller.groups()
        for one in found:
            show(call, one, groups.title_of(one, known))


def nothing(call: Call) -> None:
    """List what there is none of: resource keys."""
    Controller.open(call)
    call.screen.result([], ("Name", "State", "Created At"), [])


def show(call: Call, one: Resource, group: str) -> None:
    """Print an instance in the *group* of this name, a line per label (RES-4)."""
    last = one.get("last_operation") or {}
    call.screen.block(
        {
            "Name:": one.get("name"),
            "ID:": one.get("crn"),
            "GUID:": one.get("guid"),
            "Location:": one.get("region_id"),
            "Service Name:": _service(one),
            "Resource Group Name:": group,
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
