"""The permission table against the role table of iam-and-provisioning.md sections 3.3 and 6.2."""

import pytest

from keystead.domain.actions import Action, Role, Scope
from keystead.domain.permissions import OF_PEOPLE, PERMISSIONS
from keystead.domain.permissions.row import names_of
from unit.domain.role_letters import LETTERS

# IAM action, event, severity (n, w, c), where a grant must reach, roles. Head is listed with the event names
# only; kms-api.md section 1.14 gives it the roles of list. kms.secrets.default is our choice: any role.
# So is the event name of a creation with overrides, which no list of events has. * is any role whatever.
TABLE = """
kms.secrets.create          kms.secrets.create             n ring     W M
kms.secrets.list            kms.secrets.list               n list     R RP W M K
kms.secrets.head            kms.secrets.head               n list     R RP W M K
kms.secrets.read            kms.secrets.read               n key      RP W M
kms.secrets.readmetadata    kms.secrets-metadata.read      n key      R RP W M
kms.secrets.patch           kms.secrets.patch              n key      M
kms.secrets.createalias     kms.secrets-alias.create       n key      W M
kms.secrets.deletealias     kms.secrets-alias.delete       n key      W M
kms.secrets.delete          kms.secrets.delete             c key      M
kms.secrets.purge           kms.secrets.purge              c key      P
kms.secrets.restore         kms.secrets.restore            w key      M
kms.secrets.listkeyversions kms.secrets-key-versions.list  n key      R RP W M
kms.secrets.wrap            kms.secrets.wrap               n key      R RP W M
kms.secrets.unwrap          kms.secrets.unwrap             n key      R RP W M
kms.secrets.rewrap          kms.secrets.rewrap             n key      R RP W M
kms.secrets.rotate          kms.secrets.rotate             w key      W M
kms.secrets.disable         kms.secrets.disable            w key      M
kms.secrets.enable          kms.secrets.enable             w key      M
kms.secrets.sync            kms.secrets.sync               n key      W M
kms.secrets.default         kms.secrets.default            n key      R RP W M
kms.registrations.list      kms.registrations.list         n list     R RP W M
kms.registrations.listforkey kms.registrations.list        n key      R RP W M
kms.registrations.create    kms.registrations.create       n key      R RP W M
kms.registrations.write     kms.registrations.write        n key      R RP W M
kms.registrations.merge     kms.registrations.merge        n key      R RP W M
kms.registrations.delete    kms.registrations.delete       c key      R RP W M
kms.registrations.deactivate kms.registrations.delete      c key      R RP W M
kms.secrets.eventack        kms.secrets-event.ack          n list     R RP W M
kms.secrets.setkeyfordeletion kms.secrets.setkeyfordeletion w key    W M
kms.secrets.unsetkeyfordeletion kms.secrets.unsetkeyfordeletion w key W M
kms.secrets-with-policy-overrides.create kms.secrets-with-policy-overrides.create n ring M
kms.policies.read           kms.policies.read              n key      M
kms.policies.write          kms.policies.write             w key      M
kms.instancepolicies.read   kms.instance-policies.read     n instance M
kms.instancepolicies.write  kms.instance-policies.write    w instance M
kms.instance.readallowedipport kms.instance-allowed-ip-port.read n instance M
kms.importtoken.create      kms.import-token.create        n instance W M
kms.importtoken.read        kms.import-token.read          n instance W M
kms.keyrings.list           kms.key-rings.list             n instance R RP W M K
kms.keyrings.create         kms.key-rings.create           n instance W M
kms.keyrings.delete         kms.key-rings.delete           n instance M
kms.kmip-management.create kms.kmip-management.create n instance M K
kms.kmip-management.list kms.kmip-management.list n instance M K
kms.kmip-management.read kms.kmip-management.read n instance M K
kms.kmip-management.delete kms.kmip-management.delete w instance M K
kms.kmip-management.createcertificate kms.kmip-management.create n instance M K
kms.kmip-management.listcertificates kms.kmip-management.list n instance M K
kms.kmip-management.readcertificate kms.kmip-management.read n instance M K
kms.kmip-management.deletecertificate kms.kmip-management.delete w instance M K
kms.kmip-management.listobjects kms.kmip-management.list n instance M K
kms.kmip-management.readobject kms.kmip-management.read n instance M K
kms.kmip-management.deleteobject kms.kmip-management.delete w instance M K
kms.instance.create         kms.instance.create            n operator
iam-identity.identity.create iam-identity.identity.create  w operator
iam-identity.identity.delete iam-identity.identity.delete  c operator
keystead.apikey.create      iam-identity.apikey.create     w operator
iam-identity.apikey.create  iam-identity.apikey.create     w own A
iam-identity.apikey.list    iam-identity.apikey.list       n own A
iam-identity.apikey.details iam-identity.apikey.read       n own A
iam-identity.apikey.get     iam-identity.apikey.read       n own A
iam-identity.apikey.update  iam-identity.apikey.update     w own A
iam-identity.apikey.delete  iam-identity.apikey.delete     c own A
iam-identity.apikey.lock    iam-identity.apikey.lock       w own A
iam-identity.apikey.unlock  iam-identity.apikey.unlock     w own A
iam-identity.apikey.disable iam-identity.apikey.disable    w own A
iam-identity.apikey.enable  iam-identity.apikey.enable     w own A
iam-identity.serviceid.create iam-identity.serviceid.create w people A
iam-identity.serviceid.list iam-identity.serviceid.list    n people A
iam-identity.serviceid.get  iam-identity.serviceid.read    n people A
iam-identity.serviceid.update iam-identity.serviceid.update w people A
iam-identity.serviceid.delete iam-identity.serviceid.delete c people A
iam-identity.serviceid.lock iam-identity.serviceid.lock    w people A
iam-identity.serviceid.unlock iam-identity.serviceid.unlock w people A
keystead.accountevents.read keystead.account-events.read n people A
user-management.user.list user-management.user.list n people A
user-management.user.get  user-management.user.read n people A
user-management.user.delete user-management.user.delete c people A
iam-identity.profile.create iam-identity.profile.create w people A
iam-identity.profile.list iam-identity.profile.list n people A
iam-identity.profile.get iam-identity.profile.read n people A
iam-identity.profile.update iam-identity.profile.update w people A
iam-identity.profile.delete iam-identity.profile.delete c people A
iam-identity.profileidentity.list iam-identity.profile-identity.list n people A
iam-identity.profileidentity.replace iam-identity.profile-identity.update w people A
iam-identity.profileidentity.create iam-identity.profile-identity.create w people A
iam-identity.profileidentity.get iam-identity.profile-identity.read n people A
iam-identity.profileidentity.delete iam-identity.profile-identity.delete c people A
iam-identity.profilerule.create iam-identity.profile-rule.create w people A
iam-identity.profilerule.list iam-identity.profile-rule.list n people A
iam-identity.profilerule.get iam-identity.profile-rule.read n people A
iam-identity.profilerule.update iam-identity.profile-rule.update w people A
iam-identity.profilerule.delete iam-identity.profile-rule.delete c people A
iam-identity.profilelink.create iam-identity.profile-link.create w people A
iam-identity.profilelink.list iam-identity.profile-link.list n people A
iam-identity.profilelink.get iam-identity.profile-link.read n people A
iam-identity.profilelink.delete iam-identity.profile-link.delete c people A
iam-identity.passcode.create iam-identity.passcode.create w own A
iam-identity.token.introspect iam-identity.token.introspect n own A
keystead.policy.create      iam-am.policy.create           w operator
iam.policy.create           iam-am.policy.create           w granting A
iam.policy.list             iam-am.policy.list             n granting V O E A
iam.policy.read             iam-am.policy.read             n granting V O E A
iam.policy.update           iam-am.policy.update           w granting A
iam.policy.restore          iam-am.policy.restore          w granting A
iam.policy.delete           iam-am.policy.delete           c granting A
iam.role.create             iam-am.role.create             w roles A
iam.role.list               iam-am.role.list               n granting *
iam.role.read               iam-am.role.read               n granting *
iam.role.update             iam-am.role.update             w roles A
iam.role.delete             iam-am.role.delete             c roles A
iam-groups.groups.create    iam-groups.group.create        w roles A
iam-groups.groups.list      iam-groups.group.read          n roles A
iam-groups.groups.read      iam-groups.group.read          n roles A
iam-groups.groups.update    iam-groups.group.update        w roles A
iam-groups.groups.delete    iam-groups.group.delete        c roles A
iam-groups.members.add      iam-groups.member.add          w roles A
iam-groups.members.addtogroups iam-groups.member.add       w roles A
iam-groups.members.list     iam-groups.member.read         n roles A
iam-groups.members.read     iam-groups.member.read         n roles A
iam-groups.members.delete   iam-groups.member.delete       c roles A
iam-groups.members.deletemany iam-groups.member.delete     c roles A
iam-groups.members.deletefromgroups iam-groups.member.delete c roles A
iam-groups.rules.list       iam-groups.rules.list          n roles A
cbr.zone.create context-based-restrictions.zone.create w contexts A
cbr.zone.list   context-based-restrictions.zone.list   n contexts V O E A
cbr.zone.read   context-based-restrictions.zone.read   n contexts V O E A
cbr.zone.update context-based-restrictions.zone.update w contexts A
cbr.zone.delete context-based-restrictions.zone.delete c contexts A
cbr.rule.create context-based-restrictions.policy.create w contexts A
cbr.rule.list   context-based-restrictions.policy.list   n contexts V O E A
cbr.rule.read   context-based-restrictions.policy.read   n contexts V O E A
cbr.rule.update context-based-restrictions.policy.update w contexts A
cbr.rule.delete context-based-restrictions.policy.delete c contexts A
cbr.settings.read context-based-restrictions.account-settings.read n contexts V O E A
cbr.operation.list context-based-restrictions.operations.list n contexts V O E A
cbr.serviceref.list context-based-restrictions.service-references.list n contexts V O E A
cbr.serviceref.read context-based-restrictions.service-references.read n contexts V O E A
keystead.instance.reopen    keystead.instance-policies.reopen c operator
keystead.signingkey.rotate    keystead.signing-key.rotate      c operator
keystead.dev.clock          keystead.dev-clock.move        w instance M
keystead.dev.faults         keystead.dev-faults.order      w instance M
keystead.dev.instance       keystead.dev-instance.create   w instance M
keystead.secrets.impact     keystead.secrets-impact.read   n key      M
keystead.secrets.usage      keystead.secrets-usage.read    n key      M
keystead.keyreport.read     keystead.key-report.read       n instance M
keystead.keyreport.readtable keystead.key-report.read      n instance M
keystead.auditevents.read   keystead.audit-events.read     n instance M
keystead.time.expire        kms.secrets.expire             n service
keystead.time.rotate        kms.secrets.rotate             w service
keystead.time.purge         kms.secrets.purge              c service
keystead.time.reclaim       kms.instance.delete            c service
keystead.time.ackrotate     kms.secrets.ack-rotate         n service
keystead.time.ackrestore    kms.secrets.ack-restore        n service
keystead.time.ackenable     kms.secrets.ack-enable         n service
keystead.time.ackdisable    kms.secrets.ack-disable        n service
keystead.time.ackdelete     kms.secrets.ack-delete         n service
keystead.receiver.set       keystead.receivers.set         c operator
keystead.receiver.remove    keystead.receivers.remove      c operator
keystead.receiver.list      keystead.receivers.list        n operator
keystead.notice.list        keystead.notices.list          n operator
iam-identity.token.issue    iam-identity.token.issue       n public
iam-identity.keys.read      iam-identity.keys.read         n public
keystead.apidocument.read   keystead.api-document.read     n public
keystead.apireference.read  keystead.api-reference.read    n public
iam-identity.discovery.read iam-identity.discovery.read    n public
globalcatalog.entry.search  globalcatalog.entry.search     n public
globalcatalog.entry.read    globalcatalog.entry.read       n public
globalcatalog.plan.list     globalcatalog.plan.list        n public
globalcatalog.deployment.list globalcatalog.deployment.list n public
globalcatalog.child.list    globalcatalog.child.list       n public
resource-controller.group.list     resource-controller.group.list   n account *
resource-controller.group.retrieve resource-controller.group.read   n account *
resource-controller.group.create   resource-controller.group.create w whole-account E A
resource-controller.group.update   resource-controller.group.update w whole-account O E A
resource-controller.group.delete   resource-controller.group.delete c whole-account A
resource-controller.quota.list     resource-controller.quota.list   n account *
resource-controller.quota.retrieve resource-controller.quota.read   n account *
resource-controller.instance.list  resource-controller.instance.list n account *
resource-controller.instance.retrieve resource-controller.instance.read n held *
resource-controller.instance.create kms.instance.create n whole-account E A
resource-controller.instance.update kms.instance.update w whole O E A
resource-controller.instance.lock  kms.instance.update w whole E A
resource-controller.instance.unlock kms.instance.update w whole E A
resource-controller.instance.delete kms.instance.delete c whole E A
resource-controller.instance.cancel kms.instance.update w whole E A
resource-controller.reclamation.reclaim kms.instance.delete c account E A
resource-controller.reclamation.restore kms.instance.restore w account E A
hs-crypto.instances.read           hs-crypto.instances.read         n held *
resource-controller.key.list       resource-controller.key.list     n account *
resource-controller.key.listforinstance resource-controller.key.list n held *
resource-controller.reclamation.list resource-controller.reclamation.list n account *
global-search-tagging.resource.read global-search-tagging.resource.search n account *
global-search-tagging.tag.list     global-search-tagging.tag.list   n account *
global-search-tagging.tag.attach   global-search-tagging.tag.attach n account E A
global-search-tagging.tag.detach   global-search-tagging.tag.detach n account E A
global-search-tagging.tag.delete   global-search-tagging.tag.delete n account E A
uaa.token.issue             uaa.token.issue                n public
"""
ROWS = [line.split(maxsplit=4) for line in TABLE.strip().splitlines()]
SEVERITIES = {"n": "normal", "w": "warning", "c": "critical"}


