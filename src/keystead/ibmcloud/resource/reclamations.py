"""`resource reclamations` and what ends one. Source: ``spec/cli.md`` 2.3."""

from typing import Final

from keystead.ibmcloud.asking import require_yes
from keystead.ibmcloud.call import Call, Resource
from keystead.ibmcloud.door import at
from keystead.ibmcloud.resource.api import Controller
from keystead.ibmcloud.resource.saying import under
from keystead.ibmcloud.screen import members

_COLUMNS: Final = ("ID", "Entity ID", "Entity CRN", "State", "Target Time")
_MEMBERS: Final = ("id", "entity_id", "entity_crn", "state", "target_time")


def listed(call: Call) -> None:
    """List the instances that were deleted and can be restored."""
    controller = Controller.open(call)
    instance = call.line.text("resource-instance-id")
    call.screen.say(f"Retrieving reclamations {under(call)}...")
    found = controller.reclamations({} if instance is None else {"resource_instance_id": instance})
    call.screen.result(found, _COLUMNS, [members(one, *_MEMBERS) for one in found])


def restore(call: Call) -> None:
    """Give a deleted instance back."""
    _end(call, "restore", "restored")


def delete(call: Call) -> None:
    """Remove a deleted instance for good."""
    if not call.line.on("force"):
        require_yes(f"Really reclaim {call.argument()}? Its instance cannot be restored then.")
    _end(call, "reclaim", "reclaimed")


def _end(call: Call, way: str, done: str) -> None:
    controller, comment = Controller.open(call), call.line.text("comment")
    body: Resource = {} if comment is None else {"comment": comment}
    ended = controller.one("POST", at("v1/reclamations", call.argument(), f"/actions/{way}"), body)
    if call.screen.is_json:
        call.screen.json(ended)
        return
    call.screen.ok()
    call.screen.say(f"Service instance {ended.get('entity_id')} is {done} successfully.")
