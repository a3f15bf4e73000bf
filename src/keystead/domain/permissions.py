"""The permission table: every action, who may do it, and how its audit event is called.

A command whose action has no row cannot be dispatched; a test compares routes, commands and rows.

Source: ``spec/iam-and-provisioning.md`` sections 3.3 (roles) and 6.2 (event names and severities).
"""

from dataclasses import dataclass, field
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import Literal


class Role(StrEnum):
    """A service role or, the last four, a platform role; the value is the tail of its CRN.

    Platform roles say what may be done with instances, service roles what may be done in them.
    """

    READER = "Reader"
    READER_PLUS = "ReaderPlus"
    WRITER = "Writer"
    MANAGER = "Manager"
    KEY_PURGE = "KeyPurge"
    KMIP_ADAPTER_MANAGER = "KmipAdapterManager"
    CONFIG_READER = "ConfigReader"
    VIEWER = "Viewer"
    OPERATOR = "Operator"
    EDITOR = "Editor"
    ADMINISTRATOR = "Administrator"


class Scope(Enum):
    """What a grant must cover before it allows an action."""

    PUBLIC = "public"  # no token needed
    OPERATOR = "operator"  # only on the server's machine, by who can open the unit's seal
    SERVICE = "service"  # only by the service itself, when the time for it has come
    INSTANCE = "instance"  # a grant on a ring or key is not enough
    RING = "ring"  # the instance, or the ring that the request names
    KEY = "key"  # the instance, the key's ring, or the key itself
    LIST = "list"  # any grant in the instance; the answer shows what the grants cover
    HELD = "held"  # any grant in the instance that the path names; it must be in the caller's account
    OWN = "own"  # a token will do for what is one's own, a grant on the whole account for the rest of it
    PEOPLE = "people"  # a grant on the caller's whole account, for what is about identities
    GRANTING = "granting"  # a token will do; what may be seen and done is what the caller's grants cover
    ROLES = "roles"  # as ``people``, for what is about the roles that an account makes
    CONTEXTS = "contexts"  # as ``people``, for what is about its network zones and context rules
    WHOLE = "whole"  # all of the instance that the path names; it must be in the caller's account
    ACCOUNT = "account"  # any grant in the caller's account; the answer shows what the grants cover
    WHOLE_ACCOUNT = "whole account"  # a grant on one instance is not enough


