"""`cbr rule…`."""

from typing import Final

from keystead.ibmcloud.call import Call, Resource
from keystead.ibmcloud.cbr.api import Contexts, changes_of, counted
from keystead.ibmcloud.files import from_file
from keystead.ibmcloud.words import Line, WrongUsage, pairs

_COLUMNS: Final = ("id", "service_name", "enforcement", "description")
_SHORT: Final = {
    "service-name": "serviceName",
    "service-group-id": "service_group_id",
    "service-instance": "serviceInstance",
    "region": "region",
    "resource-type": "resourceType",
    "resource": "resource",
    "resource-group-id": "resourceGroupId",
}
"""Options that are short for an attribute."""
_ASKED: Final = (
    "enforcement-mode",
    "service-name",
    "service-group-id",
    "service-instance",
    "region",
    "resource-type",
    "resource",
    "zone-id",
    "sort",
)
_ZONE: Final = "networkZoneId"


def rules(call: Call) -> None:
    """List the rules of the account."""
    contexts = Contexts.open(call)
    found = contexts.listed("rules", {name.replace("-", "_"): call.line.text(name) for name in _ASKED})
    rows = [
        [it.get("id"), _about(it).get("serviceName"), it.get("enforcement_mode"), it.get("description")]
        for it in found
    ]
    call.screen.result(found, _COLUMNS, rows)


def rule(call: Call) -> None:
    """Show a rule."""
    _shown(call, Contexts.open(call).read("rules", call.argument()))


def create_rule(call: Call) -> None:
    """Make a rule."""
    contexts = Contexts.open(call)
    _shown(call, contexts.create("rules", _body(call.line, contexts.account)))


def update_rule(call: Call) -> None:
    """Replace a rule."""
    contexts = Contexts.open(call)
    _shown(call, contexts.replace("rules", call.argument(), _body(call.line, contexts.account)))


def patch_rule(call: Call) -> None:
    """Change description or mode of a rule."""
    changes = changes_of(call.line, "description", "enforcement-mode")
    _shown(call, Contexts.open(call).patch("rules", call.argument(), changes))


def delete_rule(call: Call) -> None:
    """Delete a rule."""
    Contexts.open(call).delete("rules", call.argument())
    call.screen.done()


def _body(line: Line, account: str) -> Resource:
    whole = from_file(line)
    if whole is not None:
        return whole
    contexts = _contexts(line)
    if bool(contexts) is line.on("empty-context-list"):
        raise WrongUsage("Name '--zone-id' or '--context-attributes', or '--empty-context-list' alone.")
    short = ((name, line.text(option)) for option, name in _SHORT.items())
    named = [(name, value) for name, value in short if value is not None]
    about: Resource = {
        "attributes": _written([("accountId", account), *named, *pairs(line, "resource-attributes")])
    }
    if tags := pairs(line, "tags", ":"):
        about["tags"] = _written(tags)
    body: Resource = {
        "description": line.text("description") or "",
        "resources": [about],
        "contexts": contexts,
        "enforcement_mode": line.text("enforcement-mode") or "enabled",
    }
    if types := line.listed("api-types"):
        body["operations"] = {"api_types": [{"api_type_id": it.strip()} for it in types]}
    return body


def _contexts(line: Line) -> list[Resource]:
    """Return the one context that is named; of a name that is there twice, both values may be met."""
    said: dict[str, list[str]] = {}
    zones = [(_ZONE, it.strip()) for it in line.listed("zone-id")]
    for name, value in (*pairs(line, "context-attributes"), *zones):
        said.setdefault(name, []).append(value)
    named = [(name, ",".join(values)) for name, values in said.items()]
    return [{"attributes": _written(named)}] if named else []


def _written(named: list[tuple[str, str]]) -> list[Resource]:
    return [{"name": name, "value": value} for name, value in named]


def _about(one: Resource) -> dict[str, str]:
    (resource, *_) = one.get("resources") or [{}]
    return {str(it.get("name")): str(it.get("value")) for it in resource.get("attributes") or []}


def _shown(call: Call, one: Resource) -> None:
    if call.screen.is_json:
        call.screen.json(one)
        return
    call.screen.ok()
    types = (one.get("operations") or {}).get("api_types") or []
    about = ", ".join(f"{name} {value}" for name, value in _about(one).items())
    tail = ("href", "created_at", "created_by_id", "last_modified_at", "last_modified_by_id")
    call.screen.block(
        {
            **{name: one.get(name) for name in ("id", "crn", "description", "enforcement_mode")},
            "operations": counted([(len(types), "API Type")], "No API Types"),
            "contexts": counted([(len(one.get("contexts") or []), "Context")], "No contexts"),
            "resources": about,
            **{name: one.get(name) for name in tail},
        }
    )
