"""Durations fall into the right buckets, and the text form is made of sums that only grow."""

from math import inf

from hypothesis import given
from hypothesis import strategies as st

from keystead.domain.histogram import BOUNDS, Histogram

DURATIONS = st.one_of(st.floats(0, 100), st.sampled_from(BOUNDS))


@given(st.lists(DURATIONS, max_size=50))
def test_a_bucket_holds_what_is_not_longer(durations: list[float]) -> None:
    histogram = Histogram()
    for seconds in durations:
        histogram.add(seconds)
    wanted = [(bound, sum(seconds <= bound for seconds in durations)) for bound in (*BOUNDS, inf)]
    assert list(histogram.cumulative()) == wanted
    assert histogram.seconds == sum(durations)


def test_bounds_grow() -> None:
    assert list(BOUNDS) == sorted(set(BOUNDS))
