"""Asking the audit log about an instance, or about what was done around all of an account."""

from dataclasses import dataclass, replace

from keystead.domain.event_queries import EventPage, EventQuery, Position
from keystead.domain.moments import moment
from keystead.service.case import Case, Tools
from keystead.service.whose import require_account

_RECORDED = ("key", "caller", "action", "outcome")


@dataclass(frozen=True, slots=True, kw_only=True)
class FindEvents:
    """One page of the events of the instance that the request names, and of no other."""

    query: EventQuery
    position: Position | None
    limit: int

    async def run(self, case: Case, tools: Tools) -> EventPage:
        """Look for them; what was asked is recorded like everything else."""
        query = replace(self.query, source=case.instance.crn)
        return await _found(query, self.position, self.limit, case, tools)


@dataclass(frozen=True, slots=True, kw_only=True)
class FindAccountEvents:
    """One page of the events of the caller's account: of no instance, or of what was done around one.

    What is done in an instance is asked of the instance, whose policies say who may and from where.
    """

    account: str | None  # any but the caller's is not there
    query: EventQuery
    position: Position | None
    limit: int

    async def run(self, case: Case, tools: Tools) -> EventPage:
        """Look for them; what was asked is recorded like everything else."""
        require_account(self.account, case)
        query = replace(self.query, account=case.account)
        return await _found(query, self.position, self.limit, case, tools)


async def _found(
    query: EventQuery, position: Position | None, limit: int, case: Case, tools: Tools
) -> EventPage:
    asked = {name: getattr(query, name) for name in _RECORDED}
    times = {name: getattr(query, name) for name in ("since", "until")}
    case.request |= {name: value for name, value in asked.items() if value is not None}
    case.request |= {name: moment(value) for name, value in times.items() if value is not None}
    page = await tools.events.find(query, position, limit)
    case.response["totalResources"] = len(page.events)
    return page
