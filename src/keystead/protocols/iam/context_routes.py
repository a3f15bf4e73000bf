"""The route table of zones and context rules. Source: ``spec/iam-and-provisioning.md`` section 4.2."""

from typing import Final

from keystead.domain.actions import Action
from keystead.protocols.http.routes import Door, Route
from keystead.protocols.iam import context_rules, zones
from keystead.protocols.iam.context_errors import fault

_ZONES: Final = "/v1/zones"
_ZONE: Final = f"{_ZONES}/{{zone}}"
_TARGETS: Final = f"{_ZONES}/serviceref_targets"
_RULES: Final = "/v1/rules"
_RULE: Final = f"{_RULES}/{{rule}}"
_ROWS: Final[tuple[tuple[str, str, Action, Door, int, str], ...]] = (
    ("GET", _ZONES, Action.ZONE_LIST, zones.list_zones, 200, "Zones could not be listed"),
    ("POST", _ZONES, Action.ZONE_CREATE, zones.create_zone, 201, "Zone could not be created"),
    ("GET", _ZONE, Action.ZONE_READ, zones.read_zone, 200, "Zone could not be retrieved"),
    ("PUT", _ZONE, Action.ZONE_REPLACE, zones.replace_zone, 200, "Zone could not be replaced"),
    ("DELETE", _ZONE, Action.ZONE_DELETE, zones.delete_zone, 204, "Zone could not be deleted"),
    ("GET", _TARGETS, Action.SERVICE_REF_LIST, zones.list_service_refs, 200, "Targets could not be listed"),
    (
        "GET",
        f"{_TARGETS}/{{service}}",
        Action.SERVICE_REF_READ,
        zones.read_service_ref,
        200,
        "Target could not be retrieved",
    ),
    ("GET", _RULES, Action.RULE_LIST, context_rules.list_rules, 200, "Rules could not be listed"),
    ("POST", _RULES, Action.RULE_CREATE, context_rules.create_rule, 201, "Rule could not be created"),
    ("GET", _RULE, Action.RULE_READ, context_rules.read_rule, 200, "Rule could not be retrieved"),
    ("PUT", _RULE, Action.RULE_REPLACE, context_rules.replace_rule, 200, "Rule could not be replaced"),
    ("DELETE", _RULE, Action.RULE_DELETE, context_rules.delete_rule, 204, "Rule could not be deleted"),
    (
        "GET",
        "/v1/account_settings/{account}",
        Action.CONTEXT_SETTINGS_READ,
        context_rules.read_settings,
        200,
        "Settings could not be retrieved",
    ),
    (
        "GET",
        "/v1/operations",
        Action.CONTEXT_OPERATION_LIST,
        context_rules.list_operations,
        200,
        "Operations could not be listed",
    ),
)
ROUTES: Final = tuple(
    Route(method=method, path=path, action=action, door=door, code=code, phrase=phrase, fault=fault)
    for method, path, action, door, code, phrase in _ROWS
)
