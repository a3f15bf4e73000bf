"""`iam access-group-user…`, `…-service-id…` and `…-trusted-profile…`.

Source: IBM's command reference; ``spec/cli.md`` 2.2.
"""

from typing import Final

from keystead.client.errors import BadInput
from keystead.ibmcloud.asking import require_yes
from keystead.ibmcloud.call import Call, Resource
from keystead.ibmcloud.door import at, decoded
from keystead.ibmcloud.iam.groups import the_group
from keystead.ibmcloud.iam.policy_api import Policies
from keystead.ibmcloud.screen import members

_TYPES: Final = {"user": "user", "service-id": "service", "trusted-profile": "profile"}
"""What members of each kind are called on the wire."""
_COLUMNS: Final = {
    "user": {"Name": "name", "User ID": "email", "IAM ID": "iam_id"},
    "service-id": {"Name": "name", "ID": "iam_id", "Description": "description"},
    "trusted-profile": {"Name": "name", "ID": "iam_id", "Description": "description"},
}


def list_user(call: Call) -> None:
    """List the users in an access group."""
    _list(call, "user")


def add_user(call: Call) -> None:
    """Add users to an access group."""
    _add(call, "user")


def remove_user(call: Call) -> None:
    """Remove a user from an access group."""
    _remove(call, "user")


def purge_user(call: Call) -> None:
    """Remove a user from all access groups."""
    _purge(call, "user")


def list_service_id(call: Call) -> None:
    """List the service ids in an access group."""
    _list(call, "service-id")


def add_service_id(call: Call) -> None:
    """Add service ids to an access group."""
    _add(call, "service-id")


def remove_service_id(call: Call) -> None:
    """Remove a service id from an access group."""
    _remove(call, "service-id")


def purge_service_id(call: Call) -> None:
    """Remove a service id from all access groups."""
    _purge(call, "service-id")


def list_profile(call: Call) -> None:
    """List the trusted profiles in an access group."""
    _list(call, "trusted-profile")


def add_profile(call: Call) -> None:
    """Add trusted profiles to an access group."""
    _add(call, "trusted-profile")


def remove_profile(call: Call) -> None:
    """Remove a trusted profile from an access group."""
    _remove(call, "trusted-profile")


def purge_profile(call: Call) -> None:
    """Remove a trusted profile from all access groups."""
    _purge(call, "trusted-profile")


def _list(call: Call, kind: str) -> None:
    policies = Policies.open(call)
    group, columns = the_group(call, policies), _COLUMNS[kind]
    call.screen.say(f"Getting members of access group {group.get('name')}...")
    found = policies.counted(_below(group), "members", type=_TYPES[kind], verbose="true", sort="name")
    call.screen.result(found, tuple(columns), [members(one, *columns.values()) for one in found])


def _add(call: Call, kind: str) -> None:
    policies = Policies.open(call)
    group, names = the_group(call, policies), call.line.arguments[1:]
    wanted = [{"iam_id": policies.member(kind, name), "type": _TYPES[kind]} for name in names]
    call.screen.say(f"Adding {', '.join(names)} to access group {group.get('name')}...")
    found: list[Resource] = policies.one("PUT", _below(group), {"members": wanted}).get("members") or []
    _require_done(found)
    if call.screen.is_json:
        call.screen.json(found)
    else:
        call.screen.ok()


def _remove(call: Call, kind: str) -> None:
    policies, name = Policies.open(call), call.argument(1)
    group, iam_id = the_group(call, policies), policies.member(kind, name)
    call.screen.say(f"Removing {name} from access group {group.get('name')}...")
    policies.ask("DELETE", at(_below(group)[1:], iam_id))
    call.screen.done()


def _purge(call: Call, kind: str) -> None:
    policies, name = Policies.open(call), call.argument()
    iam_id = policies.member(kind, name)
    if not call.line.on("force"):
        require_yes(f"Really remove {name} from all access groups?")
    call.screen.say(f"Removing {name} from all access groups under account {policies.account}...")
    where = at("v2/groups/_allgroups/members", iam_id)
    done = decoded(policies.ask("DELETE", where, {"account_id": policies.account}), Resource)
    _require_done(done.get("groups") or [])
    call.screen.done()


def _below(group: Resource) -> str:
    return at("v2/groups", str(group["id"]), "/members")


def _require_done(found: list[Resource]) -> None:
    """Raise `BadInput` where some of what was asked for was refused; the rest of it is done."""
    refused = [one for one in found if one.get("errors")]
    if refused:
        why = str(refused[0]["errors"][0].get("message"))
        raise BadInput(f"{len(refused)} of {len(found)} were refused, and the others are done. {why}.")
