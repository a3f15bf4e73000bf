"""What a process remembers of the database while nobody changes it."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any, TypeVar

T = TypeVar("T")

Place = tuple[object, ...]
"""What is remembered, beginning with its kind: ``("key", instance, id)``."""


class Snapshot:
    """Values that hold while the database's version stays what it is.

    The version is asked for on every use, so nothing that any process's commit replaced is ever returned.
    Lives in the event loop's thread; values are loaded in *pool*. Past *limit* values the oldest goes.
    """

    def __init__(self, version: Callable[[], int], pool: Executor, limit: int = 20_000) -> None:
        self._version = version
        self._pool = pool
        self._limit = limit
        self._at = -1
        self._mark = object()  # not the values themselves: who keeps a mark must not keep them
        self._values: dict[Place, Any] = {}
        self._loading: dict[Place, asyncio.Future[Any]] = {}

    def get(self, place: Place) -> Any:
        """Return the value that is remembered for *place*, or ``None``."""
        self._renew()
        return self._values.get(place)

    def mark(self) -> object:
        """Return an object that stays the same one while the version does."""
        self._renew()
        return self._mark

    async def load(self, place: Place, read: Callable[[], T | None]) -> T | None:
        """Return what *read* finds, and remember it if nothing was committed since this call began.

        Calls for one place at one version share one reading.
        """
        self._renew()
        values = self._values
        value: T | None = await asyncio.shield(self._loading.get(place) or self._start(place, read))
        self._renew()
        if value is not None and self._values is values:
            values[place] = value
            if len(values) > self._limit:
                del values[next(iter(values))]
        return value

    def _start(self, place: Place, read: Callable[[], T | None]) -> asyncio.Future[T | None]:
        loading = self._loading
        future = asyncio.get_running_loop().run_in_executor(self._pool, read)
        loading[place] = future

        def finish(done: asyncio.Future[T | None]) -> None:
            del loading[place]
            if not done.cancelled():
                done.exception()  # seen, even where every caller has gone

        future.add_done_callback(finish)
        return future

    def _renew(self) -> None:
        now = self._version()
        if now != self._at:
            self._at, self._mark, self._values, self._loading = now, object(), {}, {}
