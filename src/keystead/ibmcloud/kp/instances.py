"""`kp instance policies` and `policy-update`. Source: ``spec/cli.md`` 4.2."""

from typing import Any, Final

from keystead.ibmcloud.call import Call, Resource
from keystead.ibmcloud.kp.api import collection
from keystead.ibmcloud.kp.policies import MONTHS, POLICY_TYPE, switch
from keystead.ibmcloud.words import WrongUsage

_KINDS: Final = {
    "allowed-network": "allowedNetwork",
    "allowed-ip": "allowedIP",
    "dual-auth-delete": "dualAuthDelete",
    "key-create-import-access": "keyCreateImportAccess",
    "metrics": "metrics",
    "rotation": "rotation",
}
_NETWORKS: Final = ("public-and-private", "private-only")
_ACCESS: Final = {
    "create-root-key": "create_root_key",
    "create-standard-key": "create_standard_key",
    "import-root-key": "import_root_key",
    "import-standard-key": "import_standard_key",
    "enforce-token": "enforce_token",
}
_TITLES: Final = {
    "allowed_network": "Network Allowed",
    "allowed_ip": "Allowed IP",
    "interval_month": "Interval",
    **{name: name.replace("_", " ").title() for name in _ACCESS.values()},
}


def show(call: Call) -> None:
    """Show the policies of an instance, or those kinds that are asked for."""
    wanted = {kind for name, kind in _KINDS.items() if call.line.on(name)}
    keys = call.keys()
    call.screen.say(f"Retrieving policy details for instance: {call.instance}...")
    found = [
        policy
        for policy in keys.all("GET", "/instance/policies")
        if not wanted or policy.get("policy_type") in wanted
    ]
    if call.screen.is_json:
        call.screen.json(found)
        return
    call.screen.ok()
    for policy in found:
        call.screen.block(_facts(policy))


def allowed_network(call: Call) -> None:
    """Say which networks may reach the instance."""
    on, network = switch(call.line), call.line.text("network-type")
    if on and network not in _NETWORKS:
        raise WrongUsage(f"'--network-type' must be {' or '.join(_NETWORKS)}.")
    _set(call, "allowedNetwork", on, {"allowed_network": network} if network else None)


def allowed_ip(call: Call) -> None:
    """Say which addresses may reach the instance."""
    on, addresses = switch(call.line), call.line.listed("allowed-ip")
    if on and not addresses:
        raise WrongUsage("Required option '--allowed-ip' is missing.")
    _set(call, "allowedIP", on, {"allowed_ip": addresses} if addresses else None)


def dual_auth(call: Call) -> None:
    """Have new keys deleted by two people only."""
    _set(call, "dualAuthDelete", switch(call.line), None)


def rotation(call: Call) -> None:
    """Have new root keys rotated by themselves."""
    on, months = switch(call.line), call.line.number("monthly-interval", MONTHS)
    if on and months is None:
        raise WrongUsage("Required option '--monthly-interval' is missing.")
    _set(call, "rotation", on, {"interval_month": months} if months else None)


def metrics(call: Call) -> None:
    """Have the instance measured."""
    _set(call, "metrics", switch(call.line), None)


def access(call: Call) -> None:
    """Say how keys may come into being; a switch that is not given is as the API has it."""
    on = switch(call.line)
    given = {wire: call.line.on(name) for name, wire in _ACCESS.items() if name in call.line.switches}
    _set(call, "keyCreateImportAccess", on, given if on or given else None)


def _set(call: Call, kind: str, enabled: bool, attributes: Resource | None) -> None:
    data: dict[str, Any] = {"enabled": enabled}
    if attributes is not None:
        data["attributes"] = attributes
    keys = call.keys()
    call.screen.say("Updating instance policy...")
    body = collection(POLICY_TYPE, {"policy_type": kind, "policy_data": data})
    keys.all("PUT", "/instance/policies", body, policy=kind)
    call.screen.done()


def _facts(policy: Resource) -> dict[str, object]:
    data = policy.get("policy_data", {})
    attributes = data.get("attributes") or {}
    return {
        "Created By": policy.get("createdBy"),
        "Creation Date": policy.get("creationDate"),
        "Last Updated": policy.get("lastUpdated"),
        "Updated By": policy.get("updatedBy"),
        "Policy Type": policy.get("policy_type"),
        "Enabled": data.get("enabled"),
        **{_TITLES.get(name, name): _shown(value) for name, value in attributes.items()},
    }


def _shown(value: object) -> object:
    return ", ".join(map(str, value)) if isinstance(value, list) else value
