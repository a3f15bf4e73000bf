"""`kp key create` and its twin with policies. Source: ``spec/cli.md`` 4.3."""

from typing import Final

from keystead.ibmcloud.call import Call, Resource
from keystead.ibmcloud.kp import material
from keystead.ibmcloud.kp.api import collection
from keystead.ibmcloud.screen import members
from keystead.ibmcloud.words import Line

_KEY_TYPE: Final = "application/vnd.ibm.kms.key+json"
_MONTHS: Final = range(1, 13)
_COLUMNS: Final = ("Key ID", "Key Name")


def create(call: Call) -> None:
    """Create a key of the server's making, or import one in the clear or encrypted."""
    alias = call.line.text("alias")
    _create(call, "key", "/keys", {"aliases": [alias]} if alias else {})


def create_with_policies(call: Call) -> None:
    """Create a key with a rotation policy or dual authorization of its own."""
    aliases = call.line.listed("aliases")
    more: Resource = {"aliases": aliases} if aliases else {}
    more |= _rotation(call.line)
    if call.line.on("dual-auth-delete-policy-enabled"):
        more["dualAuthDelete"] = {"enabled": True}
    _create(call, "key with policy overrides", "/keys_with_policy_overrides", more)


def _rotation(line: Line) -> Resource:
    if line.text("rotation-interval-month") in {None, "-1"} and not line.on("rotation-policy-enabled"):
        return {}
    months = line.number("rotation-interval-month", _MONTHS)
    policy: Resource = {"enabled": line.on("rotation-policy-enabled")}
    return {"rotation": policy if months is None else {**policy, "interval_month": months}}


def _create(call: Call, what: str, path: str, more: Resource) -> None:
    line, name = call.line, call.argument()
    standard = line.on("standard-key")
    body: Resource = {"type": _KEY_TYPE, "name": name, "extractable": standard, **more}
    body |= material.members(line, standard=standard)
    for option, member in (("description", "description"), ("expiration", "expirationDate")):
        if (value := line.text(option)) is not None:
            body[member] = value
    keys = call.keys()
    call.screen.say(f"Creating {what}: '{name}', in instance: '{call.instance}'...")
    made = keys.one("POST", path, collection(_KEY_TYPE, body))
    made.pop("payload", None)  # `show` is the place to see a standard key
    call.screen.result(made, _COLUMNS, [members(made, "id", "name")])
