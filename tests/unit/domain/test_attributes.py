"""Conditions of policies: what fits them, and which of them say more than others (AUT-1, AUT-6)."""

import fnmatch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keystead.domain.attributes import Attribute, covers, fit

PATTERN = st.text(alphabet="ab*?", max_size=8)
TEXT = st.text(alphabet="ab", max_size=8)


def exact(value: str, name: str = "keyRing") -> Attribute:
    return Attribute(name=name, value=value)


def pattern(value: str, name: str = "keyRing") -> Attribute:
    return Attribute(name=name, value=value, operator="stringMatch")


@given(PATTERN, TEXT)
def test_a_pattern_fits_what_the_standard_library_says(given_pattern: str, text: str) -> None:
    assert pattern(given_pattern).fits(text) is fnmatch.fnmatchcase(text, given_pattern)


@pytest.mark.parametrize("value", ["[a]", "[!b]", "a.c", "^a$", "\\*", "a|b"])
def test_nothing_but_star_and_mark_means_anything(value: str) -> None:
    assert pattern(value).fits(value)
    assert not pattern(value).fits("a")


def test_a_pattern_costs_no_more_than_the_product_of_the_lengths() -> None:
    assert not pattern("*a" * 500 + "b").fits("a" * 1000)


def test_what_is_not_there_fits_nothing() -> None:
    for condition in (exact(""), pattern("*"), pattern("")):
        assert not condition.fits(None)
    assert not fit((pattern("*"),), {})
    assert fit((), {})


@given(st.booleans(), PATTERN, st.booleans(), PATTERN, TEXT)
def test_who_implies_never_fits_more(
    one_exact: bool, one: str, other_exact: bool, other: str, text: str
) -> None:
    narrow = (exact if one_exact else pattern)(one)
    wide = (exact if other_exact else pattern)(other)
    if narrow.implies(wide) and narrow.fits(text):
        assert wide.fits(text)


def test_a_condition_is_covered_by_one_of_its_name_that_it_implies() -> None:
    ring, key = exact("hr"), exact("1", "resource")
    assert covers((), ()) is covers((), (ring,)) is covers((ring,), (key, ring)) is True
    assert covers((pattern("h*"),), (ring,)) is True
    assert covers((pattern("*"),), (pattern("h*"),)) is True
    assert covers((pattern("h*"),), (pattern("h*"),)) is True
    assert covers((ring,), ()) is covers((ring,), (key,)) is covers((ring, key), (ring,)) is False
    assert covers((ring,), (pattern("hr"),)) is covers((pattern("h*"),), (pattern("hr*"),)) is False
