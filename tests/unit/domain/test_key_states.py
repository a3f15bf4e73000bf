"""What a key's state and kind allow: the table of kms-api.md section 3.2, written out by hand."""

from dataclasses import replace
from datetime import timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keystead.domain.actions import Action
from keystead.domain.errors import Refused
from keystead.domain.keys import VERSIONS_WITHOUT_ALL_STATES, Key, KeyState
from keystead.domain.reasons import CODES, Reason
from unit.domain.records import ROOT, T0

# For states 1, 2, 3 and 5: ok, or the status of the refusal.
ROOT_TABLE = """
KEY_CREATE          ok  ok  ok  ok
KEY_LIST            ok  ok  ok  ok
KEY_COUNT           ok  ok  ok  ok
KEY_READ            ok  ok  ok  ok
KEY_METADATA        ok  ok  ok  ok
KEY_VERSIONS        ok  ok  ok  ok
KEY_WRAP            ok  409 409 410
KEY_UNWRAP          ok  409 ok  410
KEY_REWRAP          ok  409 ok  410
KEY_ROTATE          ok  409 ok  410
KEY_DISABLE         ok  409 409 410
KEY_ENABLE          409 ok  409 410
KEY_PATCH           ok  ok  ok  410
KEY_DELETE          ok  ok  ok  410
ALIAS_CREATE        ok  ok  ok  410
ALIAS_DELETE        ok  ok  ok  410
KEY_RESTORE         409 409 409 ok
KEY_PURGE           409 409 409 ok
KEY_ACTION          ok  ok  ok  ok
KEY_SYNC                ok  ok  ok  ok
KEY_IMPACT              ok  ok  ok  ok
KEY_USAGE               ok  ok  ok  ok
KEY_REPORT              ok  ok  ok  ok
KEY_REPORT_TABLE        ok  ok  ok  ok
AUDIT_QUERY             ok  ok  ok  ok
REGISTRATION_LIST       ok  ok  ok  ok
REGISTRATION_LIST_KEY   ok  ok  ok  ok
REGISTRATION_CREATE     ok  ok  ok  ok
REGISTRATION_WRITE      ok  ok  ok  ok
REGISTRATION_MERGE      ok  ok  ok  ok
REGISTRATION_DELETE     ok  ok  ok  ok
REGISTRATION_DEACTIVATE ok  ok  ok  ok
EVENT_ACK           ok  ok  ok  ok
KEY_SET_FOR_DELETION ok ok  ok  410
KEY_UNSET_FOR_DELETION ok ok ok 410
KEY_POLICIES_READ   ok  ok  ok  ok
KEY_POLICIES_WRITE  ok  ok  ok  410
KEY_CREATE_WITH_OVERRIDES ok ok ok ok
INSTANCE_POLICIES_READ ok ok ok ok
INSTANCE_POLICIES_WRITE ok ok ok ok
ALLOWED_IP_PORT_READ ok ok  ok  ok
IMPORT_TOKEN_CREATE ok  ok  ok  ok
IMPORT_TOKEN_READ   ok  ok  ok  ok
RING_LIST           ok  ok  ok  ok
RING_CREATE         ok  ok  ok  ok
RING_DELETE         ok  ok  ok  ok
ADAPTER_CREATE      ok  ok  ok  ok
ADAPTER_LIST        ok  ok  ok  ok
ADAPTER_READ        ok  ok  ok  ok
ADAPTER_DELETE      ok  ok  ok  ok
CERTIFICATE_CREATE  ok  ok  ok  ok
CERTIFICATE_LIST    ok  ok  ok  ok
CERTIFICATE_READ    ok  ok  ok  ok
CERTIFICATE_DELETE  ok  ok  ok  ok
OBJECT_LIST         ok  ok  ok  ok
OBJECT_READ         ok  ok  ok  ok
OBJECT_DELETE       ok  ok  ok  ok
SERVICE_BEGIN       ok  ok  ok  ok
IDENTITY_CREATE     ok  ok  ok  ok
IDENTITY_REMOVE     ok  ok  ok  ok
API_KEY_GIVE        ok  ok  ok  ok
GRANT_CREATE        ok  ok  ok  ok
INSTANCE_REOPEN     ok  ok  ok  ok
SIGNING_KEY_ROTATE  ok  ok  ok  ok
DEV_CLOCK               ok  ok  ok  ok
DEV_FAULTS              ok  ok  ok  ok
DEV_INSTANCE            ok  ok  ok  ok
TIME_EXPIRE         409 409 ok  410
TIME_ROTATE         ok  409 409 410
TIME_PURGE          409 409 409 ok
TIME_ACK_ROTATE     ok  ok  ok  ok
TIME_ACK_RESTORE    ok  ok  ok  ok
TIME_ACK_ENABLE     ok  ok  ok  ok
TIME_ACK_DISABLE    ok  ok  ok  ok
TIME_ACK_DELETE     ok  ok  ok  ok
RECEIVER_SET        ok  ok  ok  ok
RECEIVER_REMOVE     ok  ok  ok  ok
RECEIVER_LIST       ok  ok  ok  ok
NOTICE_LIST         ok  ok  ok  ok
TOKEN_ISSUE         ok  ok  ok  ok
TOKEN_KEYS          ok  ok  ok  ok
TOKEN_DISCOVERY     ok  ok  ok  ok
API_DOCUMENT_READ   ok  ok  ok  ok
API_REFERENCE_READ  ok  ok  ok  ok
"""
# A standard key is refused root-key work with 400, but 410 comes first where it is destroyed (section 1.12).
STANDARD_TABLE = """
KEY_CREATE          ok  ok  ok  ok
KEY_LIST            ok  ok  ok  ok
KEY_COUNT           ok  ok  ok  ok
KEY_READ            ok  ok  ok  ok
KEY_METADATA        ok  ok  ok  ok
KEY_VERSIONS        ok  ok  ok  ok
KEY_WRAP            400 400 400 410
KEY_UNWRAP          400 400 400 410
KEY_REWRAP          400 400 400 410
KEY_ROTATE          400 400 400 410
KEY_DISABLE         400 400 400 410
KEY_ENABLE          400 400 400 410
KEY_PATCH           ok  ok  ok  410
KEY_DELETE          ok  ok  ok  410
ALIAS_CREATE        ok  ok  ok  410
ALIAS_DELETE        ok  ok  ok  410
KEY_RESTORE         409 409 409 ok
KEY_PURGE           409 409 409 ok
KEY_ACTION          ok  ok  ok  ok
KEY_SYNC                ok  ok  ok  ok
KEY_IMPACT              ok  ok  ok  ok
KEY_USAGE               ok  ok  ok  ok
KEY_REPORT              ok  ok  ok  ok
KEY_REPORT_TABLE        ok  ok  ok  ok
AUDIT_QUERY             ok  ok  ok  ok
REGISTRATION_LIST       ok  ok  ok  ok
REGISTRATION_LIST_KEY   ok  ok  ok  ok
REGISTRATION_CREATE     ok  ok  ok  ok
REGISTRATION_WRITE      ok  ok  ok  ok
REGISTRATION_MERGE      ok  ok  ok  ok
REGISTRATION_DELETE     ok  ok  ok  ok
REGISTRATION_DEACTIVATE ok  ok  ok  ok
EVENT_ACK           ok  ok  ok  ok
KEY_SET_FOR_DELETION ok ok  ok  410
KEY_UNSET_FOR_DELETION ok ok ok 410
KEY_POLICIES_READ   ok  ok  ok  ok
KEY_POLICIES_WRITE  ok  ok  ok  410
KEY_CREATE_WITH_OVERRIDES ok ok ok ok
INSTANCE_POLICIES_READ ok ok ok ok
INSTANCE_POLICIES_WRITE ok ok ok ok
ALLOWED_IP_PORT_READ ok ok  ok  ok
IMPORT_TOKEN_CREATE ok  ok  ok  ok
IMPORT_TOKEN_READ   ok  ok  ok  ok
RING_LIST           ok  ok  ok  ok
RING_CREATE         ok  ok  ok  ok
RING_DELETE         ok  ok  ok  ok
ADAPTER_CREATE      ok  ok  ok  ok
ADAPTER_LIST        ok  ok  ok  ok
ADAPTER_READ        ok  ok  ok  ok
ADAPTER_DELETE      ok  ok  ok  ok
CERTIFICATE_CREATE  ok  ok  ok  ok
CERTIFICATE_LIST    ok  ok  ok  ok
CERTIFICATE_READ    ok  ok  ok  ok
CERTIFICATE_DELETE  ok  ok  ok  ok
OBJECT_LIST         ok  ok  ok  ok
OBJECT_READ         ok  ok  ok  ok
OBJECT_DELETE       ok  ok  ok  ok
SERVICE_BEGIN       ok  ok  ok  ok
IDENTITY_CREATE     ok  ok  ok  ok
IDENTITY_REMOVE     ok  ok  ok  ok
API_KEY_GIVE        ok  ok  ok  ok
GRANT_CREATE        ok  ok  ok  ok
INSTANCE_REOPEN     ok  ok  ok  ok
SIGNING_KEY_ROTATE  ok  ok  ok  ok
DEV_CLOCK               ok  ok  ok  ok
DEV_FAULTS              ok  ok  ok  ok
DEV_INSTANCE            ok  ok  ok  ok
TIME_EXPIRE         409 409 ok  410
TIME_ROTATE         400 400 400 410
TIME_PURGE          409 409 409 ok
TIME_ACK_ROTATE     ok  ok  ok  ok
TIME_ACK_RESTORE    ok  ok  ok  ok
TIME_ACK_ENABLE     ok  ok  ok  ok
TIME_ACK_DISABLE    ok  ok  ok  ok
TIME_ACK_DELETE     ok  ok  ok  ok
RECEIVER_SET        ok  ok  ok  ok
RECEIVER_REMOVE     ok  ok  ok  ok
RECEIVER_LIST       ok  ok  ok  ok
NOTICE_LIST         ok  ok  ok  ok
TOKEN_ISSUE         ok  ok  ok  ok
TOKEN_KEYS          ok  ok  ok  ok
TOKEN_DISCOVERY     ok  ok  ok  ok
API_DOCUMENT_READ   ok  ok  ok  ok
API_REFERENCE_READ  ok  ok  ok  ok
"""
# What is about no key at all, whatever there may be of keys.
AROUND = (
    "API_KEY_CREATE API_KEY_LIST API_KEY_DETAILS API_KEY_READ API_KEY_UPDATE "
    "API_KEY_DELETE API_KEY_LOCK API_KEY_UNLOCK API_KEY_DISABLE API_KEY_ENABLE "
    "SERVICE_ID_CREATE SERVICE_ID_LIST SERVICE_ID_READ SERVICE_ID_UPDATE "
    "SERVICE_ID_DELETE SERVICE_ID_LOCK SERVICE_ID_UNLOCK "
    "USER_LIST USER_READ USER_REMOVE "
    "PROFILE_CREATE PROFILE_LIST PROFILE_READ PROFILE_UPDATE PROFILE_DELETE "
    "TRUSTED_LIST TRUSTED_REPLACE TRUSTED_ADD TRUSTED_READ TRUSTED_REMOVE "
    "TRUST_RULE_CREATE TRUST_RULE_LIST TRUST_RULE_READ TRUST_RULE_UPDATE TRUST_RULE_DELETE "
    "LINK_CREATE LINK_LIST LINK_READ LINK_DELETE PASSCODE_CREATE TOKEN_INTROSPECT ACCOUNT_AUDIT_QUERY "
    "POLICY_CREATE POLICY_LIST POLICY_READ POLICY_REPLACE POLICY_RESTORE POLICY_DELETE "
    "ROLE_CREATE ROLE_LIST ROLE_READ ROLE_REPLACE ROLE_DELETE "
    "ACCESS_GROUP_CREATE ACCESS_GROUP_LIST ACCESS_GROUP_READ ACCESS_GROUP_UPDATE ACCESS_GROUP_DELETE "
    "MEMBER_ADD MEMBER_ADD_EVERYWHERE MEMBER_LIST MEMBER_READ MEMBER_REMOVE MEMBER_REMOVE_SEVERAL "
    "MEMBER_REMOVE_EVERYWHERE MEMBER_RULE_LIST "
    "ZONE_CREATE ZONE_LIST ZONE_READ ZONE_REPLACE ZONE_DELETE "
    "RULE_CREATE RULE_LIST RULE_READ RULE_REPLACE RULE_DELETE "
    "CONTEXT_SETTINGS_READ CONTEXT_OPERATION_LIST SERVICE_REF_LIST SERVICE_REF_READ "
    "CATALOG_SEARCH CATALOG_READ CATALOG_PLANS CATALOG_DEPLOYMENTS CATALOG_CHILDREN "
    "GROUP_LIST GROUP_READ GROUP_CREATE GROUP_UPDATE GROUP_DELETE QUOTA_LIST QUOTA_READ "
    "INSTANCE_LIST INSTANCE_READ INSTANCE_CREATE INSTANCE_UPDATE INSTANCE_LOCK INSTANCE_UNLOCK "
    "INSTANCE_DELETE INSTANCE_CANCEL ENDPOINTS_READ RESOURCE_KEY_LIST RESOURCE_KEY_LIST_INSTANCE "
    "RECLAMATION_LIST RECLAMATION_RECLAIM RECLAMATION_RESTORE TIME_RECLAIM "
    "RESOURCE_SEARCH TAG_LIST TAG_ATTACH TAG_DETACH TAG_DELETE UAA_TOKEN"
)
STATES = (KeyState.ACTIVE, KeyState.SUSPENDED, KeyState.DEACTIVATED, KeyState.DESTROYED)
REASONS = {"400": Reason.KEY_ROOT_REQUIRED, "409": Reason.KEY_STATE, "410": Reason.KEY_DELETED}
TEXTS = {
    "400": "Requested action can only be completed with a root key",
    "409": "Key is not in a valid state",
    "410": "Key has already been deleted. Please delete references to this key.",
}


