"""Key pairs of import tokens, made before anybody asks: an RSA-4096 pair takes half a second or more."""

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

from keystead.domain.errors import Unavailable

T = TypeVar("T")


class Stock(Generic[T]):
    """A few things laid by, made one after the other in a thread of its own; each take orders one more.

    Args:
        make: makes one thing; it should release the GIL while it works.
        size: how many are kept ready; with 0 each is made when it is asked for.
    """

    def __init__(self, make: Callable[[], T], size: int) -> None:
        self._make = make
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="keystead-pairs")
        self._closed = False
        self._ordered: deque[Future[T]] = deque()
        for _ in range(size):
            self._order()

    async def take(self) -> T:
        """Return the oldest of the stock, or wait for the next one while the event loop goes on.

        Raises:
            Unavailable: the stock is closed, or was while this waited.
        """
        if self._closed:
            raise _closed()
        self._order()
        oldest = self._ordered.popleft()
        try:
            return await asyncio.wrap_future(oldest)
        except asyncio.CancelledError:
            if self._closed and not _asked_to_stop():
                raise _closed() from None
            raise

    async def close(self) -> None:
        """Stop, drop the stock, and wait for the thread, which at most finishes the one in its hands."""
        self._closed = True
        self._ordered.clear()
        await asyncio.to_thread(self._worker.shutdown, wait=True, cancel_futures=True)

    def _order(self) -> None:
        self._ordered.append(self._worker.submit(self._make))


def _closed() -> Unavailable:
    return Unavailable("the crypto unit is closed")


def _asked_to_stop() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
