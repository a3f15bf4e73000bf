"""What is counted is what there is, and counts that are not made even do no harm."""

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Connection

from keystead.domain.changes import Change
from keystead.domain.errors import Tampered, Unavailable
from keystead.domain.ids import InstanceId
from keystead.domain.keys import Key, KeyState
from keystead.domain.listing import DateWithin, KeyDate, KeyQuery, SortKey, shown_second
from keystead.domain.ports.store import Store
from keystead.storage import runs
from keystead.storage.classes import class_of
from keystead.storage.reaching import Part, Reach, clipped, reached
from suites.list_samples import any_key
from suites.store_places import SQLPlace, sqlite_place
from suites.store_samples import NOW, a_key, an_instance, in_loop, opened, saved


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SQLPlace:
    for name, value in {"RUN": 4, "MOST": 8, "_FEW": 20, "_AT_ONCE": 5}.items():
        monkeypatch.setattr(runs, name, value)
    if request.param == "sqlite":
        return sqlite_place(tmp_path)
    return SQLPlace(request.getfixturevalue("postgres_url"))


def spread(chance: random.Random, instance: InstanceId) -> Key:
    """Return a key whose creation and update lie within some minutes."""
    created, updated = (NOW + timedelta(seconds=chance.randrange(600)) for _ in range(2))
    return replace(any_key(chance, instance), created_at=created, updated_at=updated)


async def ask(store: Store, instance: InstanceId) -> None:
    """Ask for a page in the order of each date, which makes its runs even."""
    for date in KeyDate:
        await store.keys(KeyQuery(instance=instance, now=NOW, sort=(SortKey(date),), limit=1))


def sizes(place: SQLPlace, date: KeyDate) -> list[int]:
    found = place.sql(
        "SELECT low, sum(count) AS size FROM key_runs WHERE date = :date AND ring = '' GROUP BY low",
        date=date,
    )
    return [int(row["size"]) for row in found]


def require_counted(place: SQLPlace, keys: Iterable[Key]) -> None:
    """Require that every count is that of *keys*, which are all of the one instance that has any."""
    keys = list(keys)
    tallies = place.sql("SELECT * FROM tallies")
    classes: Counter[int] = Counter()
    for row in tallies:
        classes.update(msgspec.msgpack.decode(bytes(row["classes"]), type=dict[int, int]))
    assert classes == Counter(map(class_of, keys))
    (cuts,) = {tuple(msgspec.msgpack.decode(bytes(row["cuts"])).items()) for row in tallies}
    rows = place.sql("SELECT * FROM key_runs WHERE count <> 0")
    for date in KeyDate:
        cut = dict(cuts).get(date, runs.BEFORE_ALL)
        lows = [row["low"] for row in place.sql("SELECT low FROM key_runs WHERE date = :date", date=date)]
        there: Counter[tuple[str, int, int]] = Counter()
        for key in keys:
            second = shown_second(key, date)
            if second is not None and second < cut:
                low = max(low for low in lows if low <= second)
                there.update([("", low, class_of(key)), (key.ring, low, int(key.state))])
        mine = [row for row in rows if row["date"] == date]
        assert {(row["ring"], row["low"], row["kind"]): row["count"] for row in mine} == there


