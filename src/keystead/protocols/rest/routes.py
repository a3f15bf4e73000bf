"""The route table of Key Protect v2. Source: ``spec/kms-api.md`` sections 1.11 (phrases) and 2.1."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NoReturn

from msgspec.structs import replace

from keystead.domain.actions import Action
from keystead.domain.errors import KeysteadError, Refused
from keystead.protocols.http.exchange import Reply
from keystead.protocols.http.routes import Door, Route
from keystead.protocols.http.visit import Visit
from keystead.protocols.rest import (
    acknowledgements,
    aliases,
    audit_events,
    create_key,
    impact,
    import_tokens,
    instance_policies,
    key_policies,
    key_reports,
    key_rings,
    key_uses,
    keys,
    queries,
    registrations,
    rotate,
    wrap,
)
from keystead.protocols.rest.errors import fault
from keystead.protocols.rest.kmip_routes import KMIP

_BASE: Final = "/api/v2"
_KEY: Final = "/api/v2/keys/{key}"


def _row(method: str, path: str, action: Action, door: Door, code: int, phrase: str) -> Route:
    return Route(method=method, path=path, action=action, door=door, code=code, phrase=phrase, fault=fault)


_IMPACT: Final = _row(
    "GET", f"{_KEY}/impact", Action.KEY_IMPACT, impact.foresee, 200, "Impact could not be foreseen"
)


def _or_dry(door: Door, of: Action) -> Door:
    """Return *door*, which foresees what would come of it where a dry run is asked for.

    That is permitted and recorded as the row of the impact says: nothing was done to the key.
    """
    instead = impact.foresee_instead(of)

    async def either(visit: Visit) -> Reply:
        try:
            is_dry = queries.dry_run(visit.exchange.query(blanks=True))
        except Refused as refused:
            return await _refuse(visit, refused)
        if not is_dry:
            return await door(visit)
        try:
            return await instead(replace(visit, route=_IMPACT))
        except KeysteadError as error:
            return fault(visit.exchange, _IMPACT.phrase, error)

    return either


async def _refuse(visit: Visit, refused: Refused) -> Reply:
    """Raise *refused*, once the caller is known and allowed."""

    def decode() -> NoReturn:
        raise refused

    return await visit.serve(decode)


_RETRIEVED: Final = "Key could not be retrieved"
_ACTED: Final = "Action could not be performed on key"
_ACTIONS: Final = (
    ("wrap", Action.KEY_WRAP, wrap.wrap, 200, "Wrap with key could not be performed"),
    ("unwrap", Action.KEY_UNWRAP, wrap.unwrap, 200, "Unwrap with key could not be performed"),
    ("rewrap", Action.KEY_REWRAP, wrap.rewrap, 200, "Rewrap with key could not be performed"),
    ("rotate", Action.KEY_ROTATE, rotate.rotate, 204, "Key could not be rotated"),
    (
        "disable",
        Action.KEY_DISABLE,
        _or_dry(rotate.disable, Action.KEY_DISABLE),
        204,
        "Key could not be disabled",
    ),
    ("enable", Action.KEY_ENABLE, rotate.enable, 204, "Key could not be enabled"),
    ("setKeyForDeletion", Action.KEY_SET_FOR_DELETION, rotate.set_for_deletion, 204, _ACTED),
    ("unsetKeyForDeletion", Action.KEY_UNSET_FOR_DELETION, rotate.unset_for_deletion, 204, _ACTED),
)
_PATH_ACTIONS: Final = tuple(
    _row("POST", f"{_KEY}/actions/{name}", action, door, code, phrase)
    for name, action, door, code, phrase in _ACTIONS
)
_RESTORE: Final = _row(
    "POST", f"{_KEY}/restore", Action.KEY_RESTORE, keys.restore_key, 201, "Key could not be restored"
)

_POLICIES: Final = (
    _row(
        "GET",
        f"{_KEY}/policies",
        Action.KEY_POLICIES_READ,
        key_policies.read_key_policies,
        200,
        "Policy could not be retrieved",
    ),
    _row(
        "PUT",
        f"{_KEY}/policies",
        Action.KEY_POLICIES_WRITE,
        key_policies.write_key_policies,
        200,
        "Policy could not be created",
    ),
    _row(
        "GET",
        f"{_BASE}/instance/policies",
        Action.INSTANCE_POLICIES_READ,
        instance_policies.read_instance_policies,
        200,
        "Instance policy could not be retrieved",
    ),
    _row(
        "PUT",
        f"{_BASE}/instance/policies",
        Action.INSTANCE_POLICIES_WRITE,
        instance_policies.write_instance_policies,
        204,
        "Instance policy could not be created",
    ),
    _row(
        "GET",
        f"{_BASE}/instance/allowed_ip_port",
        Action.ALLOWED_IP_PORT_READ,
        instance_policies.read_allowed_ip_port,
        200,
        "Allowed IP port could not be retrieved",
    ),
)

BY_QUERY: Final[Mapping[str, Route]] = MappingProxyType(
    {route.path.rpartition("/")[2]: route for route in (*_PATH_ACTIONS, _RESTORE)}
)
"""Routes that the deprecated ``POST /keys/{id}?action=…`` reaches, by the action's name."""


