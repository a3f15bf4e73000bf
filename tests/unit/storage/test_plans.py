"""How SQLite means to answer: by index, in order, without reading what is not asked for."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import ClauseElement, Connection, create_engine, select, text

from keystead.domain.changes import Change, RecordWrite
from keystead.domain.ids import AccountId, RingId
from keystead.domain.keys import KeyState
from keystead.domain.listing import DateUnset, DateWithin, KeyDate, KeyFact, KeyQuery, Search, SortKey
from keystead.storage import due, tallies
from keystead.storage.directory import Directory
from keystead.storage.listing import page, total
from keystead.storage.owners import Owners
from keystead.storage.reading import Reading
from keystead.storage.records import micros
from keystead.storage.rosters import READ, Rosters
from keystead.storage.schema import API_KEYS, CUSTOM_ROLES, GRANTS, IDENTITIES
from keystead.storage.tallies import Tallies
from suites.store_due import plain
from suites.store_grants import a_role
from suites.store_placed import putting
from suites.store_places import SQLPlace, sqlite_place
from suites.store_profiles import a_profile
from suites.store_samples import (
    NOW,
    TestBinder,
    a_grant,
    a_key,
    added,
    an_api_key,
    an_identity,
    an_instance,
    in_loop,
    opened,
)


@pytest.fixture
def place(tmp_path: Path) -> SQLPlace:
    return sqlite_place(tmp_path)


@in_loop
async def test_pages_counts_and_tallies_use_the_covering_index(place: SQLPlace) -> None:
    async with opened(place) as store:
        instance = await an_instance(store)
    query = KeyQuery(instance=instance, now=NOW)
    for asked in (
        query,
        replace(query, rings=frozenset({RingId("hr"), RingId("it")}), extractable=True, offset=5000),
        replace(query, states=frozenset({KeyState.DEACTIVATED})),
    ):
        steps = _plan(place, page(asked))
        assert any("COVERING INDEX keys_covering (instance=?)" in step for step in steps)
        assert not any("TEMP B-TREE" in step or step.startswith("SCAN") for step in steps), steps
        (step,) = _plan(place, total(asked))  # either index has what is counted
        assert step.startswith("SEARCH keys USING COVERING INDEX keys_")
    rows = tallies._ROWS.params(at_instance=instance, low="00", high="00g")
    assert _plan(place, rows) == [
        "SEARCH keys USING COVERING INDEX keys_covering (instance=? AND id>? AND id<?)"
    ]


@in_loop
async def test_what_is_due_is_found_in_an_index_of_its_own(place: SQLPlace) -> None:
    async with opened(place) as store:
        await an_instance(store)
    after = {"after_due_at": 0, "after_instance": "", "after_id": ""}
    (step,) = _plan(place, due._DUE.params(state=1, until=1, limit=100, **after))
    assert step.startswith("SEARCH keys USING COVERING INDEX keys_due (state=? AND ")
    assert "due_at" in step
    (index,) = place.sql("SELECT sql FROM sqlite_master WHERE name = 'keys_due'")
    assert index["sql"].endswith("WHERE due_at IS NOT NULL")  # keys without anything to come cost nothing


@in_loop
async def test_a_page_of_what_is_due_costs_the_same_however_many_keys_there_are(place: SQLPlace) -> None:
    async with opened(place) as store:
        costs = []
        for number in (300, 3000):
            instance, change = await an_instance(store), Change()
            for second in range(number):
                change.save(plain(instance, expires_at=NOW + timedelta(seconds=second)), was=None)
            await store.commit(change, None)
            last = {"after_due_at": micros(NOW), "after_instance": "", "after_id": ""}
            until = micros(NOW + timedelta(days=1))
            costs.append(_steps(place, due._DUE.params(state=1, until=until, limit=100, **last)))
        assert costs[1] < costs[0] * 1.2, costs


class Counting(TestBinder):
    """A binder that counts the records that it is shown."""

    def __init__(self) -> None:
        super().__init__()
        self.shown = 0

    def mac(self, label: str, data: bytes) -> bytes:
        self.shown += 1
        return super().mac(label, data)


@in_loop
async def test_nothing_of_another_account_is_read_for_lists_and_changes(place: SQLPlace) -> None:
    mine, theirs = an_identity(), AccountId("e" * 32)
    key = replace(an_api_key(), iam_id=mine.iam_id, account=mine.account)
    grant, role = replace(a_grant(mine.iam_id), account=mine.account), replace(a_role(), account=mine.account)
    async with opened(place) as store:
        for number in range(5):
            other = a_profile(f"{number}", account=theirs)
            others = replace(an_api_key(os.urandom(32)), iam_id=other.iam_id, account=theirs)
            await added(store, other, others, replace(a_grant(other.iam_id), account=theirs))
        await store.commit(putting(replace(a_role(), account=theirs)), None)
        await added(store, mine, key, grant)
        await store.commit(putting(role), None)
    binder = Counting()
    directory, owners = Directory(binder, Rosters(binder)), Owners(binder)
    engine = create_engine(place.url)
    with engine.connect() as connection:
        for found in (
            directory.identities,
            directory.api_keys,
            directory.account_grants,
            directory.custom_roles,
        ):
            assert len(found(connection, mine.account)) == 1
        assert binder.shown == 4 + 1  # one for the roster of the roles
        owners.require_place(connection, mine)
        owners.require_place(connection, key)
        owners.settle(connection, RecordWrite(a_profile(account=mine.account), None))
        owners.settle(connection, RecordWrite(grant, grant))
        assert binder.shown == 5 + 3 + 2 * 2
    engine.dispose()
    for table in (IDENTITIES, API_KEYS, GRANTS, CUSTOM_ROLES):
        steps = _plan(place, select(table).where(table.c.account == mine.account))
        assert steps == [f"SEARCH {table.name} USING INDEX ix_{table.name}_account (account=?)"]


LISTING = "COVERING INDEX keys_listing (instance=?"


@in_loop
async def test_searches_orders_and_dates_are_found_in_an_index_alone(place: SQLPlace) -> None:
    async with opened(place) as store:
        instance = await an_instance(store)
    query = KeyQuery(instance=instance, now=NOW)
    for by in (*KeyDate, KeyFact.IMPORTED):
        require_listing(place, replace(query, sort=(SortKey(by, descending=True),)))
    for date in set(KeyDate) - {KeyDate.EXPIRES}:
        require_listing(place, replace(query, dates=(DateWithin(date, 1, 2),)))
        require_listing(place, replace(query, dates=(DateUnset(date),)))
    for search in (
        Search(text="x"),
        Search(text="x", names=False),
        Search(text="x", exact=True, negated=True),
    ):
        require_listing(place, replace(query, search=search))
    expiring = replace(query, dates=(DateWithin(KeyDate.EXPIRES, 1, 2),))
    steps = _plan(place, page(expiring))
    assert any("COVERING INDEX keys_expires (instance=? AND expires_at>?" in step for step in steps), steps


@in_loop
async def test_rings_with_few_keys_are_read_whole(place: SQLPlace) -> None:
    async with opened(place) as store:
        instance = await an_instance(store)
    query = KeyQuery(instance=instance, now=NOW, rings=frozenset({RingId("hr"), RingId("it")}))
    for sort in ((), (SortKey(KeyDate.CREATED, descending=True),), (SortKey(KeyFact.STATE),)):
        steps = _plan(place, page(replace(query, sort=sort), in_few_rings=True))
        assert "SEARCH keys USING COVERING INDEX keys_of_ring (instance=? AND ring=?)" in steps
        keys = [step for step in steps if " keys " in step and "keys_of_ring" not in step]
        assert all("(instance=? AND id=?)" in step for step in keys), steps


@in_loop
async def test_a_range_of_creation_dates_bounds_what_is_read(place: SQLPlace) -> None:
    async with opened(place) as store:
        instance = await an_instance(store)
    dates = (DateWithin(KeyDate.CREATED, 1, 2),)
    query = KeyQuery(instance=instance, now=NOW, dates=dates)
    for statement in (
        page(query),
        page(replace(query, search=Search(text="x"))),
        total(query),
        total(query, 5001),
    ):
        steps = _plan(place, statement)
        assert any(f"{LISTING} AND created_at>? AND created_at<?)" in step for step in steps), steps


def require_listing(place: SQLPlace, query: KeyQuery) -> None:
    """Require that only the page's own rows are fetched; the rest of the question is for the index."""
    found, *inner = _plan(place, page(query))
    assert "(instance=? AND id=?)" in found
    keys = [step for step in inner if " keys " in step]
    assert keys, inner
    listing = (
        LISTING if query.search and query.search.names else "COVERING INDEX keys_"
    )  # of an order or date, others have it too
    assert all(listing in step for step in keys), inner
    for statement in (total(query), total(query, 5001)):
        steps = [step for step in _plan(place, statement) if " keys " in step]
        assert all("COVERING INDEX" in step for step in steps), steps