@in_loop
async def test_counts_follow_the_keys(place: SQLPlace) -> None:
    chance = random.Random("counts")  # noqa: S311 - samples
    async with opened(place) as store:
        instance = await an_instance(store)
        keys: dict[str, Key] = {}
        for _ in range(8):
            change = Change()
            for key in chance.sample(list(keys.values()), len(keys) // 2):
                if chance.random() < 0.3:
                    change.purge(keys.pop(key.id))
                else:
                    new = spread(chance, instance)
                    keys[key.id] = replace(new, id=key.id, revision=key.revision + 1)
                    change.save(keys[key.id], was=key)
            for key in (spread(chance, instance) for _ in range(30)):
                keys[key.id] = key
                change.save(key, was=None)
            await store.commit(change, None)
            require_counted(place, keys.values())
            await ask(store, instance)
            require_counted(place, keys.values())
        assert len(sizes(place, KeyDate.CREATED)) > 5


@in_loop
async def test_counts_are_right_where_processes_write_while_others_make_them_even(place: SQLPlace) -> None:
    async with opened(place) as one, opened(place) as two, opened(place) as three:
        instance = await an_instance(one)
        keys: dict[str, Key] = {}

        async def write(store: Store, seed: int) -> None:
            chance = random.Random(seed)  # noqa: S311 - samples
            mine: list[Key] = []
            for _ in range(15):
                mine.append(await saved(store, spread(chance, instance)))
                key = mine.pop(chance.randrange(len(mine)))
                new = replace(spread(chance, instance), id=key.id, revision=key.revision + 1)
                mine.append(await saved(store, new, key))
            keys.update((key.id, key) for key in mine)

        writers = asyncio.gather(*(write(store, seed) for seed, store in enumerate((one, two) * 3)))
        while not writers.done():
            await ask(three, instance)
        await writers
        require_counted(place, keys.values())


@in_loop
async def test_runs_that_grow_are_divided_and_those_that_nothing_is_left_in_go(place: SQLPlace) -> None:
    async with opened(place) as store:
        instance, change = await an_instance(store), Change()
        for number in range(200):
            at = NOW + timedelta(seconds=number)
            change.save(a_key(instance, created_at=at, updated_at=at), was=None)
        await store.commit(change, None)
        for _ in range(10):
            await ask(store, instance)
        assert len(sizes(place, KeyDate.UPDATED)) > 40
        assert max(sizes(place, KeyDate.UPDATED)) <= runs.MOST
        later, between = NOW + timedelta(days=1), Change()
        keys = await store.keys(KeyQuery(instance=instance, now=NOW, limit=500))
        for key in keys:
            between.save(replace(key, created_at=NOW, updated_at=later, revision=2), was=key)
        await store.commit(between, None)
        assert max(sizes(place, KeyDate.CREATED)) > 190
        for _ in range(3):
            await ask(store, instance)
        assert sizes(place, KeyDate.UPDATED) == [0, 200]  # begun anew: they are of one second
        require_counted(place, await store.keys(KeyQuery(instance=instance, now=NOW, limit=500)))


@in_loop
async def test_a_page_is_shown_where_nothing_can_be_written(
    place: SQLPlace, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: object) -> bool:
        raise Unavailable("The disk is full")

    async with opened(place) as store:
        instance = await an_instance(store)
        keys = [await saved(store, spread(random.Random(seed), instance)) for seed in range(30)]  # noqa: S311
        monkeypatch.setattr("keystead.storage.evening.even", fails)
        query = KeyQuery(instance=instance, now=NOW, sort=(SortKey(KeyDate.CREATED),), offset=9)
        with caplog.at_level(logging.WARNING):
            assert await store.keys(query) == query.page(keys)
        assert "The disk is full" in caplog.text


@in_loop
async def test_keys_of_one_second_get_a_run_and_are_let_be(
    place: SQLPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = 0

    def counts(connection: Connection, instance: InstanceId, date: KeyDate) -> bool:
        nonlocal tried
        tried += 1
        return runs.even(connection, instance, date)

    monkeypatch.setattr("keystead.storage.evening.even", counts)
    async with opened(place) as store:
        instance, change = await an_instance(store), Change()
        for _ in range(60):
            change.save(a_key(instance), was=None)
        await store.commit(change, None)
        for _ in range(20):
            await store.keys(KeyQuery(instance=instance, now=NOW, sort=(SortKey(KeyDate.CREATED),)))
        assert tried == 2  # they get a run of their own, with nothing before it, and that is all
        assert sizes(place, KeyDate.CREATED) == [0, 60]


@pytest.mark.parametrize("edit", ["UPDATE tallies SET classes = mac", "UPDATE tallies SET cuts = mac"])
@in_loop
async def test_counts_that_are_none_are_noticed(place: SQLPlace, edit: str) -> None:
    async with opened(place) as store:
        key = await saved(store, a_key(await an_instance(store)))
        place.sql(edit)
        with pytest.raises(Tampered, match="tallies"):
            await store.keys(KeyQuery(instance=key.instance, now=NOW))
        with pytest.raises(Tampered, match="tallies"):
            await saved(store, replace(key, revision=2), key)


@in_loop
async def test_an_expired_key_is_counted_in_the_state_that_is_stored(place: SQLPlace) -> None:
    async with opened(place) as store:
        key = await saved(store, a_key(await an_instance(store), expires_at=NOW))
        known = key.at(NOW)
        assert known.state is KeyState.DEACTIVATED
        new = replace(known, state=KeyState.DESTROYED, deleted_at=NOW, revision=2)
        await saved(store, new, known)
        require_counted(place, [new])


@in_loop
async def test_counts_that_are_gone_are_noticed_by_the_next_change(place: SQLPlace) -> None:
    async with opened(place) as store:
        instance = await an_instance(store)
        keys = [await saved(store, spread(random.Random(seed), instance)) for seed in range(40)]  # noqa: S311
        await ask(store, instance)
        place.sql("DELETE FROM key_runs")
        oldest = min(keys, key=lambda key: key.created_at)
        with pytest.raises(Tampered, match="key_runs"):
            await saved(store, replace(oldest, state=KeyState.DESTROYED, deleted_at=NOW, revision=2), oldest)


PARTS = (Part("a", "b", 2), Part("b", "c", 0), Part("c", "d", 2), Part("d", None, 4))


@pytest.mark.parametrize(
    ("skip", "limit", "expected"),
    [
        (0, 1, Reach("a", "b", 0)),
        (2, 1, Reach("c", "d", 0)),
        (1, 2, Reach("a", "d", 1)),
        (4, 9, Reach("d", None, 0)),
        (8, 1, 0),
        (99, 1, 91),
    ],
)
def test_where_a_page_lies(skip: int, limit: int, expected: Reach | int) -> None:
    """The last two lie after all parts."""
    assert reached(PARTS, skip, limit) == expected


def test_where_a_page_lies_from_the_other_end() -> None:
    found = [reached(reversed(PARTS), skip, 3) for skip in (0, 3, 6)]
    assert found == [Reach("d", None, 0), Reach("c", None, 3), Reach("a", "b", 0)]


def test_no_part_is_counted_that_a_page_does_not_need() -> None:
    parts = iter(PARTS)
    reached(parts, 0, 2)
    assert next(parts) == PARTS[1]


@pytest.mark.parametrize(
    ("ranges", "expected"),
    [
        ((), (10, 20)),
        (((5, 15), (12, None)), (12, 15)),
        (((20, None),), None),
        (((None, 10),), None),
        (((15, 12),), None),
        (((None, 30),), (10, 20)),
    ],
)
def test_what_of_a_run_lies_in_ranges(
    ranges: tuple[tuple[int | None, int | None], ...], expected: tuple[int, int] | None
) -> None:
    assert clipped(10, 20, [DateWithin(KeyDate.CREATED, *bounds) for bounds in ranges]) == expected


def test_the_last_run_may_have_no_end() -> None:
    assert clipped(10, None, []) == (10, None)
    assert clipped(10, None, [DateWithin(KeyDate.CREATED, before=12)]) == (10, 12)
