"""Query parameters: kms-api.md section 1.7."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keystead.domain.errors import Refused
from keystead.domain.keys import KeyState
from keystead.domain.listing import DEFAULT_STATES
from keystead.domain.reasons import Reason
from keystead.protocols.http.exchange import Exchange
from keystead.protocols.http.head import Head
from keystead.protocols.rest import listing, queries


def query(octets: bytes) -> dict[str, list[str]]:
    return Exchange(Head("GET", "/", octets)).query()


@pytest.mark.parametrize("text", "true True TRUE t T 1".split())
def test_words_for_true(text: str) -> None:
    assert queries.flag(query(f"extractable={text}".encode()), "extractable") is True


@pytest.mark.parametrize("text", "false False FALSE f F 0".split())
def test_words_for_false(text: str) -> None:
    assert queries.flag(query(f"extractable={text}".encode()), "extractable") is False


@pytest.mark.parametrize("text", "yes no on off tRUE 2 truee %00 \u0661".split())
def test_other_words_are_refused(text: str) -> None:
    with pytest.raises(Refused) as caught:
        queries.flag(query(f"extractable={text}".encode()), "extractable")
    assert caught.value.reason is Reason.INVALID_QUERY_PARAM


@pytest.mark.parametrize("text", [b"", b"limit=", b"limit", b"other=1", b"&&&", b"=1", b"limit=&offset="])
def test_empty_values_and_unknown_names_count_for_nothing(text: bytes) -> None:
    assert queries.page(query(text)) == (200, 0)


@pytest.mark.parametrize(
    "text", [b"state=1,2", b"state=1&state=2", b"state=2,1,2", b"state=1%2C2", b"state=1,%202"]
)
def test_lists_come_with_commas_or_repeated(text: bytes) -> None:
    assert listing.key_filter(query(text)).states == {KeyState.ACTIVE, KeyState.SUSPENDED}


def test_the_default_is_every_state_but_destroyed() -> None:
    assert listing.key_filter(query(b"")).states == DEFAULT_STATES == set(KeyState) - {KeyState.DESTROYED}


@pytest.mark.parametrize("text", [b"limit=1&limit=7", b"limit=%37", b"limit=7&unknown=%FF"])
def test_of_a_number_given_twice_the_last_counts(text: bytes) -> None:
    assert queries.page(query(text)) == (7, 0)


@pytest.mark.parametrize(
    "text", ["+1", "-1", " 1", "1 ", "1.0", "0x1", "1e3", "\u0661", "9" * 5000, "5001", "0"]
)
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(Refused) as caught:
        queries.page(query(b"limit=" + text.replace("+", "%2B").encode()))
    assert caught.value.target is not None
    assert caught.value.target.name == "limit"


@pytest.mark.parametrize("octets", [b"a=" + b"x" * (16 << 10), b"&".join([b"a=1"] * 201)])
def test_a_query_has_limits(octets: bytes) -> None:
    with pytest.raises(Refused) as caught:
        query(octets)
    assert caught.value.reason is Reason.INVALID_QUERY_PARAM


@given(st.binary(max_size=300))
def test_any_octets_are_read_or_refused(octets: bytes) -> None:
    assert reading(octets) in (None, Reason.INVALID_QUERY_PARAM)


def reading(octets: bytes) -> Reason | None:
    try:
        listing.key_filter(query(octets))
    except Refused as refused:
        return refused.reason
    return None