class Action(StrEnum):
    """What a command does; the value is the IAM action id."""

    __hash__ = str.__hash__  # Enum's own is Python code, and every request looks an action up several times

    KEY_CREATE = "kms.secrets.create"
    KEY_LIST = "kms.secrets.list"
    KEY_COUNT = "kms.secrets.head"
    KEY_READ = "kms.secrets.read"
    KEY_METADATA = "kms.secrets.readmetadata"
    KEY_PATCH = "kms.secrets.patch"
    KEY_DELETE = "kms.secrets.delete"
    KEY_PURGE = "kms.secrets.purge"
    KEY_RESTORE = "kms.secrets.restore"
    KEY_VERSIONS = "kms.secrets.listkeyversions"
    KEY_WRAP = "kms.secrets.wrap"
    KEY_UNWRAP = "kms.secrets.unwrap"
    KEY_REWRAP = "kms.secrets.rewrap"
    KEY_ROTATE = "kms.secrets.rotate"
    KEY_DISABLE = "kms.secrets.disable"
    KEY_ENABLE = "kms.secrets.enable"
    KEY_SYNC = "kms.secrets.sync"
    KEY_IMPACT = "keystead.secrets.impact"
    KEY_USAGE = "keystead.secrets.usage"
    KEY_REPORT = "keystead.keyreport.read"
    KEY_REPORT_TABLE = "keystead.keyreport.readtable"
    AUDIT_QUERY = "keystead.auditevents.read"
    ALIAS_CREATE = "kms.secrets.createalias"
    ALIAS_DELETE = "kms.secrets.deletealias"
    KEY_ACTION = "kms.secrets.default"
    REGISTRATION_LIST = "kms.registrations.list"
    REGISTRATION_LIST_KEY = "kms.registrations.listforkey"
    REGISTRATION_CREATE = "kms.registrations.create"
    REGISTRATION_WRITE = "kms.registrations.write"
    REGISTRATION_MERGE = "kms.registrations.merge"
    REGISTRATION_DELETE = "kms.registrations.delete"
    REGISTRATION_DEACTIVATE = "kms.registrations.deactivate"
    EVENT_ACK = "kms.secrets.eventack"
    KEY_SET_FOR_DELETION = "kms.secrets.setkeyfordeletion"
    KEY_UNSET_FOR_DELETION = "kms.secrets.unsetkeyfordeletion"
    KEY_CREATE_WITH_OVERRIDES = "kms.secrets-with-policy-overrides.create"
    KEY_POLICIES_READ = "kms.policies.read"
    KEY_POLICIES_WRITE = "kms.policies.write"
    INSTANCE_POLICIES_READ = "kms.instancepolicies.read"
    INSTANCE_POLICIES_WRITE = "kms.instancepolicies.write"
    ALLOWED_IP_PORT_READ = "kms.instance.readallowedipport"
    IMPORT_TOKEN_CREATE = "kms.importtoken.create"  # noqa: S105 - an action id
    IMPORT_TOKEN_READ = "kms.importtoken.read"  # noqa: S105 - an action id
    RING_LIST = "kms.keyrings.list"
    RING_CREATE = "kms.keyrings.create"
    RING_DELETE = "kms.keyrings.delete"
    ADAPTER_CREATE = "kms.kmip-management.create"
    ADAPTER_LIST = "kms.kmip-management.list"
    ADAPTER_READ = "kms.kmip-management.read"
    ADAPTER_DELETE = "kms.kmip-management.delete"
    CERTIFICATE_CREATE = "kms.kmip-management.createcertificate"
    CERTIFICATE_LIST = "kms.kmip-management.listcertificates"
    CERTIFICATE_READ = "kms.kmip-management.readcertificate"
    CERTIFICATE_DELETE = "kms.kmip-management.deletecertificate"
    OBJECT_LIST = "kms.kmip-management.listobjects"
    OBJECT_READ = "kms.kmip-management.readobject"
    OBJECT_DELETE = "kms.kmip-management.deleteobject"
    SERVICE_BEGIN = "kms.instance.create"
    IDENTITY_CREATE = "iam-identity.identity.create"
    API_KEY_GIVE = "keystead.apikey.create"
    GRANT_CREATE = "keystead.policy.create"
    INSTANCE_REOPEN = "keystead.instance.reopen"
    DEV_CLOCK = "keystead.dev.clock"
    DEV_FAULTS = "keystead.dev.faults"
    DEV_INSTANCE = "keystead.dev.instance"
    TIME_EXPIRE = "keystead.time.expire"
    TIME_ROTATE = "keystead.time.rotate"
    TIME_PURGE = "keystead.time.purge"
    TIME_ACK_ROTATE = "keystead.time.ackrotate"
    TIME_ACK_RESTORE = "keystead.time.ackrestore"
    TIME_ACK_ENABLE = "keystead.time.ackenable"
    TIME_ACK_DISABLE = "keystead.time.ackdisable"
    TIME_ACK_DELETE = "keystead.time.ackdelete"
    RECEIVER_SET = "keystead.receiver.set"
    RECEIVER_REMOVE = "keystead.receiver.remove"
    RECEIVER_LIST = "keystead.receiver.list"
    NOTICE_LIST = "keystead.notice.list"
    TOKEN_ISSUE = "iam-identity.token.issue"  # noqa: S105 - an action id
    TOKEN_KEYS = "iam-identity.keys.read"  # noqa: S105 - an action id
    API_KEY_CREATE = "iam-identity.apikey.create"
    API_KEY_LIST = "iam-identity.apikey.list"
    API_KEY_DETAILS = "iam-identity.apikey.details"
    API_KEY_READ = "iam-identity.apikey.get"
    API_KEY_UPDATE = "iam-identity.apikey.update"
    API_KEY_DELETE = "iam-identity.apikey.delete"
    API_KEY_LOCK = "iam-identity.apikey.lock"
    API_KEY_UNLOCK = "iam-identity.apikey.unlock"
    API_KEY_DISABLE = "iam-identity.apikey.disable"
    API_KEY_ENABLE = "iam-identity.apikey.enable"
    SERVICE_ID_CREATE = "iam-identity.serviceid.create"
    SERVICE_ID_LIST = "iam-identity.serviceid.list"
    SERVICE_ID_READ = "iam-identity.serviceid.get"
    SERVICE_ID_UPDATE = "iam-identity.serviceid.update"
    SERVICE_ID_DELETE = "iam-identity.serviceid.delete"
    SERVICE_ID_LOCK = "iam-identity.serviceid.lock"
    SERVICE_ID_UNLOCK = "iam-identity.serviceid.unlock"
    PROFILE_CREATE = "iam-identity.profile.create"
    PROFILE_LIST = "iam-identity.profile.list"
    PROFILE_READ = "iam-identity.profile.get"
    PROFILE_UPDATE = "iam-identity.profile.update"
    PROFILE_DELETE = "iam-identity.profile.delete"
    TRUSTED_LIST = "iam-identity.profileidentity.list"
    TRUSTED_REPLACE = "iam-identity.profileidentity.replace"
    TRUSTED_ADD = "iam-identity.profileidentity.create"
    TRUSTED_READ = "iam-identity.profileidentity.get"
    TRUSTED_REMOVE = "iam-identity.profileidentity.delete"
    TRUST_RULE_CREATE = "iam-identity.profilerule.create"
    TRUST_RULE_LIST = "iam-identity.profilerule.list"
    TRUST_RULE_READ = "iam-identity.profilerule.get"
    TRUST_RULE_UPDATE = "iam-identity.profilerule.update"
    TRUST_RULE_DELETE = "iam-identity.profilerule.delete"
    LINK_CREATE = "iam-identity.profilelink.create"
    LINK_LIST = "iam-identity.profilelink.list"
    LINK_READ = "iam-identity.profilelink.get"
    LINK_DELETE = "iam-identity.profilelink.delete"
    PASSCODE_CREATE = "iam-identity.passcode.create"
    TOKEN_INTROSPECT = "iam-identity.token.introspect"  # noqa: S105 - an action id
    POLICY_CREATE = "iam.policy.create"
    POLICY_LIST = "iam.policy.list"
    POLICY_READ = "iam.policy.read"
    POLICY_REPLACE = "iam.policy.update"
    POLICY_RESTORE = "iam.policy.restore"
    POLICY_DELETE = "iam.policy.delete"
    ROLE_CREATE = "iam.role.create"
    ROLE_LIST = "iam.role.list"
    ROLE_READ = "iam.role.read"
    ROLE_REPLACE = "iam.role.update"
    ROLE_DELETE = "iam.role.delete"
    ZONE_CREATE = "cbr.zone.create"
    ZONE_LIST = "cbr.zone.list"
    ZONE_READ = "cbr.zone.read"
    ZONE_REPLACE = "cbr.zone.update"
    ZONE_DELETE = "cbr.zone.delete"
    RULE_CREATE = "cbr.rule.create"
    RULE_LIST = "cbr.rule.list"
    RULE_READ = "cbr.rule.read"
    RULE_REPLACE = "cbr.rule.update"
    RULE_DELETE = "cbr.rule.delete"
    CONTEXT_SETTINGS_READ = "cbr.settings.read"
    CONTEXT_OPERATION_LIST = "cbr.operation.list"
    SERVICE_REF_LIST = "cbr.serviceref.list"
    SERVICE_REF_READ = "cbr.serviceref.read"
    TOKEN_DISCOVERY = "iam-identity.discovery.read"  # noqa: S105 - an action id
    UAA_TOKEN = "uaa.token.issue"  # noqa: S105 - an action id
    API_DOCUMENT_READ = "keystead.apidocument.read"
    API_REFERENCE_READ = "keystead.apireference.read"
    CATALOG_SEARCH = "globalcatalog.entry.search"
    CATALOG_READ = "globalcatalog.entry.read"
    CATALOG_PLANS = "globalcatalog.plan.list"
    CATALOG_DEPLOYMENTS = "globalcatalog.deployment.list"
    CATALOG_CHILDREN = "globalcatalog.child.list"
    GROUP_LIST = "resource-controller.group.list"
    GROUP_READ = "resource-controller.group.retrieve"
    GROUP_CREATE = "resource-controller.group.create"
    GROUP_UPDATE = "resource-controller.group.update"
    GROUP_DELETE = "resource-controller.group.delete"
    QUOTA_LIST = "resource-controller.quota.list"
    QUOTA_READ = "resource-controller.quota.retrieve"
    INSTANCE_LIST = "resource-controller.instance.list"
    INSTANCE_READ = "resource-controller.instance.retrieve"
    INSTANCE_CREATE = "resource-controller.instance.create"
    INSTANCE_UPDATE = "resource-controller.instance.update"
    INSTANCE_LOCK = "resource-controller.instance.lock"
    INSTANCE_UNLOCK = "resource-controller.instance.unlock"
    INSTANCE_DELETE = "resource-controller.instance.delete"
    RESOURCE_KEY_LIST = "resource-controller.key.list"
    RESOURCE_KEY_LIST_INSTANCE = "resource-controller.key.listforinstance"
    RECLAMATION_LIST = "resource-controller.reclamation.list"
    RESOURCE_SEARCH = "global-search-tagging.resource.read"
    TAG_LIST = "global-search-tagging.tag.list"
    TAG_ATTACH = "global-search-tagging.tag.attach"
    TAG_DETACH = "global-search-tagging.tag.detach"


