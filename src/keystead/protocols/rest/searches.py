"""Reading the ``search`` and ``sort`` parameters of listings. Source: ``spec/kms-api.md`` section 2.3."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from keystead.domain.describing import is_printable
from keystead.domain.errors import bad_query
from keystead.domain.listing import KeyDate, KeyFact, Search, SortKey
from keystead.protocols.rest.filters import DATES
from keystead.protocols.rest.queries import Query

_MOST_CHARACTERS: Final = 200  # names and aliases have at most 90
OPTIONS: Final = ("name", "alias", "not", "exact")
_LITERAL: Final = "escape:"
SORTED: Final[Mapping[str, KeyFact | KeyDate]] = MappingProxyType(
    {
        "id": KeyFact.ID,
        "state": KeyFact.STATE,
        "extractable": KeyFact.EXTRACTABLE,
        "imported": KeyFact.IMPORTED,
        **DATES,
    }
)


def read_search(query: Query) -> Search | None:
    """Read ``[option:]* text``; ``None`` when nothing is searched for.

    Raises:
        Refused: ``INVALID_QUERY_PARAM``.
    """
    given = query.get("search", ())
    if len(given) > 1:  # to ignore one would show more keys than were asked for
        raise bad_query("search", "given once")
    whole = "".join(given).removesuffix(",")  # IBM's Go client appends one
    if not whole:
        return None
    options, text = _split(whole)
    if not 0 < len(text) <= _MOST_CHARACTERS or not is_printable(text):
        raise bad_query("search", f"1 to {_MOST_CHARACTERS} printable characters, options aside")
    either = options.isdisjoint(("name", "alias"))
    return Search(
        text=text,
        names=either or "name" in options,
        aliases=either or "alias" in options,
        negated="not" in options,
        exact="exact" in options,
    )


def search_facts(search: Search, *, incomplete: bool) -> dict[str, Any]:
    """Return what a listing's metadata says of the search."""
    scopes = [name for name, asked in (("name", search.names), ("alias", search.aliases)) if asked]
    asked = {"query": search.text, "scopes": scopes, "not": search.negated, "exact": search.exact}
    return {"incompleteSearch": incomplete, "searchQuery": asked}


def read_sort(query: Query) -> tuple[SortKey, ...]:
    """Read a list of properties; a leading hyphen turns one round, and later ones break ties.

    Raises:
        Refused: ``INVALID_QUERY_PARAM``.
    """
    items = [item.strip() for text in query.get("sort", ()) for item in text.split(",")]
    if len(items) > len(SORTED) or not all(item.removeprefix("-") in SORTED for item in items):
        raise bad_query(
            "sort", f"a list of at most {len(SORTED)} of {', '.join(SORTED)}, with - to turn one round"
        )
    return tuple(SortKey(SORTED[item.removeprefix("-")], item.startswith("-")) for item in items)


def _split(text: str) -> tuple[frozenset[str], str]:
    """Return the options that *text* begins with, and the rest; after ``escape:`` none is looked for."""
    options: set[str] = set()
    while True:
        if text.startswith(_LITERAL):
            return frozenset(options), text.removeprefix(_LITERAL)
        option = next((name for name in OPTIONS if text.startswith(f"{name}:")), None)
        if option is None:
            return frozenset(options), text
        if option in options:
            raise bad_query("search", f"with {option}: once, or with escape: before what is searched for")
        options.add(option)
        text = text.removeprefix(f"{option}:")
