"""What happens to keys between their making and their end. Source: ``spec/cli.md`` 4.5."""

from typing import Final

from keystead.ibmcloud.call import Call, Resource
from keystead.ibmcloud.door import at
from keystead.ibmcloud.kp import material
from keystead.ibmcloud.kp.api import collection, key_at
from keystead.ibmcloud.screen import members
from keystead.ibmcloud.words import WrongUsage

_KEY_TYPE: Final = "application/vnd.ibm.kms.key+json"


def delete(call: Call) -> None:
    """Destroy a key, without a question; force means that it may protect resources (KEY-1)."""
    keys, name = call.keys(), call.argument()
    call.screen.say(f"Deleting key: {name}, from instance: {call.instance}...")
    params = {"force": "true"} if call.line.on("force") else {}
    _gone(call, keys.one("DELETE", key_at(name), None, **params), "Deleted Key")


def purge(call: Call) -> None:
    """Remove a destroyed key for good."""
    keys, name = call.keys(), call.argument()
    call.screen.say(f"Purging key: {name}, from instance: {call.instance}...")
    _gone(call, keys.one("DELETE", key_at(name, "/purge")), "Purged Key")


def restore(call: Call) -> None:
    """Bring a destroyed key back; an older server wants its material again."""
    body = material.members(call.line)
    keys = call.keys()
    call.screen.say("Restoring key...")
    sent = collection(_KEY_TYPE, body) if body else None
    key = keys.one("POST", key_at(call.argument(), "/restore"), sent)
    key.pop("payload", None)
    call.screen.result(key, ("Key ID", "Key Name"), [members(key, "id", "name")])


def disable(call: Call) -> None:
    """Suspend a root key."""
    _act(call, f"Disabling key: '{call.argument()}', in instance: '{call.instance}'...", "disable")


def enable(call: Call) -> None:
    """Make a root key active again."""
    _act(call, f"Enabling key: '{call.argument()}', in instance: '{call.instance}'...", "enable")


def schedule_delete(call: Call) -> None:
    """Authorise a deletion."""
    _act(call, "Scheduling key for deletion...", "setKeyForDeletion")


def cancel_delete(call: Call) -> None:
    """Take an authorisation back."""
    _act(call, "Cancelling key for deletion...", "unsetKeyForDeletion")


def sync(call: Call) -> None:
    """Have the services of a key told its state again."""
    _act(call, "Synchronizing key...", "sync")
    call.screen.say("The resources that are associated with the key were synchronized.")


def update(call: Call) -> None:
    """Move a key to another ring."""
    ring = call.line.needed("new-key-ring")
    keys = call.keys()
    call.screen.say("Updating key...")
    key = keys.one("PATCH", key_at(call.argument()), {"keyRingID": ring})
    columns = ("Key ID", "Key Name", "Key Ring ID")
    call.screen.result(key, columns, [members(key, "id", "name", "keyRingID")])


def alias_create(call: Call) -> None:
    """Give a key a second name."""
    alias = _alias(call)
    keys = call.keys()
    call.screen.say(f"Creating key alias: '{alias}', for key: '{call.argument()}'...")
    made = keys.one("POST", key_at(call.argument(), at("aliases", alias)))
    call.screen.result(made, ("Key ID", "Key Alias"), [members(made, "keyId", "alias")])


def alias_delete(call: Call) -> None:
    """Take a second name away."""
    alias = _alias(call)
    keys = call.keys()
    call.screen.say("Deleting key alias...")
    keys.ask("DELETE", key_at(call.argument(), at("aliases", alias)))
    call.screen.done()


def _act(call: Call, says: str, action: str) -> None:
    keys = call.keys()
    call.screen.say(says)
    keys.ask("POST", key_at(call.argument(), f"/actions/{action}"))
    call.screen.done()


def _gone(call: Call, key: Resource, column: str) -> None:
    found = key.get("id", call.argument())
    call.screen.result({"id": found}, [column], [[found]])


def _alias(call: Call) -> str:
    """Return the alias, which is an argument or an option."""
    named = [*call.line.arguments[1:], *filter(None, [call.line.text("alias")])]
    if len(named) != 1:
        raise WrongUsage("Name one alias, as argument or with '--alias'.")
    return named[0]
