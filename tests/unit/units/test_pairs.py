import asyncio
import threading
from itertools import count

import pytest

from keystead.domain.errors import Unavailable
from keystead.units.pairs import Stock

PREFIX = "keystead-pairs"


def workers() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith(PREFIX)]


class Press:
    """Makes numbers, each only after `allow`."""

    def __init__(self) -> None:
        self.numbers = count(1)
        self.made = 0
        self.permits = threading.Semaphore(0)
        self.begun = threading.Event()

    def __call__(self) -> int:
        self.begun.set()
        assert self.permits.acquire(timeout=20)  # a failed test is to end
        self.made += 1
        return next(self.numbers)

    def allow(self, times: int) -> None:
        self.permits.release(times)


def test_the_stock_is_made_ahead_and_refilled_after_each_take() -> None:
    async def run() -> None:
        made = threading.Semaphore(0)
        numbers = count(1)

        def make() -> int:
            made.release()
            return next(numbers)

        stock = Stock(make, size=2)
        for _ in range(2):
            await asyncio.to_thread(made.acquire)
        assert await stock.take() == 1
        await asyncio.to_thread(made.acquire)  # the third was ordered by the take, nobody asked for it
        assert [await stock.take(), await stock.take()] == [2, 3]
        await stock.close()

    asyncio.run(run())


def test_the_stock_is_bounded() -> None:
    async def run() -> None:
        press = Press()
        press.allow(100)
        stock = Stock(press, size=2)
        assert await stock.take() == 1
        assert await stock.take() == 2
        await stock.close()
        assert press.made <= 4

    asyncio.run(run())


@pytest.mark.parametrize("size", [0, 1, 2])
def test_takers_of_an_empty_stock_wait_in_turn_and_the_loop_goes_on(size: int) -> None:
    async def run() -> None:
        press = Press()
        stock = Stock(press, size=size)
        first, second = asyncio.create_task(stock.take()), asyncio.create_task(stock.take())
        await asyncio.to_thread(press.begun.wait)
        await asyncio.sleep(0)
        assert not first.done()
        assert not second.done()
        press.allow(2 + size)
        assert list(await asyncio.gather(first, second)) == [1, 2]
        await stock.close()

    asyncio.run(run())


def test_a_taker_that_gives_up_takes_nothing_from_the_others() -> None:
    async def run() -> None:
        press = Press()
        stock = Stock(press, size=1)
        impatient = asyncio.create_task(stock.take())
        await asyncio.to_thread(press.begun.wait)
        impatient.cancel()
        with pytest.raises(asyncio.CancelledError):
            await impatient
        press.allow(10)
        assert await stock.take() == 2
        await stock.close()

    asyncio.run(run())


def test_close_leaves_no_thread_and_refuses_who_waits_and_who_comes() -> None:
    async def run() -> None:
        press = Press()
        stock = Stock(press, size=1)
        in_hand, queued = asyncio.create_task(stock.take()), asyncio.create_task(stock.take())
        await asyncio.to_thread(press.begun.wait)
        closing = asyncio.create_task(stock.close())
        with pytest.raises(Unavailable):
            await queued
        press.allow(1)
        await closing
        assert await in_hand == 1
        with pytest.raises(Unavailable):
            await stock.take()
        assert press.made == 1

    before = workers()
    asyncio.run(run())
    assert workers() == before


def test_what_goes_wrong_while_making_reaches_the_taker_and_the_next_one_works() -> None:
    async def run() -> None:
        numbers = count(1)

        def make() -> int:
            if (number := next(numbers)) == 1:
                raise MemoryError
            return number

        stock = Stock(make, size=1)
        with pytest.raises(MemoryError):
            await stock.take()
        assert await stock.take() == 2
        await stock.close()

    asyncio.run(run())
