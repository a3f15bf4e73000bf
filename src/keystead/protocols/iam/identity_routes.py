"""The route table of the identity API, and of the audit log of an account, which is ours.

Source: ``spec/iam-and-provisioning.md`` section 2.
"""

from typing import Final

from keystead.domain.actions import Action
from keystead.protocols.http.routes import Door, Route
from keystead.protocols.iam import (
    api_keys,
    audit_events,
    profile_identities,
    profile_links,
    profile_rules,
    profiles,
    service_ids,
    sessions,
    users,
)
from keystead.protocols.iam.identity_errors import fault

_Row = tuple[str, str, Action, Door, int, str]
_KEYS: Final = "/v1/apikeys"
_KEY: Final = f"{_KEYS}/{{apikey}}"
_IDS: Final = "/v1/serviceids"
_ID: Final = f"{_IDS}/{{serviceid}}"
_USERS: Final = "/v2/accounts/{account}/users"
_PROFILES: Final = "/v1/profiles"
_PROFILE: Final = f"{_PROFILES}/{{profile}}"
_TRUSTED: Final = f"{_PROFILE}/identities"
_ONE_TRUSTED: Final = f"{_TRUSTED}/{{kind}}/{{identity}}"
_RULES: Final = f"{_PROFILE}/rules"
_RULE: Final = f"{_RULES}/{{rule}}"
_LINKS: Final = f"{_PROFILE}/links"
_LINK: Final = f"{_LINKS}/{{link}}"
_API_KEYS: Final[tuple[_Row, ...]] = (
    ("POST", _KEYS, Action.API_KEY_CREATE, api_keys.create, 201, "created"),
    ("GET", _KEYS, Action.API_KEY_LIST, api_keys.list_keys, 200, "listed"),
    ("GET", f"{_KEYS}/details", Action.API_KEY_DETAILS, api_keys.details, 200, "retrieved"),
    ("GET", _KEY, Action.API_KEY_READ, api_keys.read_key, 200, "retrieved"),
    ("PUT", _KEY, Action.API_KEY_UPDATE, api_keys.update, 200, "updated"),
    ("DELETE", _KEY, Action.API_KEY_DELETE, api_keys.delete, 204, "deleted"),
    ("POST", f"{_KEY}/lock", Action.API_KEY_LOCK, api_keys.lock(locked=True), 204, "locked"),
    ("DELETE", f"{_KEY}/lock", Action.API_KEY_UNLOCK, api_keys.lock(locked=False), 204, "unlocked"),
    ("POST", f"{_KEY}/disable", Action.API_KEY_DISABLE, api_keys.disable(disabled=True), 204, "disabled"),
    ("DELETE", f"{_KEY}/disable", Action.API_KEY_ENABLE, api_keys.disable(disabled=False), 204, "enabled"),
)
_SERVICE_IDS: Final[tuple[_Row, ...]] = (
    *(
        row
        for path in (_IDS, f"{_IDS}/")  # the second is that of IBM's SDKs
        for row in (
            ("POST", path, Action.SERVICE_ID_CREATE, service_ids.create, 201, "created"),
            ("GET", path, Action.SERVICE_ID_LIST, service_ids.list_ids, 200, "listed"),
        )
    ),
    ("GET", _ID, Action.SERVICE_ID_READ, service_ids.read_id, 200, "retrieved"),
    ("PUT", _ID, Action.SERVICE_ID_UPDATE, service_ids.update, 200, "updated"),
    ("DELETE", _ID, Action.SERVICE_ID_DELETE, service_ids.delete, 204, "deleted"),
    ("POST", f"{_ID}/lock", Action.SERVICE_ID_LOCK, service_ids.lock(locked=True), 200, "locked"),
    ("DELETE", f"{_ID}/lock", Action.SERVICE_ID_UNLOCK, service_ids.lock(locked=False), 200, "unlocked"),
)
_OF_USERS: Final[tuple[_Row, ...]] = (
    ("GET", _USERS, Action.USER_LIST, users.list_users, 200, "listed"),
    ("GET", f"{_USERS}/{{user}}", Action.USER_READ, users.read_user, 200, "retrieved"),
    ("DELETE", f"{_USERS}/{{user}}", Action.USER_REMOVE, users.remove_user, 204, "removed"),
)
_OF_PROFILES: Final[tuple[_Row, ...]] = (
    ("POST", _PROFILES, Action.PROFILE_CREATE, profiles.create, 201, "created"),
    ("GET", _PROFILES, Action.PROFILE_LIST, profiles.list_profiles, 200, "listed"),
    ("GET", _PROFILE, Action.PROFILE_READ, profiles.read_profile, 200, "retrieved"),
    ("PUT", _PROFILE, Action.PROFILE_UPDATE, profiles.update, 200, "updated"),
    ("DELETE", _PROFILE, Action.PROFILE_DELETE, profiles.delete, 204, "deleted"),
)
_OF_TRUSTED: Final[tuple[_Row, ...]] = (
    ("GET", _TRUSTED, Action.TRUSTED_LIST, profile_identities.read_all, 200, "retrieved"),
    ("PUT", _TRUSTED, Action.TRUSTED_REPLACE, profile_identities.replace_all, 200, "replaced"),
    ("POST", f"{_TRUSTED}/{{kind}}", Action.TRUSTED_ADD, profile_identities.add, 200, "added"),
    ("GET", _ONE_TRUSTED, Action.TRUSTED_READ, profile_identities.read_one, 200, "retrieved"),
    ("DELETE", _ONE_TRUSTED, Action.TRUSTED_REMOVE, profile_identities.remove, 204, "removed"),
)
_OF_RULES: Final[tuple[_Row, ...]] = (
    ("POST", _RULES, Action.TRUST_RULE_CREATE, profile_rules.create, 201, "created"),
    ("GET", _RULES, Action.TRUST_RULE_LIST, profile_rules.list_rules, 200, "listed"),
    ("GET", _RULE, Action.TRUST_RULE_READ, profile_rules.read_rule, 200, "retrieved"),
    ("PUT", _RULE, Action.TRUST_RULE_UPDATE, profile_rules.update, 200, "updated"),
    ("DELETE", _RULE, Action.TRUST_RULE_DELETE, profile_rules.delete, 204, "deleted"),
)
_OF_LINKS: Final[tuple[_Row, ...]] = (
    ("POST", _LINKS, Action.LINK_CREATE, profile_links.create, 201, "created"),
    ("GET", _LINKS, Action.LINK_LIST, profile_links.list_links, 200, "listed"),
    ("DELETE", _LINKS, Action.LINK_DELETE, profile_links.delete_named, 204, "deleted"),
    ("GET", _LINK, Action.LINK_READ, profile_links.read_link, 200, "retrieved"),
    ("DELETE", _LINK, Action.LINK_DELETE, profile_links.delete, 204, "deleted"),
)
_PASSCODES: Final[tuple[_Row, ...]] = (
    ("POST", "/identity/passcode", Action.PASSCODE_CREATE, sessions.create_passcode, 200, "created"),
)
_EVENTS: Final[tuple[_Row, ...]] = (
    ("GET", "/v1/audit_events", Action.ACCOUNT_AUDIT_QUERY, audit_events.find_events, 200, "retrieved"),
)
_TOKENS: Final[tuple[_Row, ...]] = (
    ("POST", "/identity/introspect", Action.TOKEN_INTROSPECT, sessions.introspect, 200, "introspected"),
)


def _routes(what: str, rows: tuple[_Row, ...]) -> tuple[Route, ...]:
    return tuple(
        Route(
            method=method,
            path=path,
            action=action,
            door=door,
            code=code,
            phrase=f"{what} could not be {done}",
            fault=fault,
        )
        for method, path, action, door, code, done in rows
    )


ROUTES: Final = (
    *_routes("API key", _API_KEYS),
    *_routes("Service id", _SERVICE_IDS),
    *_routes("User", _OF_USERS),
    *_routes("Trusted profile", _OF_PROFILES),
    *_routes("Identities of the trusted profile", _OF_TRUSTED),
    *_routes("Rule", _OF_RULES),
    *_routes("Link", _OF_LINKS),
    *_routes("Passcode", _PASSCODES),
    *_routes("Audit events", _EVENTS),
    *_routes("Token", _TOKENS),
)
