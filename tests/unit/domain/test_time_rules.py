"""Conditions on time: inside, outside, the very second of each border, offsets, and the change of days."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keystead.domain.time_rules import Key, Part, Pattern, TimeCondition, When

WEEKLY: Pattern = "time-based-conditions:weekly"
HOURS: Pattern = "time-based-conditions:weekly:custom-hours"
DAYS: Pattern = "time-based-conditions:weekly:all-day"
ONCE: Pattern = "time-based-conditions:once"
SECOND = timedelta(seconds=1)
ALMOST = timedelta(microseconds=999_999)


def one(key: Key, operator: str, *values: str) -> TimeCondition:
    return TimeCondition(key=key, operator=operator, values=values)


def together(pattern: Pattern, *conditions: TimeCondition) -> When:
    parts = tuple(Part(combination="", conditions=(it,)) for it in conditions)
    return When(pattern=pattern, combination="and" if len(parts) > 1 else "", parts=parts)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def hours(begin: str, end: str, *days: str) -> When:
    return together(
        HOURS,
        one("day_of_week", "dayOfWeekAnyOf", *days),
        one("current_time", "timeGreaterThanOrEquals", begin),
        one("current_time", "timeLessThanOrEquals", end),
    )


WORK = hours("09:00:00+00:00", "17:00:00+00:00", *(f"{day}+00:00" for day in range(1, 6)))
# 2026-12-01 is a Tuesday.


@pytest.mark.parametrize(
    ("now", "holds"),
    [
        ("2026-12-01T08:59:59.999999+00:00", False),
        ("2026-12-01T09:00:00+00:00", True),
        ("2026-12-01T12:00:00+00:00", True),
        ("2026-12-01T17:00:00+00:00", True),
        ("2026-12-01T17:00:00.999999+00:00", True),
        ("2026-12-01T17:00:01+00:00", False),
        ("2026-12-01T18:30:00+02:00", True),
        ("2026-12-01T19:30:00+02:00", False),
        ("2026-12-05T12:00:00+00:00", False),
        ("2026-12-06T12:00:00+00:00", False),
        ("2026-12-07T12:00:00+00:00", True),
    ],
)
def test_hours_of_some_days(now: str, holds: bool) -> None:
    assert WORK.holds(at(now)) is holds


@pytest.mark.parametrize(
    ("operator", "before", "there", "after"),
    [
        ("LessThan", True, False, False),
        ("LessThanOrEquals", True, True, False),
        ("GreaterThan", False, False, True),
        ("GreaterThanOrEquals", False, True, True),
    ],
)
def test_each_comparison_at_the_very_second(operator: str, before: bool, there: bool, after: bool) -> None:
    clock = one("current_time", f"time{operator}", "12:00:00+00:00")
    day = one("day_of_week", "dayOfWeekEquals", "2+00:00")
    noon = at("2026-12-01T12:00:00+00:00")
    date = together(ONCE, one("current_date_time", f"dateTime{operator}", "2026-12-01T14:00:00+02:00"))
    for when in (together(HOURS, day, clock), date):
        seen = [when.holds(it) for it in (noon - SECOND, noon - SECOND + ALMOST)]
        assert seen == [before, before]
        assert [when.holds(it) for it in (noon, noon + ALMOST)] == [there, there]
        assert when.holds(noon + SECOND) is after


@pytest.mark.parametrize(
    ("offset", "first", "last"),
    [
        ("+00:00", "2026-12-02T00:00:00+00:00", "2026-12-02T23:59:59.999999+00:00"),
        ("Z", "2026-12-02T00:00:00+00:00", "2026-12-02T23:59:59.999999+00:00"),
        ("+14:00", "2026-12-01T10:00:00+00:00", "2026-12-02T09:59:59.999999+00:00"),
        ("-05:30", "2026-12-02T05:30:00+00:00", "2026-12-03T05:29:59.999999+00:00"),
    ],
)
def test_a_day_begins_and_ends_where_its_offset_says(offset: str, first: str, last: str) -> None:
    wednesday = together(DAYS, one("day_of_week", "dayOfWeekEquals", f"3{offset}"))
    begin, end = at(first), at(last)
    tick = timedelta(microseconds=1)
    assert [wednesday.holds(it) for it in (begin - tick, begin, end, end + tick)] == [
        False,
        True,
        True,
        False,
    ]


def test_days_are_counted_from_monday() -> None:
    monday = at("2026-11-30T12:00:00+00:00")
    for day in range(7):
        when = together(DAYS, one("day_of_week", "dayOfWeekAnyOf", f"{day + 1}+00:00"))
        assert [when.holds(monday + timedelta(days=it)) for it in range(7)] == [it == day for it in range(7)]


def test_a_night_is_put_together_by_or() -> None:
    evening = one("current_time", "timeGreaterThanOrEquals", "22:00:00+00:00")
    morning = one("current_time", "timeLessThan", "06:00:00+00:00")
    days = one("day_of_week", "dayOfWeekAnyOf", *(f"{day}+00:00" for day in range(1, 8)))
    night = When(
        pattern=HOURS,
        combination="and",
        parts=(
            Part(combination="", conditions=(days,)),
            Part(combination="or", conditions=(evening, morning)),
        ),
    )
    seen = {hour: night.holds(at(f"2026-12-01T{hour:02}:00:00+00:00")) for hour in (0, 5, 6, 12, 21, 22, 23)}
    assert seen == {0: True, 5: True, 6: False, 12: False, 21: False, 22: True, 23: True}


@pytest.mark.parametrize(
    ("key", "operator", "values"),
    [
        ("current_time", "dateTimeLessThan", ["09:00:00+00:00"]),
        ("current_time", "timeEquals", ["09:00:00+00:00"]),
        ("current_time", "timeLessThan", []),
        ("current_time", "timeLessThan", ["09:00:00+00:00", "10:00:00+00:00"]),
        ("current_time", "timeLessThan", ["09:00:00"]),
        ("current_time", "timeLessThan", ["9:00:00+00:00"]),
        ("current_time", "timeLessThan", ["24:00:00+00:00"]),
        ("current_time", "timeLessThan", ["09:60:00+00:00"]),
        ("current_time", "timeLessThan", ["09:00:60+00:00"]),
        ("current_time", "timeLessThan", ["09:00:00+15:00"]),
        ("current_time", "timeLessThan", ["09:00:00+00:60"]),
        ("current_time", "timeLessThan", ["09:00:00+00:00\n"]),
        ("current_time", "timeLessThan", ["٠٩:00:00+00:00"]),
        ("current_date_time", "timeLessThan", ["2026-12-01T09:00:00+00:00"]),
        ("current_date_time", "dateTimeLessThan", ["2026-02-30T09:00:00+00:00"]),
        ("current_date_time", "dateTimeLessThan", ["0001-01-01T00:00:00+14:00"]),
        ("current_date_time", "dateTimeLessThan", ["9999-12-31T23:59:59-14:00"]),
        ("current_date_time", "dateTimeLessThan", ["2026-12-01 09:00:00+00:00"]),
        ("current_date_time", "dateTimeLessThan", ["2026-12-01T09:00:00.5+00:00"]),
        ("day_of_week", "dayOfWeekEquals", ["0+00:00"]),
        ("day_of_week", "dayOfWeekEquals", ["8+00:00"]),
        ("day_of_week", "dayOfWeekEquals", ["1"]),
        ("day_of_week", "dayOfWeekEquals", ["1+00:00", "2+00:00"]),
        ("day_of_week", "dayOfWeekAnyOf", []),
        ("day_of_week", "dayOfWeekAnyOf", ["1+00:00", "1+00:00"]),
    ],
)
def test_what_is_no_condition(key: Key, operator: str, values: list[str]) -> None:
    with pytest.raises(ValueError, match=r"is|has"):
        one(key, operator, *values)


def test_conditions_that_do_not_fit_together() -> None:
    day = one("day_of_week", "dayOfWeekEquals", "1+00:00")
    clock = one("current_time", "timeLessThan", "09:00:00+00:00")
    date = one("current_date_time", "dateTimeLessThan", "2026-12-01T09:00:00+00:00")
    for pattern, conditions in (
        (ONCE, (day,)),
        (ONCE, (date, day)),
        (DAYS, (day, clock)),
        (HOURS, (day,)),
        (HOURS, (clock,)),
        (WEEKLY, (clock,)),
        (WEEKLY, (day, date)),
    ):
        with pytest.raises(ValueError, match="is about"):
            together(pattern, *conditions)
    for combination, parts in (
        ("and", ()),
        ("", (Part(combination="", conditions=(day,)),) * 2),
        ("and", (Part(combination="", conditions=(day, day)),)),
        ("and", (Part(combination="and", conditions=()),)),
    ):
        with pytest.raises(ValueError, match="put together"):
            When(pattern=DAYS, combination=combination, parts=parts)  # type: ignore[arg-type]
    ten = Part(combination="or", conditions=(day,) * 10)
    with pytest.raises(ValueError, match="side by side"):
        When(pattern=DAYS, combination="and", parts=(Part(combination="or", conditions=(day,) * 11),))
    with pytest.raises(ValueError, match="at most 20"):
        When(pattern=DAYS, combination="and", parts=(ten, ten, ten))
    week = one("day_of_week", "dayOfWeekAnyOf", *(f"{it}+00:00" for it in range(1, 8)))
    When(pattern=DAYS, combination="", parts=(Part(combination="or", conditions=(week, week)),))
    with pytest.raises(ValueError, match="at most 20 values"):
        When(pattern=DAYS, combination="", parts=(Part(combination="or", conditions=(week,) * 3),))


OFFSETS = st.builds(
    lambda sign, hour, minute: f"{sign}{hour:02}:{minute:02}",
    st.sampled_from("+-"),
    st.integers(0, 14),
    st.integers(0, 59),
)
CLOCKS = st.times().map(lambda time: time.isoformat("seconds"))
FIRST = datetime(2026, 11, 20, tzinfo=UTC)
INSTANTS = st.timedeltas(timedelta(), timedelta(days=22)).map(lambda after: FIRST + after)
COMPARED = st.sampled_from(["LessThan", "LessThanOrEquals", "GreaterThan", "GreaterThanOrEquals"])
DAY_CONDITIONS = st.builds(
    lambda days, offset: one("day_of_week", "dayOfWeekAnyOf", *(f"{day}{offset}" for day in days)),
    st.lists(st.integers(1, 7), min_size=1, max_size=7, unique=True),
    OFFSETS,
)
TIME_CONDITIONS = st.builds(
    lambda operator, clock, offset: one("current_time", f"time{operator}", clock + offset),
    COMPARED,
    CLOCKS,
    OFFSETS,
)
DATE_CONDITIONS = st.builds(
    lambda operator, day, offset: one(
        "current_date_time", f"dateTime{operator}", f"{day.replace(tzinfo=None):%Y-%m-%dT%H:%M:%S}{offset}"
    ),
    COMPARED,
    INSTANTS,
    OFFSETS,
)
RULES = st.one_of(
    st.builds(lambda day, clock: together(HOURS, day, clock), DAY_CONDITIONS, TIME_CONDITIONS),
    st.builds(lambda first, last: together(ONCE, first, last), DATE_CONDITIONS, DATE_CONDITIONS),
    st.builds(lambda day: together(DAYS, day), DAY_CONDITIONS),
)


@given(when=RULES, now=INSTANTS)
def test_nothing_changes_within_a_second(when: When, now: datetime) -> None:
    second = now.replace(microsecond=0)
    assert when.holds(second) is when.holds(now) is when.holds(second + ALMOST)


@given(operator=COMPARED, clock=CLOCKS, offset=OFFSETS, now=INSTANTS)
def test_times_are_compared_as_their_texts_are(operator: str, clock: str, offset: str, now: datetime) -> None:
    ahead = timedelta(hours=int(offset[1:3]), minutes=int(offset[4:]))
    local = (now - ahead if offset[0] == "-" else now + ahead).isoformat(timespec="seconds")[11:19]
    told = {
        "LessThan": local < clock,
        "LessThanOrEquals": local <= clock,
        "GreaterThan": local > clock,
        "GreaterThanOrEquals": local >= clock,
    }
    every_day = one("day_of_week", "dayOfWeekAnyOf", *(f"{day}+00:00" for day in range(1, 8)))
    when = together(HOURS, every_day, one("current_time", f"time{operator}", clock + offset))
    assert when.holds(now) is told[operator]
