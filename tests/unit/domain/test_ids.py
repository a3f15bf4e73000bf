"""Reading names."""

import re
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keystead.domain.errors import Refused
from keystead.domain.ids import alias, instance_id, is_uuid, random_uuid, ring_asked_for, ring_id
from keystead.domain.reasons import Reason

UUID = "6d0f3c52-7a41-4b1e-9a3e-5d2c1f0b8e77"
RESERVED = (
    "allowed_ip key keys metadata policy policies registration registrations ring rings rotate wrap unwrap "
    "rewrap version versions"
)
NO_UUIDS = [
    "",
    UUID[:-1],
    UUID + "0",
    UUID + "\n",
    " " + UUID,
    UUID.replace("-", ""),
    "{" + UUID + "}",
    "urn:uuid:" + UUID,
    UUID.replace("6", "g"),
    UUID.replace("6", "٦"),  # an Arabic digit
    "../" + UUID,
]


def refusal(read: object, text: str | None) -> Reason:
    assert callable(read)
    with pytest.raises(Refused) as caught:
        read(text)
    return caught.value.reason


@pytest.mark.parametrize("text", [UUID, UUID.upper(), "0" * 8 + "-0000-0000-0000-" + "0" * 12])
def test_a_uuid_is_one_in_any_case(text: str) -> None:
    assert is_uuid(text)
    assert instance_id(text) == text.lower()


@pytest.mark.parametrize("text", NO_UUIDS, ids=ascii)
def test_what_is_no_uuid(text: str) -> None:
    assert not is_uuid(text)
    assert refusal(instance_id, text) is Reason.BAD_INSTANCE


def test_an_instance_must_be_named() -> None:
    assert refusal(instance_id, None) is Reason.BAD_INSTANCE


@given(st.uuids())
def test_every_uuid_is_one(any_uuid: uuid.UUID) -> None:
    assert is_uuid(str(any_uuid))


def test_random_uuids_are_of_version_4_and_differ() -> None:
    made = [random_uuid() for _ in range(500)]
    assert len(set(made)) == 500
    for text in made:
        assert str(uuid.UUID(text)) == text
        assert uuid.UUID(text).version == 4
        assert uuid.UUID(text).variant == uuid.RFC_4122


@pytest.mark.parametrize("text", ["pay", "ab", "a" * 90, "Pay_roll-2", "--", "__", "KEYS", "keys2", "0" * 32])
def test_a_good_alias(text: str) -> None:
    assert alias(text) == text


@pytest.mark.parametrize("text", RESERVED.split())
def test_a_reserved_word_is_no_alias(text: str) -> None:
    assert refusal(alias, text) is Reason.INVALID_FIELD


@pytest.mark.parametrize(
    "text", ["", "a", "a" * 91, UUID, UUID.upper(), "a b", "a/b", "a.b", "é" * 5, "ab\n", "a%41"], ids=ascii
)
def test_a_bad_alias(text: str) -> None:
    assert refusal(alias, text) is Reason.INVALID_FIELD


@given(st.text(max_size=100))
def test_an_alias_is_exactly_what_the_specification_says(text: str) -> None:
    good = re.fullmatch(r"[A-Za-z0-9_-]{2,90}", text) and text not in RESERVED.split()
    if good and not is_uuid(text):
        assert alias(text) == text
    else:
        assert refusal(alias, text) is Reason.INVALID_FIELD


@pytest.mark.parametrize("text", ["default", "ab", "a" * 100, "Ring-B", "--"])
def test_a_good_ring(text: str) -> None:
    assert ring_id(text) == text


@pytest.mark.parametrize("text", ["", "a", "a" * 101, "a_b", "a b", "é" * 5, "ab\n", "a/b"], ids=ascii)
def test_a_bad_ring(text: str) -> None:
    assert refusal(ring_id, text) is Reason.INVALID_FIELD


@pytest.mark.parametrize(
    ("text", "ring"),
    [(None, None), ("", None), ("default", "default"), ("a", "-"), ("\0", "-"), ("x" * 101, "-")],
)
def test_what_no_ring_can_be_called_is_a_ring_that_is_not_there(text: str | None, ring: str | None) -> None:
    assert ring_asked_for(text) == ring
    with pytest.raises(Refused):
        ring_id("-")
