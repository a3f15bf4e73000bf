"""Every route, with a request for it that does no harm, and what each role may do with it.

Source: ``spec/kms-api.md`` section 1.14; ``spec/iam-and-provisioning.md`` section 3.3. The matrix is written
out, not derived from the permission table that it judges.
"""

from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import quote

from api import envelope
from certificates import a_certificate
from keystead.domain.actions import Role

Reach = Literal[
    "key",
    "move",
    "ring",
    "instance",
    "list",
    "any",
    "account",
    "held",
    "whole",
    "whole account",
    "own",
    "people",
    "granting",
    "roles",
    "contexts",
]
"""``move`` needs a grant on the key and one on the ring that it goes to; here that is ``default``.

``list`` shows what a grant covers; ``any`` grant will do for what is about no key. In the ``account`` any
grant of one of the roles will do as well; no header names an instance there. ``held`` is a grant in the
instance that the path names; the one that is asked for here is not there. ``whole`` is one on all of it, and
``whole account`` one on all instances, which who asks here has not. What is
one's ``own`` needs no grant, and what is about ``people`` one on the whole account, as are the ``roles`` that
an account makes and the ``contexts`` that its instances are asked from. Of ``granting`` everybody may ask,
and is shown what his own grants cover: nothing here.
"""

R, P, W, M, K = (
    Role.READER,
    Role.READER_PLUS,
    Role.WRITER,
    Role.MANAGER,
    Role.KMIP_ADAPTER_MANAGER,
)
ALL: Final = frozenset({R, P, W, M})
NO_READER: Final = frozenset({P, W, M})
WRITERS: Final = frozenset({W, M})
MANAGERS: Final = frozenset({M})
PURGERS: Final = frozenset({Role.KEY_PURGE})
LISTERS: Final = ALL | {K}
KMIP: Final = MANAGERS | {K}
CONFIG: Final = frozenset({Role.CONFIG_READER})
ADMINS: Final = frozenset({Role.ADMINISTRATOR})
EDITORS: Final = frozenset({Role.EDITOR, Role.ADMINISTRATOR})
OPERATORS: Final = EDITORS | {Role.OPERATOR}
EVERY: Final = frozenset(Role)
PUBLIC: Final[frozenset[Role]] = frozenset()
BLOB: Final = {"ciphertext": "QUJD"}
BUCKET: Final = "crn:v1:bluemix:public:cloud-object-storage:global:a/0a1b:77aa:bucket:ledger"


@dataclass(frozen=True)
class Asked:
    """One route: how to ask for it, who may, how far a grant must reach, and what the audit log says."""

    method: str
    path: str  # as in the route table
    roles: frozenset[Role]
    reach: Reach
    event: str
    success: int
    severity: str = "normal"
    body: object = None
    query: str = ""

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}{self.query}"

    def of(self, key: str) -> str:
        """Return path and query for *key*, as `Api.send` takes them."""
        return self.uri(key).removeprefix("/api/v2") + self.query

    def uri(self, key: str) -> str:
        """Return the whole path for *key*."""
        path = self.path.replace("{key}", key).replace("{crn}", quote(BUCKET, safe=""))
        for segment in (
            "alias ring adapter certificate object entry group quota instance apikey serviceid policy role "
            "reclamation tag zone rule service account profile kind identity link accessgroup member"
        ).split():
            path = path.replace(f"{{{segment}}}", f"a-{segment}")
        return path

    def answer_to(self, role: Role) -> int:
        """Return what somebody with *role* in the instance gets; roles on whole accounts nobody has here."""
        return 401 if self.reach == "account" and role not in self.roles else self.success

    @property
    def is_about_a_key(self) -> bool:
        return self.reach in ("key", "move")


