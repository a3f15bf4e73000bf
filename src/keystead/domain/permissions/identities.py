"""Permissions for tokens, for who there is, and for what was done in an account."""

from typing import Final

from keystead.domain.actions import Action, Scope
from keystead.domain.permissions.row import ADMINISTRATORS, ANYBODY, Permission, Severity


def _api_key(verb: str, severity: Severity, says: str) -> Permission:
    return Permission(ADMINISTRATORS, Scope.OWN, f"iam-identity.apikey.{verb}", severity, says)


def _service_id(verb: str, severity: Severity, says: str) -> Permission:
    return Permission(ADMINISTRATORS, Scope.PEOPLE, f"iam-identity.serviceid.{verb}", severity, says)


def _user(verb: str, severity: Severity, says: str) -> Permission:
    return Permission(ADMINISTRATORS, Scope.PEOPLE, f"user-management.user.{verb}", severity, says)


def _profile(event: str, severity: Severity, says: str) -> Permission:
    return Permission(ADMINISTRATORS, Scope.PEOPLE, f"iam-identity.{event}", severity, says)


OF_IDENTITIES: Final = {
    Action.TOKEN_ISSUE: Permission(
        ANYBODY, Scope.PUBLIC, "iam-identity.token.issue", "normal", "issue access token"
    ),
    Action.TOKEN_KEYS: Permission(
        ANYBODY, Scope.PUBLIC, "iam-identity.keys.read", "normal", "read token keys"
    ),
    Action.TOKEN_DISCOVERY: Permission(
        ANYBODY, Scope.PUBLIC, "iam-identity.discovery.read", "normal", "read where tokens are issued"
    ),
    Action.API_KEY_CREATE: _api_key("create", "warning", "create API key"),
    Action.API_KEY_LIST: _api_key("list", "normal", "list API keys"),
    Action.API_KEY_DETAILS: _api_key("read", "normal", "read API key by its text"),
    Action.API_KEY_READ: _api_key("read", "normal", "read API key"),
    Action.API_KEY_UPDATE: _api_key("update", "warning", "update API key"),
    Action.API_KEY_DELETE: _api_key("delete", "critical", "delete API key"),
    Action.API_KEY_LOCK: _api_key("lock", "warning", "lock API key"),
    Action.API_KEY_UNLOCK: _api_key("unlock", "warning", "unlock API key"),
    Action.API_KEY_DISABLE: _api_key("disable", "warning", "disable API key"),
    Action.API_KEY_ENABLE: _api_key("enable", "warning", "enable API key"),
    Action.SERVICE_ID_CREATE: _service_id("create", "warning", "create service id"),
    Action.SERVICE_ID_LIST: _service_id("list", "normal", "list service ids"),
    Action.SERVICE_ID_READ: _service_id("read", "normal", "read service id"),
    Action.SERVICE_ID_UPDATE: _service_id("update", "warning", "update service id"),
    Action.SERVICE_ID_DELETE: _service_id("delete", "critical", "delete service id"),
    Action.SERVICE_ID_LOCK: _service_id("lock", "warning", "lock service id"),
    Action.SERVICE_ID_UNLOCK: _service_id("unlock", "warning", "unlock service id"),
    Action.USER_LIST: _user("list", "normal", "list users"),
    Action.USER_READ: _user("read", "normal", "read user"),
    Action.USER_REMOVE: _user("delete", "critical", "remove user"),
    Action.PROFILE_CREATE: _profile("profile.create", "warning", "create trusted profile"),
    Action.PROFILE_LIST: _profile("profile.list", "normal", "list trusted profiles"),
    Action.PROFILE_READ: _profile("profile.read", "normal", "read trusted profile"),
    Action.PROFILE_UPDATE: _profile("profile.update", "warning", "update trusted profile"),
    Action.PROFILE_DELETE: _profile("profile.delete", "critical", "delete trusted profile"),
    Action.TRUSTED_LIST: _profile("profile-identity.list", "normal", "list identities of trusted profile"),
    Action.TRUSTED_REPLACE: _profile(
        "profile-identity.update", "warning", "replace identities of trusted profile"
    ),
    Action.TRUSTED_ADD: _profile("profile-identity.create", "warning", "add identity to trusted profile"),
    Action.TRUSTED_READ: _profile("profile-identity.read", "normal", "read identity of trusted profile"),
    Action.TRUSTED_REMOVE: _profile(
        "profile-identity.delete", "critical", "remove identity from trusted profile"
    ),
    Action.TRUST_RULE_CREATE: _profile("profile-rule.create", "warning", "create rule of trusted profile"),
    Action.TRUST_RULE_LIST: _profile("profile-rule.list", "normal", "list rules of trusted profile"),
    Action.TRUST_RULE_READ: _profile("profile-rule.read", "normal", "read rule of trusted profile"),
    Action.TRUST_RULE_UPDATE: _profile("profile-rule.update", "warning", "update rule of trusted profile"),
    Action.TRUST_RULE_DELETE: _profile("profile-rule.delete", "critical", "delete rule of trusted profile"),
    Action.LINK_CREATE: _profile("profile-link.create", "warning", "link trusted profile"),
    Action.LINK_LIST: _profile("profile-link.list", "normal", "list links of trusted profile"),
    Action.LINK_READ: _profile("profile-link.read", "normal", "read link of trusted profile"),
    Action.LINK_DELETE: _profile("profile-link.delete", "critical", "delete link of trusted profile"),
    Action.PASSCODE_CREATE: Permission(
        ADMINISTRATORS, Scope.OWN, "iam-identity.passcode.create", "warning", "create one-time passcode"
    ),
    Action.TOKEN_INTROSPECT: Permission(
        ADMINISTRATORS, Scope.OWN, "iam-identity.token.introspect", "normal", "introspect access token"
    ),
    Action.ACCOUNT_AUDIT_QUERY: Permission(
        ADMINISTRATORS,
        Scope.PEOPLE,
        "keystead.account-events.read",
        "normal",
        "query audit events of account",
    ),
    Action.UAA_TOKEN: Permission(ANYBODY, Scope.PUBLIC, "uaa.token.issue", "normal", "issue UAA token"),
}
