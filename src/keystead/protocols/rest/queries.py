"""Reading query parameters. Source: ``spec/kms-api.md`` sections 1.7 and 1.8."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from keystead.domain.errors import bad_query
from keystead.domain.keys import KeyState
from keystead.domain.listing import DEFAULT_LIMIT, LIMITS
from keystead.domain.policies import PolicyKind
from keystead.protocols.http.exchange import letters_of

Query = Mapping[str, Sequence[str]]

BOOLEANS: Final = {
    **dict.fromkeys(("true", "True", "TRUE", "t", "T", "1"), True),
    **dict.fromkeys(("false", "False", "FALSE", "f", "F", "0"), False),
}
DRY_RUN: Final = "dryRun"
_STATES: Final = {str(int(state)): state for state in KeyState}
WHOLE: Final = range(10**18)
"""Numbers that are read; where they end is our choice."""
_WHOLE = re.compile(rf"[0-9]{{1,{len(str(WHOLE.stop - 1))}}}\Z")


def flag(query: Query, name: str) -> bool | None:
    """Return a boolean parameter, ``None`` when absent."""
    if name not in query:
        return None
    value = BOOLEANS.get(query[name][-1])
    if value is None:
        raise bad_query(name, "a boolean")
    return value


def dry_run(query: Query) -> bool:
    """Tell whether what would come of a request is asked for, and not that it is done.

    Args:
        query: with what is blank.

    Raises:
        Refused: ``INVALID_QUERY_PARAM`` for all but ``true`` and ``false``, and for other names with these
            letters; whoever meant the one with another word would have it done.
    """
    given = query.get(DRY_RUN, ())
    others = ((name, *values) for name, values in query.items() if name != DRY_RUN)
    letters = letters_of("".join(text for other in others for text in other).encode())
    if not {"true", "false"}.issuperset(given) or DRY_RUN.lower().encode() in letters:
        raise bad_query(DRY_RUN, "true or false, and nothing that is written much like it")
    return "true" in given


def page(query: Query, default_limit: int = DEFAULT_LIMIT, limits: range = LIMITS) -> tuple[int, int]:
    """Return limit and offset."""
    must_be = f"an integer between {limits.start} and {limits.stop - 1} (inclusive)"
    limit = _whole(query, "limit", default_limit, must_be)
    if limit not in limits:
        raise bad_query("limit", must_be)
    return limit, _whole(query, "offset", 0, "an integer of 0 or more")


def policy(query: Query, kinds: Sequence[PolicyKind]) -> PolicyKind | None:
    """Return which of *kinds* is asked for, ``None`` for all of them."""
    if "policy" not in query:
        return None
    name = query["policy"][-1]
    if name not in kinds:
        raise bad_query("policy", "one of " + ", ".join(kinds))
    return PolicyKind(name)


def states(query: Query) -> frozenset[KeyState] | None:
    """Return the states that are listed, ``None`` when absent."""
    if "state" not in query:
        return None
    found = read_states(item for text in query["state"] for item in text.split(","))
    if found is None:
        raise bad_query("state", "a list of 0, 1, 2, 3 and 5")
    return found


def read_states(items: Iterable[str]) -> frozenset[KeyState] | None:
    """Return the states with these numbers, ``None`` where one is the number of no state."""
    try:
        return frozenset(_STATES[item.strip()] for item in items)
    except KeyError:
        return None


def _whole(query: Query, name: str, default: int, must_be: str) -> int:
    if name not in query:
        return default
    text = query[name][-1]
    if _WHOLE.match(text) is None:
        raise bad_query(name, must_be)
    return int(text)
