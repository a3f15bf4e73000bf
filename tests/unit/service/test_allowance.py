"""Unwraps of a day that several processes count together, by portions that they book in the store."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from keystead.domain.allowances import PORTIONS, Booked, with_portion
from keystead.domain.changes import Change
from keystead.domain.errors import Conflict, TooMany, Unavailable
from keystead.domain.events import AuditEvent
from keystead.domain.ids import IamId, InstanceId
from keystead.service import allowance as module
from keystead.service.allowance import Allowance
from keystead.storage.memory import MemoryStore
from suites.store_samples import in_loop

START = datetime(2026, 1, 31, tzinfo=UTC)
WHO, WHERE = IamId("IBMid-1"), InstanceId("0f1e2d3c-4b5a-4678-9abc-def012345678")
A_DAY = timedelta(days=1)


class Counting(MemoryStore):
    """A store that counts its writes, and can be told that somebody was faster each time, or to be away."""

    def __init__(self) -> None:
        super().__init__()
        self.writes = 0
        self.error: Exception | None = None

    async def commit(self, change: Change, event: AuditEvent | None) -> None:
        self.writes += 1
        await asyncio.sleep(0)
        if self.error is not None:
            raise self.error
        await super().commit(change, event)


async def taken(allowance: Allowance, store: MemoryStore, tries: int, now: datetime = START) -> int:
    """Ask so often, and return how often there was one."""
    count = 0
    for _ in range(tries):
        try:
            await allowance.take(WHO, WHERE, now, store)
            count += 1
        except TooMany:
            continue
    return count


@pytest.mark.parametrize("most", [1, 3, 63, 64, 65, 1000])
@in_loop
async def test_there_are_so_many_and_no_more_until_the_day_is_over(most: int) -> None:
    allowance, store = Allowance(most), Counting()
    assert await taken(allowance, store, most + 5) == most
    assert store.writes <= PORTIONS
    later = START + A_DAY - timedelta(seconds=1)
    with pytest.raises(TooMany) as caught:
        await allowance.take(WHO, WHERE, later, store)
    assert caught.value.seconds == allowance.seconds_left(WHO, WHERE, later) == 1
    assert await taken(allowance, store, most + 1, START + A_DAY) == most


@in_loop
async def test_a_look_into_memory_is_all_that_most_unwraps_cost() -> None:
    allowance, store = Allowance(64 * 100), Counting()
    assert await taken(allowance, store, 100) == 100
    assert store.writes == 1


@in_loop
async def test_several_processes_and_those_started_anew_share_one_day() -> None:
    store, most = Counting(), 640  # portions of ten
    there = [Allowance(most) for _ in range(3)]
    found = await asyncio.gather(*(taken(one, store, 7) for one in there))
    assert sum(found) == 21
    anew = Allowance(most)  # the three that each had left are gone with their processes
    assert await taken(anew, store, most) == most - 30
    assert await taken(Allowance(most), store, 3) == 0
    assert await taken(there[0], store, 9) == 3  # what it holds is its own
    booked = await store.booked(WHERE, WHO)
    assert booked == Booked(instance=WHERE, subject=WHO, until=START + A_DAY, count=most)


@in_loop
async def test_a_portion_is_booked_once_for_all_who_wait_for_it() -> None:
    allowance, store = Allowance(64 * 50), Counting()
    await asyncio.gather(*(allowance.take(WHO, WHERE, START, store) for _ in range(50)))
    assert store.writes == 1


@in_loop
async def test_a_smaller_setting_holds_for_the_day_that_has_begun() -> None:
    store = Counting()
    assert await taken(Allowance(1000), store, 100) == 100
    assert await taken(Allowance(50), store, 10) == 0


@in_loop
async def test_nobody_gets_one_that_could_not_be_booked() -> None:
    allowance, store = Allowance(10), Counting()
    for error in (Unavailable("away"), Conflict("faster")):
        store.error = error
        with pytest.raises(Unavailable):
            await allowance.take(WHO, WHERE, START, store)
    store.error = None
    assert await taken(allowance, store, 20) == 10


@in_loop
async def test_who_came_first_is_forgotten_and_gets_no_more_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_REMEMBERED", 1)
    allowance, store = Allowance(3), Counting()
    for _ in range(3):
        assert await taken(allowance, store, 1) == 1
        await allowance.take(IamId("IBMid-2"), InstanceId(str(store.writes)), START, store)
    assert await taken(allowance, store, 1) == 0


def test_a_new_day_begins_with_its_first() -> None:
    was = Booked(instance=WHERE, subject=WHO, until=START, count=5)
    new = with_portion(was, WHO, WHERE, 640, START)
    assert (new.until, new.count) == (START + A_DAY, 10)
    assert with_portion(new, WHO, WHERE, 640, START + timedelta(hours=23)) == Booked(
        instance=WHERE, subject=WHO, until=START + A_DAY, count=20
    )