Severity = Literal["normal", "warning", "critical"]
IN_ACCOUNT = frozenset({Scope.HELD, Scope.WHOLE, Scope.ACCOUNT, Scope.WHOLE_ACCOUNT})
"""The scopes of what is about instances from outside, and not about what is in one."""
OF_PEOPLE = frozenset({Scope.OWN, Scope.PEOPLE, Scope.GRANTING, Scope.ROLES, Scope.CONTEXTS})
"""The scopes of what is about identities, what they were granted, and where they may ask from."""


@dataclass(frozen=True, slots=True)
class Permission:
    """One row: who may, where the grant must reach, and what the audit log calls it."""

    roles: frozenset[Role]
    scope: Scope
    event: str
    severity: Severity
    says: str  # the audit message's words
    target_type: str = field(init=False)  # ``target.typeURI``: kms/secrets for kms.secrets.wrap (AT-3)

    def __post_init__(self) -> None:
        service, thing, _ = self.event.rsplit(".", 2)
        object.__setattr__(self, "target_type", f"{service}/{thing}")


_M = frozenset({Role.MANAGER})
_WM = _M | {Role.WRITER}
_PWM = _WM | {Role.READER_PLUS}
_ALL = _PWM | {Role.READER}
_LIST = _ALL | {Role.KMIP_ADAPTER_MANAGER}
_KMIP = _M | {Role.KMIP_ADAPTER_MANAGER}
_EDIT = frozenset({Role.EDITOR, Role.ADMINISTRATOR})
_OPERATE = _EDIT | {Role.OPERATOR}
_ANY: frozenset[Role] = frozenset()
_ADMIN = frozenset({Role.ADMINISTRATOR})
_SOME = frozenset(Role)  # whichever role
_PLATFORM = _OPERATE | {Role.VIEWER}


