"""So many of something in a while: at, below and above the bound, in the window and after it."""

from datetime import UTC, datetime, timedelta

import pytest

from keystead.domain.actions import Action
from keystead.domain.errors import Refused, TooMany
from keystead.domain.ids import IamId, InstanceId
from keystead.domain.reasons import Reason
from keystead.service import limits as module
from keystead.service.limits import Quota, limits
from keystead.storage.memory import MemoryStore
from suites.store_samples import in_loop

START = datetime(2026, 1, 31, tzinfo=UTC)
WHO, WHERE = IamId("IBMid-1"), InstanceId("0f1e2d3c-4b5a-4678-9abc-def012345678")


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def test_a_window_begins_with_the_first_and_ends_for_all() -> None:
    quota = Quota(3, 60)
    for seconds in (0, 10, 20):
        assert quota.seconds_left("a", at(seconds)) == 0
        quota.count("a", at(seconds))
    assert [quota.seconds_left("a", at(seconds)) for seconds in (20, 20.5, 59.001, 60)] == [40, 40, 1, 0]
    assert quota.seconds_left("b", at(20)) == 0
    quota.count("a", at(60))
    assert quota.seconds_left("a", at(60)) == 0


def test_callers_whose_windows_began_first_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_REMEMBERED", 2)
    quota = Quota(1, 60)
    for seconds, who in enumerate("abc"):
        quota.count(who, at(seconds))
    assert [quota.seconds_left(who, at(3)) > 0 for who in "abc"] == [False, True, True]
    assert len(quota._windows) == 2


@in_loop
async def test_all_limits_of_unwraps_hold_and_none_is_taken_in_vain() -> None:
    both, store = limits(wrong_per_minute=1, unwraps_per_second=2, unwraps_per_day=3), MemoryStore()
    for seconds in (0, 0.5, 1):
        await both.take_unwrap(WHO, WHERE, at(seconds), store)
    for _ in range(5):
        with pytest.raises(TooMany) as caught:
            await both.take_unwrap(WHO, WHERE, at(1.5), store)
        assert (caught.value.reason, caught.value.seconds) == (Reason.TOO_MANY, 86_399)
    await both.take_unwrap(IamId("IBMid-2"), WHERE, at(1.5), store)
    await both.take_unwrap(WHO, InstanceId("1f1e2d3c-4b5a-4678-9abc-def012345678"), at(1.5), store)
    for _ in range(2):
        await both.take_unwrap(WHO, WHERE, at(86_400), store)
    with pytest.raises(TooMany) as caught:
        await both.take_unwrap(WHO, WHERE, at(86_400), store)
    assert caught.value.seconds == 1


def test_an_instance_takes_so_many_requests_in_a_second_and_others_theirs() -> None:
    narrow, other = limits(wrong_per_minute=1, requests_per_second=2), InstanceId("another")
    for where in (WHERE, other, WHERE, other):
        narrow.take_request(Action.KEY_WRAP, where, at(0))
    for seconds in (0, 0.999):
        with pytest.raises(TooMany) as caught:
            narrow.take_request(Action.KEY_WRAP, WHERE, at(seconds))
        assert (caught.value.reason, caught.value.seconds) == (Reason.TOO_MANY, 1)
    narrow.take_request(Action.KEY_WRAP, WHERE, at(1))
    for _ in range(1000):
        limits(wrong_per_minute=1).take_request(Action.KEY_WRAP, WHERE, at(0))


@pytest.mark.parametrize("reason", Reason)
def test_only_what_may_be_a_guess_counts_as_one(reason: Reason) -> None:
    narrow = limits(wrong_per_minute=1)
    narrow.count_refused("peer", START, Refused(reason, "no"))
    guess = reason in {Reason.IAM_KEY_NOT_FOUND, Reason.IAM_REFRESH_TOKEN, Reason.IAM_PASSCODE}
    assert (narrow.wrong_credentials.seconds_left("peer", START) > 0) == guess


def test_without_a_setting_nobody_is_kept_from_unwrapping() -> None:
    assert not limits(wrong_per_minute=1).are_on_unwraps
    for one in ({"unwraps_per_second": 1}, {"unwraps_per_day": 1}):
        assert limits(wrong_per_minute=1, **one).are_on_unwraps
