"""`iam role…`. Source: ``spec/cli.md`` 2.2."""

from typing import Final

from keystead.client.errors import BadInput
from keystead.ibmcloud.asking import require_yes
from keystead.ibmcloud.call import Call, Resource
from keystead.ibmcloud.iam.policy_api import Policies, role_at
from keystead.ibmcloud.screen import members

_COLUMNS: Final = ("Name", "Type", "CRN", "Description")
_TYPES: Final = {"service_roles": "Service", "system_roles": "Platform", "custom_roles": "Custom"}


def roles(call: Call) -> None:
    """List roles: of a service, of the platform, and those of the account."""
    service = call.line.text("service")
    policies = Policies.open(call)
    call.screen.say(f"Getting roles under account {policies.account}...")
    found = policies.roles(service)
    rows = [
        [role.get("display_name"), _TYPES[sort], role.get("crn"), role.get("description")]
        for sort, some in found.items()
        for role in some
    ]
    call.screen.result([role for some in found.values() for role in some], _COLUMNS, rows)


def role(call: Call) -> None:
    """Show a role of the account, by name or id."""
    _shown(call, Policies.open(call).custom_role(call.argument()))


def create_role(call: Call) -> None:
    """Make a role of actions in one service."""
    policies, name = Policies.open(call), call.argument()
    body: Resource = {
        "account_id": policies.account,
        "service_name": call.line.needed("service-name"),
        "name": name,
        "display_name": call.line.text("display-name") or name,
        "actions": _actions(call),
        "description": call.line.text("description") or "",
    }
    call.screen.say(f"Creating custom role {name} under account {policies.account}...")
    _shown(call, policies.one("POST", "/v2/roles", body))


def update_role(call: Call) -> None:
    """Change a role of the account; what is not named stays as it is."""
    policies = Policies.open(call)
    where = role_at(policies.custom_role(call.argument()))
    answer = policies.ask("GET", where)
    was, tag = policies.one("GET", where), answer.headers.get("etag") or "*"
    named = call.line.text("actions") is not None
    body: Resource = {
        "display_name": call.line.text("display-name") or was.get("display_name"),
        "actions": _actions(call) if named else was.get("actions"),
        "description": call.line.text("description") or was.get("description") or "",
    }
    call.screen.say(f"Updating custom role {call.argument()}...")
    _shown(call, policies.one("PUT", where, body, {"if-match": tag}))


def delete_role(call: Call) -> None:
    """Delete a role of the account that no policy names."""
    policies = Policies.open(call)
    one = policies.custom_role(call.argument())
    if not call.line.on("force"):
        require_yes(f"Really delete role {one.get('name')} with ID {one.get('id')}?")
    call.screen.say(f"Deleting custom role {one.get('name')}...")
    policies.ask("DELETE", role_at(one))
    call.screen.done()


def _actions(call: Call) -> list[str]:
    call.line.needed("actions")
    found = call.line.listed("actions")
    if not all(found):
        raise BadInput("The value of '--actions' must be names of actions, with commas between several.")
    return found


def _shown(call: Call, one: Resource) -> None:
    if call.screen.is_json:
        call.screen.json(one)
        return
    call.screen.ok()
    labels = ("ID", "Name", "Display Name", "Description", "Service Name", "CRN")
    names = ("id", "name", "display_name", "description", "service_name", "crn")
    facts = dict(zip(labels, members(one, *names), strict=True))
    call.screen.block({**facts, "Actions": ", ".join(one.get("actions") or [])})
