"""List and count the keys that a caller may see."""

from dataclasses import dataclass, replace

from keystead.domain.errors import Refused, Target
from keystead.domain.ids import RingId, is_uuid
from keystead.domain.keys import Key, KeyState
from keystead.domain.listing import MOST_SEARCHED, DateUnset, DateWithin, KeyQuery, Search, SortKey
from keystead.domain.ports.keys import Keys
from keystead.domain.reasons import Reason
from keystead.service.case import Case, Tools
from keystead.service.find_key import find_key
from keystead.service.shown import ShownPage


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What a listing is asked to show; the instance, the time and the rings come from the request's case."""

    states: frozenset[KeyState]
    extractable: bool | None
    dates: tuple[DateWithin | DateUnset, ...] = ()
    search: Search | None = None
    sort: tuple[SortKey, ...] = ()
    limit: int
    offset: int


@dataclass(frozen=True, slots=True)
class ListKeys:
    """One page of keys.

    Raises `Refused` ``SEARCH_TOO_BROAD`` where a search would look at too many keys, unless its text is the
    whole id or alias of a key: then that key alone is the answer, and marked as incomplete.

    Source: ``spec/kms-api.md`` section 2.3.
    """

    filter: Filter

    async def run(self, case: Case, tools: Tools) -> ShownPage:
        """Fetch the page."""
        asked = query(self.filter, case)
        incomplete = await _is_too_broad(asked, tools.store)
        found = await (_named(asked, tools.store) if incomplete else tools.store.keys(asked))
        page = tuple(key.at(case.now) for key in found)
        case.response["totalResources"] = len(page)
        return ShownPage(
            keys=page, instance=case.instance, now=case.now, search=asked.search, incomplete=incomplete
        )


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
        dates=wanted.dates,
        search=wanted.search,
        sort=wanted.sort,
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


async def _is_too_broad(asked: KeyQuery, keys: Keys) -> bool:
    if asked.search is None:
        return False
    most = MOST_SEARCHED + 1  # how many more there are makes no difference
    return await keys.count(replace(asked, search=None), most) == most


async def _named(asked: KeyQuery, keys: Keys) -> tuple[Key, ...]:
    """Return the key whose whole id or alias is searched for, where the rest of *asked* selects it too."""
    search = asked.search
    if search is not None and (search.aliases or is_uuid(search.text)):
        key = await find_key(keys, asked.instance, search.text)
        if key is not None and asked.selects(key):
            return asked.page([key])
    raise Refused(
        Reason.SEARCH_TOO_BROAD,
        f"The search would look at more than {MOST_SEARCHED} keys: Narrow it by state, extractable or filter",
        target=Target("query_param", "search"),
    )
