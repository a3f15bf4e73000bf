"""Listings that say on request how much there is beside the page. Source: ``spec/kms-api.md`` section 1.8."""

from collections.abc import Callable
from typing import TypeVar

from keystead.domain.listing import DEFAULT_LIMIT, LIMITS
from keystead.protocols.http.visit import Visit
from keystead.protocols.rest import queries
from keystead.service.case import Command
from keystead.service.pages import Page

T = TypeVar("T")


async def counted_page(
    visit: Visit,
    ask: Callable[[queries.Query, int, int], Command[Page[T]]],
    default_limit: int = DEFAULT_LIMIT,
    limits: range = LIMITS,
) -> tuple[Page[T], dict[str, int]]:
    """Serve what *ask* makes of query, limit and offset; return the page and what the metadata adds.

    Raises:
        Refused: ``INVALID_QUERY_PARAM``, or what the command refuses.
    """
    with_total = False

    def command() -> Command[Page[T]]:
        nonlocal with_total
        query = visit.exchange.query()
        with_total = bool(queries.flag(query, "totalCount"))
        limit, offset = queries.page(query, default_limit, limits)
        return ask(query, limit, offset)

    page = await visit.serve(command)
    return page, {"totalCount": page.total} if with_total else {}
