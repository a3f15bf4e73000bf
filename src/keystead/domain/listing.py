"""Questions about many keys at once, and how a key answers them.

Dates are compared and sorted as they are shown, by the second: a key whose ``creationDate`` reads
``09:08:07Z`` is equal to that moment, although the record knows the microsecond.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Final

from keystead.domain.ids import InstanceId, RingId
from keystead.domain.keys import Key, KeyState

DEFAULT_STATES = frozenset({KeyState.PRE_ACTIVE, KeyState.ACTIVE, KeyState.SUSPENDED, KeyState.DEACTIVATED})
LIMITS = range(1, 5001)
DEFAULT_LIMIT = 200
MOST_SEARCHED: Final = 5000
"""Keys that one search looks at; where there are more, states and dates must narrow them first."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND: Final = timedelta(seconds=1)


class KeyFact(StrEnum):
    """What keys are sorted by beside dates; the values are names of `Key`'s attributes."""

    ID = "id"
    STATE = "state"
    EXTRACTABLE = "extractable"
    IMPORTED = "imported"


class KeyDate(StrEnum):
    """Dates that keys are selected and sorted by; the values are names of `Key`'s attributes."""

    CREATED = "created_at"
    UPDATED = "updated_at"
    ROTATED = "rotated_at"
    DELETED = "deleted_at"
    EXPIRES = "expires_at"


@dataclass(frozen=True, slots=True)
class SortKey:
    """One thing to sort by; a date that is not set comes before all that are."""

    by: KeyFact | KeyDate
    descending: bool = False


@dataclass(frozen=True, slots=True)
class DateWithin:
    """The date is set, and not earlier than ``since`` but earlier than ``before``.

    Both are whole seconds since 1970; ``None`` is no bound. As they are whole, it makes no difference whether
    the second that is shown or the microsecond that is stored is compared with them.
    """

    date: KeyDate
    since: int | None = None
    before: int | None = None

    def holds(self, key: Key) -> bool:
        """Tell whether *key* meets the condition."""
        second = shown_second(key, self.date)
        if second is None:
            return False
        return (self.since is None or self.since <= second) and (self.before is None or second < self.before)


@dataclass(frozen=True, slots=True)
class DateUnset:
    """The key has no such date."""

    date: KeyDate

    def holds(self, key: Key) -> bool:
        """Tell whether *key* meets the condition."""
        return shown_second(key, self.date) is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """A text to look for in names and aliases, in any case; a whole key id finds its key as well."""

    text: str  # not empty
    names: bool = True
    aliases: bool = True
    negated: bool = False  # look for keys that do not match
    exact: bool = False  # the whole name or alias, not a part of it

    @property
    def folded(self) -> str:
        """The text in one case, as the store keeps names."""
        return self.text.casefold()

    def finds(self, key: Key) -> bool:
        """Tell whether *key* is one that is looked for."""
        among = ((key.name,) if self.names else ()) + (key.aliases if self.aliases else ())
        matches = key.id == self.folded or any(self._fits(name.casefold()) for name in among)
        return matches is not self.negated

    def _fits(self, name: str) -> bool:
        return name == self.folded if self.exact else self.folded in name


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyQuery:
    """Which keys of an instance, in which order and page; every part narrows what the others leave."""

    instance: InstanceId
    now: datetime  # keys past their expiration count as Deactivated
    rings: frozenset[RingId] | None = None  # None: every ring
    states: frozenset[KeyState] = DEFAULT_STATES
    extractable: bool | None = None
    dates: tuple[DateWithin | DateUnset, ...] = ()
    search: Search | None = None
    sort: tuple[SortKey, ...] = ()  # later ones break ties, and the id breaks the last
    limit: int = DEFAULT_LIMIT
    offset: int = 0

    def selects(self, key: Key) -> bool:
        """Tell whether *key* is asked for."""
        return (
            key.instance == self.instance
            and (self.rings is None or key.ring in self.rings)
            and key.at(self.now).state in self.states
            and self.extractable in (None, key.extractable)
            and all(condition.holds(key) for condition in self.dates)
            and (self.search is None or self.search.finds(key))
        )

    def page(self, keys: Iterable[Key]) -> tuple[Key, ...]:
        """Return those of *keys* that are asked for: sorted, and cut to the page."""
        found = sorted(filter(self.selects, keys), key=lambda key: key.id)
        for one in reversed(self.sort):  # sorting keeps the order of equals, also in reverse
            found.sort(key=partial(_rank, self.now, one.by), reverse=one.descending)
        return tuple(found[self.offset : self.offset + self.limit])


def shown_second(key: Key, date: KeyDate) -> int | None:
    """Return one of the key's dates as shown: whole seconds since 1970."""
    time: datetime | None = getattr(key, date)
    return None if time is None else seconds(time)


def seconds(time: datetime) -> int:
    """Return the whole seconds since 1970 that have passed at *time*; any aware time has some."""
    return (time - _EPOCH) // _SECOND


def _rank(now: datetime, by: KeyFact | KeyDate, key: Key) -> tuple[bool, int | str]:
    if isinstance(by, KeyFact):
        value: int | str = getattr(key.at(now), by)
        return True, value
    second = shown_second(key, by)
    return second is not None, second or 0
