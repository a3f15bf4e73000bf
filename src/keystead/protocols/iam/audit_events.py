"""The audit log of an account, for its Administrators: ours, in no wire that we are compatible with."""

from keystead.protocols.http.event_questions import limit_in, page_view, position_in, query_in
from keystead.protocols.http.exchange import Exchange, Reply
from keystead.protocols.http.visit import Visit
from keystead.protocols.iam.identity_answers import Query, answer
from keystead.service.events import FindAccountEvents


async def find_events(visit: Visit) -> Reply:
    """``GET /v1/audit_events``."""
    page = await visit.serve(lambda: _question(visit.exchange))
    return answer(visit.exchange, 200, page_view(page))


def _question(exchange: Exchange) -> FindAccountEvents:
    query = exchange.query()
    return FindAccountEvents(
        account=Query(exchange).text("account_id"),
        query=query_in(query),
        position=position_in(query),
        limit=limit_in(query),
    )
