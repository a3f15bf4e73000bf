"""An order of keys as stretches: one after the other, each in the order of one date or of ids.

Whoever sorts by state and then by date has the keys of the first state in order of the date, then those of
the next. Dates that a key need not have make two: the keys without one are in the order of what follows.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import ColumnElement, literal_column

from keystead.domain.ids import RingId
from keystead.domain.keys import KeyState
from keystead.domain.listing import DateUnset, DateWithin, KeyDate, KeyFact, KeyQuery, SortKey
from keystead.storage.classes import ALL, UNSET, flagged, having, in_states
from keystead.storage.schema import KEYS, NOT_ACTIVE
from keystead.storage.selection import MICROSECONDS

_EXPIRING: Final = frozenset({KeyState.ACTIVE, KeyState.SUSPENDED})
_EXPIRED: Final = _EXPIRING | {KeyState.DEACTIVATED}


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some keys: which they are in SQL, and their order, which begins with a date or the id.

    They are all of the classes, unless ranges of dates or rings narrow them further.
    """

    classes: frozenset[int]
    sort: tuple[SortKey, ...]
    states: frozenset[KeyState]
    conditions: tuple[ColumnElement[bool], ...] = ()
    ranges: tuple[DateWithin, ...] = ()
    rings: frozenset[RingId] | None = None

    @property
    def axis(self) -> SortKey:
        """What the keys are in the order of, and never without."""
        return self.sort[0]

    @property
    def is_of_classes(self) -> bool:
        """Tell whether classes say which keys they are."""
        return not self.ranges and self.rings is None

    @property
    def is_countable(self) -> bool:
        """Tell whether something counts its keys in its order.

        Runs know no other date than their own, and of rings only how many keys are in which state.
        """
        by = self.axis.by
        if not isinstance(by, KeyDate):
            return True
        is_of_states = self.classes == in_states(self.states) & having(by)
        return {it.date for it in self.ranges} <= {by} and (self.rings is None or is_of_states)

    @property
    def selected(self) -> tuple[ColumnElement[bool], ...]:
        """The conditions for a row of the stretch, beside its instance."""
        state = KEYS.c.state.in_(sorted(self.states))
        # As the index of those states says it, for a database to see that it may use it.
        if KeyState.ACTIVE in self.states:
            return (state, *self.conditions)
        return (literal_column(NOT_ACTIVE), state, *self.conditions)

    def where(self, what: KeyFact | KeyDate, value: bool) -> "Stretch":
        """Return the part whose keys are so."""
        column = KEYS.c[what]
        if isinstance(what, KeyDate):
            condition: ColumnElement[bool] = column.is_not(None) if value else column.is_(None)
        else:
            condition = column == value
        classes = self.classes & flagged(what, value)
        return replace(self, classes=classes, conditions=(*self.conditions, condition))

    def within(self, span: DateWithin) -> "Stretch":
        """Return the part whose keys have the date, and in that range."""
        date = KEYS.c[span.date] + 0  # which no index has: the one in the stretch's order is to be read
        bounds = []
        if span.since is not None:
            bounds.append(date >= span.since * MICROSECONDS)
        if span.before is not None:
            bounds.append(date < span.before * MICROSECONDS)
        whole = self.where(span.date, value=True) if span.date in UNSET else self
        if not bounds:
            return whole
        return replace(whole, ranges=(*self.ranges, span), conditions=(*whole.conditions, *bounds))

    def among(self, rings: frozenset[RingId]) -> "Stretch":
        """Return the part whose keys are in *rings*."""
        return replace(self, rings=rings, conditions=(*self.conditions, KEYS.c.ring.in_(sorted(rings))))

    def only(self, state: KeyState) -> "Stretch":
        """Return the part whose keys are in *state*."""
        return replace(self, classes=self.classes & in_states({state}), states=frozenset({state}))


def is_counted(query: KeyQuery) -> bool:
    """Tell whether something counts the keys that *query* selects."""
    unset = all(isinstance(date, DateWithin) or date.date in UNSET for date in query.dates)
    return unset and query.search is None


def hangs_on_time(query: KeyQuery) -> bool:
    """Tell whether it matters that a key past its expiration is not stored as Deactivated yet."""
    asked = query.states & _EXPIRED
    return asked not in (frozenset(), _EXPIRED) or any(key.by is KeyFact.STATE for key in query.sort)


def whole(query: KeyQuery) -> Stretch:
    """Return what *query* selects, in its order; it must be one that `is_counted`."""
    found = Stretch(ALL & in_states(query.states), query.sort, query.states)
    if query.extractable is not None:
        found = found.where(KeyFact.EXTRACTABLE, query.extractable)
    for condition in query.dates:
        if isinstance(condition, DateUnset):
            found = found.where(condition.date, value=False)
        else:
            found = found.within(condition)
    return found if query.rings is None else found.among(query.rings)


def parted(stretch: Stretch) -> Iterator[Stretch]:
    """Yield the stretches of what is sorted by anything, in their order."""
    if not stretch.sort:
        yield replace(stretch, sort=(SortKey(KeyFact.ID),))
        return
    first, rest = stretch.sort[0], replace(stretch, sort=stretch.sort[1:])
    match first.by:
        case KeyFact.STATE:
            for state in sorted(stretch.states, reverse=first.descending):
                yield from parted(rest.only(state))
        case KeyFact.EXTRACTABLE | KeyFact.IMPORTED:
            for value in sorted((False, True), reverse=first.descending):
                yield from parted(rest.where(first.by, value))
        case KeyDate.ROTATED | KeyDate.DELETED | KeyDate.EXPIRES:
            for value in sorted((False, True), reverse=first.descending):
                if value:
                    yield stretch.where(first.by, value)
                else:
                    yield from parted(rest.where(first.by, value))
        case _:
            yield stretch