async def act(visit: Visit) -> Reply:
    """``POST /keys/{key}?action=…``: hand over to the row of that action, error phrases included."""
    route = BY_QUERY.get(_named(visit))
    if route is None:
        return await keys.act(visit)
    try:
        return await route.door(replace(visit, route=route))
    except KeysteadError as error:
        return route.fault(visit.exchange, route.phrase, error)


def _named(visit: Visit) -> str:
    try:
        return visit.exchange.query().get("action", [""])[-1]
    except Refused:
        return ""  # an unreadable query names no action; it is refused once the caller is known


_REGISTRATION: Final = f"{_KEY}/registrations/{{crn}}"
_LISTED: Final = "Registrations could not be retrieved"
_REGISTERED: Final = "Registration could not be created"
_UPDATED: Final = "Registration could not be updated"
_DELETED: Final = "Registration could not be deleted"
REGISTRATIONS: Final = tuple(
    _row(method, path, action, door, 200, phrase)
    for method, path, action, door, phrase in (
        (
            "GET",
            f"{_BASE}/keys/registrations",
            Action.REGISTRATION_LIST,
            registrations.list_registrations,
            _LISTED,
        ),
        (
            "GET",
            f"{_KEY}/registrations",
            Action.REGISTRATION_LIST_KEY,
            registrations.list_registrations,
            _LISTED,
        ),
        (
            "POST",
            f"{_KEY}/registrations",
            Action.REGISTRATION_DEACTIVATE,
            registrations.deactivate_registrations,
            _DELETED,
        ),
        (
            "POST",
            _REGISTRATION,
            Action.REGISTRATION_CREATE,
            registrations.create_registration,
            _REGISTERED,
        ),
        ("PUT", _REGISTRATION, Action.REGISTRATION_WRITE, registrations.replace_registration, _UPDATED),
        ("PATCH", _REGISTRATION, Action.REGISTRATION_MERGE, registrations.update_registration, _UPDATED),
        ("DELETE", _REGISTRATION, Action.REGISTRATION_DELETE, registrations.delete_registration, _DELETED),
    )
)

_ALIAS: Final = f"{_KEY}/aliases/{{alias}}"
_RINGS: Final = f"{_BASE}/key_rings"
_RING: Final = f"{_RINGS}/{{ring}}"
PLACING: Final = (
    _row("PATCH", _KEY, Action.KEY_PATCH, keys.move_key, 200, "Key could not be updated"),
    _row("POST", _ALIAS, Action.ALIAS_CREATE, aliases.create_alias, 201, "Key alias could not be created"),
    _row("DELETE", _ALIAS, Action.ALIAS_DELETE, aliases.delete_alias, 204, "Key alias could not be deleted"),
    _row("GET", _RINGS, Action.RING_LIST, key_rings.list_rings, 200, "Key rings could not be retrieved"),
    _row("POST", _RING, Action.RING_CREATE, key_rings.create_ring, 201, "Key ring could not be created"),
    _row("DELETE", _RING, Action.RING_DELETE, key_rings.delete_ring, 204, "Key ring could not be deleted"),
)

