"""`kp key policies` and `policy-update`. Source: ``spec/cli.md`` 4.6."""

from typing import Any, Final

from keystead.ibmcloud.call import Call, Resource
from keystead.ibmcloud.kp.api import collection, key_at
from keystead.ibmcloud.words import Line, WrongUsage

POLICY_TYPE: Final = "application/vnd.ibm.kms.policy+json"
MONTHS: Final = range(1, 13)
_KINDS: Final = {"dual-auth": "dualAuthDelete", "rotation": "rotation"}
_TITLES: Final = {"dualAuthDelete": "Dual Auth Delete", "rotation": "Rotation"}


def show(call: Call) -> None:
    """Show a key's policies; with one kind asked for, JSON is that one or an empty object."""
    wanted = [kind for name, kind in _KINDS.items() if call.line.on(name)]
    keys = call.keys()
    call.screen.say(f"Retrieving policy details for key ID: {call.argument()}...")
    params = {"policy": wanted[0]} if len(wanted) == 1 else {}
    found = keys.all("GET", key_at(call.argument(), "/policies"), None, **params)
    if call.screen.is_json and params:
        call.screen.json(found[0] if found else {})
    elif call.screen.is_json:
        call.screen.json(found)
    else:
        _blocks(call, found)


def rotation(call: Call) -> None:
    """Set the rotation policy: `-m` alone turns it on, `-d` alone keeps the interval."""
    months = call.line.number("monthly-interval", MONTHS)
    enabled = switch(call.line, default=True)
    policy: dict[str, Any] = {"enabled": enabled}
    if months is not None:
        policy["interval_month"] = months
    elif enabled and not call.line.on("enable"):
        raise WrongUsage("Give '--monthly-interval', '--enable' or '--disable'.")
    _set(call, "rotation", policy)


def dual_auth(call: Call) -> None:
    """Turn dual authorization on; it cannot be turned off."""
    if not call.line.on("enable"):
        raise WrongUsage("Required option '--enable' is missing.")
    _set(call, "dualAuthDelete", {"enabled": True})


def switch(line: Line, *, default: bool | None = None) -> bool:
    """Return whether a policy is to be on; `WrongUsage` unless one of `-e` and `-d` says so."""
    on, off = line.on("enable"), line.on("disable")
    if on and off:
        raise WrongUsage("Give '--enable' or '--disable', not both.")
    if not (on or off or default is not None):
        raise WrongUsage("Give '--enable' or '--disable'.")
    return (on or bool(default)) and not off


def _set(call: Call, kind: str, policy: Resource) -> None:
    keys = call.keys()
    call.screen.say("Updating key policy...")
    body = collection(POLICY_TYPE, {"type": POLICY_TYPE, kind: policy})
    made = keys.one("PUT", key_at(call.argument(), "/policies"), body, policy=kind)
    if call.screen.is_json:
        call.screen.json(made)
    else:
        _blocks(call, [made])


def _blocks(call: Call, found: list[Resource]) -> None:
    call.screen.ok()
    for policy in found:
        kind = "rotation" if "rotation" in policy else "dualAuthDelete"
        facts = {
            "Created By": policy.get("createdBy"),
            "Creation Date": policy.get("creationDate"),
            "Last Updated": policy.get("lastUpdateDate"),
            "Updated By": policy.get("updatedBy"),
            "Policy Type": _TITLES[kind],
            "Enabled": policy.get(kind, {}).get("enabled"),
        }
        if kind == "rotation":
            facts["Interval"] = f"{policy['rotation'].get('interval_month')} month(s)"
        call.screen.block(facts)
