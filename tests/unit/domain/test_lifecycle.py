"""What follows from what, and when: kms-api.md sections 2.7, 2.8 and 3.3 to 3.5."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keystead.domain import lifecycle
from keystead.domain.errors import Refused
from keystead.domain.ids import IamId
from keystead.domain.keys import Key, KeyState, Windows
from keystead.domain.reasons import Reason
from unit.domain.records import FIRST, ROOT, SECOND, T0

WINDOWS = Windows()
TICK = timedelta(microseconds=1)
BY = IamId("iam-ServiceId-1")
DELETED = lifecycle.deleted(ROOT, BY, T0)
Step = Callable[[Key, datetime], object]


def assert_refused(step: Step, key: Key, now: datetime, reason: Reason) -> str:
    with pytest.raises(Refused) as caught:
        step(key, now)
    assert caught.value.reason is reason
    return caught.value.detail


def rotate(key: Key, now: datetime) -> Key:
    return lifecycle.rotated(key, SECOND, now, WINDOWS)


def enable(key: Key, now: datetime) -> Key:
    return lifecycle.enabled(key, now, WINDOWS)


def restore(key: Key, now: datetime) -> Key:
    return lifecycle.restored(key, now, WINDOWS)


def purge(key: Key, now: datetime) -> None:
    lifecycle.require_purge_due(key, now, WINDOWS)


def test_the_default_windows_are_those_of_the_specification() -> None:
    assert Windows() == Windows(
        enable_after=timedelta(seconds=30),
        restore_after=timedelta(seconds=30),
        restore_within=timedelta(days=30),
        purge_after=timedelta(hours=4),
        purge_at=timedelta(days=90),
        rotate_every=timedelta(hours=1),
    )


def test_rotating_adds_a_version_and_changes_no_name() -> None:
    later = T0 + timedelta(days=1)
    assert rotate(ROOT, later) == replace(
        ROOT, versions=(FIRST, SECOND), rotated_at=later, updated_at=later, acted_at=later, revision=2
    )
    assert rotate(ROOT, later).current is SECOND


def test_the_first_rotation_is_free() -> None:
    rotate(ROOT, T0)


@pytest.mark.parametrize("after", [timedelta(0), TICK, timedelta(hours=1) - TICK])
def test_a_second_rotation_within_the_hour_is_refused(after: timedelta) -> None:
    key = replace(ROOT, rotated_at=T0)
    assert assert_refused(rotate, key, T0 + after, Reason.ROTATION_NOT_PERMITTED) == (
        "This root key has been rotated within the last hour: Only one 'rotate' action per hour is permitted"
    )


@pytest.mark.parametrize("after", [timedelta(hours=1), timedelta(hours=1) + TICK])
def test_a_second_rotation_after_the_hour_is_done(after: timedelta) -> None:
    assert rotate(replace(ROOT, rotated_at=T0), T0 + after).rotated_at == T0 + after


def test_only_rotations_count_for_the_hour() -> None:
    rotate(replace(ROOT, acted_at=T0, rotated_at=T0 - timedelta(hours=1)), T0)


def test_an_expired_key_stays_deactivated_when_rotated() -> None:
    expired = replace(ROOT, expires_at=T0).at(T0)
    assert rotate(expired, T0).state is KeyState.DEACTIVATED
    assert rotate(expired, T0).expires_at == T0


def test_disabling_suspends() -> None:
    now = T0 + TICK
    expected = replace(ROOT, state=KeyState.SUSPENDED, updated_at=now, acted_at=now, revision=2)
    assert lifecycle.disabled(ROOT, now) == expected


@pytest.mark.parametrize("after", [timedelta(0), timedelta(seconds=30) - TICK])
def test_enabling_too_early_is_refused(after: timedelta) -> None:
    suspended = lifecycle.disabled(ROOT, T0)
    detail = assert_refused(enable, suspended, T0 + after, Reason.TOO_EARLY)
    assert detail == "The key was updated recently: Please wait and try again"


@pytest.mark.parametrize("after", [timedelta(seconds=30), timedelta(seconds=30) + TICK, timedelta(days=900)])
def test_enabling_in_time_activates(after: timedelta) -> None:
    suspended = lifecycle.disabled(ROOT, T0)
    now = T0 + after
    assert enable(suspended, now) == replace(ROOT, updated_at=now, acted_at=now, revision=3)


def test_deleting_says_who_and_when() -> None:
    assert replace(ROOT, state=KeyState.DESTROYED, deleted_at=T0, deleted_by=BY, revision=2) == DELETED


@pytest.mark.parametrize("after", [timedelta(0), timedelta(seconds=30) - TICK])
def test_restoring_too_early_is_refused(after: timedelta) -> None:
    assert_refused(restore, DELETED, T0 + after, Reason.TOO_EARLY)


@pytest.mark.parametrize("after", [timedelta(seconds=30), timedelta(days=30) - TICK])
def test_restoring_in_time_undoes_the_deletion(after: timedelta) -> None:
    now = T0 + after
    assert restore(DELETED, now) == replace(ROOT, updated_at=now, acted_at=now, revision=3)


@pytest.mark.parametrize("after", [timedelta(days=30), timedelta(days=30) + TICK])
def test_restoring_too_late_is_refused(after: timedelta) -> None:
    assert_refused(restore, DELETED, T0 + after, Reason.KEY_RESTORE_EXPIRED)


def test_restoring_a_key_that_was_suspended_activates_it() -> None:
    suspended = lifecycle.deleted(lifecycle.disabled(ROOT, T0), BY, T0)
    assert restore(suspended, T0 + timedelta(minutes=1)).state is KeyState.ACTIVE


@pytest.mark.parametrize("late", [timedelta(0), TICK, timedelta(days=40)])
def test_an_expired_key_cannot_be_restored(late: timedelta) -> None:
    expires = T0 + timedelta(days=1)
    key = replace(DELETED, expires_at=expires)
    assert restore(key, expires - TICK).state is KeyState.ACTIVE
    assert_refused(restore, key, expires + late, Reason.KEY_EXPIRED)


def test_the_restore_window_ends_with_the_expiration_if_that_is_sooner() -> None:
    month, day = timedelta(days=30), timedelta(days=1)
    assert lifecycle.restorable_until(DELETED, WINDOWS) == T0 + month
    assert lifecycle.restorable_until(replace(DELETED, expires_at=T0 + day), WINDOWS) == T0 + day
    assert lifecycle.restorable_until(replace(DELETED, expires_at=T0 + 2 * month), WINDOWS) == T0 + month


@pytest.mark.parametrize("after", [timedelta(0), timedelta(hours=4) - TICK])
def test_purging_too_early_is_refused(after: timedelta) -> None:
    assert assert_refused(purge, DELETED, T0 + after, Reason.TOO_EARLY) == (
        "The key was updated recently: Please wait and try again: "
        "Purge operation is allowed 4h0m0s after key is deleted"
    )


@pytest.mark.parametrize("after", [timedelta(hours=4), timedelta(hours=4) + TICK])
def test_purging_in_time_is_allowed(after: timedelta) -> None:
    purge(DELETED, T0 + after)
    assert lifecycle.purgeable_from(DELETED, WINDOWS) == T0 + timedelta(hours=4)


@pytest.mark.parametrize(
    ("pause", "words"),
    [
        (timedelta(hours=26, minutes=3, seconds=4), "26h3m4s"),
        (timedelta(seconds=90), "1m30s"),
        (timedelta(minutes=1), "1m0s"),
        (timedelta(seconds=10), "10s"),
    ],
)
def test_a_pause_is_written_as_the_wire_does(pause: timedelta, words: str) -> None:
    with pytest.raises(Refused, match=f"allowed {words} after"):
        lifecycle.require_purge_due(DELETED, T0, Windows(purge_after=pause))


def test_windows_can_be_shortened_to_nothing() -> None:
    none = timedelta(0)
    windows = Windows(enable_after=none, restore_after=none, purge_after=none, rotate_every=none)
    lifecycle.rotated(replace(ROOT, rotated_at=T0), SECOND, T0, windows)
    lifecycle.enabled(lifecycle.disabled(ROOT, T0), T0, windows)
    lifecycle.restored(DELETED, T0, windows)
    lifecycle.require_purge_due(DELETED, T0, windows)


def test_a_key_that_was_not_deleted_has_no_deletion_time() -> None:
    with pytest.raises(ValueError, match="not deleted"):
        lifecycle.deletion_time(ROOT)


@given(
    st.lists(st.tuples(st.sampled_from("rotate disable enable delete restore".split()), st.integers(0, 90)))
)
def test_every_step_counts_and_keeps_what_a_key_is(steps: list[tuple[str, int]]) -> None:
    """Whatever is done in whatever order: names stay, versions only grow, the revision counts the steps."""
    doing: dict[str, Callable[[Key, datetime], Key]] = {
        "rotate": rotate,
        "disable": lifecycle.disabled,
        "enable": enable,
        "delete": lambda key, now: lifecycle.deleted(key, BY, now),
        "restore": restore,
    }
    key, now = lifecycle.deleted(ROOT, BY, T0), T0
    for name, days in steps:
        now += timedelta(days=days)
        try:
            new = doing[name](replace(key, deleted_at=key.deleted_at or T0), now)
        except Refused:
            continue
        assert new.revision == key.revision + 1
        assert new.versions[: len(key.versions)] == key.versions
        assert (new.id, new.aliases, new.ring, new.created_at) == (ROOT.id, ROOT.aliases, ROOT.ring, T0)
        assert new.updated_at == new.acted_at == now
        key = new
