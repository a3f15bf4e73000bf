"""Group commit: changes that arrive while one transaction is being made durable share the next one."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from keystead.domain.errors import Unavailable
from keystead.storage.database import Work
from keystead.storage.failures import meaning, translated

_LARGEST = 256  # changes in one transaction, so that the first of them does not wait for ever


@dataclass(slots=True)
class Entry:
    """One change that waits, and who waits for it."""

    work: Work
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[None]
    error: BaseException | None = None

    def answer(self) -> None:
        """Tell the caller, who may have gone; called in the loop's thread."""
        if self.future.done():
            return
        if self.error is None:
            self.future.set_result(None)
        else:
            self.future.set_exception(self.error)


class Groups:
    """One thread that writes. A change that fails is undone alone; the others of its group commit."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._queue: SimpleQueue[Entry | None] = SimpleQueue()
        self._open = True
        self._thread = threading.Thread(target=self._work, name="keystead-write", daemon=True)
        self._thread.start()

    async def write(self, work: Work) -> None:
        """Return when the change is durable, or raise why it is not; `Unavailable` after `close`."""
        if not self._open:
            raise Unavailable("The database is closed")
        loop = asyncio.get_running_loop()
        entry = Entry(work, loop, loop.create_future())
        self._queue.put(entry)
        await entry.future

    def close(self) -> None:
        """Write what waits and end the thread."""
        self._open = False
        self._queue.put(None)
        self._thread.join()
        self._engine.dispose()

    def _work(self) -> None:
        for group in self._gathered():
            try:
                self._commit(group)
            except Exception as error:  # noqa: BLE001 - whatever it is, the callers must hear of it
                for entry in group:
                    entry.error = error
            group[0].loop.call_soon_threadsafe(_answer, group)

    def _gathered(self) -> Iterator[list[Entry]]:
        while (first := self._queue.get()) is not None:
            group = [first]
            while len(group) < _LARGEST and not self._queue.empty():
                entry = self._queue.get()
                if entry is None:
                    yield group
                    return
                group.append(entry)
            yield group

    def _commit(self, group: list[Entry]) -> None:
        with translated(), self._engine.begin() as connection:
            for entry in group:
                self._write(connection, entry)

    def _write(self, connection: Connection, entry: Entry) -> None:
        savepoint = connection.begin_nested()
        try:
            entry.work(connection)
        except Exception as error:
            if _is_of_all(error, connection):
                raise
            savepoint.rollback()
            entry.error = error
        else:
            savepoint.commit()


def _is_of_all(error: Exception, connection: Connection) -> bool:
    """Tell whether *error* is of the disk or a lock: SQLite may have undone the whole transaction for it.

    Source: https://www.sqlite.org/lang_transaction.html, "Response To Errors Within A Transaction".
    """
    driver: Any = connection.connection.driver_connection
    told = isinstance(error, DBAPIError) and meaning(error.orig) is not None
    return told or not driver.in_transaction


def _answer(group: list[Entry]) -> None:
    for entry in group:
        entry.answer()
