"""A minute that moves in steps: what is in it, and that nothing stays."""

from hypothesis import given
from hypothesis import strategies as st

from keystead.service.last_minute import STEP_SECONDS, STEPS, LastMinute

SPAN = STEP_SECONDS * STEPS
EVENTS = st.lists(st.tuples(st.sampled_from("ab"), st.floats(0, 3 * SPAN)), max_size=40)


@given(EVENTS, st.floats(0, 5 * SPAN))
def test_what_was_counted_in_the_last_steps_is_there_and_nothing_else(
    events: list[tuple[str, float]], later: float
) -> None:
    minute, now = LastMinute[str](), 0.0
    for key, at in sorted(events, key=lambda event: event[1]):
        minute.add(key, 0.5, at)
        now = at
    now += later
    since = (now // STEP_SECONDS - STEPS + 1) * STEP_SECONDS
    assert SPAN - STEP_SECONDS <= now - since < SPAN
    wanted = {key: sum(at >= since for name, at in events if name == key) for key in "ab"}
    found = minute.sums(now)
    assert {key: count for key, (count, _) in found.items()} == {k: n for k, n in wanted.items() if n}
    assert all(seconds == 0.5 * count for count, seconds in found.values())


def test_it_forgets() -> None:
    minute = LastMinute[int]()
    for second in range(1000):
        minute.add(second, 1.0, float(second))
    assert len(minute._steps) == STEPS
    assert minute.sums(1000 + SPAN) == {}
    assert not minute._steps
