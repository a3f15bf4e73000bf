"""Runs: how many keys there are of each class between one date and the next, for each date that keys have.

They also count the keys of each ring, by state alone: rings times classes would be nearly as many as keys.

A run begins at a whole second and ends where the next one does. New dates are mostly later than all others,
and only dates before the *cut* of an instance are in a run: a new key moves no count, and whoever asks for a
page knows how many keys lie past the cut, for the tallies have counted all. When those, or those of a run,
have become many, `even` makes runs of them.

The cuts stand in each of the 256 tallies, one of which every writer of keys holds, and `even` holds them all.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import import_module
from itertools import pairwise
from typing import Any, Final

import msgspec
from sqlalchemy import BigInteger, Connection, Select, bindparam, cast, delete, func, select, update

from keystead.domain.changes import KeyWrite
from keystead.domain.ids import InstanceId
from keystead.domain.keys import Key
from keystead.domain.listing import KeyDate, shown_second
from keystead.storage.classes import class_in_sql, class_of, state_of
from keystead.storage.records import tampered
from keystead.storage.schema import KEYS, RUNS, TALLIES
from keystead.storage.selection import MICROSECONDS

Cuts = Mapping[KeyDate, int]
"""The second at which the last run of a date ends; a date without runs has none."""

Place = tuple[InstanceId, KeyDate, int, str, int]
"""What counts keys: instance, date, a second, and a ring with a state or `WHOLE` with a class, their kind."""

Shifts = Counter[Place]
"""By how many keys counts change."""

_Row = tuple[InstanceId, KeyDate, str, int, int]  # the primary key

WHOLE: Final = ""  # which is no ring
RUN: Final = 2048  # keys in a run when it is made
MOST: Final = 2 * RUN  # keys in a run, or past the last one, before it is divided
BEFORE_ALL: Final = -300_000_000_000  # seconds since 1970: where the first run begins
_AT_ONCE: Final = 8  # runs that are made while writers wait
_FEW: Final = 64  # runs that may be there for however few keys

cuts_of: Final = msgspec.msgpack.Decoder(dict[KeyDate, int]).decode
"""Decodes what a tally says of the cuts; `classes.UNREADABLE`."""

_of_date = (RUNS.c.instance == bindparam("at_instance"), RUNS.c.date == bindparam("at_date"))
_whole = (*_of_date, RUNS.c.ring == WHOLE)
_BEGINNING: Final = select(func.max(RUNS.c.low)).where(*_whole, RUNS.c.low <= bindparam("at"))
_size = cast(func.sum(RUNS.c.count), BigInteger)
_SIZES: Final = select(RUNS.c.low, _size).where(*_whole).group_by(RUNS.c.low).order_by(RUNS.c.low)
_of_instance = TALLIES.c.instance == bindparam("at_instance")
_HOLD: Final = select(TALLIES.c.cuts).where(_of_instance).order_by(TALLIES.c.shard).with_for_update()
_PUT_CUTS: Final = update(TALLIES).where(_of_instance)
_REMOVE: Final = delete(RUNS).where(*_of_date)
_REMOVE_ONE: Final = _REMOVE.where(RUNS.c.low == bindparam("at_low"))


def shifts(writes: Iterable[KeyWrite], cuts: Cuts) -> Mapping[Place, int]:
    """Return by how much *writes* change the runs that end at *cuts*."""
    if not cuts:
        return {}
    found: Shifts = Counter()
    for write in writes:
        for key, change in ((write.was, -1), (write.new, 1)):
            if key is not None:
                for place in _places(key, cuts):
                    found[place] += change
    return found


def _places(key: Key, cuts: Cuts) -> list[Place]:
    """Return where the runs count *key*; new keys with new dates are nowhere."""
    seconds = [(date, shown_second(key, date), cut) for date, cut in cuts.items()]
    before = [(date, second) for date, second, cut in seconds if second is not None and second < cut]
    kinds = ((WHOLE, class_of(key)), (key.ring, int(key.state)))
    return [(key.instance, date, second, *of) for date, second in before for of in kinds]


def shift(connection: Connection, changes: Shifts) -> None:
    """Change the runs, in one order for all processes, against deadlocks."""
    found: Counter[_Row] = Counter()
    lows: dict[tuple[InstanceId, KeyDate, int], int] = {}
    for (instance, date, second, ring, number), change in changes.items():
        if change:
            at = (instance, date, second)
            if at not in lows:
                place = {"at_instance": instance, "at_date": date, "at": second}
                lows[at] = _low(connection, place)
            found[instance, date, ring, lows[at], number] += change
    _add(connection, {at: change for at, change in sorted(found.items()) if change})


def _low(connection: Connection, place: Mapping[str, Any]) -> int:
    low: int | None = connection.execute(_BEGINNING, place).scalar()
    if low is None:
        raise tampered("key_runs", place["at_instance"], place["at_date"])
    return low


def is_large(keys: int) -> bool:
    """Tell whether so many keys should be divided, as those of one second cannot be."""
    return keys > MOST


def finds_many(connection: Connection, some: Select[Any]) -> bool:
    """Tell whether *some* finds so many rows; no more of them are read than it takes to know."""
    enough = some.limit(MOST + 1).subquery()
    return is_large(connection.execute(select(func.count()).select_from(enough)).scalar_one())


def is_a_second(low: int, high: int | None) -> bool:
    """Tell whether a run from *low* to *high* is as short as one can be."""
    return high == low + 1


def is_uneven(sizes: Mapping[tuple[int, int | None], int]) -> bool:
    """Tell whether `even` has something to do, from the keys in each run and past the last one."""
    large = any(is_large(size) and not is_a_second(*bounds) for bounds, size in sizes.items())
    return large or _are_too_many(list(sizes.values()))


def even(connection: Connection, instance: InstanceId, date: KeyDate) -> bool:
    """Divide what has many keys, or some of it, and tell whether that was possible; writers of keys wait."""
    place = {"at_instance": instance, "at_date": date}
    held = connection.execute(_HOLD, place).scalars().all()
    if not held:
        return False
    cuts = dict(cuts_of(held[0]))
    sizes: dict[int, int] = {low: size for low, size in connection.execute(_SIZES, place)}  # noqa: C416 - rows are no pairs
    if _are_too_many(list(sizes.values())):  # their dates have left them: begin anew
        connection.execute(_REMOVE, place)
        cuts, sizes = {it: cut for it, cut in cuts.items() if it != date}, {}
    cut = cuts.get(date, BEFORE_ALL)
    large = [bounds for bounds in pairwise([*sizes, cut]) if sizes[bounds[0]] > MOST]
    divided = [_divide(connection, place, low, high) for low, high in large]
    end = _extended(connection, place, cut)
    if end != BEFORE_ALL:
        cuts[date] = end
    put = msgspec.msgpack.encode(cuts)
    if put != held[0]:
        connection.execute(_PUT_CUTS.values(cuts=put), place)
    return any(divided) or end != cut


def _are_too_many(sizes: Sequence[int]) -> bool:
    return len(sizes) > max(_FEW, sum(sizes) // RUN * 4)


def _extended(connection: Connection, place: Mapping[str, Any], cut: int) -> int:
    """Make runs of what lies past *cut*, but for the last ones; return where they end."""
    for _ in range(_AT_ONCE):
        following = _following(connection, place, cut, None)
        if following is None:
            break
        _count(connection, place, cut, following)
        cut = following
    return cut


def _divide(connection: Connection, place: Mapping[str, Any], low: int, high: int) -> bool:
    """Make several runs of one; tell whether that was possible."""
    following = _following(connection, place, low, high)
    if following is None:
        return False
    connection.execute(_REMOVE_ONE, {**place, "at_low": low})
    for _ in range(_AT_ONCE):
        if following is None:
            break
        _count(connection, place, low, following)
        low, following = following, _following(connection, place, following, high)
    _count(connection, place, low, high)
    return True


def _following(connection: Connection, place: Mapping[str, Any], low: int, high: int | None) -> int | None:
    """Return where a run that begins at *low* ends, or nothing where too few keys lie past it."""
    column = KEYS.c[place["at_date"]]
    seconds = select(column // MICROSECONDS).order_by(column).limit(1)
    second: int | None = connection.execute(_within(seconds, place, low, high).offset(RUN)).scalar()
    if second is None or second > low:
        return second
    return None if is_a_second(low, high) else low + 1


def _count(connection: Connection, place: Mapping[str, Any], low: int, high: int) -> None:
    """Make a run of the keys from *low* to *high*."""
    number = class_in_sql().label("kind")
    rows = _within(select(KEYS.c.ring, number, func.count()), place, low, high).group_by(KEYS.c.ring, number)
    counts: Counter[_Row] = Counter({(place["at_instance"], place["at_date"], WHOLE, low, 0): 0})
    for ring, of, count in connection.execute(rows):
        for part in ((WHOLE, low, of), (ring, low, state_of(of))):
            counts[place["at_instance"], place["at_date"], *part] += count
    _add(connection, counts)


def _within(
    statement: Select[*tuple[Any, ...]], place: Mapping[str, Any], low: int, high: int | None
) -> Select[Any]:
    column = KEYS.c[place["at_date"]]
    statement = statement.where(KEYS.c.instance == place["at_instance"], column >= low * MICROSECONDS)
    return statement if high is None else statement.where(column < high * MICROSECONDS)


def _add(connection: Connection, counts: Mapping[_Row, int]) -> None:
    if not counts:
        return
    statement = _insert(connection.dialect.name)(RUNS)
    statement = statement.on_conflict_do_update(
        index_elements=RUNS.primary_key.columns, set_={"count": RUNS.c.count + statement.excluded.count}
    )
    names = RUNS.c.keys()
    rows = [dict(zip(names, (*at, count), strict=True)) for at, count in counts.items()]
    connection.execute(statement, rows)


@cache
def _insert(dialect: str) -> Any:
    """Return the insertion of *dialect*, which knows conflicts; nothing loads the other database's."""
    return import_module(f"sqlalchemy.dialects.{dialect}").insert