def _kmip(verb: str, severity: Severity, says: str) -> Permission:
    return Permission(_KMIP, Scope.INSTANCE, f"kms.kmip-management.{verb}", severity, says)


def _ack(verb: str, what: str) -> Permission:
    return Permission(
        _ANY, Scope.SERVICE, f"kms.secrets.ack-{verb}", "normal", f"acknowledge {what} of secret"
    )


def _receiver(event: str, severity: Severity, says: str) -> Permission:
    return Permission(_ANY, Scope.OPERATOR, f"keystead.{event}", severity, says)


def _catalog(event: str, says: str) -> Permission:
    return Permission(_ANY, Scope.PUBLIC, f"globalcatalog.{event}", "normal", says)


def _account(event: str, severity: Severity, says: str) -> Permission:
    return Permission(_SOME, Scope.ACCOUNT, f"resource-controller.{event}", severity, says)


def _tagging(event: str, says: str) -> Permission:
    return Permission(_SOME, Scope.ACCOUNT, f"global-search-tagging.{event}", "normal", says)


def _api_key(verb: str, severity: Severity, says: str) -> Permission:
    return Permission(_ADMIN, Scope.OWN, f"iam-identity.apikey.{verb}", severity, says)


def _service_id(verb: str, severity: Severity, says: str) -> Permission:
    return Permission(_ADMIN, Scope.PEOPLE, f"iam-identity.serviceid.{verb}", severity, says)


def _profile(event: str, severity: Severity, says: str) -> Permission:
    return Permission(_ADMIN, Scope.PEOPLE, f"iam-identity.{event}", severity, says)


def _policy(verb: str, roles: frozenset[Role], severity: Severity, says: str) -> Permission:
    return Permission(roles, Scope.GRANTING, f"iam-am.policy.{verb}", severity, says)


def _role(verb: str, severity: Severity, says: str) -> Permission:
    return Permission(_ADMIN, Scope.ROLES, f"iam-am.role.{verb}", severity, says)


def _context(event: str, roles: frozenset[Role], severity: Severity, says: str) -> Permission:
    return Permission(roles, Scope.CONTEXTS, f"context-based-restrictions.{event}", severity, says)


