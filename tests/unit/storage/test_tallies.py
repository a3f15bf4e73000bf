"""A process that reads while others write takes none of it for tampering, but an older tally it does."""

from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, text

from keystead.domain.changes import Change
from keystead.domain.errors import Tampered
from keystead.domain.keys import Key
from keystead.domain.lifecycle import disabled
from keystead.storage.reading import Reading
from keystead.storage.rosters import Rosters
from keystead.storage.tallies import Tallies, shard_of
from keystead.storage.writing import Writing
from suites.store_places import sqlite_place
from suites.store_samples import NOW, TestBinder, a_key, an_instance, in_loop, opened, saved


def changed_elsewhere(connection: Connection, tallies: Tallies, key: Key) -> None:
    """Disable *key*, and have this process see the new tally, while the caller's snapshot stays open."""
    change = Change()
    change.save(disabled(key, NOW), was=key)
    Writing(TestBinder(), tallies, Rosters(TestBinder()), "local").apply(connection, change, None)
    connection.commit()
    Reading(TestBinder(), tallies).key(connection, key.instance, key.id)
    connection.rollback()


@in_loop
async def test_a_newer_revision_that_another_thread_saw_meanwhile(tmp_path: Path) -> None:
    place = sqlite_place(tmp_path)
    async with opened(place) as store:
        key = await saved(store, a_key(await an_instance(store)))
    tallies, shard = Tallies(TestBinder()), shard_of(key.id)
    engine = create_engine(place.url, isolation_level="AUTOCOMMIT")
    with engine.connect() as reader, engine.connect() as other:
        since = tallies.moment()
        reader.execute(text("BEGIN"))
        reader.execute(text("SELECT count(*) FROM aliases"))  # as `key_by_alias` begins: the snapshot is open
        changed_elsewhere(other, tallies, key)
        tallies.check(reader, key.instance, shard, since)
        with pytest.raises(Tampered):  # whoever begins now must see the new one
            tallies.check(reader, key.instance, shard, tallies.moment())
        reader.execute(text("ROLLBACK"))
    engine.dispose()
