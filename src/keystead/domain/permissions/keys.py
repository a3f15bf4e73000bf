"""Permissions for what is in an instance: keys and what belongs to them."""

from typing import Final

from keystead.domain.actions import Action, Role, Scope
from keystead.domain.permissions.row import LISTERS, MANAGERS, READERS, READERS_PLUS, WRITERS, Permission

OF_KEYS: Final = {
    Action.KEY_CREATE: Permission(WRITERS, Scope.RING, "kms.secrets.create", "normal", "create secret"),
    Action.KEY_LIST: Permission(LISTERS, Scope.LIST, "kms.secrets.list", "normal", "list secrets"),
    Action.KEY_COUNT: Permission(LISTERS, Scope.LIST, "kms.secrets.head", "normal", "count secrets"),
    Action.KEY_READ: Permission(READERS_PLUS, Scope.KEY, "kms.secrets.read", "normal", "read secret"),
    Action.KEY_METADATA: Permission(
        READERS, Scope.KEY, "kms.secrets-metadata.read", "normal", "read secret metadata"
    ),
    Action.KEY_PATCH: Permission(MANAGERS, Scope.KEY, "kms.secrets.patch", "normal", "move secret"),
    Action.KEY_DELETE: Permission(MANAGERS, Scope.KEY, "kms.secrets.delete", "critical", "delete secret"),
    Action.KEY_PURGE: Permission(
        frozenset({Role.KEY_PURGE}), Scope.KEY, "kms.secrets.purge", "critical", "purge secret"
    ),
    Action.KEY_RESTORE: Permission(MANAGERS, Scope.KEY, "kms.secrets.restore", "warning", "restore secret"),
    Action.KEY_VERSIONS: Permission(
        READERS, Scope.KEY, "kms.secrets-key-versions.list", "normal", "list versions of secret"
    ),
    Action.KEY_WRAP: Permission(READERS, Scope.KEY, "kms.secrets.wrap", "normal", "wrap with secret"),
    Action.KEY_UNWRAP: Permission(READERS, Scope.KEY, "kms.secrets.unwrap", "normal", "unwrap with secret"),
    Action.KEY_REWRAP: Permission(READERS, Scope.KEY, "kms.secrets.rewrap", "normal", "rewrap with secret"),
    Action.KEY_ROTATE: Permission(WRITERS, Scope.KEY, "kms.secrets.rotate", "warning", "rotate secret"),
    Action.KEY_DISABLE: Permission(MANAGERS, Scope.KEY, "kms.secrets.disable", "warning", "disable secret"),
    Action.KEY_ENABLE: Permission(MANAGERS, Scope.KEY, "kms.secrets.enable", "warning", "enable secret"),
    Action.KEY_SYNC: Permission(WRITERS, Scope.KEY, "kms.secrets.sync", "normal", "sync resources of secret"),
    Action.KEY_IMPACT: Permission(
        MANAGERS, Scope.KEY, "keystead.secrets-impact.read", "normal", "foresee impact on secret"
    ),
    Action.KEY_USAGE: Permission(
        MANAGERS, Scope.KEY, "keystead.secrets-usage.read", "normal", "read usage of secret"
    ),
    Action.KEY_REPORT: Permission(
        MANAGERS, Scope.INSTANCE, "keystead.key-report.read", "normal", "report usage of secrets"
    ),
    Action.KEY_REPORT_TABLE: Permission(
        MANAGERS, Scope.INSTANCE, "keystead.key-report.read", "normal", "report usage of secrets"
    ),
    Action.AUDIT_QUERY: Permission(
        MANAGERS, Scope.INSTANCE, "keystead.audit-events.read", "normal", "read audit log"
    ),
    Action.ALIAS_CREATE: Permission(
        WRITERS, Scope.KEY, "kms.secrets-alias.create", "normal", "create alias of secret"
    ),
    Action.ALIAS_DELETE: Permission(
        WRITERS, Scope.KEY, "kms.secrets-alias.delete", "normal", "delete alias of secret"
    ),
    Action.REGISTRATION_LIST: Permission(
        READERS, Scope.LIST, "kms.registrations.list", "normal", "list registrations"
    ),
    Action.REGISTRATION_LIST_KEY: Permission(
        READERS, Scope.KEY, "kms.registrations.list", "normal", "list registrations of secret"
    ),
    Action.REGISTRATION_CREATE: Permission(
        READERS,
        Scope.KEY,
        "kms.registrations.create",
        "normal",
        "create registration with secret",
        services_only=True,
    ),
    Action.REGISTRATION_WRITE: Permission(
        READERS,
        Scope.KEY,
        "kms.registrations.write",
        "normal",
        "replace registration with secret",
        services_only=True,
    ),
    Action.REGISTRATION_MERGE: Permission(
        READERS,
        Scope.KEY,
        "kms.registrations.merge",
        "normal",
        "update registration with secret",
        services_only=True,
    ),
    Action.REGISTRATION_DELETE: Permission(
        READERS,
        Scope.KEY,
        "kms.registrations.delete",
        "critical",
        "delete registration with secret",
        services_only=True,
    ),
    Action.REGISTRATION_DEACTIVATE: Permission(
        READERS,
        Scope.KEY,
        "kms.registrations.delete",
        "critical",
        "deactivate registration with secret",
        services_only=True,
    ),
    Action.EVENT_ACK: Permission(
        READERS,
        Scope.LIST,
        "kms.secrets-event.ack",
        "normal",
        "acknowledge event of secret",
        services_only=True,
    ),
    Action.KEY_SET_FOR_DELETION: Permission(
        WRITERS, Scope.KEY, "kms.secrets.setkeyfordeletion", "warning", "set secret for deletion"
    ),
    Action.KEY_UNSET_FOR_DELETION: Permission(
        WRITERS, Scope.KEY, "kms.secrets.unsetkeyfordeletion", "warning", "unset secret for deletion"
    ),
    Action.KEY_ACTION: Permission(READERS, Scope.KEY, "kms.secrets.default", "normal", "act on secret"),
    Action.KEY_CREATE_WITH_OVERRIDES: Permission(
        MANAGERS,
        Scope.RING,
        "kms.secrets-with-policy-overrides.create",
        "normal",
        "create secret with policy overrides",
    ),
    Action.KEY_POLICIES_READ: Permission(
        MANAGERS, Scope.KEY, "kms.policies.read", "normal", "read policies of secret"
    ),
    Action.KEY_POLICIES_WRITE: Permission(
        MANAGERS, Scope.KEY, "kms.policies.write", "warning", "write policies of secret"
    ),
    Action.INSTANCE_POLICIES_READ: Permission(
        MANAGERS, Scope.INSTANCE, "kms.instance-policies.read", "normal", "read instance policies"
    ),
    Action.INSTANCE_POLICIES_WRITE: Permission(
        MANAGERS, Scope.INSTANCE, "kms.instance-policies.write", "warning", "write instance policies"
    ),
    Action.ALLOWED_IP_PORT_READ: Permission(
        MANAGERS, Scope.INSTANCE, "kms.instance-allowed-ip-port.read", "normal", "read allowed IP port"
    ),
    Action.IMPORT_TOKEN_CREATE: Permission(
        WRITERS, Scope.INSTANCE, "kms.import-token.create", "normal", "create import token"
    ),
    Action.IMPORT_TOKEN_READ: Permission(
        WRITERS, Scope.INSTANCE, "kms.import-token.read", "normal", "read import token"
    ),
    Action.RING_LIST: Permission(LISTERS, Scope.INSTANCE, "kms.key-rings.list", "normal", "list key rings"),
    Action.RING_CREATE: Permission(
        WRITERS, Scope.INSTANCE, "kms.key-rings.create", "normal", "create key ring"
    ),
    Action.RING_DELETE: Permission(
        MANAGERS, Scope.INSTANCE, "kms.key-rings.delete", "normal", "delete key ring"
    ),
}
