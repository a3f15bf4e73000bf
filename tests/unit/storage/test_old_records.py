"""Records that an older version wrote, before their kind said as much as it does now."""

from dataclasses import asdict, replace
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Executable, create_engine, insert, make_url, update

from keystead.domain.changes import Change
from keystead.domain.ids import InstanceId, RingId
from keystead.domain.instances import Instance
from keystead.domain.rings import Ring
from keystead.storage import records, schema
from suites.store_placed import putting
from suites.store_places import SQLPlace, sqlite_place
from suites.store_samples import NOW, TestBinder, an_instance, in_loop, opened

ADDED_SINCE = ("created_at", "created_by")
FIRST_INSTANCE = ("id", "account", "name", "service", "region", "created_at")


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> SQLPlace:
    if request.param == "sqlite":
        return sqlite_place(tmp_path)
    return SQLPlace(request.getfixturevalue("postgres_url"))


def do(place: SQLPlace, statement: Executable, **values: object) -> None:
    url = make_url(place.url)
    engine = create_engine(url.set(drivername="postgresql+psycopg") if "postgres" in place.url else url)
    with engine.begin() as connection:
        connection.execute(statement, values)
    engine.dispose()


def write_as_before(place: SQLPlace, ring: Ring) -> None:
    """Write the row of *ring* as the first version did."""
    record = msgspec.msgpack.encode({k: v for k, v in asdict(ring).items() if k not in ADDED_SINCE})
    row = {"instance": ring.instance, "id": ring.id, "record": record}
    mac = TestBinder().mac("keystead/record/1/rings", records.pack(ring.instance, ring.id, record))
    do(place, insert(schema.RINGS), **row, mac=mac)


async def old_ring(place: SQLPlace) -> Ring:
    async with opened(place) as store:
        ring = Ring(instance=InstanceId(await an_instance(store)), id=RingId("old-one"))
    write_as_before(place, ring)
    return ring


@in_loop
async def test_one_can_be_removed(place: SQLPlace) -> None:
    ring = await old_ring(place)
    async with opened(place) as store:
        assert await store.rings(ring.instance) == (ring,)
        change = Change()
        change.remove(ring)
        await store.commit(change, None)
        assert await store.rings(ring.instance) == ()


@in_loop
async def test_one_can_be_replaced(place: SQLPlace) -> None:
    ring = await old_ring(place)
    known = Ring(instance=ring.instance, id=ring.id, created_at=NOW)
    async with opened(place) as store:
        change = Change()
        change.put(known, was=ring)
        await store.commit(change, None)
        assert await store.rings(ring.instance) == (known,)


async def old_instance(place: SQLPlace) -> Instance:
    """Make an instance and write its row as the first version did."""
    async with opened(place) as store:
        instance = await store.instance(await an_instance(store))
        assert instance is not None
    record = msgspec.msgpack.encode({name: getattr(instance, name) for name in FIRST_INSTANCE})
    mac = TestBinder().mac("keystead/record/1/instances", records.pack(instance.id, record))
    do(place, update(schema.INSTANCES), record=record, mac=mac)
    return instance


@in_loop
async def test_an_instance_is_read_changed_and_removed(place: SQLPlace) -> None:
    first = await old_instance(place)
    async with opened(place) as store:
        assert await store.instance(first.id) == first
        assert (first.state, first.plan.name, first.parameters) == ("active", "tiered-pricing", "{}")
        new = replace(first, name="another", parameters='{"a":1}', updated_at=NOW)
        await store.commit(putting(new, first), None)
        gone = replace(new, removed_at=NOW)
        await store.commit(putting(gone, new), None)
        assert await store.instances() == (gone,)
