"""What a key was used for: by whom, for what, which of its versions, and when last."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from keystead.domain.ids import IamId
from keystead.domain.impact import MOST_BEHIND, MOST_CALLERS, Counted, Use, Uses
from keystead.domain.key_uses import KEPT, USES, DayOfUses, Tally, UseQuery, tallies_of
from keystead.domain.keys import Key
from keystead.service.case import Case, Tools

SHOWN_VERSIONS: Final = 1000
SHOWN_USES: Final = 100
"""Of one version, the last ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionUse:
    """The uses of one version of a key."""

    version: str
    last: Tally  # the last use
    count: int
    uses: tuple[Use, ...]  # by caller and action, the last first
    more: bool  # whether there are more of these


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownUses:
    """The uses of a key, by version, those used last first."""

    key: Key
    crn: str
    versions: tuple[VersionUse, ...]
    logs: tuple[Counted, ...]
    more: bool  # as `Uses` has it


@dataclass(frozen=True, slots=True)
class ShowUses:
    """Say when each version of a key was used last, by whom and for what."""

    async def run(self, case: Case, tools: Tools) -> ShownUses:
        """Look at what is counted; that changes nothing of the key."""
        logs, whole = await counted_now(tools)
        days = await _days(case.now - KEPT, case, tools)
        by_version: dict[str, list[Tally]] = {}
        for tally in _of_use(days):
            for version in tally.versions:
                by_version.setdefault(version, []).append(tally)
        every = [_of_version(*it) for it in by_version.items()]
        shown = sorted(every, key=lambda it: (it.last.last, it.version), reverse=True)[:SHOWN_VERSIONS]
        cut = len(every) > len(shown) or any(it.more for it in shown)
        case.response["totalResources"] = len(shown)
        return ShownUses(
            key=case.key,
            crn=case.instance.key_crn(case.key.id),
            versions=tuple(shown),
            logs=logs,
            more=cut or not whole or any(day.more for day in days),
        )


async def uses_since(since: datetime, case: Case, tools: Tools) -> Uses:
    """Return who used the key of *case* since then."""
    logs, whole = await counted_now(tools)
    days = await _days(since, case, tools)
    found = _summed(tally for tally in _of_use(days) if tally.last >= since)
    more = not whole or len(found) > MOST_CALLERS or any(day.more for day in days)
    return Uses(found=found[:MOST_CALLERS], logs=logs, more=more)


async def counted_now(tools: Tools) -> tuple[tuple[Counted, ...], bool]:
    """Count what this node has not yet, and return how far all are, and whether this one is at its end."""
    whole = await tools.reckoning.catch_up()
    bookmarks = await tools.store.bookmarks()
    return tuple(Counted(node=it.node, until=it.at) for it in bookmarks), whole


async def _days(since: datetime, case: Case, tools: Tools) -> tuple[DayOfUses, ...]:
    mine = frozenset({case.key.id})
    return await tools.store.uses(UseQuery(instance=case.instance.id, keys=mine, since=since.date()))


def _of_use(days: Iterable[DayOfUses]) -> list[Tally]:
    return [tally for tally in tallies_of(days) if tally.action in USES]


def _of_version(version: str, tallies: list[Tally]) -> VersionUse:
    uses = _summed(tallies)
    return VersionUse(
        version=version,
        last=max(tallies, key=lambda it: (it.last, it.caller, it.action)),
        count=_count(tallies),
        uses=uses[:SHOWN_USES],
        more=len(uses) > SHOWN_USES,
    )


def _summed(tallies: Iterable[Tally]) -> tuple[Use, ...]:
    """Return *tallies* by caller and action, the last first."""
    found: dict[tuple[str, str], list[Tally]] = {}
    for tally in tallies:
        found.setdefault((tally.caller, tally.action), []).append(tally)
    uses = [
        Use(
            caller=caller,
            action=action,
            last=max(it.last for it in mine),
            count=_count(mine),
            behind=_behind(mine),
        )
        for (caller, action), mine in found.items()
    ]
    return tuple(sorted(uses, key=lambda use: (use.last, use.caller, use.action), reverse=True))


def _behind(tallies: Iterable[Tally]) -> tuple[IamId, ...]:
    """Return who had assumed the caller of *tallies*, the last first: the last one of each is known."""
    ordered = sorted(tallies, key=lambda it: it.last, reverse=True)
    named = dict.fromkeys(it.behind for it in ordered if it.behind is not None)
    return tuple(named)[:MOST_BEHIND]


def _count(tallies: Iterable[Tally]) -> int:
    return sum(it.count for it in tallies)
