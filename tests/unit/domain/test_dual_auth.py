"""Whatever two people do to a key, it is never deleted by one alone: kms-api.md section 3.4."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keystead.domain import lifecycle
from keystead.domain.dual_auth import set_for_deletion, unset_for_deletion
from keystead.domain.errors import Refused
from keystead.domain.ids import IamId
from keystead.domain.keys import Key, KeyState, Windows
from keystead.domain.policies import DualAuthPolicy, Stamp
from keystead.domain.reasons import Reason
from unit.domain.records import ROOT, T0

WINDOWS = Windows()
STAMP = Stamp(created_at=T0, created_by=ROOT.created_by, updated_at=T0, updated_by=ROOT.created_by)
KEY = replace(ROOT, dual_auth=DualAuthPolicy(id="1", enabled=True, stamp=STAMP))
PEOPLE = [IamId("IBMid-1"), IamId("IBMid-2")]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["set", "unset", "delete"]), st.sampled_from(PEOPLE), st.integers(0, 8 * 86_400)
    ),
    max_size=8,
)


@given(STEPS)
def test_only_another_persons_living_approval_lets_a_key_be_deleted(
    steps: list[tuple[str, IamId, int]],
) -> None:
    key, now, approval = KEY, T0, None  # who approved and when, as the section tells it
    for step, person, seconds in steps:
        now += timedelta(seconds=seconds)
        if approval is not None and now - approval[1] >= timedelta(days=7):
            approval = None
        if step == "set":
            key, approval = set_for_deletion(key, person, now, WINDOWS), approval or (person, now)
        elif step == "unset":
            key, approval = unset_for_deletion(key, now), None
        elif approval is not None and approval[0] != person:
            assert lifecycle.deleted(key, person, now).state is KeyState.DESTROYED
        else:
            with pytest.raises(Refused) as caught:
                lifecycle.deleted(key, person, now)
            assert caught.value.reason is Reason.AUTHORIZATIONS_NOT_MET


STAFF, GUESTS = "oidc-https://idp.example/staff", "oidc-https://idp.example/guests"


@pytest.mark.parametrize(
    ("first", "second", "are"),
    [
        ("IBMid-1", "iam-ServiceId-1", True),
        (f"{STAFF}#ada", f"{STAFF}#bob", True),
        (f"{STAFF}#ada", f"{STAFF}#ada", False),
        (f"{STAFF}#ada", "IBMid-1", False),
        ("IBMid-1", f"{STAFF}#ada", False),
        (f"{STAFF}#ada", f"{GUESTS}#bob", False),
        (f"{STAFF}#ada#x", f"{STAFF}#ada#y", True),
    ],
)
def test_of_two_who_are_not_named_by_the_same_nobody_knows_that_they_are_two(
    first: str, second: str, are: bool
) -> None:
    key = set_for_deletion(KEY, IamId(first), T0, WINDOWS)
    if are:
        assert lifecycle.deleted(key, IamId(second), T0).state is KeyState.DESTROYED
        return
    with pytest.raises(Refused) as caught:
        lifecycle.deleted(key, IamId(second), T0)
    assert caught.value.reason is Reason.AUTHORIZATIONS_NOT_MET


OFF = replace(ROOT, dual_auth=DualAuthPolicy(id="1", enabled=False, stamp=STAMP))


@pytest.mark.parametrize("key", [ROOT, OFF])
def test_without_the_policy_nobody_approves_and_one_deletes(key: Key) -> None:
    with pytest.raises(Refused) as caught:
        set_for_deletion(key, PEOPLE[0], T0, WINDOWS)
    assert caught.value.reason is Reason.NOT_DUAL_AUTH
    with pytest.raises(Refused) as caught:
        unset_for_deletion(key, T0)
    assert caught.value.reason is Reason.NOT_DUAL_AUTH
    assert lifecycle.deleted(key, PEOPLE[0], T0).state is KeyState.DESTROYED


def test_what_changes_nothing_is_no_new_key() -> None:
    assert unset_for_deletion(KEY, T0) is KEY
    once = set_for_deletion(KEY, PEOPLE[0], T0, WINDOWS)
    assert once.revision == KEY.revision + 1
    assert once.acted_at == KEY.acted_at
    assert set_for_deletion(once, PEOPLE[1], T0, WINDOWS) is once