KEY: Final = "/api/v2/keys/{key}"
INSTANCES: Final = "/v2/resource_instances"
OLD_INSTANCES: Final = "/v1/resource_instances"
GROUPS: Final = "/v2/resource_groups"
GROUP: Final = f"{GROUPS}/{{group}}"
API_KEYS: Final = "/v1/apikeys"
API_KEY: Final = f"{API_KEYS}/{{apikey}}"
SERVICE_IDS: Final = "/v1/serviceids"
SERVICE_ID: Final = f"{SERVICE_IDS}/{{serviceid}}"
USERS: Final = "/v2/accounts/{account}/users"
PROFILES: Final = "/v1/profiles"
PROFILE: Final = f"{PROFILES}/{{profile}}"
TRUSTED: Final = f"{PROFILE}/identities"
ONE_TRUSTED: Final = f"{TRUSTED}/{{kind}}/{{identity}}"
ANOTHER_KEY: Final = {"name": "mine", "iam_id": "IBMid-nobody"}
POLICIES: Final = "/v1/policies"
ROLES: Final = "/v2/roles"
ACCESS_GROUPS: Final = "/v2/groups"
ACCESS_GROUP: Final = f"{ACCESS_GROUPS}/{{accessgroup}}"
MEMBERS: Final = f"{ACCESS_GROUP}/members"
MEMBER: Final = f"{MEMBERS}/{{member}}"
EVERYWHERE: Final = f"{ACCESS_GROUPS}/_allgroups/members/{{member}}"
CONTEXTS: Final = "context-based-restrictions"
ZONES: Final = "/v1/zones"
ZONE: Final = f"{ZONES}/{{zone}}"
TARGETS: Final = f"{ZONES}/serviceref_targets"
RULES: Final = "/v1/rules"
RULE: Final = f"{RULES}/{{rule}}"
VIEWERS: Final = OPERATORS | {Role.VIEWER}
RECLAMATION: Final = "/v1/reclamations/{reclamation}/actions"
QUOTAS: Final = "/v2/quota_definitions"
ADAPTERS: Final = "/api/v2/kmip_adapters"
ADAPTER: Final = f"{ADAPTERS}/{{adapter}}"
EVENT: Final = "b0d45c1e-3b7f-4a57-9d4e-0f7c2e0f3a11"
ACKNOWLEDGED: Final = envelope(
    eventId=EVENT, adopterKeyState="DEK_DISABLED", timestamp="2031-05-04T09:08:07Z"
)
POLICY: Final = envelope(dualAuthDelete={"enabled": False})
INSTANCE_POLICY: Final = envelope(policy_type="metrics", policy_data={"enabled": True})
TAGGED: Final = {"resources": [{"resource_id": BUCKET}], "tag_names": ["mine"]}
ASKED: Final = (
    Asked("POST", "/api/v2/keys", WRITERS, "ring", "kms.secrets.create", 201, body=envelope(name="made")),
    Asked("GET", "/api/v2/keys", LISTERS, "list", "kms.secrets.list", 200),
    Asked("HEAD", "/api/v2/keys", LISTERS, "list", "kms.secrets.head", 200),
    Asked("GET", KEY, NO_READER, "key", "kms.secrets.read", 200),
    Asked("GET", f"{KEY}/metadata", ALL, "key", "kms.secrets-metadata.read", 200),
    Asked("GET", f"{KEY}/impact", MANAGERS, "key", "keystead.secrets-impact.read", 200),
    Asked("GET", f"{KEY}/usage", MANAGERS, "key", "keystead.secrets-usage.read", 200),
    Asked("GET", "/api/v2/audit_events", MANAGERS, "instance", "keystead.audit-events.read", 200),
    Asked("GET", "/api/v2/key_usage_report", MANAGERS, "instance", "keystead.key-report.read", 200),
    Asked("GET", "/api/v2/key_usage_report.csv", MANAGERS, "instance", "keystead.key-report.read", 200),
    Asked("GET", f"{KEY}/versions", ALL, "key", "kms.secrets-key-versions.list", 200),
    Asked("POST", f"{KEY}/actions/wrap", ALL, "key", "kms.secrets.wrap", 200),
    Asked("POST", f"{KEY}/actions/unwrap", ALL, "key", "kms.secrets.unwrap", 422, body=BLOB),
    Asked("POST", f"{KEY}/actions/rewrap", ALL, "key", "kms.secrets.rewrap", 422, body=BLOB),
    Asked("POST", f"{KEY}/actions/rotate", WRITERS, "key", "kms.secrets.rotate", 204, "warning"),
    Asked("POST", f"{KEY}/actions/disable", MANAGERS, "key", "kms.secrets.disable", 204, "warning"),
    Asked("POST", f"{KEY}/actions/enable", MANAGERS, "key", "kms.secrets.enable", 409, "warning"),
    Asked("POST", f"{KEY}/restore", MANAGERS, "key", "kms.secrets.restore", 409, "warning"),
    Asked("PATCH", KEY, MANAGERS, "move", "kms.secrets.patch", 200, body={"keyRingID": "default"}),
    Asked("POST", f"{KEY}/aliases/{{alias}}", WRITERS, "key", "kms.secrets-alias.create", 201),
    Asked("DELETE", f"{KEY}/aliases/{{alias}}", WRITERS, "key", "kms.secrets-alias.delete", 404),
    Asked("GET", "/api/v2/key_rings", LISTERS, "instance", "kms.key-rings.list", 200),
    Asked("POST", "/api/v2/key_rings/{ring}", WRITERS, "instance", "kms.key-rings.create", 201),
    Asked("DELETE", "/api/v2/key_rings/{ring}", MANAGERS, "instance", "kms.key-rings.delete", 404),
    Asked(
        "POST",
        ADAPTERS,
        KMIP,
        "instance",
        "kms.kmip-management.create",
        404,
        body=envelope(profile="native_1.0", profile_data={"crk_id": "nobody"}),
    ),
    Asked("GET", ADAPTERS, KMIP, "instance", "kms.kmip-management.list", 200),
    Asked("GET", ADAPTER, KMIP, "instance", "kms.kmip-management.read", 404),
    Asked("DELETE", ADAPTER, KMIP, "instance", "kms.kmip-management.delete", 404, "warning"),
    Asked(
        "POST",
        f"{ADAPTER}/certificates",
        KMIP,
        "instance",
        "kms.kmip-management.create",
        404,
        body=envelope(certificate=a_certificate()),
    ),
    Asked("GET", f"{ADAPTER}/certificates", KMIP, "instance", "kms.kmip-management.list", 404),
    Asked(
        "GET", f"{ADAPTER}/certificates/{{certificate}}", KMIP, "instance", "kms.kmip-management.read", 404
    ),
    Asked(
        "DELETE",
        f"{ADAPTER}/certificates/{{certificate}}",
        KMIP,
        "instance",
        "kms.kmip-management.delete",
        404,
        "warning",
    ),
    Asked("GET", f"{ADAPTER}/kmip_objects", KMIP, "instance", "kms.kmip-management.list", 404),
    Asked("GET", f"{ADAPTER}/kmip_objects/{{object}}", KMIP, "instance", "kms.kmip-management.read", 404),
    Asked(
        "DELETE",
        f"{ADAPTER}/kmip_objects/{{object}}",
        KMIP,
        "instance",
        "kms.kmip-management.delete",
        404,
        "warning",
    ),
    Asked("DELETE", KEY, MANAGERS, "key", "kms.secrets.delete", 204, "critical"),
    Asked("DELETE", f"{KEY}/purge", PURGERS, "key", "kms.secrets.purge", 409, "critical"),
    Asked("POST", f"{KEY}/actions/sync", WRITERS, "key", "kms.secrets.sync", 409),
    Asked("GET", "/api/v2/keys/registrations", ALL, "list", "kms.registrations.list", 200),
    Asked("GET", f"{KEY}/registrations", ALL, "key", "kms.registrations.list", 200),
    Asked(
        "POST",
        f"{KEY}/registrations",
        ALL,
        "key",
        "kms.registrations.delete",
        403,
        "critical",
        body={"resources": [{"resourceCrn": BUCKET}]},
        query="?action=deactivate",
    ),
    Asked("POST", f"{KEY}/registrations/{{crn}}", ALL, "key", "kms.registrations.create", 403),
    Asked("PUT", f"{KEY}/registrations/{{crn}}", ALL, "key", "kms.registrations.write", 403),
    Asked("PATCH", f"{KEY}/registrations/{{crn}}", ALL, "key", "kms.registrations.merge", 403),
    Asked("DELETE", f"{KEY}/registrations/{{crn}}", ALL, "key", "kms.registrations.delete", 403, "critical"),
    Asked("POST", "/api/v2/event_ack", ALL, "any", "kms.secrets-event.ack", 403, body=ACKNOWLEDGED),
    Asked(
        "POST",
        f"{KEY}/actions/setKeyForDeletion",
        WRITERS,
        "key",
        "kms.secrets.setkeyfordeletion",
        409,
        "warning",
    ),
    Asked(
        "POST",
        f"{KEY}/actions/unsetKeyForDeletion",
        WRITERS,
        "key",
        "kms.secrets.unsetkeyfordeletion",
        409,
        "warning",
    ),
    Asked("POST", KEY, ALL, "key", "kms.secrets.default", 400),
    Asked(
        "POST",
        "/api/v2/keys_with_policy_overrides",
        MANAGERS,
        "ring",
        "kms.secrets-with-policy-overrides.create",
        201,
        body=envelope(name="made"),
    ),
    Asked("GET", f"{KEY}/policies", MANAGERS, "key", "kms.policies.read", 200),
    Asked("PUT", f"{KEY}/policies", MANAGERS, "key", "kms.policies.write", 200, "warning", POLICY),
    Asked("GET", "/api/v2/instance/policies", MANAGERS, "instance", "kms.instance-policies.read", 200),
    Asked(
        "PUT",
        "/api/v2/instance/policies",
        MANAGERS,
        "instance",
        "kms.instance-policies.write",
        204,
        "warning",
        INSTANCE_POLICY,
    ),
    Asked(
        "GET",
        "/api/v2/instance/allowed_ip_port",
        MANAGERS,
        "instance",
        "kms.instance-allowed-ip-port.read",
        200,
    ),
    Asked("POST", "/api/v2/import_token", WRITERS, "instance", "kms.import-token.create", 200),
    Asked("GET", "/api/v2/import_token", WRITERS, "instance", "kms.import-token.read", 404),
    Asked("POST", "/identity/token", PUBLIC, "instance", "iam-identity.token.issue", 400),
    Asked("POST", "/oidc/token", PUBLIC, "instance", "iam-identity.token.issue", 400),
    Asked("GET", "/identity/keys", PUBLIC, "instance", "iam-identity.keys.read", 200),
    Asked(
        "GET",
        "/identity/.well-known/openid-configuration",
        PUBLIC,
        "instance",
        "iam-identity.discovery.read",
        200,
    ),
    Asked("POST", API_KEYS, ADMINS, "own", "iam-identity.apikey.create", 404, "warning", ANOTHER_KEY),
    Asked("GET", API_KEYS, ADMINS, "own", "iam-identity.apikey.list", 200),
    Asked("GET", f"{API_KEYS}/details", ADMINS, "own", "iam-identity.apikey.read", 400),
    Asked("GET", API_KEY, ADMINS, "own", "iam-identity.apikey.read", 404),
    Asked("PUT", API_KEY, ADMINS, "own", "iam-identity.apikey.update", 400, "warning"),
    Asked("DELETE", API_KEY, ADMINS, "own", "iam-identity.apikey.delete", 404, "critical"),
    Asked("POST", f"{API_KEY}/lock", ADMINS, "own", "iam-identity.apikey.lock", 404, "warning"),
    Asked("DELETE", f"{API_KEY}/lock", ADMINS, "own", "iam-identity.apikey.unlock", 404, "warning"),
    Asked("POST", f"{API_KEY}/disable", ADMINS, "own", "iam-identity.apikey.disable", 404, "warning"),
    Asked("DELETE", f"{API_KEY}/disable", ADMINS, "own", "iam-identity.apikey.enable", 404, "warning"),
    Asked("POST", SERVICE_IDS, ADMINS, "people", "iam-identity.serviceid.create", 403, "warning"),
    Asked("GET", SERVICE_IDS, ADMINS, "people", "iam-identity.serviceid.list", 403),
    Asked("POST", f"{SERVICE_IDS}/", ADMINS, "people", "iam-identity.serviceid.create", 403, "warning"),
    Asked("GET", f"{SERVICE_IDS}/", ADMINS, "people", "iam-identity.serviceid.list", 403),
    Asked("GET", SERVICE_ID, ADMINS, "people", "iam-identity.serviceid.read", 403),
    Asked("PUT", SERVICE_ID, ADMINS, "people", "iam-identity.serviceid.update", 403, "warning"),
    Asked("DELETE", SERVICE_ID, ADMINS, "people", "iam-identity.serviceid.delete", 403, "critical"),
    Asked("POST", f"{SERVICE_ID}/lock", ADMINS, "people", "iam-identity.serviceid.lock", 403, "warning"),
    Asked("DELETE", f"{SERVICE_ID}/lock", ADMINS, "people", "iam-identity.serviceid.unlock", 403, "warning"),
    Asked("GET", "/v1/audit_events", ADMINS, "people", "keystead.account-events.read", 403),
    Asked("GET", USERS, ADMINS, "people", "user-management.user.list", 403),
    Asked("GET", f"{USERS}/{{user}}", ADMINS, "people", "user-management.user.read", 403),
    Asked("POST", PROFILES, ADMINS, "people", "iam-identity.profile.create", 403, "warning"),
    Asked("GET", PROFILES, ADMINS, "people", "iam-identity.profile.list", 403),
    Asked("GET", PROFILE, ADMINS, "people", "iam-identity.profile.read", 403),
    Asked("PUT", PROFILE, ADMINS, "people", "iam-identity.profile.update", 403, "warning"),
    Asked("DELETE", PROFILE, ADMINS, "people", "iam-identity.profile.delete", 403, "critical"),
    Asked("GET", TRUSTED, ADMINS, "people", "iam-identity.profile-identity.list", 403),
    Asked("PUT", TRUSTED, ADMINS, "people", "iam-identity.profile-identity.update", 403, "warning"),
    Asked(
        "POST",
        f"{TRUSTED}/{{kind}}",
        ADMINS,
        "people",
        "iam-identity.profile-identity.create",
        403,
        "warning",
    ),
    Asked("GET", ONE_TRUSTED, ADMINS, "people", "iam-identity.profile-identity.read", 403),
    Asked("DELETE", ONE_TRUSTED, ADMINS, "people", "iam-identity.profile-identity.delete", 403, "critical"),
    Asked("POST", f"{PROFILE}/rules", ADMINS, "people", "iam-identity.profile-rule.create", 403, "warning"),
    Asked("GET", f"{PROFILE}/rules", ADMINS, "people", "iam-identity.profile-rule.list", 403),
    Asked("GET", f"{PROFILE}/rules/{{rule}}", ADMINS, "people", "iam-identity.profile-rule.read", 403),
    Asked(
        "PUT",
        f"{PROFILE}/rules/{{rule}}",
        ADMINS,
        "people",
        "iam-identity.profile-rule.update",
        403,
        "warning",
    ),
    Asked(
        "DELETE",
        f"{PROFILE}/rules/{{rule}}",
        ADMINS,
        "people",
        "iam-identity.profile-rule.delete",
        403,
        "critical",
    ),
    Asked("POST", f"{PROFILE}/links", ADMINS, "people", "iam-identity.profile-link.create", 403, "warning"),
    Asked("GET", f"{PROFILE}/links", ADMINS, "people", "iam-identity.profile-link.list", 403),
    Asked("GET", f"{PROFILE}/links/{{link}}", ADMINS, "people", "iam-identity.profile-link.read", 403),
    Asked(
        "DELETE",
        f"{PROFILE}/links/{{link}}",
        ADMINS,
        "people",
        "iam-identity.profile-link.delete",
        403,
        "critical",
    ),
    Asked(
        "DELETE", f"{PROFILE}/links", ADMINS, "people", "iam-identity.profile-link.delete", 403, "critical"
    ),
    Asked("POST", "/identity/passcode", ADMINS, "own", "iam-identity.passcode.create", 403, "warning"),
    Asked("POST", "/identity/introspect", ADMINS, "own", "iam-identity.token.introspect", 400),
    Asked("POST", "/oauth/token", PUBLIC, "instance", "uaa.token.issue", 401),
    Asked("GET", "/openapi.json", PUBLIC, "instance", "keystead.api-document.read", 200),
    Asked("GET", "/docs/api", PUBLIC, "instance", "keystead.api-reference.read", 200),
    Asked("GET", "/api/v1/", PUBLIC, "instance", "globalcatalog.entry.search", 200),
    Asked("GET", "/api/v1/{entry}", PUBLIC, "instance", "globalcatalog.entry.read", 404),
    Asked("GET", "/api/v1/{entry}/plan", PUBLIC, "instance", "globalcatalog.plan.list", 404),
    Asked("GET", "/api/v1/{entry}/deployment", PUBLIC, "instance", "globalcatalog.deployment.list", 404),
    Asked("GET", "/api/v1/{entry}/*", PUBLIC, "instance", "globalcatalog.child.list", 404),
    Asked("GET", "/api/v1/{entry}/%2A", PUBLIC, "instance", "globalcatalog.child.list", 404),
    Asked("GET", GROUPS, EVERY, "account", "resource-controller.group.list", 200),
    Asked("GET", GROUP, EVERY, "account", "resource-controller.group.read", 404),
    Asked("POST", GROUPS, EDITORS, "whole account", "resource-controller.group.create", 401, "warning"),
    Asked("PATCH", GROUP, OPERATORS, "whole account", "resource-controller.group.update", 401, "warning"),
    Asked("DELETE", GROUP, ADMINS, "whole account", "resource-controller.group.delete", 401, "critical"),
    Asked("GET", QUOTAS, EVERY, "account", "resource-controller.quota.list", 200),
    Asked("GET", f"{QUOTAS}/{{quota}}", EVERY, "account", "resource-controller.quota.read", 404),
    Asked("GET", INSTANCES, EVERY, "account", "resource-controller.instance.list", 200),
    Asked("GET", f"{INSTANCES}/{{instance}}", EVERY, "held", "resource-controller.instance.read", 404),
    Asked("GET", OLD_INSTANCES, EVERY, "account", "resource-controller.instance.list", 200),
    Asked("GET", f"{OLD_INSTANCES}/{{instance}}", EVERY, "held", "resource-controller.instance.read", 404),
    Asked(
        "GET",
        f"{INSTANCES}/{{instance}}/resource_keys",
        EVERY,
        "held",
        "resource-controller.key.list",
        404,
    ),
    *(
        asked
        for root in (INSTANCES, OLD_INSTANCES)
        for one in (f"{root}/{{instance}}",)
        for asked in (
            Asked("POST", root, EDITORS, "whole account", "kms.instance.create", 401),
            Asked("PATCH", one, OPERATORS, "whole", "kms.instance.update", 404, "warning"),
            Asked("DELETE", one, EDITORS, "whole", "kms.instance.delete", 404, "critical"),
            Asked("POST", f"{one}/lock", EDITORS, "whole", "kms.instance.update", 404, "warning"),
            Asked("DELETE", f"{one}/lock", EDITORS, "whole", "kms.instance.update", 404, "warning"),
            Asked("DELETE", f"{one}/last_operation", EDITORS, "whole", "kms.instance.update", 404, "warning"),
        )
    ),
    *(
        asked
        for root in (POLICIES, "/v2/policies")
        for one in (f"{root}/{{policy}}",)
        for asked in (
            Asked("GET", root, VIEWERS, "granting", "iam-am.policy.list", 400),
            Asked("POST", root, ADMINS, "granting", "iam-am.policy.create", 400, "warning"),
            Asked("GET", one, VIEWERS, "granting", "iam-am.policy.read", 404),
            Asked("PUT", one, ADMINS, "granting", "iam-am.policy.update", 400, "warning"),
            Asked("DELETE", one, ADMINS, "granting", "iam-am.policy.delete", 404, "critical"),
        )
    ),
    Asked("PATCH", f"{POLICIES}/{{policy}}", ADMINS, "granting", "iam-am.policy.restore", 400, "warning"),
    Asked("GET", ROLES, EVERY, "granting", "iam-am.role.list", 200),
    Asked("GET", "/acms/v1/roles", EVERY, "granting", "iam-am.role.list", 200),
    Asked("POST", ROLES, ADMINS, "roles", "iam-am.role.create", 403, "warning"),
    Asked("GET", f"{ROLES}/{{role}}", EVERY, "granting", "iam-am.role.read", 404),
    Asked("PUT", f"{ROLES}/{{role}}", ADMINS, "roles", "iam-am.role.update", 403, "warning"),
    Asked("DELETE", f"{ROLES}/{{role}}", ADMINS, "roles", "iam-am.role.delete", 403, "critical"),
    Asked("POST", ACCESS_GROUPS, ADMINS, "roles", "iam-groups.group.create", 403, "warning"),
    Asked("GET", ACCESS_GROUPS, ADMINS, "roles", "iam-groups.group.read", 403),
    Asked("GET", ACCESS_GROUP, ADMINS, "roles", "iam-groups.group.read", 403),
    Asked("PATCH", ACCESS_GROUP, ADMINS, "roles", "iam-groups.group.update", 403, "warning"),
    Asked("DELETE", ACCESS_GROUP, ADMINS, "roles", "iam-groups.group.delete", 403, "critical"),
    Asked("PUT", MEMBERS, ADMINS, "roles", "iam-groups.member.add", 403, "warning"),
    Asked("GET", MEMBERS, ADMINS, "roles", "iam-groups.member.read", 403),
    Asked("POST", f"{MEMBERS}/delete", ADMINS, "roles", "iam-groups.member.delete", 403, "critical"),
    Asked("HEAD", MEMBER, ADMINS, "roles", "iam-groups.member.read", 403),
    Asked("DELETE", MEMBER, ADMINS, "roles", "iam-groups.member.delete", 403, "critical"),
    Asked("PUT", EVERYWHERE, ADMINS, "roles", "iam-groups.member.add", 403, "warning"),
    Asked("DELETE", EVERYWHERE, ADMINS, "roles", "iam-groups.member.delete", 403, "critical"),
    Asked("GET", "/crypto_v2/instances/{instance}", EVERY, "held", "hs-crypto.instances.read", 404),
    Asked("GET", ZONES, VIEWERS, "contexts", f"{CONTEXTS}.zone.list", 403),
    Asked("POST", ZONES, ADMINS, "contexts", f"{CONTEXTS}.zone.create", 403, "warning"),
    Asked("GET", ZONE, VIEWERS, "contexts", f"{CONTEXTS}.zone.read", 403),
    Asked("PUT", ZONE, ADMINS, "contexts", f"{CONTEXTS}.zone.update", 403, "warning"),
    Asked("DELETE", ZONE, ADMINS, "contexts", f"{CONTEXTS}.zone.delete", 403, "critical"),
    Asked("GET", TARGETS, VIEWERS, "contexts", f"{CONTEXTS}.service-references.list", 403),
    Asked("GET", f"{TARGETS}/{{service}}", VIEWERS, "contexts", f"{CONTEXTS}.service-references.read", 403),
    Asked("GET", RULES, VIEWERS, "contexts", f"{CONTEXTS}.policy.list", 403),
    Asked("POST", RULES, ADMINS, "contexts", f"{CONTEXTS}.policy.create", 403, "warning"),
    Asked("GET", RULE, VIEWERS, "contexts", f"{CONTEXTS}.policy.read", 403),
    Asked("PUT", RULE, ADMINS, "contexts", f"{CONTEXTS}.policy.update", 403, "warning"),
    Asked("DELETE", RULE, ADMINS, "contexts", f"{CONTEXTS}.policy.delete", 403, "critical"),
    Asked(
        "GET", "/v1/account_settings/{account}", VIEWERS, "contexts", f"{CONTEXTS}.account-settings.read", 403
    ),
    Asked("GET", "/v1/operations", VIEWERS, "contexts", f"{CONTEXTS}.operations.list", 403),
    Asked("GET", "/v2/resource_keys", EVERY, "account", "resource-controller.key.list", 200),
    Asked("GET", "/v1/reclamations", EVERY, "account", "resource-controller.reclamation.list", 200),
    *(
        Asked("POST", f"{RECLAMATION}/{way}", EDITORS, "account", event, 404, severity)
        for way, event, severity in (
            ("reclaim", "kms.instance.delete", "critical"),
            ("restore", "kms.instance.restore", "warning"),
        )
    ),
    Asked("POST", "/v3/resources/search", EVERY, "account", "global-search-tagging.resource.search", 200),
    Asked("GET", "/v3/tags", EVERY, "account", "global-search-tagging.tag.list", 200),
    *(
        Asked("POST", f"/v3/tags/{way}", EDITORS, "account", event, 200, body=TAGGED)
        for way, event in (
            ("attach", "global-search-tagging.tag.attach"),
            ("detach", "global-search-tagging.tag.detach"),
        )
    ),
    Asked("DELETE", "/v3/tags/{tag}", EDITORS, "account", "global-search-tagging.tag.delete", 200),
)
"""``success`` is what a caller who may gets on an active root key: some commands are refused by its state.

Nobody of those who ask is an Administrator of the account, or names an API key of his own.
"""