def cells(table: str) -> list[tuple[Action, KeyState, str]]:
    rows = [line.split() for line in table.strip().splitlines()]
    rows += [[name, "ok", "ok", "ok", "ok"] for name in AROUND.split()]
    return [
        (Action[name], state, cell) for name, *row in rows for state, cell in zip(STATES, row, strict=True)
    ]


def key_in(state: KeyState, *, extractable: bool = False) -> Key:
    return replace(ROOT, state=state, extractable=extractable, expires_at=T0)


@pytest.mark.parametrize("table", [ROOT_TABLE, STANDARD_TABLE], ids=["root", "standard"])
def test_the_tables_have_a_row_for_every_action(table: str) -> None:
    assert [action for action, state, _ in cells(table) if state is KeyState.ACTIVE] != []
    assert {action for action, _, _ in cells(table)} == set(Action)


@pytest.mark.parametrize(("action", "state", "expected"), cells(ROOT_TABLE))
def test_a_root_key(action: Action, state: KeyState, expected: str) -> None:
    assert_table(key_in(state), action, expected)


@pytest.mark.parametrize(("action", "state", "expected"), cells(STANDARD_TABLE))
def test_a_standard_key(action: Action, state: KeyState, expected: str) -> None:
    assert_table(key_in(state, extractable=True), action, expected)


