"""Records that an older version wrote, before their kind said as much as it does now."""

from dataclasses import asdict
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import create_engine, insert, make_url

from keystead.domain.changes import Change
from keystead.domain.ids import InstanceId, RingId
from keystead.domain.rings import Ring
from keystead.storage import records, schema
from suites.store_places import SQLPlace, sqlite_place
from suites.store_samples import NOW, TestBinder, an_instance, in_loop, opened

ADDED_SINCE = ("created_at", "created_by")


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> SQLPlace:
    if request.param == "sqlite":
        return sqlite_place(tmp_path)
    return SQLPlace(request.getfixturevalue("postgres_url"))


def write_as_before(place: SQLPlace, ring: Ring) -> None:
    """Write the row of *ring* as the first version did."""
    record = msgspec.msgpack.encode({k: v for k, v in asdict(ring).items() if k not in ADDED_SINCE})
    row = {"instance": ring.instance, "id": ring.id, "record": record}
    mac = TestBinder().mac("keystead/record/1/rings", records.pack(ring.instance, ring.id, record))
    url = make_url(place.url)
    engine = create_engine(url.set(drivername="postgresql+psycopg") if "postgres" in place.url else url)
    with engine.begin() as connection:
        connection.execute(insert(schema.RINGS), {**row, "mac": mac})
    engine.dispose()


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
