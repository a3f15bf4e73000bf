"""Real processes on one database."""

import asyncio
import os
import subprocess
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path

import pytest

from keystead.domain.keys import Key
from postgres import Cluster
from suites.store_places import SQLPlace, sqlite_place
from suites.store_samples import a_key, an_instance, in_loop, opened, saved

WRITER = [sys.executable, "-m", "suites.store_writer"]
ENVIRONMENT = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}


@pytest.fixture
def place(tmp_path: Path) -> SQLPlace:
    return sqlite_place(tmp_path)


@in_loop
async def test_what_another_process_acknowledged_is_seen_at_once(place: SQLPlace) -> None:
    async with opened(place) as store:
        key = await saved(store, a_key(await an_instance(store)))
        acknowledged, readings = key.revision, 0
        writer = await _writer(place, key, 100)

        async def listen() -> None:
            nonlocal acknowledged
            assert writer.stdout is not None
            async for line in writer.stdout:
                acknowledged = int(line)

        listening = asyncio.create_task(listen())
        while not listening.done():
            floor = acknowledged
            assert (await store.key(key.instance, key.id)).revision >= floor
            readings += 1
            await asyncio.sleep(0)
        await listening
        assert await writer.wait() == 0
        assert (await store.key(key.instance, key.id)).revision == acknowledged == 101
        assert readings > 101


@in_loop
async def test_what_a_killed_process_had_acknowledged_is_there(place: SQLPlace) -> None:
    async with opened(place) as store:
        key = await saved(store, a_key(await an_instance(store)))
    writer = await _writer(place, key, 1_000_000)
    assert writer.stdout is not None
    acknowledged = [int(await writer.stdout.readline()) for _ in range(20)][-1]
    writer.kill()
    rest = (await writer.stdout.read()).split()
    await writer.wait()
    async with opened(place) as store:
        after = await store.key(key.instance, key.id)
        assert after.revision >= max([acknowledged, *map(int, rest)])
        assert (
            len(await store.pending()) == after.revision + 1
        )  # one event for each, and one for the instance


def test_processes_that_start_at_once_on_nothing_all_start(place: SQLPlace) -> None:
    _start_at_once(place.url, 3)


def test_postgres_takes_processes_that_start_at_once(postgres_cluster: Cluster) -> None:
    _start_at_once(postgres_cluster.empty(), 2)


def _start_at_once(url: str, number: int) -> None:
    starts = [
        subprocess.Popen([*WRITER, url], env=ENVIRONMENT, stderr=subprocess.PIPE) for _ in range(number)
    ]
    for start in starts:
        _, error = start.communicate()
        assert start.returncode == 0, error.decode()


async def _writer(place: SQLPlace, key: Key, revisions: int) -> Process:
    return await asyncio.create_subprocess_exec(
        *WRITER, place.url, key.instance, key.id, str(revisions), env=ENVIRONMENT, stdout=PIPE
    )
