"""JSON as Go's decoder reads it: kms-api.md section 1.6."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keystead.domain.errors import Refused
from keystead.domain.reasons import Reason
from keystead.protocols.rest.lenient import Fields, decode_base64, read_object, read_single


def code_of(call: Callable[[], object]) -> Reason:
    with pytest.raises(Refused) as caught:
        call()
    return caught.value.reason


def refusal(call: Callable[[], object]) -> Reason | None:
    """Return why *call* was refused, or nothing."""
    try:
        call()
    except Refused as refused:
        return refused.reason
    return None


@pytest.mark.parametrize("body", [b'{"aB":1}', b'{"AB":1}', b'{"ab":1}', b'{"a\\u0042":1}'])
def test_names_match_in_any_case(body: bytes) -> None:
    assert read_object(body)["Ab"] == 1


@pytest.mark.parametrize(
    "body", [b'{"name":1,"name":2}', b'{"Name":1,"name":2}', b'{"name":1,"NAME":2}', b'{"NAME":1,"Name":2}']
)
def test_of_names_that_occur_twice_the_last_wins(body: bytes) -> None:
    assert read_object(body)["name"] == 2


@pytest.mark.parametrize("body", [b"", b"{}", b"null", b" {} ", b'{"a":null}', b'{"a":""}', b'{"b":1}'])
def test_absent_empty_and_null_are_one(body: bytes) -> None:
    fields = read_object(body)
    assert fields["a"] is None
    assert (fields.text("a"), fields.whole("a"), fields.octets("a", "x"), fields.moment("a")) == (None,) * 4
    assert fields.flag("a", default=True) is True
    assert fields.texts("a", most=1, longest=1) == ()


BAD = [
    b"{",
    b"}",
    b"[]",
    b'"text"',
    b"7",
    b"true",
    b"NaN",
    b'{"a":NaN}',
    b'{"a":Infinity}',
    b'{"a":1e400}',
    b'{"a":' + b"9" * 5000 + b"}",
    b'{"a":01}',
    b"{'a':1}",
    b'{"a":1,}',
    b'{"a":1}{"a":2}',
    b'{"a":1}//',
    b"\xef\xbb\xbf{}",
    b"\xff\xfe{\x00}\x00",
    b'{"a":"\xff"}',
    b'{"\xff":1}',
    b'{"a":"\\ud800"}',
    b'{"a":"\\udc00\\ud800"}',
    b'{"a":"\\ud800\\u0041"}',
    b'{"\\ud800":1}',
    b'{"a":"\\x41"}',
    b'{"a":"line\nbreak"}',
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b'{"b":' * 3000 + b"1" + b"}" * 3000,
]


@pytest.mark.parametrize("body", BAD, ids=lambda body: repr(body[:24]))
def test_what_is_no_object_is_a_bad_body(body: bytes) -> None:
    with pytest.raises(Refused) as caught:
        read_object(body)
    assert caught.value.reason is Reason.BAD_BODY
    assert caught.value.detail.startswith(
        "Invalid body data was passed. Please ensure the data passed had valid formatting with no invalid "
        "characters: "
    )


def test_a_refusal_does_not_repeat_the_body() -> None:
    for body in (
        b'{"plaintext":"c2VjcmV0"',
        b'{"plaintext":c2VjcmV0}',
        b'["c2VjcmV0"]',
        b'{"c2VjcmV0":\xff}',
    ):
        with pytest.raises(Refused) as caught:
            read_object(body)
        assert "c2VjcmV0" not in caught.value.detail


@pytest.mark.parametrize(
    ("text", "value"), [("600", 600), ("600.0", 600), ("6e2", 600), ("-0.0", 0), ("-3", -3)]
)
def test_whole_floats_are_integers(text: str, value: int) -> None:
    found = read_object(f'{{"a":{text}}}'.encode()).whole("a")
    assert (found, type(found)) == (value, int)


@pytest.mark.parametrize("text", ["1.5", "true", '"1"', "[]", "{}", "0.1"])
def test_other_values_are_no_integers(text: str) -> None:
    assert code_of(lambda: read_object(f'{{"a":{text}}}'.encode()).whole("a")) is Reason.INVALID_FIELD


@pytest.mark.parametrize("value", [0, 1, "true", [], {}, 1.0])
def test_only_booleans_are_flags(value: object) -> None:
    assert code_of(lambda: Fields({"a": value}).flag("a", default=False)) is Reason.INVALID_FIELD


def test_lists_of_texts() -> None:
    read = Fields({"a": ["x", None, ""]}).texts("a", most=3, longest=1)
    assert read == ("x", "", "")


@pytest.mark.parametrize("bad", [["x"] * 4, ["xy"], [7], [["x"]], "x", {"x": 1}, 7, True])
def test_what_is_no_list_of_texts(bad: object) -> None:
    assert code_of(lambda: Fields({"a": bad}).texts("a", most=3, longest=1)) is Reason.INVALID_FIELD


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2031-05-04T09:08:07Z", (9, 8, 7)),
        ("2031-05-04T09:08:07.123456789Z", (9, 8, 7)),
        ("2031-05-04T09:08:07.5+00:00", (9, 8, 7)),
        ("2031-05-04T11:08:07+02:00", (9, 8, 7)),
        ("2031-05-03T23:38:07-09:30", (9, 8, 7)),
    ],
)
def test_times(text: str, expected: tuple[int, int, int]) -> None:
    assert Fields({"a": text}).moment("a") == datetime(2031, 5, 4, *expected, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        "2031-05-04T09:08:07",
        "2031-05-04",
        "2031-13-04T09:08:07Z",
        "2031-02-29T09:08:07Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59-23:59",
        "10000-01-01T00:00:00Z",
        "tomorrow",
        "\x00",
        7,
        7.5,
        True,
        [],
    ],
)
def test_what_is_no_time(value: object) -> None:
    assert code_of(lambda: Fields({"a": value}).moment("a")) is Reason.INVALID_FIELD


@given(st.binary(max_size=400), st.integers(1, 80))
def test_base64_comes_back_with_line_breaks_or_without(octets: bytes, width: int) -> None:
    text = base64.b64encode(octets).decode()
    lines = "\r\n".join(text[i : i + width] for i in range(0, len(text), width))
    assert decode_base64("a", text, "x") == decode_base64("a", lines, "x") == octets


@given(st.text(alphabet="ABab01+/=-_ \né", max_size=24))
def test_base64_is_strict(text: str) -> None:
    plain = text.replace("\n", "")
    if (octets := strictly(plain)) is not None:
        assert decode_base64("a", text, "x") == octets
        return
    with pytest.raises(Refused) as caught:
        decode_base64("a", text, "x")
    assert caught.value.reason is Reason.INVALID_FIELD
    assert 0 <= int(caught.value.detail.rpartition(" ")[2]) <= len(plain)


def strictly(plain: str) -> bytes | None:
    """Decode the slow way: four characters of the alphabet at a time, padding at the very end only."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    body = plain[:-2] if plain.endswith("==") else plain.removesuffix("=")
    if len(plain) % 4 or any(one not in alphabet for one in body):
        return None
    bits = "".join(f"{alphabet.index(one):06b}" for one in body)
    return bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits) - 7, 8))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_octets_are_read_or_refused(octets: bytes) -> None:
    for read in (read_object, read_single):
        assert refusal(lambda read=read: read(octets)) in (None, Reason.BAD_BODY)  # type: ignore[misc]


@given(JSON)
def test_any_value_of_a_field_is_read_or_refused(value: Any) -> None:
    fields = Fields({"a": value})
    for read in (
        lambda: fields.text("a"),
        lambda: fields.flag("a", default=False),
        lambda: fields.whole("a"),
        lambda: fields.octets("a", "x"),
        lambda: fields.texts("a", most=3, longest=9),
        lambda: fields.moment("a"),
    ):
        assert refusal(read) in (None, Reason.INVALID_FIELD)
