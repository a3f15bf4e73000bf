"""Cloud resource names, whose they are, and patterns over them."""

import fnmatch
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keystead.domain.crns import MAX_CHARACTERS, CrnPattern, ResourceCrn, is_part
from keystead.domain.errors import Refused

BUCKET = "crn:v1:bluemix:public:cloud-object-storage:global:a/0a1b:77aa:bucket:ledger"
OWNER = "crn:v1:bluemix:public:cloud-object-storage:global:a/0a1b:77aa::"
words = st.text(alphabet="ab*", max_size=12)


def matches(pattern: str, crn: str) -> bool:
    return CrnPattern.parse(pattern, "q", whole_instance=False).matches(crn)


@given(words, st.text(alphabet="ab", max_size=12))
def test_a_segment_matches_as_a_glob_does(pattern: str, text: str) -> None:
    base = BUCKET.removesuffix("ledger")
    whole = re.fullmatch(fnmatch.translate(pattern), text) is not None
    assert matches(base + pattern, base + text) is whole


def test_a_wildcard_stays_within_its_segment() -> None:
    assert not matches("crn:v1:*:ledger", BUCKET)
    assert not matches("crn:*", "crn")


@pytest.mark.parametrize("length", range(3, len(BUCKET) + 1, 7))
def test_a_beginning_matches(length: int) -> None:
    assert matches(BUCKET[:length], BUCKET) is (BUCKET[:length].count(":") < 9 or length == len(BUCKET))


def test_many_wildcards_cost_no_more_time() -> None:
    base = BUCKET.removesuffix("ledger")
    pattern = "*a" * ((MAX_CHARACTERS - len(base)) // 2 - 1) + "*b"
    # A matcher that tries every way would not come back.
    assert not matches(base + pattern, base + "a" * (MAX_CHARACTERS - len(base)))


@given(st.text(max_size=80))
def test_any_text_is_a_pattern_or_refused(text: str) -> None:
    try:
        pattern = CrnPattern.parse(text, "q", whole_instance=True)
    except Refused:
        return
    pattern.matches(BUCKET)


@given(st.text(max_size=80))
def test_any_text_is_a_resource_or_refused(text: str) -> None:
    try:
        crn = ResourceCrn.parse(text, "f")
    except Refused:
        return
    assert crn.text == text


@pytest.mark.parametrize(
    ("service", "owns"),
    [
        (OWNER, True),
        (OWNER.replace("77aa", ""), True),
        (BUCKET, True),
        (OWNER.replace("77aa", "88bb"), False),
        (BUCKET.replace("ledger", "payroll"), False),
        (BUCKET.replace("bucket", "object"), False),
    ],
)
def test_a_service_owns_what_its_own_name_covers(service: str, owns: bool) -> None:
    assert ResourceCrn.parse(BUCKET, "f").belongs_to(service) is owns
    assert is_part(BUCKET, service) is owns


def test_a_part_says_all_that_the_whole_says() -> None:
    assert is_part(OWNER, OWNER)
    assert not is_part(OWNER, BUCKET)
    assert not is_part(BUCKET.replace("global", "eu-de"), OWNER)
    assert not is_part(BUCKET + ":x", OWNER)
    assert not is_part(BUCKET, OWNER + ":x")


@pytest.mark.parametrize("service", ["", "x", "crn:v1", "cloud-object-storage", BUCKET + ":x"])
def test_what_is_no_service_owns_nothing(service: str) -> None:
    assert not ResourceCrn.parse(BUCKET, "f").belongs_to(service)
