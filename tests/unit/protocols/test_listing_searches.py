"""The ``search`` and ``sort`` parameters: kms-api.md section 2.3."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keystead.domain.errors import Refused
from keystead.domain.listing import KeyDate, KeyFact, Search, SortKey
from keystead.domain.reasons import Reason
from keystead.protocols.rest.searches import read_search, read_sort, search_facts


def search(text: str) -> Search | None:
    return read_search({"search": [text]})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("payroll", Search(text="payroll")),
        ("payroll,", Search(text="payroll")),
        ("payroll,,", Search(text="payroll,")),
        ("a,b", Search(text="a,b")),
        (" two  words ", Search(text=" two  words ")),
        ("name:x", Search(text="x", aliases=False)),
        ("alias:x", Search(text="x", names=False)),
        ("alias:name:x", Search(text="x")),
        ("not:x", Search(text="x", negated=True)),
        ("exact:x", Search(text="x", exact=True)),
        (
            "exact:not:alias:x,",
            Search(text="x", names=False, negated=True, exact=True),
        ),
        ("escape:name:x", Search(text="name:x")),
        ("not:escape:escape:x", Search(text="escape:x", negated=True)),
        ("Name:x", Search(text="Name:x")),
        ("other:x", Search(text="other:x")),
        ("name :x", Search(text="name :x")),
        ("x name:", Search(text="x name:")),
        ("%_\\'\"", Search(text="%_\\'\"")),
        ("Straße", Search(text="Straße")),
        ("x" * 200, Search(text="x" * 200)),
        ("escape:,,", Search(text=",")),
    ],
)
def test_options_and_text(text: str, expected: Search) -> None:
    assert search(text) == expected


@pytest.mark.parametrize("query", [{}, {"search": [","]}])
def test_nothing_to_look_for(query: dict[str, list[str]]) -> None:
    assert read_search(query) is None


@pytest.mark.parametrize(
    "texts",
    [
        ["name:"],
        ["not:exact:,"],
        ["escape:"],
        ["name:name:x"],
        ["not:exact:not:x"],
        ["x" * 201],
        ["nul\x00"],
        ["line\nbreak"],
        ["escape:\x7f"],
        ["x", "y"],
    ],
)
def test_other_searches_are_refused(texts: list[str]) -> None:
    with pytest.raises(Refused) as caught:
        read_search({"search": texts})
    assert caught.value.reason is Reason.INVALID_QUERY_PARAM
    assert caught.value.target is not None
    assert caught.value.target.name == "search"


def test_the_answer_says_what_was_looked_for() -> None:
    found = Search(text="x", names=False, negated=True, exact=True)
    asked = {"query": "x", "scopes": ["alias"], "not": True, "exact": True}
    assert search_facts(found, incomplete=True) == {"incompleteSearch": True, "searchQuery": asked}
    facts = search_facts(Search(text="Pay"), incomplete=False)
    assert facts["searchQuery"] == {"query": "Pay", "scopes": ["name", "alias"], "not": False, "exact": False}


options = st.sampled_from(["name:", "alias:", "not:", "exact:", "escape:", ",", "x", "\x00", "ß"])


@given(st.one_of(st.text(max_size=300), st.lists(options, max_size=8).map("".join)))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(Refused):
        found = search(text)
        assert found is None or 0 < len(found.text) <= 200
        assert found is None or text.removesuffix(",").endswith(found.text)


@given(st.text(min_size=1, max_size=200), st.booleans(), st.booleans())
def test_what_is_escaped_is_looked_for_as_it_is(text: str, negated: bool, exact: bool) -> None:
    given = "not:" * negated + "exact:" * exact + f"escape:{text},"
    try:
        found = search(given)
    except Refused:
        assert not text.isprintable()
    else:
        assert found == Search(text=text, negated=negated, exact=exact)


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ([], ()),
        (["id"], (SortKey(KeyFact.ID),)),
        (["-id"], (SortKey(KeyFact.ID, descending=True),)),
        (
            ["state,-creationDate", " extractable"],
            (SortKey(KeyFact.STATE), SortKey(KeyDate.CREATED, descending=True), SortKey(KeyFact.EXTRACTABLE)),
        ),
        (
            ["imported,lastUpdateDate,lastRotateDate,deletionDate,expirationDate"],
            (
                SortKey(KeyFact.IMPORTED),
                *(map(SortKey, (KeyDate.UPDATED, KeyDate.ROTATED, KeyDate.DELETED, KeyDate.EXPIRES))),
            ),
        ),
    ],
)
def test_sort(texts: list[str], expected: tuple[SortKey, ...]) -> None:
    assert read_sort({"sort": texts} if texts else {}) == expected


@pytest.mark.parametrize(
    "text", ["name", "--id", "-", ",", "id,", "ID", "id state", "id;state", "id," * 9 + "id"]
)
def test_other_orders_are_refused(text: str) -> None:
    with pytest.raises(Refused) as caught:
        read_sort({"sort": [text]})
    assert caught.value.target is not None
    assert caught.value.target.name == "sort"


fields = st.sampled_from(["id", "-state", "creationDate", ",", "-", " ", "x"])


@given(st.one_of(st.text(max_size=100), st.lists(fields, max_size=20).map("".join)))
def test_any_order_is_read_or_refused(text: str) -> None:
    with suppress(Refused):
        assert len(read_sort({"sort": [text]})) <= 9
