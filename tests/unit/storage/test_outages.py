"""Databases that cannot be used now, and come back."""

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from keystead.domain.errors import Unavailable
from keystead.domain.keys import Key
from keystead.domain.lifecycle import disabled
from keystead.domain.listing import KeyQuery
from keystead.storage import open_store, sqlite
from suites.store_places import SQLPlace, sqlite_place
from suites.store_samples import NOW, TestBinder, a_key, an_instance, in_loop, opened, saved


@in_loop
async def test_a_write_lock_that_is_never_given_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "_BUSY", 0.05)
    place = sqlite_place(tmp_path)
    async with opened(place) as store:
        key = await saved(store, a_key(await an_instance(store)))
        holder = sqlite3.connect(tmp_path / "keystead.db", isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable):
            await saved(store, disabled(key, NOW), key)
        assert await store.key(key.instance, key.id) == key
        holder.execute("ROLLBACK")
        holder.close()
        await saved(store, disabled(key, NOW), key)


@in_loop
async def test_a_full_disk_keeps_nothing_and_acknowledges_nothing(tmp_path: Path) -> None:
    place = sqlite_place(tmp_path)
    async with opened(place) as store:
        key = await saved(store, a_key(await an_instance(store)))
        events = await store.pending()
        _limit_pages(store, 1)  # SQLite takes the present size as the smallest limit
        large = [a_key(key.instance, description="x" * 1_000_000) for _ in range(3)]
        small = [a_key(key.instance) for _ in range(20)]
        mixed = [*small[:10], *large, *small[10:]]
        outcomes = await asyncio.gather(*(saved(store, it) for it in mixed), return_exceptions=True)
        _limit_pages(store, 1_000_000)
        acknowledged = {outcome.id for outcome in outcomes if isinstance(outcome, Key)}
        assert {type(outcome) for outcome in outcomes} - {Key} == {Unavailable}
        assert acknowledged.isdisjoint(it.id for it in large)
        there = {it.id for it in await store.keys(KeyQuery(instance=key.instance, now=NOW))}
        assert there == acknowledged | {key.id}
        assert len(await store.pending()) == len(events) + len(acknowledged)
        await saved(store, disabled(key, NOW), key)


def _limit_pages(store: Any, pages: int) -> None:
    with store._database._groups._engine.connect() as connection:
        connection.connection.driver_connection.execute(f"PRAGMA max_page_count = {pages}")


@in_loop
async def test_a_store_that_was_closed_writes_no_more(tmp_path: Path) -> None:
    store = await sqlite_place(tmp_path).open()
    await store.close()
    with pytest.raises(Unavailable):
        await asyncio.wait_for(an_instance(store), 30)


@in_loop
async def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    place = sqlite_place(tmp_path)
    (tmp_path / "keystead.db").write_bytes(b"something else entirely" * 100)
    with pytest.raises(Unavailable):
        await place.open()


@in_loop
async def test_a_server_that_is_not_there() -> None:
    with pytest.raises(Unavailable):
        await open_store("postgresql://keystead@127.0.0.1:1/keystead", TestBinder())


@in_loop
async def test_a_server_that_drops_its_connections(postgres_url: str) -> None:
    place = SQLPlace(postgres_url)
    async with opened(place) as store:
        key = await saved(store, a_key(await an_instance(store)))
        assert await store.key(key.instance, key.id) == key
        place.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        with pytest.raises(Unavailable):
            await store.key(key.instance, key.id)
        assert await store.key(key.instance, key.id) == key
        await saved(store, disabled(key, NOW), key)
