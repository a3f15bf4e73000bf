"""What is remembered, and when it is not."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from keystead.storage.snapshot import Snapshot
from suites.store_samples import in_loop


class Version:
    """A database's version as a test sets it."""

    number = 1

    def __call__(self) -> int:
        return self.number


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as threads:
        yield threads


@in_loop
async def test_a_value_is_loaded_once_while_nothing_changes(pool: ThreadPoolExecutor) -> None:
    snapshot = Snapshot(Version(), pool)
    loads = iter(range(10))
    release = Event()

    def read() -> str:
        release.wait()
        return f"load {next(loads)}"

    waiting = [asyncio.create_task(snapshot.load(("key",), read)) for _ in range(5)]
    await asyncio.sleep(0)
    release.set()
    assert await asyncio.gather(*waiting) == ["load 0"] * 5
    assert snapshot.get(("key",)) == "load 0"
    assert next(loads) == 1


@in_loop
async def test_a_load_that_raced_with_a_commit_is_not_kept(pool: ThreadPoolExecutor) -> None:
    version = Version()
    snapshot = Snapshot(version, pool)
    started, release = Event(), Event()

    def read() -> str:
        started.set()
        release.wait()
        return "old"

    loading = asyncio.create_task(snapshot.load(("key",), read))
    await asyncio.to_thread(started.wait)
    version.number += 1
    newer = asyncio.create_task(snapshot.load(("key",), lambda: "new"))  # does not join the old load
    try:
        assert await asyncio.wait_for(newer, 30) == "new"
    finally:
        release.set()
    assert await loading == "old"  # it began before the commit
    assert snapshot.get(("key",)) == "new"


@in_loop
async def test_a_commit_empties_it(pool: ThreadPoolExecutor) -> None:
    version = Version()
    snapshot = Snapshot(version, pool)
    await snapshot.load(("key",), lambda: "value")
    assert snapshot.get(("key",)) == "value"
    version.number += 1
    assert snapshot.get(("key",)) is None


@in_loop
async def test_it_holds_no_more_than_its_limit_and_never_nothing(pool: ThreadPoolExecutor) -> None:
    snapshot = Snapshot(Version(), pool, limit=3)
    for number in range(5):
        await snapshot.load(("key", number), lambda number=number: number + 1)  # type: ignore[misc]
    assert [snapshot.get(("key", number)) for number in range(5)] == [None, None, 3, 4, 5]
    nothing: list[str | None] = [None]
    assert await snapshot.load(("absent",), nothing.pop) is None
    assert await snapshot.load(("absent",), lambda: "there now") == "there now"


@in_loop
async def test_a_failed_load_fails_for_all_and_is_tried_again(pool: ThreadPoolExecutor) -> None:
    snapshot = Snapshot(Version(), pool)

    def fail() -> str:
        raise OSError("disk")

    outcomes = await asyncio.gather(
        *(snapshot.load(("key",), fail) for _ in range(3)), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes] == [OSError] * 3
    assert await snapshot.load(("key",), lambda: "value") == "value"


@in_loop
async def test_a_caller_that_leaves_takes_the_load_from_nobody(pool: ThreadPoolExecutor) -> None:
    snapshot = Snapshot(Version(), pool)
    release = Event()

    def read() -> str:
        release.wait()
        return "value"

    first, second = (asyncio.create_task(snapshot.load(("key",), read)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    release.set()
    assert await second == "value"
    assert first.cancelled()
