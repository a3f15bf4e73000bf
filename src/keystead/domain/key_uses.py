"""What keys were used for: counted from the audit logs of all nodes, by node and day."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from keystead.domain.ids import IamId, InstanceId, KeyId
from keystead.domain.permissions.row import names_of

WRAPS: Final = frozenset(names_of("kms.secrets.wrap"))
UNWRAPS: Final = frozenset(names_of("kms.secrets.unwrap"))
REWRAPS: Final = frozenset(names_of("kms.secrets.rewrap"))
USES: Final = WRAPS | UNWRAPS | REWRAPS
"""Events of what a key is for; whatever else is done with it is counted as well, as work on the key."""
KEPT: Final = timedelta(days=400)
"""How long days are kept: any month of the last twelve is whole."""
MOST_TALLIES: Final = 1000
"""Of one key, node and day; what comes beyond that is not told apart any more."""
_MOST_LOGS: Final = 16
"""Logs under the name of one node whose marks are kept, the newest; most nodes only ever have one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Events of one day in a log: somebody did something with a key, and it was not refused."""

    instance: InstanceId
    key: KeyId
    versions: tuple[str, ...]  # that it used
    caller: str  # IAM id
    action: str  # as the audit log calls it
    at: datetime  # of the last one
    count: int
    behind: IamId | None = None  # who had assumed the caller, the last time


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How often a caller did one thing with one version of a key; a rewrap may use two."""

    versions: tuple[str, ...]  # none for what uses no version
    caller: str
    action: str
    count: int
    last: datetime
    behind: IamId | None = None  # who had assumed the caller, the last time


@dataclass(frozen=True, slots=True)
class Mark:
    """How much of one log is counted, whatever its node is called."""

    log: str  # what no other log begins with
    index: int  # events before this one are counted


@dataclass(frozen=True, slots=True, kw_only=True)
class DayOfUses:
    """What the log of one node has of one key on one day; no other node writes it."""

    instance: InstanceId
    key: KeyId
    day: int  # as `date.toordinal`
    node: str
    tallies: tuple[Tally, ...] = ()
    more: int = 0  # events that found no place among the tallies
    marks: tuple[Mark, ...] = ()  # what is counted of each log, as the bookmark said that was written with it

    def with_seen(self, seen: Iterable[Seen]) -> "DayOfUses":
        """Return it with *seen* counted, all of this key and day."""
        found = {(it.versions, it.caller, it.action): it for it in self.tallies}
        more = self.more
        for one in seen:
            place = (one.versions, one.caller, one.action)
            if place in found or len(found) < MOST_TALLIES:
                found[place] = _with(found.get(place), one)
            else:
                more += one.count
        return replace(self, tallies=tuple(found.values()), more=more)

    def with_mark(self, mark: Mark) -> "DayOfUses":
        """Return it as it is written together with a bookmark at *mark*."""
        return replace(self, marks=_marks(self.marks, mark))

    def index_of(self, log: str) -> int:
        """Return up to where *log* was counted, at least: no bookmark is at an event before that one."""
        return _index(self.marks, log)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bookmark:
    """How much of one node's log is counted."""

    node: str
    index: int  # events before this one are counted
    at: datetime | None  # when the last one of them happened
    log: str = ""  # whose events these are; older versions did not say
    others: tuple[Mark, ...] = ()  # of other logs of this name

    def index_of(self, log: str) -> int:
        """Return which event of *log* comes next."""
        is_new = self.log == "" and all(it.log != log for it in self.others)
        return self.index if is_new or self.log == log else _index(self.others, log)

    def moved(self, mark: Mark, at: datetime | None) -> "Bookmark":
        """Return it at *mark*, after an event that happened at *at* where there was any."""
        others = tuple(it for it in self.others if it.log != mark.log)
        if self.log in ("", mark.log):
            return replace(self, index=mark.index, at=at or self.at, log=mark.log, others=others)
        others = _marks(others, Mark(self.log, self.index))
        return replace(self, index=mark.index, at=at, log=mark.log, others=others)


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """A part of a log, as far as it was read."""

    seen: tuple[Seen, ...]
    index: int  # of the event to go on with
    at: datetime | None  # when the last event that was read happened
    whole: bool  # whether that was the end of the log


@dataclass(frozen=True, slots=True, kw_only=True)
class UseQuery:
    """Days of some keys of one instance."""

    instance: InstanceId
    keys: frozenset[KeyId]
    since: date
    before: date | None = None


def by_day(seen: Iterable[Seen], node: str) -> dict[DayOfUses, list[Seen]]:
    """Return *seen* by the empty days that they belong to."""
    found: dict[DayOfUses, list[Seen]] = {}
    for one in seen:
        day = DayOfUses(instance=one.instance, key=one.key, day=one.at.date().toordinal(), node=node)
        found.setdefault(day, []).append(one)
    return found


def tallies_of(days: Iterable[DayOfUses]) -> Iterator[Tally]:
    """Yield every tally of *days*."""
    for day in days:
        yield from day.tallies


def _marks(marks: tuple[Mark, ...], new: Mark) -> tuple[Mark, ...]:
    others = (it for it in marks if it.log != new.log)
    return (*others, new)[-_MOST_LOGS:]


def _index(marks: Iterable[Mark], log: str) -> int:
    return next((it.index for it in marks if it.log == log), 0)


def _with(was: Tally | None, seen: Seen) -> Tally:
    if was is None:
        return Tally(
            versions=seen.versions,
            caller=seen.caller,
            action=seen.action,
            count=seen.count,
            last=seen.at,
            behind=seen.behind,
        )
    behind = seen.behind if seen.at >= was.last else was.behind
    return replace(was, count=was.count + seen.count, last=max(was.last, seen.at), behind=behind)