def assert_table(key: Key, action: Action, expected: str) -> None:
    if expected == "ok":
        key.require(action)
        return
    with pytest.raises(Refused) as caught:
        key.require(action)
    assert caught.value.reason is REASONS[expected]
    assert CODES[caught.value.reason] == int(expected)
    assert caught.value.detail == TEXTS[expected]


def test_versions_without_all_states_are_those_of_active_keys() -> None:
    assert frozenset({KeyState.ACTIVE}) == VERSIONS_WITHOUT_ALL_STATES


# For states 1, 2, 3 and 5: 410 comes before the kind, and that before any other state (section 1.12).
VERSIONS_TABLE = """
root     false ok  409 409 410
root     true  ok  ok  ok  ok
standard false 400 400 400 410
standard true  400 400 400 400
"""


@pytest.mark.parametrize("row", VERSIONS_TABLE.strip().splitlines())
def test_versions_are_refused_in_the_order_of_the_checks(row: str) -> None:
    kind, all_states, *expected = row.split()
    for state, status in zip(STATES, expected, strict=True):
        key = key_in(state, extractable=kind == "standard")
        if status == "ok":
            key.require_versions(all_states=all_states == "true")
            continue
        with pytest.raises(Refused) as caught:
            key.require_versions(all_states=all_states == "true")
        assert caught.value.reason is REASONS[status]
        assert caught.value.detail == TEXTS[status]