AUDIT: Final = (
    _row(
        "GET",
        f"{_BASE}/audit_events",
        Action.AUDIT_QUERY,
        audit_events.find_events,
        200,
        "Audit events could not be retrieved",
    ),
    _row(
        "GET",
        f"{_KEY}/usage",
        Action.KEY_USAGE,
        key_uses.show_uses,
        200,
        "Key usage could not be retrieved",
    ),
    _row(
        "GET",
        f"{_BASE}/key_usage_report",
        Action.KEY_REPORT,
        key_reports.report_keys,
        200,
        "Keys could not be reported",
    ),
    _row(
        "GET",
        f"{_BASE}/key_usage_report.csv",
        Action.KEY_REPORT_TABLE,
        key_reports.report_table,
        200,
        "Keys could not be reported",
    ),
)
"""Ours, in no wire that we are compatible with; `impact` is another."""

ROUTES: Final = (
    _row("POST", f"{_BASE}/keys", Action.KEY_CREATE, create_key.create_key, 201, "Key could not be created"),
    _row(
        "POST",
        f"{_BASE}/keys_with_policy_overrides",
        Action.KEY_CREATE_WITH_OVERRIDES,
        create_key.create_with_overrides,
        201,
        "Key could not be created",
    ),
    _row("GET", f"{_BASE}/keys", Action.KEY_LIST, keys.list_keys, 200, "Keys could not be retrieved"),
    _row("HEAD", f"{_BASE}/keys", Action.KEY_COUNT, keys.count_keys, 200, "Keys could not be retrieved"),
    _row("GET", _KEY, Action.KEY_READ, keys.read_key, 200, _RETRIEVED),
    _row("GET", f"{_KEY}/metadata", Action.KEY_METADATA, keys.read_metadata, 200, _RETRIEVED),
    _IMPACT,
    _row(
        "DELETE",
        _KEY,
        Action.KEY_DELETE,
        _or_dry(keys.delete_key, Action.KEY_DELETE),
        204,
        "Key could not be deleted",
    ),
    _row("DELETE", f"{_KEY}/purge", Action.KEY_PURGE, keys.purge_key, 204, "Key could not be purged"),
    _RESTORE,
    _row(
        "GET",
        f"{_KEY}/versions",
        Action.KEY_VERSIONS,
        keys.list_versions,
        200,
        "KeyVersion(s) could not be retrieved",
    ),
    *_PATH_ACTIONS,
    _row(
        "POST",
        f"{_KEY}/actions/sync",
        Action.KEY_SYNC,
        rotate.sync,
        204,
        "Could not initiate sync requests to associated resources",
    ),
    *REGISTRATIONS,
    _row(
        "POST",
        f"{_BASE}/event_ack",
        Action.EVENT_ACK,
        acknowledgements.acknowledge,
        204,
        "Event could not be acknowledged",
    ),
    *AUDIT,
    *PLACING,
    *KMIP,
    _row("POST", _KEY, Action.KEY_ACTION, act, 200, _ACTED),
    *_POLICIES,
    _row(
        "POST",
        f"{_BASE}/import_token",
        Action.IMPORT_TOKEN_CREATE,
        import_tokens.create_import_token,
        200,
        "Import Token could not be created",
    ),
    _row(
        "GET",
        f"{_BASE}/import_token",
        Action.IMPORT_TOKEN_READ,
        import_tokens.read_import_token,
        200,
        "Import Token could not be retrieved",
    ),
)
