"""``make bench ARGS="--only pages"``: what pages of a long list cost the store, in SQLite or in PostgreSQL.

Milliseconds of one process that asks one question after the other, without HTTP; medians.
"""

import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Awaitable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from benches.populate import begin, created_at, populate
from benches.varied import PAYROLL, RARE, varied
from keystead.app import open_service
from keystead.config import Settings
from keystead.domain.ids import InstanceId
from keystead.domain.keys import KeyState
from keystead.domain.listing import DateWithin, KeyDate, KeyFact, KeyQuery, Search, SortKey, seconds
from keystead.domain.ports.store import Store
from keystead.running import Service

_LIMIT: Final = 200
_TIMES: Final = 15
_WARM: Final = 2  # questions that are not counted: they fill caches
_EVENED: Final = 40_000  # keys, of which one page makes runs, after so many came at once
_SUSPENDED: Final = frozenset({KeyState.SUSPENDED})
_DESTROYED: Final = frozenset({KeyState.DESTROYED})
_SEARCHED: Final = 4_000  # a search looks at no more than 5,000

Found = dict[str, dict[str, float]]


def lists(instance: InstanceId, service: Service, size: int) -> Iterator[tuple[str, KeyQuery]]:
    """Yield the lists whose pages are asked for, with their names."""
    plain = KeyQuery(instance=instance, now=service.clock(), limit=_LIMIT)
    yield "id", plain
    for by in (*KeyFact, *KeyDate):
        for sign, descending in (("", False), ("-", True)):
            if by is not KeyFact.ID or descending:
                yield f"{sign}{by}", replace(plain, sort=(SortKey(by, descending),))
    yield "state,-updated_at", replace(plain, sort=_by_state_and_update())
    newest = replace(plain, sort=(SortKey(KeyDate.CREATED, descending=True),))
    for states in (_SUSPENDED, _DESTROYED, _SUSPENDED | _DESTROYED):
        name = f"state={','.join(str(int(it)) for it in sorted(states))}"
        yield f"{name}: id", replace(plain, states=states)
        yield f"{name}: -created_at", replace(newest, states=states)
    half = DateWithin(KeyDate.CREATED, since=seconds(created_at(size // 2)))
    yield "created, half of all: id", replace(plain, dates=(half,))
    yield "created, half of all: -created_at", replace(newest, dates=(half,))
    yield "created, half of all: state", replace(plain, dates=(half,), sort=(SortKey(KeyFact.STATE),))
    expiring = replace(plain, dates=(DateWithin(KeyDate.EXPIRES, since=0),))
    yield "expires at all: id", expiring
    yield "expires at all: expires_at", replace(expiring, sort=(SortKey(KeyDate.EXPIRES),))
    for ring in (PAYROLL, RARE):
        yield f"ring {ring}: id", replace(plain, rings=frozenset({ring}))
    yield (
        "two rings: -state",
        replace(plain, rings=frozenset({PAYROLL, RARE}), sort=(SortKey(KeyFact.STATE, descending=True),)),
    )
    for ring in (PAYROLL, RARE):
        yield f"ring {ring}: -created_at", replace(newest, rings=frozenset({ring}))
    by_update = (SortKey(KeyDate.UPDATED, descending=True),)
    yield "not counted: created, half of all: -updated_at", replace(plain, dates=(half,), sort=by_update)
    recent = DateWithin(KeyDate.CREATED, since=seconds(created_at(max(0, size - _SEARCHED))))
    yield f"created, newest {_SEARCHED:,}: id", replace(plain, dates=(recent,))
    yield "and a search: id", replace(plain, dates=(recent,), search=Search(text="key 9"))


def _by_state_and_update() -> tuple[SortKey, ...]:
    return SortKey(KeyFact.STATE), SortKey(KeyDate.UPDATED, descending=True)


async def _asked_of(store: Store, query: KeyQuery) -> dict[str, float]:
    """Return the milliseconds that the list's first, middle and last page take, and its count.

    The pages are asked for in turns, so that whatever else the machine does is the same for all of them.
    """
    took: dict[str, list[float]] = {place: [] for place in ("count", "first", "middle", "last")}
    there = await store.count(query)
    last = max(0, there - _LIMIT)
    offsets = {"first": 0, "middle": last // 2, "last": last}
    for _ in range(there // _EVENED):
        await store.keys(replace(query, offset=last))
    for _ in range(_WARM + _TIMES):
        took["count"].append(await _measured(store.count(query)))
        for place, offset in offsets.items():
            took[place].append(await _measured(store.keys(replace(query, offset=offset))))
    return {place: statistics.median(times[_WARM:]) for place, times in took.items()}


async def _measured(question: Awaitable[object]) -> float:
    began = time.perf_counter()
    await question
    return (time.perf_counter() - began) * 1000


async def asked(settings: Settings, size: int) -> Found:
    """Return the milliseconds of each list's pages and count, in a database with *size* keys."""
    service = await open_service(settings, ready_pairs=0)
    try:
        (instance,) = await service.store.instances()
        return {
            name: await _asked_of(service.store, query) for name, query in lists(instance.id, service, size)
        }
    finally:
        await service.close()


def shown(found: Found) -> Iterator[str]:
    """Yield the lines of a table."""
    yield f"  {'list':<36}{'first':>9}{'middle':>9}{'last':>9}{'count':>9}   last/first"
    for name, took in found.items():
        cells = "".join(f"{took[it]:9.1f}" for it in ("first", "middle", "last", "count"))
        yield f"  {name:<36}{cells}{took['last'] / took['first']:9.2f}"


def measure(sizes: Iterable[int], postgres: str | None, output: Path) -> None:
    """Fill a database with ever more keys, ask at each of *sizes*, print tables and write them to *output*.

    Args:
        sizes: numbers of keys.
        postgres: address of an empty database; without it SQLite is asked.
        output: a JSON file.
    """
    found: dict[int, Found] = {}
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data=Path(folder), database=postgres)
        begin(settings)
        done = 0
        for size in sorted(sizes):
            populate(settings, size - done, done, varied)
            done = size
            found[size] = asyncio.run(asked(settings, size))
    for size, rows in found.items():
        print(f"{size:,} keys, {'PostgreSQL' if postgres else 'SQLite'}")  # noqa: T201 - its result
        for line in shown(rows):
            print(line)  # noqa: T201
    output.parent.mkdir(exist_ok=True)
    output.write_text(json.dumps(found, indent=1))