PERMISSIONS = MappingProxyType(
    {
        Action.KEY_CREATE: Permission(_WM, Scope.RING, "kms.secrets.create", "normal", "create secret"),
        Action.KEY_LIST: Permission(_LIST, Scope.LIST, "kms.secrets.list", "normal", "list secrets"),
        Action.KEY_COUNT: Permission(_LIST, Scope.LIST, "kms.secrets.head", "normal", "count secrets"),
        Action.KEY_READ: Permission(_PWM, Scope.KEY, "kms.secrets.read", "normal", "read secret"),
        Action.KEY_METADATA: Permission(
            _ALL, Scope.KEY, "kms.secrets-metadata.read", "normal", "read secret metadata"
        ),
        Action.KEY_PATCH: Permission(_M, Scope.KEY, "kms.secrets.patch", "normal", "move secret"),
        Action.KEY_DELETE: Permission(_M, Scope.KEY, "kms.secrets.delete", "critical", "delete secret"),
        Action.KEY_PURGE: Permission(
            frozenset({Role.KEY_PURGE}), Scope.KEY, "kms.secrets.purge", "critical", "purge secret"
        ),
        Action.KEY_RESTORE: Permission(_M, Scope.KEY, "kms.secrets.restore", "warning", "restore secret"),
        Action.KEY_VERSIONS: Permission(
            _ALL, Scope.KEY, "kms.secrets-key-versions.list", "normal", "list versions of secret"
        ),
        Action.KEY_WRAP: Permission(_ALL, Scope.KEY, "kms.secrets.wrap", "normal", "wrap with secret"),
        Action.KEY_UNWRAP: Permission(_ALL, Scope.KEY, "kms.secrets.unwrap", "normal", "unwrap with secret"),
        Action.KEY_REWRAP: Permission(_ALL, Scope.KEY, "kms.secrets.rewrap", "normal", "rewrap with secret"),
        Action.KEY_ROTATE: Permission(_WM, Scope.KEY, "kms.secrets.rotate", "warning", "rotate secret"),
        Action.KEY_DISABLE: Permission(_M, Scope.KEY, "kms.secrets.disable", "warning", "disable secret"),
        Action.KEY_ENABLE: Permission(_M, Scope.KEY, "kms.secrets.enable", "warning", "enable secret"),
        Action.KEY_SYNC: Permission(_WM, Scope.KEY, "kms.secrets.sync", "normal", "sync resources of secret"),
        Action.KEY_IMPACT: Permission(
            _M, Scope.KEY, "keystead.secrets-impact.read", "normal", "foresee impact on secret"
        ),
        Action.KEY_USAGE: Permission(
            _M, Scope.KEY, "keystead.secrets-usage.read", "normal", "read usage of secret"
        ),
        Action.KEY_REPORT: Permission(
            _M, Scope.INSTANCE, "keystead.key-report.read", "normal", "report usage of secrets"
        ),
        Action.KEY_REPORT_TABLE: Permission(
            _M, Scope.INSTANCE, "keystead.key-report.read", "normal", "report usage of secrets"
        ),
        Action.AUDIT_QUERY: Permission(
            _M, Scope.INSTANCE, "keystead.audit-events.read", "normal", "read audit log"
        ),
        Action.ALIAS_CREATE: Permission(
            _WM, Scope.KEY, "kms.secrets-alias.create", "normal", "create alias of secret"
        ),
        Action.ALIAS_DELETE: Permission(
            _WM, Scope.KEY, "kms.secrets-alias.delete", "normal", "delete alias of secret"
        ),
        Action.REGISTRATION_LIST: Permission(
            _ALL, Scope.LIST, "kms.registrations.list", "normal", "list registrations"
        ),
        Action.REGISTRATION_LIST_KEY: Permission(
            _ALL, Scope.KEY, "kms.registrations.list", "normal", "list registrations of secret"
        ),
        Action.REGISTRATION_CREATE: Permission(
            _ALL, Scope.KEY, "kms.registrations.create", "normal", "create registration with secret"
        ),
        Action.REGISTRATION_WRITE: Permission(
            _ALL, Scope.KEY, "kms.registrations.write", "normal", "replace registration with secret"
        ),
        Action.REGISTRATION_MERGE: Permission(
            _ALL, Scope.KEY, "kms.registrations.merge", "normal", "update registration with secret"
        ),
        Action.REGISTRATION_DELETE: Permission(
            _ALL, Scope.KEY, "kms.registrations.delete", "critical", "delete registration with secret"
        ),
        Action.REGISTRATION_DEACTIVATE: Permission(
            _ALL, Scope.KEY, "kms.registrations.delete", "critical", "deactivate registration with secret"
        ),
        Action.EVENT_ACK: Permission(
            _ALL, Scope.LIST, "kms.secrets-event.ack", "normal", "acknowledge event of secret"
        ),
        Action.KEY_SET_FOR_DELETION: Permission(
            _WM, Scope.KEY, "kms.secrets.setkeyfordeletion", "warning", "set secret for deletion"
        ),
        Action.KEY_UNSET_FOR_DELETION: Permission(
            _WM, Scope.KEY, "kms.secrets.unsetkeyfordeletion", "warning", "unset secret for deletion"
        ),
        Action.KEY_ACTION: Permission(_ALL, Scope.KEY, "kms.secrets.default", "normal", "act on secret"),
        Action.KEY_CREATE_WITH_OVERRIDES: Permission(
            _M,
            Scope.RING,
            "kms.secrets-with-policy-overrides.create",
            "normal",
            "create secret with policy overrides",
        ),
        Action.KEY_POLICIES_READ: Permission(
            _M, Scope.KEY, "kms.policies.read", "normal", "read policies of secret"
        ),
        Action.KEY_POLICIES_WRITE: Permission(
            _M, Scope.KEY, "kms.policies.write", "warning", "write policies of secret"
        ),
        Action.INSTANCE_POLICIES_READ: Permission(
            _M, Scope.INSTANCE, "kms.instance-policies.read", "normal", "read instance policies"
        ),
        Action.INSTANCE_POLICIES_WRITE: Permission(
            _M, Scope.INSTANCE, "kms.instance-policies.write", "warning", "write instance policies"
        ),
        Action.ALLOWED_IP_PORT_READ: Permission(
            _M, Scope.INSTANCE, "kms.instance-allowed-ip-port.read", "normal", "read allowed IP port"
        ),
        Action.IMPORT_TOKEN_CREATE: Permission(
            _WM, Scope.INSTANCE, "kms.import-token.create", "normal", "create import token"
        ),
        Action.IMPORT_TOKEN_READ: Permission(
            _WM, Scope.INSTANCE, "kms.import-token.read", "normal", "read import token"
        ),
        Action.RING_LIST: Permission(_LIST, Scope.INSTANCE, "kms.key-rings.list", "normal", "list key rings"),
        Action.RING_CREATE: Permission(
            _WM, Scope.INSTANCE, "kms.key-rings.create", "normal", "create key ring"
        ),
        Action.RING_DELETE: Permission(
            _M, Scope.INSTANCE, "kms.key-rings.delete", "normal", "delete key ring"
        ),
        Action.ADAPTER_CREATE: _kmip("create", "normal", "create KMIP adapter"),
        Action.ADAPTER_LIST: _kmip("list", "normal", "list KMIP adapters"),
        Action.ADAPTER_READ: _kmip("read", "normal", "read KMIP adapter"),
        Action.ADAPTER_DELETE: _kmip("delete", "warning", "delete KMIP adapter"),
        Action.CERTIFICATE_CREATE: _kmip("create", "normal", "create KMIP client certificate"),
        Action.CERTIFICATE_LIST: _kmip("list", "normal", "list KMIP client certificates"),
        Action.CERTIFICATE_READ: _kmip("read", "normal", "read KMIP client certificate"),
        Action.CERTIFICATE_DELETE: _kmip("delete", "warning", "delete KMIP client certificate"),
        Action.OBJECT_LIST: _kmip("list", "normal", "list KMIP objects"),
        Action.OBJECT_READ: _kmip("read", "normal", "read KMIP object"),
        Action.OBJECT_DELETE: _kmip("delete", "warning", "delete KMIP object"),
        Action.SERVICE_BEGIN: Permission(
            _ANY, Scope.OPERATOR, "kms.instance.create", "normal", "create instance"
        ),
        Action.IDENTITY_CREATE: Permission(
            _ANY, Scope.OPERATOR, "iam-identity.identity.create", "warning", "create identity"
        ),
        Action.API_KEY_GIVE: Permission(
            _ANY, Scope.OPERATOR, "iam-identity.apikey.create", "warning", "create API key"
        ),
        Action.GRANT_CREATE: Permission(
            _ANY, Scope.OPERATOR, "iam-am.policy.create", "warning", "grant roles"
        ),
        Action.INSTANCE_REOPEN: Permission(
            _ANY,
            Scope.OPERATOR,
            "keystead.instance-policies.reopen",
            "critical",
            "turn off where requests may come from",
        ),
        Action.DEV_CLOCK: Permission(
            _M, Scope.INSTANCE, "keystead.dev-clock.move", "warning", "move the clock"
        ),
        Action.DEV_FAULTS: Permission(
            _M, Scope.INSTANCE, "keystead.dev-faults.order", "warning", "order faults"
        ),
        Action.DEV_INSTANCE: Permission(
            _M, Scope.INSTANCE, "keystead.dev-instance.create", "warning", "create emulated instance"
        ),
        Action.TIME_EXPIRE: Permission(_ANY, Scope.SERVICE, "kms.secrets.expire", "normal", "expire secret"),
        Action.TIME_ROTATE: Permission(_ANY, Scope.SERVICE, "kms.secrets.rotate", "warning", "rotate secret"),
        Action.TIME_PURGE: Permission(_ANY, Scope.SERVICE, "kms.secrets.purge", "critical", "purge secret"),
        Action.TIME_ACK_ROTATE: _ack("rotate", "rotation"),
        Action.TIME_ACK_RESTORE: _ack("restore", "restoration"),
        Action.TIME_ACK_ENABLE: _ack("enable", "enabling"),
        Action.TIME_ACK_DISABLE: _ack("disable", "disabling"),
        Action.TIME_ACK_DELETE: _ack("delete", "deletion"),
        Action.RECEIVER_SET: _receiver("receivers.set", "critical", "set receiver of a service"),
        Action.RECEIVER_REMOVE: _receiver("receivers.remove", "critical", "remove receiver of a service"),
        Action.RECEIVER_LIST: _receiver("receivers.list", "normal", "list receivers of services"),
        Action.NOTICE_LIST: _receiver("notices.list", "normal", "list events for services"),
        Action.TOKEN_ISSUE: Permission(
            _ANY, Scope.PUBLIC, "iam-identity.token.issue", "normal", "issue access token"
        ),
        Action.TOKEN_KEYS: Permission(
            _ANY, Scope.PUBLIC, "iam-identity.keys.read", "normal", "read token keys"
        ),
        Action.TOKEN_DISCOVERY: Permission(
            _ANY, Scope.PUBLIC, "iam-identity.discovery.read", "normal", "read where tokens are issued"
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
        Action.PROFILE_CREATE: _profile("profile.create", "warning", "create trusted profile"),
        Action.PROFILE_LIST: _profile("profile.list", "normal", "list trusted profiles"),
        Action.PROFILE_READ: _profile("profile.read", "normal", "read trusted profile"),
        Action.PROFILE_UPDATE: _profile("profile.update", "warning", "update trusted profile"),
        Action.PROFILE_DELETE: _profile("profile.delete", "critical", "delete trusted profile"),
        Action.TRUSTED_LIST: _profile(
            "profile-identity.list", "normal", "list identities of trusted profile"
        ),
        Action.TRUSTED_REPLACE: _profile(
            "profile-identity.update", "warning", "replace identities of trusted profile"
        ),
        Action.TRUSTED_ADD: _profile("profile-identity.create", "warning", "add identity to trusted profile"),
        Action.TRUSTED_READ: _profile("profile-identity.read", "normal", "read identity of trusted profile"),
        Action.TRUSTED_REMOVE: _profile(
            "profile-identity.delete", "critical", "remove identity from trusted profile"
        ),
        Action.TRUST_RULE_CREATE: _profile(
            "profile-rule.create", "warning", "create rule of trusted profile"
        ),
        Action.TRUST_RULE_LIST: _profile("profile-rule.list", "normal", "list rules of trusted profile"),
        Action.TRUST_RULE_READ: _profile("profile-rule.read", "normal", "read rule of trusted profile"),
        Action.TRUST_RULE_UPDATE: _profile(
            "profile-rule.update", "warning", "update rule of trusted profile"
        ),
        Action.TRUST_RULE_DELETE: _profile(
            "profile-rule.delete", "critical", "delete rule of trusted profile"
        ),
        Action.LINK_CREATE: _profile("profile-link.create", "warning", "link trusted profile"),
        Action.LINK_LIST: _profile("profile-link.list", "normal", "list links of trusted profile"),
        Action.LINK_READ: _profile("profile-link.read", "normal", "read link of trusted profile"),
        Action.LINK_DELETE: _profile("profile-link.delete", "critical", "delete link of trusted profile"),
        Action.PASSCODE_CREATE: Permission(
            _ADMIN, Scope.OWN, "iam-identity.passcode.create", "warning", "create one-time passcode"
        ),
        Action.TOKEN_INTROSPECT: Permission(
            _ADMIN, Scope.OWN, "iam-identity.token.introspect", "normal", "introspect access token"
        ),
        Action.POLICY_CREATE: _policy("create", _ADMIN, "warning", "create policy"),
        Action.POLICY_LIST: _policy("list", _PLATFORM, "normal", "list policies"),
        Action.POLICY_READ: _policy("read", _PLATFORM, "normal", "read policy"),
        Action.POLICY_REPLACE: _policy("update", _ADMIN, "warning", "update policy"),
        Action.POLICY_RESTORE: _policy("restore", _ADMIN, "warning", "restore policy"),
        Action.POLICY_DELETE: _policy("delete", _ADMIN, "critical", "delete policy"),
        Action.ROLE_CREATE: _role("create", "warning", "create role"),
        Action.ROLE_REPLACE: _role("update", "warning", "update role"),
        Action.ROLE_DELETE: _role("delete", "critical", "delete role"),
        # Roles are shown to whoever holds anything in the account: they say what he could ask for.
        Action.ROLE_LIST: Permission(_SOME, Scope.GRANTING, "iam-am.role.list", "normal", "list roles"),
        Action.ROLE_READ: Permission(_SOME, Scope.GRANTING, "iam-am.role.read", "normal", "read role"),
        Action.ZONE_CREATE: _context("zone.create", _ADMIN, "warning", "create network zone"),
        Action.ZONE_LIST: _context("zone.list", _PLATFORM, "normal", "list network zones"),
        Action.ZONE_READ: _context("zone.read", _PLATFORM, "normal", "read network zone"),
        Action.ZONE_REPLACE: _context("zone.update", _ADMIN, "warning", "update network zone"),
        Action.ZONE_DELETE: _context("zone.delete", _ADMIN, "critical", "delete network zone"),
        # What IBM's API calls a rule, its events call a policy.
        Action.RULE_CREATE: _context("policy.create", _ADMIN, "warning", "create context rule"),
        Action.RULE_LIST: _context("policy.list", _PLATFORM, "normal", "list context rules"),
        Action.RULE_READ: _context("policy.read", _PLATFORM, "normal", "read context rule"),
        Action.RULE_REPLACE: _context("policy.update", _ADMIN, "warning", "update context rule"),
        Action.RULE_DELETE: _context("policy.delete", _ADMIN, "critical", "delete context rule"),
        Action.CONTEXT_SETTINGS_READ: _context(
            "account-settings.read", _PLATFORM, "normal", "read settings of context rules"
        ),
        Action.CONTEXT_OPERATION_LIST: _context(
            "operations.list", _PLATFORM, "normal", "list operations for context rules"
        ),
        Action.SERVICE_REF_LIST: _context(
            "service-references.list", _PLATFORM, "normal", "list service references"
        ),
        Action.SERVICE_REF_READ: _context(
            "service-references.read", _PLATFORM, "normal", "read service reference"
        ),
        Action.UAA_TOKEN: Permission(_ANY, Scope.PUBLIC, "uaa.token.issue", "normal", "issue UAA token"),
        # Public, for both say the same to everybody: what every copy of this program can do, and nothing of
        # this server, its instances or its keys. Tools fetch the document before they have a token.
        Action.API_DOCUMENT_READ: Permission(
            _ANY, Scope.PUBLIC, "keystead.api-document.read", "normal", "read API document"
        ),
        Action.API_REFERENCE_READ: Permission(
            _ANY, Scope.PUBLIC, "keystead.api-reference.read", "normal", "read API reference"
        ),
        # Public as the document is, and as IBM's is (GC-4): it is the same on every server.
        Action.CATALOG_SEARCH: _catalog("entry.search", "search catalog"),
        Action.CATALOG_READ: _catalog("entry.read", "read catalog entry"),
        Action.CATALOG_PLANS: _catalog("plan.list", "list plans"),
        Action.CATALOG_DEPLOYMENTS: _catalog("deployment.list", "list deployments"),
        Action.CATALOG_CHILDREN: _catalog("child.list", "list children"),
        # Whoever holds anything in the account may ask for a change of groups: he is told that there is none.
        Action.GROUP_LIST: _account("group.list", "normal", "list resource groups"),
        Action.GROUP_READ: _account("group.read", "normal", "read resource group"),
        Action.GROUP_CREATE: _account("group.create", "warning", "create resource group"),
        Action.GROUP_UPDATE: _account("group.update", "warning", "update resource group"),
        Action.GROUP_DELETE: _account("group.delete", "critical", "delete resource group"),
        Action.QUOTA_LIST: _account("quota.list", "normal", "list quota definitions"),
        Action.QUOTA_READ: _account("quota.read", "normal", "read quota definition"),
        Action.INSTANCE_LIST: _account("instance.list", "normal", "list instances"),
        Action.INSTANCE_READ: Permission(
            _SOME, Scope.HELD, "resource-controller.instance.read", "normal", "read instance"
        ),
        Action.INSTANCE_CREATE: Permission(
            _EDIT, Scope.WHOLE_ACCOUNT, "kms.instance.create", "normal", "create instance"
        ),
        # Its command asks for more where another plan is wanted.
        Action.INSTANCE_UPDATE: Permission(
            _OPERATE, Scope.WHOLE, "kms.instance.update", "warning", "update instance"
        ),
        Action.INSTANCE_LOCK: Permission(
            _EDIT, Scope.WHOLE, "kms.instance.update", "warning", "lock instance"
        ),
        Action.INSTANCE_UNLOCK: Permission(
            _EDIT, Scope.WHOLE, "kms.instance.update", "warning", "unlock instance"
        ),
        Action.INSTANCE_DELETE: Permission(
            _EDIT, Scope.WHOLE, "kms.instance.delete", "critical", "delete instance"
        ),
        Action.RESOURCE_KEY_LIST: _account("key.list", "normal", "list resource keys"),
        Action.RESOURCE_KEY_LIST_INSTANCE: Permission(
            _SOME, Scope.HELD, "resource-controller.key.list", "normal", "list resource keys of instance"
        ),
        Action.RECLAMATION_LIST: _account("reclamation.list", "normal", "list reclamations"),
        Action.RESOURCE_SEARCH: _tagging("resource.search", "search resources"),
        Action.TAG_LIST: _tagging("tag.list", "list tags"),
        Action.TAG_ATTACH: _tagging("tag.attach", "attach tags"),
        Action.TAG_DETACH: _tagging("tag.detach", "detach tags"),
    }
)