@in_loop
async def test_the_first_page_costs_the_same_however_many_keys_there_are(place: SQLPlace) -> None:
    newest = (SortKey(KeyDate.CREATED, descending=True), SortKey(KeyFact.STATE))
    async with opened(place) as store:
        costs = []
        for number in (300, 3000):
            instance = await an_instance(store)
            change = Change()
            for second in range(number):
                change.save(a_key(instance, created_at=NOW + timedelta(seconds=second)), was=None)
            await store.commit(change, None)
            query = KeyQuery(instance=instance, now=NOW, limit=100)
            costs.append([_steps(place, page(replace(query, sort=sort))) for sort in ((), newest)])
        assert all(many < few * 1.2 for few, many in zip(*costs, strict=True)), costs


@in_loop
async def test_the_last_page_costs_little_more_than_the_first(place: SQLPlace) -> None:
    async with opened(place) as store:
        instance = await an_instance(store)
        change = Change()
        for _ in range(6000):
            change.save(a_key(instance), was=None)
        await store.commit(change, None)
    query = KeyQuery(instance=instance, now=NOW, limit=200)
    costs = _page_costs(place, query, 6000)
    assert max(costs) < min(costs) * 1.5, costs
    assert (
        _steps(place, page(replace(query, offset=5800))) > costs[0] * 3
    )  # what it would cost without counts


