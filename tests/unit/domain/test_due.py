"""When time has something to do with a key: kms-api.md sections 3.1, 3.3 and 3.5."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keystead.domain.due import (
    due_at,
    require_expiry_unrecorded,
    require_forgotten,
    require_rotation_wanted,
    rotation_due,
)
from keystead.domain.errors import Refused
from keystead.domain.ids import IamId
from keystead.domain.keys import Key, KeyState
from keystead.domain.lifecycle import expired
from keystead.domain.policies import RotationPolicy, Stamp
from unit.domain.records import ROOT, T0

DAY = timedelta(days=1)
ME = IamId("IBMid-1")


def key_with(months: int = 1, *, set_again: datetime = T0, enabled: bool = True, **more: object) -> Key:
    """Return a key whose rotation policy was set first at `T0`."""
    stamp = Stamp(created_at=T0, created_by=ME, updated_at=set_again, updated_by=ME)
    policy = RotationPolicy(id="p", enabled=enabled, interval_months=months, stamp=stamp)
    return replace(ROOT, rotation=policy, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(("months", "days"), [(1, 30), (2, 60), (12, 360)])
def test_an_interval_is_so_many_times_thirty_days(months: int, days: int) -> None:
    assert rotation_due(key_with(months)) == T0 + days * DAY


@pytest.mark.parametrize(
    ("rotated", "due"),
    [(0, 30), (12, 30), (29.9, 30), (30, 60), (30.1, 60), (59, 60), (95, 120)],
)
def test_a_rotation_that_somebody_asked_for_does_not_move_the_schedule(rotated: float, due: int) -> None:
    assert rotation_due(key_with(rotated_at=T0 + rotated * DAY)) == T0 + due * DAY


@pytest.mark.parametrize(("again", "due"), [(0, 30), (29, 30), (100, 120)])
def test_a_policy_that_is_set_again_neither_moves_it_nor_makes_up_for_the_past(again: int, due: int) -> None:
    assert rotation_due(key_with(set_again=T0 + again * DAY)) == T0 + due * DAY


@pytest.mark.parametrize(
    "key",
    [
        ROOT,
        key_with(enabled=False),
        key_with(imported=True),
        key_with(extractable=True),
        *(key_with(state=state) for state in KeyState if state is not KeyState.ACTIVE),
    ],
)
def test_what_is_never_rotated(key: Key) -> None:
    assert rotation_due(key) is None
    with pytest.raises(Refused):
        require_rotation_wanted(key, T0 + 9999 * DAY)


@given(st.integers(1, 12), st.integers(0, 10**15), st.integers(0, 10**15))
def test_the_next_rotation_is_on_schedule_after_the_last_and_within_one_interval(
    months: int, rotated: int, again: int
) -> None:
    last, set_again = (T0 + timedelta(microseconds=one) for one in (rotated, again))
    due = rotation_due(key_with(months, rotated_at=last, set_again=set_again))
    assert due is not None
    assert (due - T0) % (30 * months * DAY) == timedelta()
    assert timedelta() < due - max(last, set_again) <= 30 * months * DAY


def test_a_rotation_is_wanted_from_its_moment_on() -> None:
    with pytest.raises(Refused):
        require_rotation_wanted(key_with(), T0 + 30 * DAY - timedelta.resolution)
    require_rotation_wanted(key_with(), T0 + 30 * DAY)


def test_expiry_is_due_until_it_is_recorded_whatever_was_stored_meanwhile() -> None:
    for state in (KeyState.ACTIVE, KeyState.SUSPENDED, KeyState.DEACTIVATED):
        key = replace(ROOT, state=state, expires_at=T0 + DAY)
        assert due_at(key) == T0 + DAY
        require_expiry_unrecorded(key)
        after = expired(key, T0 + 2 * DAY)
        assert (after.state, after.expired_at, due_at(after)) == (KeyState.DEACTIVATED, T0 + 2 * DAY, None)
        assert after.revision == key.revision + 1
        assert (after.updated_at, after.acted_at) == (key.updated_at, key.acted_at)
        with pytest.raises(Refused):
            require_expiry_unrecorded(after)
    assert due_at(replace(ROOT, state=KeyState.DESTROYED, deleted_at=T0, expires_at=T0 + DAY)) == T0


def test_the_earliest_comes_first() -> None:
    assert due_at(key_with(expires_at=T0 + 29 * DAY)) == T0 + 29 * DAY
    assert due_at(key_with(expires_at=T0 + 31 * DAY)) == T0 + 30 * DAY
    assert due_at(ROOT) is None


def test_a_destroyed_key_is_forgotten_after_its_last_wait() -> None:
    key = replace(ROOT, state=KeyState.DESTROYED, deleted_at=T0)
    with pytest.raises(Refused):
        require_forgotten(key, T0 + 90 * DAY - timedelta.resolution, 90 * DAY)
    require_forgotten(key, T0 + 90 * DAY, 90 * DAY)
