"""What grants allow: every role, action and reach, and nothing by default."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keystead.domain.access import ANONYMOUS, Access, unauthorized
from keystead.domain.actions import Action, Role
from keystead.domain.errors import Refused
from keystead.domain.grants import Grant, granted
from keystead.domain.ids import AccountId, IamId, KeyId, RingId
from keystead.domain.reasons import CODES, Reason
from keystead.domain.role_tables import ONLY_HPCS

RING, OTHER_RING = RingId("ring-a"), RingId("ring-b")
KEY, OTHER_KEY = KeyId("key-1"), KeyId("key-2")
EVERY = " ".join(role for role in Role if role not in ONLY_HPCS)
# Who may what, where the grant is on the whole instance. One word per role that may.
MAY = {
    Action.KEY_CREATE: "Writer Manager",
    Action.KEY_LIST: "Reader ReaderPlus Writer Manager KmipAdapterManager",
    Action.KEY_COUNT: "Reader ReaderPlus Writer Manager KmipAdapterManager",
    Action.KEY_READ: "ReaderPlus Writer Manager",
    Action.KEY_METADATA: "Reader ReaderPlus Writer Manager",
    Action.KEY_PATCH: "Manager",
    Action.KEY_DELETE: "Manager",
    Action.KEY_PURGE: "KeyPurge",
    Action.KEY_RESTORE: "Manager",
    Action.KEY_VERSIONS: "Reader ReaderPlus Writer Manager",
    Action.KEY_WRAP: "Reader ReaderPlus Writer Manager",
    Action.KEY_UNWRAP: "Reader ReaderPlus Writer Manager",
    Action.KEY_REWRAP: "Reader ReaderPlus Writer Manager",
    Action.KEY_ROTATE: "Writer Manager",
    Action.KEY_DISABLE: "Manager",
    Action.KEY_ENABLE: "Manager",
    Action.ALIAS_CREATE: "Writer Manager",
    Action.ALIAS_DELETE: "Writer Manager",
    Action.KEY_ACTION: "Reader ReaderPlus Writer Manager",
    Action.KEY_SYNC: "Writer Manager",
    Action.KEY_IMPACT: "Manager",
    Action.KEY_USAGE: "Manager",
    Action.KEY_REPORT: "Manager",
    Action.KEY_REPORT_TABLE: "Manager",
    Action.AUDIT_QUERY: "Manager",
    Action.REGISTRATION_LIST: "Reader ReaderPlus Writer Manager",
    Action.REGISTRATION_LIST_KEY: "Reader ReaderPlus Writer Manager",
    Action.REGISTRATION_CREATE: "Reader ReaderPlus Writer Manager",
    Action.REGISTRATION_WRITE: "Reader ReaderPlus Writer Manager",
    Action.REGISTRATION_MERGE: "Reader ReaderPlus Writer Manager",
    Action.REGISTRATION_DELETE: "Reader ReaderPlus Writer Manager",
    Action.REGISTRATION_DEACTIVATE: "Reader ReaderPlus Writer Manager",
    Action.EVENT_ACK: "Reader ReaderPlus Writer Manager",
    Action.KEY_SET_FOR_DELETION: "Writer Manager",
    Action.KEY_UNSET_FOR_DELETION: "Writer Manager",
    Action.KEY_CREATE_WITH_OVERRIDES: "Manager",
    Action.KEY_POLICIES_READ: "Manager",
    Action.KEY_POLICIES_WRITE: "Manager",
    Action.INSTANCE_POLICIES_READ: "Manager",
    Action.INSTANCE_POLICIES_WRITE: "Manager",
    Action.ALLOWED_IP_PORT_READ: "Manager",
    Action.IMPORT_TOKEN_CREATE: "Writer Manager",
    Action.IMPORT_TOKEN_READ: "Writer Manager",
    Action.RING_LIST: "Reader ReaderPlus Writer Manager KmipAdapterManager",
    Action.RING_CREATE: "Writer Manager",
    Action.RING_DELETE: "Manager",
    Action.ADAPTER_CREATE: "Manager KmipAdapterManager",
    Action.ADAPTER_LIST: "Manager KmipAdapterManager",
    Action.ADAPTER_READ: "Manager KmipAdapterManager",
    Action.ADAPTER_DELETE: "Manager KmipAdapterManager",
    Action.CERTIFICATE_CREATE: "Manager KmipAdapterManager",
    Action.CERTIFICATE_LIST: "Manager KmipAdapterManager",
    Action.CERTIFICATE_READ: "Manager KmipAdapterManager",
    Action.CERTIFICATE_DELETE: "Manager KmipAdapterManager",
    Action.OBJECT_LIST: "Manager KmipAdapterManager",
    Action.OBJECT_READ: "Manager KmipAdapterManager",
    Action.OBJECT_DELETE: "Manager KmipAdapterManager",
    Action.SERVICE_BEGIN: "",
    Action.IDENTITY_CREATE: "",
    Action.IDENTITY_REMOVE: "",
    Action.API_KEY_GIVE: "",
    Action.API_KEY_CREATE: "Administrator",
    Action.API_KEY_LIST: "Administrator",
    Action.API_KEY_DETAILS: "Administrator",
    Action.API_KEY_READ: "Administrator",
    Action.API_KEY_UPDATE: "Administrator",
    Action.API_KEY_DELETE: "Administrator",
    Action.API_KEY_LOCK: "Administrator",
    Action.API_KEY_UNLOCK: "Administrator",
    Action.API_KEY_DISABLE: "Administrator",
    Action.API_KEY_ENABLE: "Administrator",
    Action.SERVICE_ID_CREATE: "Administrator",
    Action.SERVICE_ID_LIST: "Administrator",
    Action.SERVICE_ID_READ: "Administrator",
    Action.SERVICE_ID_UPDATE: "Administrator",
    Action.SERVICE_ID_DELETE: "Administrator",
    Action.SERVICE_ID_LOCK: "Administrator",
    Action.SERVICE_ID_UNLOCK: "Administrator",
    Action.USER_LIST: "Administrator",
    Action.USER_READ: "Administrator",
    Action.USER_REMOVE: "Administrator",
    Action.PROFILE_CREATE: "Administrator",
    Action.ACCOUNT_AUDIT_QUERY: "Administrator",
    Action.PROFILE_LIST: "Administrator",
    Action.PROFILE_READ: "Administrator",
    Action.PROFILE_UPDATE: "Administrator",
    Action.PROFILE_DELETE: "Administrator",
    Action.TRUSTED_LIST: "Administrator",
    Action.TRUSTED_REPLACE: "Administrator",
    Action.TRUSTED_ADD: "Administrator",
    Action.TRUSTED_READ: "Administrator",
    Action.TRUSTED_REMOVE: "Administrator",
    Action.TRUST_RULE_CREATE: "Administrator",
    Action.TRUST_RULE_LIST: "Administrator",
    Action.TRUST_RULE_READ: "Administrator",
    Action.TRUST_RULE_UPDATE: "Administrator",
    Action.TRUST_RULE_DELETE: "Administrator",
    Action.LINK_CREATE: "Administrator",
    Action.LINK_LIST: "Administrator",
    Action.LINK_READ: "Administrator",
    Action.LINK_DELETE: "Administrator",
    Action.PASSCODE_CREATE: "Administrator",
    Action.TOKEN_INTROSPECT: "Administrator",
    Action.GRANT_CREATE: "",
    Action.POLICY_CREATE: "Administrator",
    Action.POLICY_LIST: "Viewer Operator Editor Administrator",
    Action.POLICY_READ: "Viewer Operator Editor Administrator",
    Action.POLICY_REPLACE: "Administrator",
    Action.POLICY_RESTORE: "Administrator",
    Action.POLICY_DELETE: "Administrator",
    Action.ROLE_CREATE: "Administrator",
    Action.ROLE_LIST: EVERY,
    Action.ROLE_READ: EVERY,
    Action.ROLE_REPLACE: "Administrator",
    Action.ROLE_DELETE: "Administrator",
    Action.ACCESS_GROUP_CREATE: "Administrator",
    Action.ACCESS_GROUP_LIST: "Administrator",
    Action.ACCESS_GROUP_READ: "Administrator",
    Action.ACCESS_GROUP_UPDATE: "Administrator",
    Action.ACCESS_GROUP_DELETE: "Administrator",
    Action.MEMBER_ADD: "Administrator",
    Action.MEMBER_ADD_EVERYWHERE: "Administrator",
    Action.MEMBER_LIST: "Administrator",
    Action.MEMBER_READ: "Administrator",
    Action.MEMBER_REMOVE: "Administrator",
    Action.MEMBER_REMOVE_SEVERAL: "Administrator",
    Action.MEMBER_REMOVE_EVERYWHERE: "Administrator",
    Action.MEMBER_RULE_LIST: "Administrator",
    Action.ZONE_CREATE: "Administrator",
    Action.ZONE_LIST: "Viewer Operator Editor Administrator",
    Action.ZONE_READ: "Viewer Operator Editor Administrator",
    Action.ZONE_REPLACE: "Administrator",
    Action.ZONE_DELETE: "Administrator",
    Action.RULE_CREATE: "Administrator",
    Action.RULE_LIST: "Viewer Operator Editor Administrator",
    Action.RULE_READ: "Viewer Operator Editor Administrator",
    Action.RULE_REPLACE: "Administrator",
    Action.RULE_DELETE: "Administrator",
    Action.CONTEXT_SETTINGS_READ: "Viewer Operator Editor Administrator",
    Action.CONTEXT_OPERATION_LIST: "Viewer Operator Editor Administrator",
    Action.SERVICE_REF_LIST: "Viewer Operator Editor Administrator",
    Action.SERVICE_REF_READ: "Viewer Operator Editor Administrator",
    Action.INSTANCE_REOPEN: "",
    Action.SIGNING_KEY_ROTATE: "",
    Action.DEV_CLOCK: "Manager",
    Action.DEV_FAULTS: "Manager",
    Action.DEV_INSTANCE: "Manager",
    Action.TIME_EXPIRE: "",
    Action.TIME_ROTATE: "",
    Action.TIME_PURGE: "",
    Action.TIME_RECLAIM: "",
    Action.TIME_ACK_ROTATE: "",
    Action.TIME_ACK_RESTORE: "",
    Action.TIME_ACK_ENABLE: "",
    Action.TIME_ACK_DISABLE: "",
    Action.TIME_ACK_DELETE: "",
    Action.RECEIVER_SET: "",
    Action.RECEIVER_REMOVE: "",
    Action.RECEIVER_LIST: "",
    Action.NOTICE_LIST: "",
    Action.TOKEN_ISSUE: "",
    Action.TOKEN_KEYS: "",
    Action.TOKEN_DISCOVERY: "",
    Action.API_DOCUMENT_READ: "",
    Action.API_REFERENCE_READ: "",
    Action.CATALOG_SEARCH: "",
    Action.CATALOG_READ: "",
    Action.CATALOG_PLANS: "",
    Action.CATALOG_DEPLOYMENTS: "",
    Action.CATALOG_CHILDREN: "",
    Action.GROUP_LIST: EVERY,
    Action.GROUP_READ: EVERY,
    Action.GROUP_CREATE: "Editor Administrator",
    Action.GROUP_UPDATE: "Operator Editor Administrator",
    Action.GROUP_DELETE: "Administrator",
    Action.QUOTA_LIST: EVERY,
    Action.QUOTA_READ: EVERY,
    Action.INSTANCE_LIST: EVERY,
    Action.INSTANCE_READ: EVERY,
    Action.INSTANCE_CREATE: "Editor Administrator",
    Action.INSTANCE_UPDATE: "Operator Editor Administrator",
    Action.INSTANCE_LOCK: "Editor Administrator",
    Action.INSTANCE_UNLOCK: "Editor Administrator",
    Action.INSTANCE_DELETE: "Editor Administrator",
    Action.ENDPOINTS_READ: EVERY,
    Action.RESOURCE_KEY_LIST: EVERY,
    Action.RESOURCE_KEY_LIST_INSTANCE: EVERY,
    Action.INSTANCE_CANCEL: "Editor Administrator",
    Action.RECLAMATION_LIST: EVERY,
    Action.RECLAMATION_RECLAIM: "Editor Administrator",
    Action.RECLAMATION_RESTORE: "Editor Administrator",
    Action.RESOURCE_SEARCH: EVERY,
    Action.TAG_LIST: EVERY,
    Action.TAG_ATTACH: "Editor Administrator",
    Action.TAG_DETACH: "Editor Administrator",
    Action.TAG_DELETE: "Editor Administrator",
    Action.UAA_TOKEN: "",
}
INSTANCE_ONLY = {
    Action.IMPORT_TOKEN_CREATE,
    Action.IMPORT_TOKEN_READ,
    Action.RING_LIST,
    Action.KEY_REPORT,
    Action.KEY_REPORT_TABLE,
    Action.AUDIT_QUERY,
    Action.RING_CREATE,
    Action.RING_DELETE,
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
    Action.DEV_CLOCK,
    Action.DEV_FAULTS,
    Action.DEV_INSTANCE,
    Action.INSTANCE_POLICIES_READ,
    Action.INSTANCE_POLICIES_WRITE,
    Action.ALLOWED_IP_PORT_READ,
}


def grant(role: Role, ring: RingId | None = None, key: KeyId | None = None) -> Grant:
    return granted(
        id="g", subject=IamId("IBMid-1"), account=AccountId("a" * 32), roles=(role,), ring=ring, key=key
    )


def may(action: Action, role: Role) -> bool:
    return role in MAY[action].split()


def test_the_matrix_is_whole() -> None:
    assert set(MAY) == set(Action)


@pytest.mark.parametrize("action", Action)
def test_a_grant_on_the_instance(action: Action) -> None:
    for role in Role:
        access = Access((grant(role),))
        assert access.allows_everywhere(action) is may(action, role)
        for ring, key in itertools.product((None, RING), (None, KEY)):
            assert access.allows(action, ring, key) is may(action, role)


@pytest.mark.parametrize("action", Action)
def test_a_grant_on_a_ring(action: Action) -> None:
    for role in Role:
        access = Access((grant(role, ring=RING),))
        inside = may(action, role) and action not in INSTANCE_ONLY
        assert not access.allows_everywhere(action)
        assert access.allows(action, RING, None) is inside
        assert access.allows(action, RING, KEY) is inside
        for ring in (None, OTHER_RING, RingId("RING-A"), RingId("default")):
            assert not access.allows(action, ring, KEY)
            assert not access.allows(action, ring, None)


@pytest.mark.parametrize("action", Action)
def test_a_grant_on_a_key(action: Action) -> None:
    for role in Role:
        access = Access((grant(role, key=KEY),))
        inside = may(action, role) and action not in INSTANCE_ONLY
        assert not access.allows_everywhere(action)
        assert access.allows(action, RING, KEY) is inside
        assert access.allows(action, None, KEY) is inside
        assert not access.allows(action, RING, OTHER_KEY)
        assert not access.allows(action, RING, None)


@pytest.mark.parametrize("action", Action)
def test_a_grant_on_a_key_in_a_ring_needs_both(action: Action) -> None:
    for role in Role:
        access = Access((grant(role, ring=RING, key=KEY),))
        assert not access.allows_everywhere(action)
        assert access.allows(action, RING, KEY) is (may(action, role) and action not in INSTANCE_ONLY)
        assert not access.allows(action, OTHER_RING, KEY)
        assert not access.allows(action, RING, OTHER_KEY)


@pytest.mark.parametrize("action", Action)
def test_nothing_is_allowed_by_default(action: Action) -> None:
    access = Access(())
    assert not access.allows_everywhere(action)
    assert not access.allows(action, RING, KEY)
    assert not access.allows(action, None, None)
    with pytest.raises(Refused):
        access.visible(action)


def test_all_roles_but_keypurge_together_cannot_purge() -> None:
    access = Access(tuple(grant(role) for role in Role if role is not Role.KEY_PURGE))
    assert not access.allows_everywhere(Action.KEY_PURGE)
    assert not access.allows(Action.KEY_PURGE, RING, KEY)


@given(
    st.lists(st.tuples(st.sampled_from(Role), st.sampled_from((None, RING)), st.sampled_from((None, KEY))))
)
def test_grants_add_up_and_never_take_away(parts: list[tuple[Role, RingId | None, KeyId | None]]) -> None:
    grants = tuple(grant(*part) for part in parts)
    together = Access(grants)
    for action, ring, key in itertools.product(Action, (RING, OTHER_RING), (KEY, OTHER_KEY)):
        alone = any(Access((one,)).allows(action, ring, key) for one in grants)
        assert together.allows(action, ring, key) is alone


LISTERS = [role for role in Role if may(Action.KEY_LIST, role)]
NO_LISTERS = [role for role in Role if not may(Action.KEY_LIST, role)]


@pytest.mark.parametrize("action", [Action.KEY_LIST, Action.KEY_COUNT])
@pytest.mark.parametrize("role", LISTERS)
def test_what_a_lister_sees(action: Action, role: Role) -> None:
    assert Access((grant(role),)).visible(action).rings is None
    assert Access((grant(role, ring=RING),)).visible(action).rings == frozenset({RING})
    both = Access((grant(role, ring=RING), grant(role, ring=OTHER_RING)))
    assert both.visible(action).rings == frozenset({RING, OTHER_RING})
    assert Access((grant(role, ring=RING), grant(role))).visible(action).rings is None


@pytest.mark.parametrize("role", LISTERS)
def test_a_grant_on_a_single_key_lets_list_and_shows_nothing(role: Role) -> None:
    for one in (grant(role, key=KEY), grant(role, ring=RING, key=KEY)):
        assert Access((one,)).visible(Action.KEY_LIST).rings == frozenset()
    mixed = Access((grant(role, key=KEY), grant(role, ring=OTHER_RING)))
    assert mixed.visible(Action.KEY_LIST).rings == frozenset({OTHER_RING})


@pytest.mark.parametrize("role", NO_LISTERS)
def test_who_may_not_list_is_refused(role: Role) -> None:
    access = Access((grant(role), grant(role, ring=RING), grant(role, key=KEY)))
    with pytest.raises(Refused) as caught:
        access.visible(Action.KEY_LIST)
    assert caught.value.reason is Reason.UNAUTHORIZED


def test_a_role_that_may_not_list_adds_no_ring() -> None:
    access = Access((grant(Role.READER, ring=RING), grant(Role.KEY_PURGE, ring=OTHER_RING)))
    assert access.visible(Action.KEY_LIST).rings == frozenset({RING})


def test_the_refusal_is_the_wires_one_sentence() -> None:
    refused = unauthorized()
    assert refused.reason is Reason.UNAUTHORIZED
    assert CODES[refused.reason] == 401
    assert refused.detail == "The user does not have access to the specified resource"


def test_nobody_is_nobody() -> None:
    assert (ANONYMOUS.kind, ANONYMOUS.credential, ANONYMOUS.account) == ("anonymous", "none", None)