BY_QUERY: Final = tuple(
    Asked(
        asked.method,
        KEY,
        asked.roles,
        asked.reach,
        asked.event,
        asked.success,
        asked.severity,
        asked.body,
        query,
    )
    for asked in ASKED
    for query in (f"?action={asked.path.rpartition('/')[2]}",)
    if asked.path.startswith(KEY)
    and (("/actions/" in asked.path and not asked.path.endswith("/sync")) or asked.path.endswith("/restore"))
)
AROUND: Final = tuple(
    asked for asked in ASKED if asked.reach in ("account", "held", "whole", "whole account")
)
"""What is about instances from outside; the caller's account, and no header, says what may be done."""
OF_PEOPLE: Final = tuple(
    asked for asked in ASKED if asked.reach in ("own", "people", "granting", "roles", "contexts")
)
"""What is about identities, and about no instance."""
GUARDED: Final = tuple(
    asked for asked in (*ASKED, *BY_QUERY) if asked.roles and asked not in (*AROUND, *OF_PEOPLE)
)
"""What a role in an instance is needed for, which a header names."""

HPCS: Final = {
    "GET /api/v2/keys": ALL | CONFIG | {Role.VMWARE_KMIP_MANAGER},
    "HEAD /api/v2/keys": ALL | CONFIG | {Role.VMWARE_KMIP_MANAGER},
    "GET /api/v2/key_rings": ALL,
    f"GET {KEY}/policies": MANAGERS | CONFIG,
    "GET /api/v2/instance/policies": MANAGERS | CONFIG,
    "GET /api/v2/keys/registrations": ALL | CONFIG,
}
"""Who may in an instance of ``hs-crypto``, where section 3.5 says otherwise than 3.3."""
