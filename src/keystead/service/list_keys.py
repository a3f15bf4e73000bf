"""List and count the keys that a caller may see."""

from dataclasses import dataclass, replace

from keystead.domain.ids import RingId
from keystead.domain.keys import KeyState
from keystead.domain.listing import KeyQuery
from keystead.service.case import Case, Tools
from keystead.service.shown import ShownPage


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What a listing is asked to show; the instance, the time and the rings come from the request's case."""

    states: frozenset[KeyState]
    extractable: bool | None
    limit: int
    offset: int


@dataclass(frozen=True, slots=True)
class ListKeys:
    """One page of keys, ordered by id."""

    filter: Filter

    async def run(self, case: Case, tools: Tools) -> ShownPage:
        """Fetch the page."""
        asked = query(self.filter, case)
        found = await tools.store.keys(asked)
        page = tuple(key.at(case.now) for key in found)
        case.response["totalResources"] = len(page)
        return ShownPage(keys=page, instance=case.instance, now=case.now)


@dataclass(frozen=True, slots=True)
class CountKeys:
    """How many keys there are."""

    filter: Filter

    async def run(self, case: Case, tools: Tools) -> int:
        """Count them."""
        total = await tools.store.count(query(self.filter, case))
        case.response["totalResources"] = total
        return total


def query(wanted: Filter, case: Case) -> KeyQuery:
    """Return the question for the store: what is wanted, cut to what the caller may see."""
    whole = KeyQuery(
        instance=case.instance.id,
        now=case.now,
        states=wanted.states,
        extractable=wanted.extractable,
        limit=wanted.limit,
        offset=wanted.offset,
    )
    return replace(whole, rings=_rings(case))


def _rings(case: Case) -> frozenset[RingId] | None:
    visible = case.visible.rings if case.visible is not None else frozenset()
    if case.ring is None:
        return visible
    asked = frozenset({case.ring})
    return asked if visible is None else asked & visible
