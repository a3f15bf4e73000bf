"""What pages cost wherever they lie, without a clock: SQLite's steps, and rows that PostgreSQL reads."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import Connection, Engine, create_engine, make_url, text

from keystead.domain.changes import Change
from keystead.domain.ids import DEFAULT_RING, InstanceId
from keystead.domain.keys import Key, KeyState
from keystead.domain.listing import DateUnset, DateWithin, KeyDate, KeyFact, KeyQuery, SortKey, seconds
from keystead.domain.ports.store import Store
from keystead.storage import runs
from keystead.storage.reading import Reading
from keystead.storage.tallies import Tallies
from suites.list_samples import HR, IT
from suites.store_places import SQLPlace, sqlite_place
from suites.store_samples import NOW, TestBinder, a_key, an_instance, in_loop, opened, saved

_KEYS: Final = 4000
_ONE_MOMENT: Final = NOW + timedelta(days=9)
_MIDDLE: Final = seconds(NOW) + _KEYS // 2
_READ: Final = text(
    "SELECT sum(pg_stat_get_xact_tuples_returned(oid))::bigint FROM pg_class"
    " WHERE relnamespace = 'public'::regnamespace"
)
"""Rows and entries of indexes that this transaction has read so far."""


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SQLPlace:
    monkeypatch.setattr(runs, "RUN", 100)
    monkeypatch.setattr(runs, "MOST", 200)
    if request.param == "sqlite":
        return sqlite_place(tmp_path)
    return SQLPlace(request.getfixturevalue("postgres_url"))


class Meter:
    """Asks for pages as one process does, and tells what each cost."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reading = Reading(TestBinder(), Tallies(TestBinder()))

    def page(self, query: KeyQuery) -> int:
        with self._engine.connect() as connection:
            if self._engine.dialect.name == "sqlite":
                return self._steps(connection, query)
            # As for many keys: those of a test are few enough to read them all.
            connection.execute(text("SET LOCAL enable_seqscan = off"))
            before = connection.execute(_READ).scalar_one()
            self._reading.page(connection, query)
            return int(connection.execute(_READ).scalar_one() - before)

    def count(self, query: KeyQuery) -> int:
        with self._engine.connect() as connection:
            return self._reading.count(connection, query, None)[0]

    def pages(self, query: KeyQuery) -> list[int]:
        """Return the costs of some pages, the last one asked for before."""
        last = self.count(query) - query.limit
        self.page(replace(query, offset=last))
        return [self.page(replace(query, offset=offset)) for offset in (0, last // 2, last)]

    def _steps(self, connection: Connection, query: KeyQuery) -> int:
        """Count the instructions of SQLite's machine, in tens."""
        tens = 0

        def count() -> int:
            nonlocal tens
            tens += 1
            return 0

        driver: Any = connection.connection.driver_connection
        driver.set_progress_handler(count, 10)
        self._reading.page(connection, query)
        driver.set_progress_handler(None, 0)
        return tens


@contextmanager
def metered(place: SQLPlace) -> Iterator[Meter]:
    url = make_url(place.url)
    engine = create_engine(url.set(drivername="postgresql+psycopg") if "sqlite" not in place.url else url)
    yield Meter(engine)
    engine.dispose()


@in_loop
async def test_pages_cost_the_same_wherever_they_lie(place: SQLPlace) -> None:
    async with opened(place) as store:
        plain = KeyQuery(instance=await _filled(store), now=NOW, limit=100)
        place.sql("ANALYZE")
        with metered(place) as meter:
            for query in _lists(plain):
                costs = meter.pages(query)
                assert max(costs) < min(costs) * 1.5, (query, costs)


@in_loop
async def test_a_date_costs_what_another_does_either_way(place: SQLPlace) -> None:
    async with opened(place) as store:
        plain = KeyQuery(instance=await _filled(store), now=NOW, limit=100)
        place.sql("ANALYZE")
        orders = product((KeyDate.CREATED, KeyDate.UPDATED), (False, True))
        with metered(place) as meter:
            costs = [meter.pages(replace(plain, sort=(SortKey(*order),))) for order in orders]
        assert max(map(max, costs)) < min(map(min, costs)) * 1.2, costs


@in_loop
async def test_after_a_change_little_is_counted_again(place: SQLPlace) -> None:
    async with opened(place) as store:
        plain = KeyQuery(instance=await _filled(store), now=NOW, limit=100)
        place.sql("ANALYZE")
        for narrowed in ({"rings": frozenset({HR, IT})}, {"dates": (DateWithin(KeyDate.CREATED, _MIDDLE),)}):
            query = replace(plain, **narrowed)
            with metered(place) as meter:
                last = replace(query, offset=_KEYS // 4)
                costs = [meter.page(last), meter.page(last)]
                await saved(store, _varied(a_key(plain.instance), 5))
                costs.append(meter.page(last))
            assert costs[0] > costs[1] * 1.5  # without counts, and what all of them cost
            assert costs[2] < costs[1] * 1.1


async def _filled(store: Store) -> InstanceId:
    instance, change = await an_instance(store), Change()
    for number in range(_KEYS):
        change.save(_varied(a_key(instance, aliases=()), number), was=None)
    await store.commit(change, None)
    for date in [*KeyDate] * 3:  # makes the runs even
        await store.keys(
            KeyQuery(instance=instance, now=NOW, sort=(SortKey(date, descending=True),), limit=1)
        )
    return instance


def _varied(key: Key, number: int) -> Key:
    """Return *key* in a state and ring and with dates that its number decides; many expire in one second."""
    day = timedelta(seconds=number * 37 % 5003)
    return replace(
        key,
        state=KeyState.SUSPENDED if number % 7 == 0 else KeyState.ACTIVE,
        ring={0: HR, 1: IT}.get(number % 5, DEFAULT_RING),
        imported=number // 2 % 2 == 0,
        extractable=number % 2 == 0,
        created_at=NOW + timedelta(seconds=number),
        updated_at=NOW + day,
        rotated_at=None if number % 2 else NOW + day,
        deleted_at=None,
        expires_at=None if number % 2 else (_ONE_MOMENT if number % 8 else NOW + timedelta(days=1) + day * 5),
    )


def _lists(plain: KeyQuery) -> Iterator[KeyQuery]:
    for by in (*KeyFact, *KeyDate):
        for descending in (False, True):
            yield replace(plain, sort=(SortKey(by, descending),))
    suspended = replace(plain, states=frozenset({KeyState.SUSPENDED}))
    newest = (SortKey(KeyDate.CREATED, descending=True),)
    yield from (suspended, replace(suspended, sort=newest))
    yield replace(plain, extractable=True, sort=newest)
    yield replace(plain, dates=(DateUnset(KeyDate.EXPIRES),), sort=newest)
    yield replace(plain, sort=(SortKey(KeyFact.STATE), SortKey(KeyDate.UPDATED, descending=True)))
    yield from _ranges(plain)
    yield replace(plain, rings=frozenset({HR}))
    some = replace(plain, rings=frozenset({HR, IT}))
    yield replace(some, sort=(SortKey(KeyFact.STATE, descending=True),))
    yield replace(some, sort=(SortKey(KeyDate.CREATED, descending=True),))
    yield replace(some, sort=(SortKey(KeyDate.UPDATED),), dates=(DateWithin(KeyDate.UPDATED, since=_MIDDLE),))
    yield replace(some, dates=(DateWithin(KeyDate.CREATED, before=_MIDDLE),))


def _ranges(plain: KeyQuery) -> Iterator[KeyQuery]:
    for span in (
        DateWithin(KeyDate.CREATED, since=_MIDDLE),
        DateWithin(KeyDate.UPDATED, since=_MIDDLE - 999, before=_MIDDLE + 1111),
    ):
        some = replace(plain, dates=(span,))
        yield from (some, replace(some, sort=(SortKey(KeyFact.ID, descending=True),)))
        yield replace(some, sort=(SortKey(KeyFact.EXTRACTABLE),))
        for descending in (False, True):
            yield replace(some, sort=(SortKey(span.date, descending),))
    expiring = replace(plain, dates=(DateWithin(KeyDate.EXPIRES),))
    yield from (expiring, replace(expiring, sort=(SortKey(KeyDate.EXPIRES), SortKey(KeyFact.STATE))))
    both = tuple(DateWithin(date, since=_MIDDLE - 1000) for date in (KeyDate.CREATED, KeyDate.UPDATED))
    yield replace(plain, dates=both)
