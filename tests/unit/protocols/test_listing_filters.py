"""The ``filter`` parameter: kms-api.md section 2.3."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keystead.domain.errors import Refused
from keystead.domain.keys import KeyState
from keystead.domain.listing import DEFAULT_STATES, DateUnset, DateWithin, KeyDate, seconds
from keystead.domain.reasons import Reason
from keystead.protocols.rest import listing
from keystead.protocols.rest.filters import DATES, Filters, read_filters
from keystead.service.list_keys import Filter

T = "2031-05-04T09:08:07Z"
S = seconds(datetime(2031, 5, 4, 9, 8, 7, tzinfo=UTC))


def read(text: str) -> Filters:
    return read_filters({"filter": [text]})


def refused(query: dict[str, list[str]]) -> str:
    """Expect a refusal that names the filter, and return what it says."""
    with pytest.raises(Refused) as caught:
        listing.key_filter(query)
    assert caught.value.reason is Reason.INVALID_QUERY_PARAM
    assert caught.value.target is not None
    assert caught.value.target.name == "filter"
    return caught.value.detail


@pytest.mark.parametrize(
    ("value", "since", "before"),
    [
        (T, S, S + 1),
        (f"gt:{T}", S + 1, None),
        (f"gte:{T}", S, None),
        (f"lt:{T}", None, S),
        (f"lte:{T}", None, S + 1),
        # Shown times are whole seconds: none is equal to a fraction, and the next one is the first after it.
        ("2031-05-04T09:08:07.5Z", S + 1, S + 1),
        ("gt:2031-05-04T09:08:07.000000001Z", S + 1, None),
        ("gte:2031-05-04T09:08:07.000000001Z", S + 1, None),
        ("lt:2031-05-04T09:08:07.9Z", None, S + 1),
        ("lte:2031-05-04T09:08:07.9Z", None, S + 1),
        ("2031-05-04T09:08:07.000Z", S, S + 1),
        ("gte:2031-05-04T11:08:07+02:00", S, None),
        ("gte:2031-05-04t09:08:07z", S, None),
        ("gte:0001-01-01T00:00:00+23:59", seconds(datetime.min.replace(tzinfo=UTC)) - 86_340, None),
        ("lt:9999-12-31T23:59:59Z", None, seconds(datetime.max.replace(tzinfo=UTC))),
    ],
)
@pytest.mark.parametrize("quote", ["", '"'])
def test_a_time_with_its_operator(value: str, quote: str, since: int | None, before: int | None) -> None:
    operator, colon, time = value.partition(":") if value[0] in "gl" else ("", "", value)
    text = f"creationDate={operator}{colon}{quote}{time}{quote}"
    assert read(text).dates == (DateWithin(KeyDate.CREATED, since, before),)


@pytest.mark.parametrize("word", ["none", "None", "NONE", "nOnE"])
@pytest.mark.parametrize("name", DATES)
def test_a_date_that_is_not_set(name: str, word: str) -> None:
    assert read(f"{name}={word}").dates == (DateUnset(DATES[name]),)


@pytest.mark.parametrize("text", ["", " ", "   "])
def test_no_term_says_nothing(text: str) -> None:
    assert read(text) == Filters()


def test_terms_lie_between_spaces_and_all_must_hold() -> None:
    whole = f'  creationDate=gte:"{T}"   creationDate=lt:"{T}" state=1,2,5 extractable=FALSE state=5 '
    assert read(whole) == Filters(
        states=frozenset({KeyState.DESTROYED}),
        extractable=frozenset({False}),
        dates=(DateWithin(KeyDate.CREATED, S, None), DateWithin(KeyDate.CREATED, None, S)),
    )
    assert read_filters({"filter": ["state=5,1", "state=1"]}).states == frozenset({KeyState.ACTIVE})


def asked(text: str) -> Filter:
    return listing.selection({"filter": [text]})


def test_a_filter_takes_the_place_of_the_parameters() -> None:
    assert asked("state=5").states == {KeyState.DESTROYED}
    assert asked("extractable=true").states == DEFAULT_STATES
    assert [asked(f"extractable={word}").extractable for word in ("true", "False")] == [True, False]
    assert asked("extractable=true extractable=false").states == frozenset()


@pytest.mark.parametrize(
    "text",
    [
        "creationDate",
        "creationDate=",
        "=x",
        "creationDate=gte:",
        'creationDate=""',
        'creationDate="',
        f'creationDate="{T}',
        f"creationDate=ge:{T}",
        f"creationDate=eq:{T}",
        f"creationDate=gte:lt:{T}",
        f"creationDate=gte:{T},{T}",
        f"creationDate = {T}",
        "creationDate=gte:none",
        'creationDate="none"',
        "creationDate=2031-05-04",
        "creationDate=2031-05-04T09:08:07",
        "creationDate=2031-05-04T09:08:60Z",
        "creationDate=2031-13-04T09:08:07Z",
        "creationDate=2031-05-04T09:08:07.Z",
        "creationDate=2031-05-04T09:08:07.%sZ" % ("1" * 31),
        "creationDate=2031-05-04T09:08:07+0200",
        "creationDate=\u0662031-05-04T09:08:07Z",
        "creationdate=none",
        "name=x",
        "state=4",
        "state=",
        "state=1,,2",
        "state=none",
        "state=gt:1",
        "state=active",
        "extractable=1",
        "extractable=none",
        "extractable=lt:true",
        "extractable=true,false",
        "state=1\tstate=2",
        "state=1&state=2",
        "x" * 2001,
    ],
)
def test_other_terms_are_refused(text: str) -> None:
    assert refused({"filter": [text]}).startswith("The query_param `filter` must be: ")


@pytest.mark.parametrize("term", [*(f"{name}=none" for name in DATES), "state=1", "extractable=true"])
def test_a_property_has_at_most_three_terms(term: str) -> None:
    read(" ".join([term] * 3))
    assert "at most 3 terms" in refused({"filter": [" ".join([term] * 4)]})
    assert "at most 3 terms" in refused({"filter": [term] * 4})


@pytest.mark.parametrize(("name", "value"), [("state", "1"), ("extractable", "true")])
def test_a_parameter_and_a_term_for_one_property_are_refused(name: str, value: str) -> None:
    says = refused({name: [value], "filter": [f"{name}={value}"]})
    assert (
        says
        == f"The query_param `filter` must be: without `{name}`, which is given as a parameter of its own"
    )
    other = {"state": "extractable=true", "extractable": "state=1"}[name]
    listing.key_filter({name: [value], "filter": [other]})


words = st.sampled_from(
    [*DATES, "state", "extractable", "=", ":", "gt", "gte", "lt", '"', " ", "none", T, "true", "1,2", "."]
)


@given(st.one_of(st.text(max_size=200), st.lists(words, max_size=12).map("".join)))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(Refused):
        assert isinstance(read(text), Filters)


moments = st.datetimes(min_value=datetime(1, 1, 3), max_value=datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001


@given(
    given=moments,
    away=st.integers(-3, 3),
    micros=st.integers(-2_000_000, 2_000_000),
    operator=st.sampled_from(["", "gt:", "gte:", "lt:", "lte:"]),
)
def test_a_condition_holds_for_what_is_shown(given: datetime, away: int, micros: int, operator: str) -> None:
    shown = given.replace(microsecond=0) + timedelta(seconds=away)  # stored with any microsecond
    operand = given + timedelta(microseconds=micros)
    expected = {
        "": shown == operand,
        "gt:": shown > operand,
        "gte:": shown >= operand,
        "lt:": shown < operand,
        "lte:": shown <= operand,
    }[operator]
    (condition,) = read(f'deletionDate={operator}"{operand.isoformat()}"').dates
    assert isinstance(condition, DateWithin)
    since = seconds(shown) if condition.since is None else condition.since
    before = seconds(shown) + 1 if condition.before is None else condition.before
    assert (since <= seconds(shown) < before) is expected
