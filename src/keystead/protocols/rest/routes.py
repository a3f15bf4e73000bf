"""The route table of Key Protect v2. Source: ``spec/kms-api.md`` sections 1.11 (phrases) and 2.1."""

from typing import Final

from keystead.domain.actions import Action
from keystead.protocols.rest import (
    acknowledgements,
    aliases,
    audit_events,
    create_key,
    import_tokens,
    key_reports,
    key_rings,
    key_uses,
    keys,
    rotate,
)
from keystead.protocols.rest.action_routes import ACTED, ACTIONS, RESTORE, act
from keystead.protocols.rest.dry_runs import IMPACT, or_dry
from keystead.protocols.rest.kmip_routes import KMIP
from keystead.protocols.rest.policy_routes import POLICIES
from keystead.protocols.rest.registration_routes import REGISTRATIONS
from keystead.protocols.rest.row import BASE, KEY, row

_RETRIEVED: Final = "Key could not be retrieved"
_ALIAS: Final = f"{KEY}/aliases/{{alias}}"
_RINGS: Final = f"{BASE}/key_rings"
_RING: Final = f"{_RINGS}/{{ring}}"
PLACING: Final = (
    row("PATCH", KEY, Action.KEY_PATCH, keys.move_key, 200, "Key could not be updated"),
    row("POST", _ALIAS, Action.ALIAS_CREATE, aliases.create_alias, 201, "Key alias could not be created"),
    row("DELETE", _ALIAS, Action.ALIAS_DELETE, aliases.delete_alias, 204, "Key alias could not be deleted"),
    row("GET", _RINGS, Action.RING_LIST, key_rings.list_rings, 200, "Key rings could not be retrieved"),
    row("POST", _RING, Action.RING_CREATE, key_rings.create_ring, 201, "Key ring could not be created"),
    row("DELETE", _RING, Action.RING_DELETE, key_rings.delete_ring, 204, "Key ring could not be deleted"),
)

AUDIT: Final = (
    row(
        "GET",
        f"{BASE}/audit_events",
        Action.AUDIT_QUERY,
        audit_events.find_events,
        200,
        "Audit events could not be retrieved",
    ),
    row(
        "GET",
        f"{KEY}/usage",
        Action.KEY_USAGE,
        key_uses.show_uses,
        200,
        "Key usage could not be retrieved",
    ),
    row(
        "GET",
        f"{BASE}/key_usage_report",
        Action.KEY_REPORT,
        key_reports.report_keys,
        200,
        "Keys could not be reported",
    ),
    row(
        "GET",
        f"{BASE}/key_usage_report.csv",
        Action.KEY_REPORT_TABLE,
        key_reports.report_table,
        200,
        "Keys could not be reported",
    ),
)
"""Ours, in no wire that we are compatible with; `impact` is another."""

ROUTES: Final = (
    row("POST", f"{BASE}/keys", Action.KEY_CREATE, create_key.create_key, 201, "Key could not be created"),
    row(
        "POST",
        f"{BASE}/keys_with_policy_overrides",
        Action.KEY_CREATE_WITH_OVERRIDES,
        create_key.create_with_overrides,
        201,
        "Key could not be created",
    ),
    row("GET", f"{BASE}/keys", Action.KEY_LIST, keys.list_keys, 200, "Keys could not be retrieved"),
    row("HEAD", f"{BASE}/keys", Action.KEY_COUNT, keys.count_keys, 200, "Keys could not be retrieved"),
    row("GET", KEY, Action.KEY_READ, keys.read_key, 200, _RETRIEVED),
    row("GET", f"{KEY}/metadata", Action.KEY_METADATA, keys.read_metadata, 200, _RETRIEVED),
    IMPACT,
    row(
        "DELETE",
        KEY,
        Action.KEY_DELETE,
        or_dry(keys.delete_key, Action.KEY_DELETE),
        204,
        "Key could not be deleted",
    ),
    row("DELETE", f"{KEY}/purge", Action.KEY_PURGE, keys.purge_key, 204, "Key could not be purged"),
    RESTORE,
    row(
        "GET",
        f"{KEY}/versions",
        Action.KEY_VERSIONS,
        keys.list_versions,
        200,
        "KeyVersion(s) could not be retrieved",
    ),
    *ACTIONS,
    row(
        "POST",
        f"{KEY}/actions/sync",
        Action.KEY_SYNC,
        rotate.sync,
        204,
        "Could not initiate sync requests to associated resources",
    ),
    *REGISTRATIONS,
    row(
        "POST",
        f"{BASE}/event_ack",
        Action.EVENT_ACK,
        acknowledgements.acknowledge,
        204,
        "Event could not be acknowledged",
    ),
    *AUDIT,
    *PLACING,
    *KMIP,
    row("POST", KEY, Action.KEY_ACTION, act, 200, ACTED),
    *POLICIES,
    row(
        "POST",
        f"{BASE}/import_token",
        Action.IMPORT_TOKEN_CREATE,
        import_tokens.create_import_token,
        200,
        "Import Token could not be created",
    ),
    row(
        "GET",
        f"{BASE}/import_token",
        Action.IMPORT_TOKEN_READ,
        import_tokens.read_import_token,
        200,
        "Import Token could not be retrieved",
    ),
)