ACTIVE_CONTEXT = "Key is not in active state"
SUSPENDED_CONTEXT = "Key is not in suspended state"


@pytest.mark.parametrize(
    ("action", "state", "context"),
    [
        (Action.KEY_WRAP, KeyState.SUSPENDED, ACTIVE_CONTEXT),
        (Action.KEY_UNWRAP, KeyState.SUSPENDED, ACTIVE_CONTEXT),
        (Action.KEY_REWRAP, KeyState.SUSPENDED, ACTIVE_CONTEXT),
        (Action.KEY_ROTATE, KeyState.SUSPENDED, ACTIVE_CONTEXT),
        (Action.KEY_DISABLE, KeyState.SUSPENDED, ACTIVE_CONTEXT),
        (Action.KEY_DISABLE, KeyState.DEACTIVATED, ACTIVE_CONTEXT),
        (Action.KEY_ENABLE, KeyState.ACTIVE, SUSPENDED_CONTEXT),
        (Action.KEY_ENABLE, KeyState.DEACTIVATED, SUSPENDED_CONTEXT),
        (Action.KEY_WRAP, KeyState.DEACTIVATED, "The key expired on 2031-05-04 09:08:07 +0000 UTC"),
        (Action.KEY_RESTORE, KeyState.ACTIVE, None),
        (Action.KEY_RESTORE, KeyState.DEACTIVATED, None),
        (Action.KEY_PURGE, KeyState.SUSPENDED, None),
        (Action.KEY_PURGE, KeyState.DEACTIVATED, None),
    ],
)
def test_the_context_says_which_state_was_wanted(
    action: Action, state: KeyState, context: str | None
) -> None:
    with pytest.raises(Refused) as caught:
        key_in(state).require(action)
    assert caught.value.context == context


