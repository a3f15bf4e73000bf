"""The roles of every row of iam-and-provisioning.md sections 3.3 to 3.5, also of those without a route."""

from collections.abc import Iterator

import pytest

from keystead.domain.actions import Action, Role
from keystead.domain.role_tables import (
    ACTIONS_BY_ID,
    ALLOWED,
    ANYBODYS,
    ONLY_HPCS,
    PLATFORM_ROLES,
    SERVICE_ROLES,
    SERVICES,
    ServiceName,
    iam_ids,
    roles_of,
)
from unit.domain.role_letters import LETTERS

# Section 3.3, whose action ids begin with ``kms.``; a row names one action or several of a kind.
KMS = """
secrets create rotate setkeyfordeletion unsetkeyfordeletion sync createalias deletealias: W M
secrets-with-policy-overrides create: M
secrets list: R RP W M K
secrets read: RP W M
secrets readmetadata listkeyversions wrap unwrap rewrap eventack: R RP W M
secrets patch delete restore disable enable: M
secrets purge: P
keyversions list: R RP W M
policies read write: M
instancepolicies read write: M
instance readallowedipport readipwhitelistport: M
importtoken create read: W M
keyrings list: R RP W M K
keyrings create: W M
keyrings delete: M
registrations list listforkey create merge write delete deactivate: R RP W M
governance configread: C
kmip-management create list read delete: K M
secrets-migration-intent read: R RP W M
secrets-migration-intent create delete: M
crypto-unit read send list claim zeroize: M
lockers read create list: W M
"""
# Section 3.5: what it takes over from 3.3, with its deltas, and what is there alone, under ``hs-crypto.``. Of
# the addresses' port it says nothing; the route is there, and a Manager may. Writer may read and write
# migration intents, as recommended. The names of key stores' lists are like those of keys' lists.
HPCS = """
secrets create rotate setkeyfordeletion unsetkeyfordeletion sync createalias deletealias: W M
secrets-with-policy-overrides create: M
secrets list: R RP W M VMW C
secrets read: RP W M
secrets readmetadata listkeyversions wrap unwrap rewrap eventack: R RP W M
secrets patch delete restore disable enable: M
secrets purge: P
keyversions list: R RP W M
policies read: M C
policies write: M
instancepolicies read: M C
instancepolicies write: M
instance readallowedipport: M
importtoken create read: W M
keyrings list: R RP W M
keyrings create: W M
keyrings delete: M
registrations list: R RP W M C
registrations listforkey create merge write delete deactivate: R RP W M
kmip-management create list read delete: K M
config read: C
secrets-migration-intent read create delete: R RP W M
instances read: *
instances manage: M
ep11 use: R RP W M V E A
crypto decrypt encrypt sign verify wrapkey unwrapkey derivekey digest digestkey generaterandom: R RP W M
crypto getattributevalue setattributevalue getmechanisminfo getmechanismlist: R RP W M
crypto rewrapkeyblob login logout: R RP W M
crypto generatekey generatekeypair: W M
keystore listkeysbyattributes listkeysbyids: R RP W M
keystore storenewkey updatekey deletekey: W M
keystore createkeystore deletekeystore listkeystoresbyattributes listkeystoresbyids: M
kmip activate deactivate status certadd certdel: VMW
mtlscert-admin-key create update delete read: CM
mtlscert-cert set list read delete: CM
dashboard view: O E A
"""
# Section 3.4. Tags of users and of access have the same actions here; their command tells them apart.
PLATFORM = """
resource-controller.instance retrieve: V O E A
resource-controller.instance update: O E A
resource-controller.instance create delete update_plan: E A
resource-controller.key retrieve: V O E A KM
resource-controller.key create update delete: O E A KM
resource-controller.credential retrieve_all: A
resource-controller.group retrieve: V O E A
resource-controller.group update: O E A
resource-controller.group create: E A
resource-controller.group delete: A
iam.policy read: V O E A
iam.policy create update delete: A
iam.role assign: A
cbr.rule read: V O E A
cbr.rule create update delete: A
global-search-tagging.resource read: V O E A
global-search-tagging.tag attach detach delete: E A
"""


def rows(table: str, prefix: str = "") -> Iterator[tuple[str, frozenset[Role]]]:
    for line in table.strip().splitlines():
        names, _, letters = line.partition(":")
        kind, *verbs = names.split()
        roles = (
            frozenset(Role) if letters.strip() == "*" else frozenset(LETTERS[it] for it in letters.split())
        )
        yield from ((f"{prefix}{kind}.{verb}", roles) for verb in verbs)


TABLES = {"kms": dict(rows(KMS, "kms.")), "hs-crypto": dict(rows(HPCS, "hs-crypto."))}


def shown(name: str, service: ServiceName) -> frozenset[Role]:
    return frozenset(role for role in Role if name in iam_ids(role, service))


@pytest.mark.parametrize("service", SERVICES)
def test_each_row_has_the_roles_of_the_specification_and_no_other_row_is_there(service: ServiceName) -> None:
    table = TABLES[service]
    assert set(ACTIONS_BY_ID[service]) == set(table)
    assert {name: shown(name, service) for name in table} == table


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_performed_is_judged_as_it_is_shown(service: ServiceName) -> None:
    for name, roles in TABLES[service].items():
        for action in ACTIONS_BY_ID[service][name] - {Action.KEY_ACTION}:
            assert roles_of(action, service) == roles
            assert {role for role in Role if action in ALLOWED[service][role]} == roles


@pytest.mark.parametrize("service", SERVICES)
def test_the_rows_of_platform_roles(service: ServiceName) -> None:
    table = dict(rows(PLATFORM))
    assert {name: shown(name, service) for name in table} == table


def test_the_old_form_of_an_action_is_open_to_the_same_roles_in_both_services() -> None:
    readers = frozenset(LETTERS[it] for it in "R RP W M".split())
    assert [roles_of(Action.KEY_ACTION, service) for service in SERVICES] == [readers, readers]


def test_a_role_of_one_service_allows_nothing_in_the_other() -> None:
    for role in ONLY_HPCS:
        assert ALLOWED["kms"][role] == frozenset()
        assert ALLOWED["hs-crypto"][role] >= ANYBODYS
        assert role not in SERVICE_ROLES["kms"]
    assert set(SERVICE_ROLES["kms"]) | ONLY_HPCS == set(SERVICE_ROLES["hs-crypto"])
    assert set(SERVICE_ROLES["hs-crypto"]) | set(PLATFORM_ROLES) == set(Role)


@pytest.mark.parametrize("role", PLATFORM_ROLES)
def test_around_instances_roles_allow_the_same_in_both_services(role: Role) -> None:
    assert ALLOWED["kms"][role] == ALLOWED["hs-crypto"][role]


def test_no_service_role_shows_what_platform_roles_are_for() -> None:
    """Any role in an instance lets read it (ADR 12), which is no action of the role."""
    for service in SERVICES:
        for role in set(SERVICE_ROLES[service]) - {Role.KEY_MANAGER}:
            assert all(name.startswith(f"{service}.") for name in iam_ids(role, service))
