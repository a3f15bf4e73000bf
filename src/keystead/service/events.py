"""Asking the audit log about an instance."""

from dataclasses import dataclass, replace

from keystead.domain.event_queries import EventPage, EventQuery, Position
from keystead.domain.moments import moment
from keystead.service.case import Case, Tools

_RECORDED = ("key", "caller", "action", "outcome")


@dataclass(frozen=True, slots=True, kw_only=True)
class FindEvents:
    """One page of the events of the instance that the request names, and of no other."""

    query: EventQuery
    position: Position | None
    limit: int

    async def run(self, case: Case, tools: Tools) -> EventPage:
        """Look for them; what was asked is recorded like everything else."""
        asked = {name: getattr(self.query, name) for name in _RECORDED}
        times = {name: getattr(self.query, name) for name in ("since", "until")}
        case.request |= {name: value for name, value in asked.items() if value is not None}
        case.request |= {name: moment(value) for name, value in times.items() if value is not None}
        query = replace(self.query, source=case.instance.crn)
        page = await tools.events.find(query, self.position, self.limit)
        case.response["totalResources"] = len(page.events)
        return page