def test_the_expiration_is_told_in_utc() -> None:
    elsewhere = T0.astimezone(timezone(timedelta(hours=5)))
    with pytest.raises(Refused) as caught:
        replace(key_in(KeyState.DEACTIVATED), expires_at=elsewhere).require(Action.KEY_WRAP)
    assert caught.value.context == "The key expired on 2031-05-04 09:08:07 +0000 UTC"


SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("stored", "seen"),
    [
        (KeyState.ACTIVE, KeyState.DEACTIVATED),
        (KeyState.SUSPENDED, KeyState.DEACTIVATED),
        (KeyState.DEACTIVATED, KeyState.DEACTIVATED),
        (KeyState.DESTROYED, KeyState.DESTROYED),
    ],
)
def test_a_key_expires_without_being_touched(stored: KeyState, seen: KeyState) -> None:
    key = key_in(stored)
    assert key.at(T0 - SECOND) is key
    assert key.at(T0).state is seen
    assert key.at(T0 + SECOND).state is seen
    assert replace(key.at(T0), state=stored) == key


@given(st.sampled_from(STATES), st.datetimes())
def test_a_key_without_expiration_stays_as_it_is(state: KeyState, now: object) -> None:
    key = replace(ROOT, state=state)
    assert key.at(now) is key  # type: ignore[arg-type]


def test_a_key_without_version_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="no version"):
        replace(ROOT, versions=())


def test_the_states_are_numbered_as_on_the_wire() -> None:
    assert {state.name: int(state) for state in KeyState} == {
        "PRE_ACTIVE": 0,
        "ACTIVE": 1,
        "SUSPENDED": 2,
        "DEACTIVATED": 3,
        "DESTROYED": 5,
    }