def _page_costs(place: SQLPlace, query: KeyQuery, there: int) -> list[int]:
    last = there - query.limit
    return [_page_steps(place, replace(query, offset=offset)) for offset in (0, last // 3, last // 2, last)]


def _page_steps(place: SQLPlace, query: KeyQuery) -> int:
    return _counted(
        place, lambda connection: Reading(TestBinder(), Tallies(TestBinder())).page(connection, query)
    )


def _sql(statement: ClauseElement, place: SQLPlace) -> str:
    engine = create_engine(place.url)
    return str(statement.compile(engine, compile_kwargs={"literal_binds": True}))


def _plan(place: SQLPlace, statement: ClauseElement) -> list[str]:
    return [row["detail"] for row in place.sql(f"EXPLAIN QUERY PLAN {_sql(statement, place)}")]


def _steps(place: SQLPlace, statement: ClauseElement) -> int:
    return _counted(place, lambda connection: connection.execute(text(_sql(statement, place))).all())


def _counted(place: SQLPlace, work: Callable[[Connection], object]) -> int:
    """Count the instructions of SQLite's machine that *work* takes, in tens: a cost without a clock."""
    tens = 0

    def count() -> int:
        nonlocal tens
        tens += 1
        return 0

    engine = create_engine(place.url)
    with engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        driver.set_progress_handler(count, 10)
        work(connection)
        driver.set_progress_handler(None, 0)
    engine.dispose()
    return tens


@pytest.mark.parametrize("owners", [1, 2, 101])
@in_loop
async def test_rosters_are_found_by_their_index_however_many_are_asked_for(
    tmp_path: Path, owners: int
) -> None:
    place = sqlite_place(tmp_path)
    async with opened(place):
        asked = READ.params(tables=["grants", "access_group_members"], owners=[f"{n}" for n in range(owners)])
        (step, *_) = _plan(place, asked)
    assert step.startswith("SEARCH rosters USING INDEX"), step