def test_every_action_has_a_row_and_every_row_an_action() -> None:
    assert set(PERMISSIONS) == set(Action)
    assert {row[0] for row in ROWS} == {str(action) for action in Action}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_row_is_as_specified(row: list[str]) -> None:
    action, event, severity, scope, *letters = row
    found = PERMISSIONS[Action(action)]
    every = letters == ["*"]
    assert found.roles == (set(Role) if every else {LETTERS[letter] for letter in " ".join(letters).split()})
    assert found.event == event
    assert found.severity == SEVERITIES[severity]
    assert found.scope is Scope(scope.replace("-", " "))
    assert found.says


def test_the_roles_grow() -> None:
    """Manager can do what Writer can, and so on down; what stands apart is KeyPurge (AUT-5)."""
    rows = {action: row.roles for action, row in PERMISSIONS.items() if row.roles != set(Role)}
    can = {role: {action for action, roles in rows.items() if role in roles} for role in Role}
    assert can[Role.READER] < can[Role.READER_PLUS] < can[Role.WRITER] < can[Role.MANAGER]
    assert can[Role.KEY_PURGE] == {Action.KEY_PURGE}
    assert can[Role.KMIP_ADAPTER_MANAGER] == {
        Action.KEY_LIST,
        Action.KEY_COUNT,
        Action.RING_LIST,
        Action.ADAPTER_CREATE,
        Action.ADAPTER_LIST,
        Action.ADAPTER_READ,
        Action.ADAPTER_DELETE,
        Action.CERTIFICATE_CREATE,
        Action.CERTIFICATE_LIST,
        Action.CERTIFICATE_READ,
        Action.CERTIFICATE_DELETE,
        Action.OBJECT_LIST,
        Action.OBJECT_READ,
        Action.OBJECT_DELETE,
    }
    assert can[Role.CONFIG_READER] == set()
    shown = {
        Action.POLICY_LIST,
        Action.POLICY_READ,
        Action.ZONE_LIST,
        Action.ZONE_READ,
        Action.RULE_LIST,
        Action.RULE_READ,
        Action.CONTEXT_SETTINGS_READ,
        Action.CONTEXT_OPERATION_LIST,
        Action.SERVICE_REF_LIST,
        Action.SERVICE_REF_READ,
    }
    assert can[Role.VIEWER] == shown
    assert can[Role.OPERATOR] == shown | {Action.INSTANCE_UPDATE, Action.GROUP_UPDATE}
    of_people = {it for it, row in PERMISSIONS.items() if row.scope in OF_PEOPLE} & set(rows)
    assert can[Role.ADMINISTRATOR] == can[Role.EDITOR] | of_people | {Action.GROUP_DELETE}
    of_profiles = {f"profile{of}" for of in ("", "identity", "rule", "link")}
    of_contexts = {"zone", "rule", "settings", "operation", "serviceref"}
    others = {"apikey", "serviceid", "passcode", "token", "policy", "role", "accountevents", "user"}
    named = {*others, *of_profiles, *of_contexts, "groups", "members", "rules"}
    assert {action.split(".")[1] for action in of_people} == named
    assert can[Role.EDITOR] - shown == {
        Action.INSTANCE_CREATE,
        Action.INSTANCE_UPDATE,
        Action.INSTANCE_LOCK,
        Action.INSTANCE_UNLOCK,
        Action.INSTANCE_DELETE,
        Action.INSTANCE_CANCEL,
        Action.RECLAMATION_RECLAIM,
        Action.RECLAMATION_RESTORE,
        Action.GROUP_CREATE,
        Action.TAG_ATTACH,
        Action.TAG_DETACH,
        Action.TAG_DELETE,
        Action.GROUP_UPDATE,
    }  # a platform role opens no key (3.4)
    assert Action.KEY_PURGE not in can[Role.MANAGER]


