"""`resource groups` and what shows, makes, renames and deletes one. Source: ``spec/cli.md`` 2.3."""

from typing import Final

from keystead.client.errors import BadInput
from keystead.ibmcloud import store
from keystead.ibmcloud.asking import require_yes
from keystead.ibmcloud.call import Call, Resource
from keystead.ibmcloud.door import at
from keystead.ibmcloud.resource.api import Controller
from keystead.ibmcloud.resource.saying import under
from keystead.ibmcloud.screen import members, write

_GROUPS: Final = "/v2/resource_groups"
_DEFAULT: Final = "Default"
_LABELS: Final = {
    "Name:": "name",
    "Account ID:": "account_id",
    "ID:": "id",
    "Default Resource Group:": "default",
    "State:": "state",
}


def listed(call: Call) -> None:
    """List resource groups (RES-8)."""
    controller = Controller.open(call)
    call.screen.say(f"Retrieving resource groups {under(call)}...")
    found = [_as_printed(one) for one in controller.groups()]
    if call.line.on("default"):
        found = [one for one in found if one.get("default")]
    rows = [members(one, "name", "id", "default", "state") for one in found]
    call.screen.result(found, ("Name", "ID", "Default Group", "State"), rows)


def shown(call: Call) -> None:
    """Show a resource group, by its name in any case, or its id."""
    one = _as_printed(Controller.open(call).group(call.argument()))
    if call.screen.is_json:
        call.screen.json([one])
    elif call.line.on("id"):
        write(str(one.get("id")))
    else:
        call.screen.ok()
        _block(call, one)


def create(call: Call) -> None:
    """Make a resource group."""
    controller, name = Controller.open(call), call.argument()
    call.screen.say(f"Creating resource group {name} {under(call)}...")
    made = controller.one("POST", _GROUPS, {"name": name})
    _result(call, controller.group(str(made["id"])), f"Resource group {name} was created.")


def update(call: Call) -> None:
    """Rename a resource group."""
    controller, new = Controller.open(call), call.line.needed("name")
    one = controller.group(call.argument())
    call.screen.say(f"Updating resource group {call.argument()} {under(call)}...")
    renamed = controller.one("PATCH", at("v2/resource_groups", str(one["id"])), {"name": new})
    _result(call, renamed, f"Resource group {call.argument()} is renamed to {new}.")


def delete(call: Call) -> None:
    """Delete a resource group, which must hold no instance."""
    controller = Controller.open(call)
    one = controller.group(call.argument())
    if not call.line.on("force"):
        require_yes(f"Really delete the resource group {one['name']}?")
    call.screen.say(f"Deleting resource group {one['name']} {under(call)}...")
    controller.ask("DELETE", at("v2/resource_groups", str(one["id"])))
    call.screen.done()
    call.screen.say(f"Resource group {one['name']} was deleted.")


def named(call: Call, controller: Controller) -> Resource | None:
    """Return the group that the command line names; `BadInput` where there is none of that name."""
    name = call.line.text("group")
    return None if name is None else controller.group(name)


def aimed_at(call: Call, controller: Controller) -> Resource | None:
    """Return the group that the command line names, or else the one that is targeted, if any is."""
    one = named(call, controller)
    stored = store.read(call.environment).get("ResourceGroup") or {}
    target = stored.get("GUID") or stored.get("Name")
    return controller.group(str(target)) if one is None and target else one


def holds(group: Resource | None, instance: Resource) -> bool:
    """Tell whether *instance* is in *group*; no group holds all."""
    return group is None or group.get("id") == instance.get("resource_group_id")


def said(group: Resource | None) -> str:
    """Return where a command looks, for a line of progress."""
    return "all resource groups" if group is None else f"resource group {title(group)}"


def title(group: Resource) -> str:
    """Return a group's name as IBM's tool shows it: that of the default one begins with a capital letter."""
    name = str(group.get("name"))
    return _DEFAULT if name == _DEFAULT.lower() else name


def title_of(instance: Resource, known: list[Resource]) -> str:
    """Return the name of the group that *instance* is in; its id, where that is not among those *known*."""
    wanted = str(instance.get("resource_group_id"))
    return next((title(one) for one in known if one.get("id") == wanted), wanted)


def require_group(call: Call, name: str) -> dict[str, str]:
    """Return the group called *name* as a login keeps it; `BadInput` if there is none."""
    one = Controller.open(call).group(name)
    return {"GUID": str(one.get("id")), "Name": title(one)}


def require_one_in(group: Resource | None, found: list[Resource], name: str) -> list[Resource]:
    """Return those of *found* that are in *group*; `BadInput` where none of them is."""
    inside = [one for one in found if holds(group, one)]
    if not inside:
        raise BadInput(f"Service instance {name} was not found.")
    return inside


def _result(call: Call, one: Resource, says: str) -> None:
    if call.screen.is_json:
        call.screen.json(_as_printed(one))
        return
    call.screen.ok()
    call.screen.say(says)
    _block(call, _as_printed(one))


def _block(call: Call, one: Resource) -> None:
    call.screen.block({label: one.get(member) for label, member in _LABELS.items()})


def _as_printed(one: Resource) -> Resource:
    return {**one, "name": title(one)}
