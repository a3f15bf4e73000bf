"""What the CRN of a role says, and what roles allow together."""

from datetime import UTC, datetime

import pytest

from keystead.domain.actions import Action, Role
from keystead.domain.ids import AccountId, IamId
from keystead.domain.role_tables import ALLOWED, ANYBODYS
from keystead.domain.roles import CustomRole, actions_of, crn_of, role_called

STEM = "crn:v1:bluemix:public"
ACCOUNT = AccountId("a" * 32)


def custom(*actions: str) -> CustomRole:
    now, by = datetime(2031, 5, 4, tzinfo=UTC), IamId("IBMid-1")
    return CustomRole(
        id="1",
        account=ACCOUNT,
        service="kms",
        name="Reader",  # nothing keeps a CRN from saying so
        display_name="x",
        actions=actions,
        created_at=now,
        created_by=by,
        modified_at=now,
        modified_by=by,
    )


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("service", ["iam", "kms", "hs-crypto"])
def test_aut_7a_the_last_segment_says_which_role(role: Role, service: str) -> None:
    for kind in ("role", "serviceRole"):
        named = role_called(f"{STEM}:{service}::::{kind}:{role}")
        assert named is not None
        assert named.role is role
    assert role_called(crn_of(role)) == role_called(crn_of(role).replace(":iam:", f":{service}:"))


@pytest.mark.parametrize(
    "crn",
    [
        "",
        "Manager",
        f"{STEM}:iam::::serviceRole",
        f"{STEM}:iam::::serviceRole:manager",
        f"{STEM}:iam::::serviceRole:Manager:",
        f"{STEM}:iam::::bucket:Manager",
        f"{STEM}:cos::::serviceRole:Manager",
        "crn:v2:bluemix:public:iam::::serviceRole:Manager",
        f"{STEM}:iam::::customRole:Manager",
        f"{STEM}:iam::a/{ACCOUNT}::customRole:",
    ],
)
def test_what_names_no_role_allows_nothing(crn: str) -> None:
    assert role_called(crn) is None
    assert actions_of((crn,), {"Manager": custom("kms.secrets.wrap")}, "kms") == frozenset()


def test_a_role_of_an_account_is_never_taken_for_another() -> None:
    role = custom("kms.secrets.wrap")
    allowed = actions_of((role.crn,), {role.name: role}, "kms")
    assert allowed - ANYBODYS == {Action.KEY_WRAP, Action.KEY_ACTION}
    assert actions_of((role.crn,), {}, "kms") == frozenset()
    foreign = role.crn.replace(ACCOUNT, "b" * 32)
    assert actions_of((foreign,), {role.name: role}, "kms") == frozenset()
    assert actions_of((crn_of(Role.READER),), {role.name: role}, "kms") == ALLOWED["kms"][Role.READER]


def test_roles_add_up() -> None:
    both = actions_of((crn_of(Role.READER), crn_of(Role.KEY_PURGE)), {}, "kms")
    assert both == ALLOWED["kms"][Role.READER] | ALLOWED["kms"][Role.KEY_PURGE]


def test_actions_that_iam_calls_alike_come_together() -> None:
    listing = custom("kms.secrets.list").allowed
    assert {Action.KEY_LIST, Action.KEY_COUNT} <= listing
    assert custom("kms.keyversions.list").allowed == custom("kms.secrets.listkeyversions").allowed
    kmip = custom("kms.kmip-management.delete").allowed
    assert {Action.ADAPTER_DELETE, Action.CERTIFICATE_DELETE, Action.OBJECT_DELETE} <= kmip
    assert Action.ADAPTER_CREATE not in kmip
    assert custom("kms.secrets.gone").allowed == frozenset()


def test_an_action_without_a_route_makes_a_role_of_the_account_like_any_other() -> None:
    assert custom("kms.governance.configread").allowed == ANYBODYS
