"""`iam access-groups` and `iam access-group…`. Source: IBM's command reference; ``spec/cli.md`` 2.2."""

from typing import Final

from keystead.ibmcloud.asking import require_yes
from keystead.ibmcloud.call import Call, Resource
from keystead.ibmcloud.door import at, decoded
from keystead.ibmcloud.iam.api import Identities, the_one
from keystead.ibmcloud.iam.policy_api import Policies
from keystead.ibmcloud.screen import members, write
from keystead.ibmcloud.words import WrongUsage

_LABELS: Final = {"Name": "name", "ID": "id", "Description": "description"}
_WHOSE: Final = ("user", "service-id", "trusted-profile")


def groups(call: Call) -> None:
    """List access groups, or those that somebody is in."""
    policies = Policies.open(call)
    wanted = _whose(call, policies)
    call.screen.say(f"Getting access groups under account {policies.account}...")
    found = policies.groups(**wanted)
    rows = [members(one, *_LABELS.values()) for one in found]
    call.screen.result(found, tuple(_LABELS), rows)


def group(call: Call) -> None:
    """Show an access group, by name or id."""
    one = the_group(call, Identities.open(call))
    if call.line.on("id") and not call.screen.is_json:
        write(str(one.get("id")))
    else:
        _shown(call, one)


def create_group(call: Call) -> None:
    """Make an access group, in which nobody is yet."""
    identities, name = Identities.open(call), call.argument()
    call.screen.say(f"Creating access group {name} under account {identities.account}...")
    body: Resource = {"name": name, "description": call.line.text("description") or ""}
    made = identities.ask("POST", "/v2/groups", {"account_id": identities.account}, body)
    _shown(call, decoded(made, Resource))


def update_group(call: Call) -> None:
    """Change name or description of an access group."""
    identities = Identities.open(call)
    changes = {name: text for name in ("name", "description") if (text := call.line.text(name)) is not None}
    if not changes:
        raise WrongUsage("Give '--name' or '--description'.")
    one = the_group(call, identities)
    where = at("v2/groups", str(one["id"]))
    tag = identities.ask("GET", where).headers.get("etag") or "*"
    call.screen.say(f"Updating access group {call.argument()}...")
    _shown(call, identities.one("PATCH", where, changes, {"if-match": tag}))


def delete_group(call: Call) -> None:
    """Delete an access group; with members in it only where that is said."""
    identities = Identities.open(call)
    one = the_group(call, identities)
    if not call.line.on("force"):
        require_yes(f"Really delete access group {one.get('name')} with ID {one.get('id')}?")
    call.screen.say(f"Deleting access group {one.get('name')}...")
    params = {"force": "true"} if call.line.on("recursive") else None
    identities.ask("DELETE", at("v2/groups", str(one["id"])), params)
    call.screen.done()


def the_group(call: Call, identities: Identities) -> Resource:
    """Return the access group that the first argument names; `BadInput` unless there is exactly one."""
    return the_one(identities.groups(), "Access group", call.argument())


def _whose(call: Call, policies: Policies) -> dict[str, str]:
    given = [(kind, name) for kind in _WHOSE if (name := call.line.text(kind)) is not None]
    if len(given) > 1:
        raise WrongUsage("Give one of '--user', '--service-id' and '--trusted-profile'.")
    if not given:
        return {}
    return {"iam_id": policies.member(*given[0])}


def _shown(call: Call, one: Resource) -> None:
    if call.screen.is_json:
        call.screen.json(one)
        return
    call.screen.ok()
    call.screen.block({label: one.get(member) for label, member in _LABELS.items()})
