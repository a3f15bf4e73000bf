"""What a listing or a count of keys asks for. Source: ``spec/kms-api.md`` sections 1.8 and 2.3."""

from dataclasses import replace

from keystead.domain.listing import DEFAULT_STATES
from keystead.protocols.rest.filters import read_filters
from keystead.protocols.rest.queries import Query, flag, page, states
from keystead.protocols.rest.searches import read_search, read_sort
from keystead.service.list_keys import Filter


def selection(query: Query) -> Filter:
    """Return which keys are asked for, by state, kind and dates: all that a count looks at.

    Raises:
        Refused: ``INVALID_QUERY_PARAM``.
    """
    limit, offset = page(query)
    filters = read_filters(query)
    wanted = states(query) if filters.states is None else filters.states
    extractable = flag(query, "extractable")
    if filters.extractable is not None:
        extractable = True in filters.extractable
    if filters.extractable == frozenset():  # true and false were both asked for, and no key is both
        wanted = frozenset()
    return Filter(
        states=DEFAULT_STATES if wanted is None else wanted,
        extractable=extractable,
        dates=filters.dates,
        limit=limit,
        offset=offset,
    )


def key_filter(query: Query) -> Filter:
    """Return what a listing asks for: a selection, searched and sorted.

    Raises:
        Refused: ``INVALID_QUERY_PARAM``.
    """
    return replace(selection(query), search=read_search(query), sort=read_sort(query))