def test_only_actions_that_nobody_is_granted_have_no_roles() -> None:
    for row in PERMISSIONS.values():
        assert (row.scope in (Scope.PUBLIC, Scope.OPERATOR, Scope.SERVICE)) is (not row.roles)


def test_the_target_type_is_the_middle_of_the_event() -> None:
    for action, service, target in (
        (Action.KEY_WRAP, "kms", "kms/secrets"),
        (Action.KEY_WRAP, "hs-crypto", "hs-crypto/secrets"),
        (Action.KEY_VERSIONS, "kms", "kms/secrets-key-versions"),
        (Action.IMPORT_TOKEN_READ, "kms", "kms/import-token"),
        (Action.TOKEN_ISSUE, "kms", "iam-identity/token"),
    ):
        assert PERMISSIONS[action].called[service].target_type == target


def test_only_what_is_of_key_protect_is_called_otherwise_in_instances_of_hs_crypto() -> None:
    for row in PERMISSIONS.values():
        kms, hpcs = row.called["kms"], row.called["hs-crypto"]
        assert kms.event == row.event
        first, _, rest = row.event.partition(".")
        assert hpcs.event == (f"hs-crypto.{rest}" if first == "kms" else row.event)
        assert set(names_of(row.event)) == {kms.event, hpcs.event}
        assert hpcs.says == f"Hyper Protect Crypto Services: {row.says}"
    assert PERMISSIONS[Action.KEY_WRAP].called["kms"].says == "Key Protect: wrap with secret"


def test_the_role_names_are_the_tails_of_their_crns() -> None:
    assert {str(role) for role in Role} == {
        "Reader",
        "ReaderPlus",
        "Writer",
        "Manager",
        "KeyPurge",
        "KmipAdapterManager",
        "ConfigReader",
        "KeyManager",
        "VMwareKMIPManager",
        "VaultAdministrator",
        "KeyCustodianCreator",
        "KeyCustodianDeployer",
        "CertificateManager",
        "Viewer",
        "Operator",
        "Editor",
        "Administrator",
    }


def test_the_table_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        PERMISSIONS[Action.KEY_PURGE] = PERMISSIONS[Action.KEY_LIST]  # type: ignore[index]
