"""SQLite: one writer thread that commits in groups, and a snapshot that any other commit empties."""

import asyncio
import os
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event

from keystead.domain.errors import Unavailable
from keystead.domain.ports.unit import Binder
from keystead.storage.database import Read, Work
from keystead.storage.failures import raise_translated, translated
from keystead.storage.groups import Groups
from keystead.storage.snapshot import Place, Snapshot
from keystead.storage.sql import SQLStore
from keystead.storage.upgrade import is_current, upgrade

T = TypeVar("T")

_READERS = 2
_BUSY = 10.0  # seconds to wait for another process's commit


async def open_sqlite(path: Path, binder: Binder, *, create: bool, origin: str) -> SQLStore:
    """Open the database file at *path*; see `open_store`."""
    await asyncio.to_thread(_prepare, path, binder, create=create)
    return SQLStore(SQLiteDatabase(path), binder, origin)


class SQLiteDatabase:
    """One file. Reads run in threads of their own, so that a slow disk stops no other request."""

    def __init__(self, path: Path) -> None:
        self._sentinel = connect(path)
        self._seen: int | None = None  # the version, while this turn of the event loop lasts
        self._readers = _engine(path, "BEGIN", _READERS)
        self._pool = ThreadPoolExecutor(_READERS, "keystead-read")
        self._groups = Groups(_engine(path, "BEGIN IMMEDIATE", 1))
        self._snapshot = Snapshot(self._version, self._pool)

    def held(self, place: Place) -> object | None:
        """Return what is remembered for *place*; `Unavailable` where that cannot be known to be current."""
        found: object | None = self._snapshot.get(place)
        return found

    async def recall(self, place: Place, read: Read[T | None]) -> T | None:
        """Return what is remembered for *place* if it is current, else what *read* finds."""
        return await self._snapshot.load(place, lambda: self._read(read))

    async def read(self, read: Read[T]) -> T:
        """Return what *read* finds."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._read, read)

    def mark(self) -> object:
        """Return an object that stays while no connection commits anything."""
        return self._snapshot.mark()

    async def write(self, work: Work) -> None:
        """Commit all of it with whatever else is waiting, or nothing of it."""
        await self._groups.write(work)

    async def close(self) -> None:
        """Finish what is being written and release every connection."""
        await asyncio.to_thread(self._end)
        self._sentinel.close()

    def _version(self) -> int:
        """Return a number that changes with every commit of any other connection, of this process or not.

        It is looked up once per turn of the event loop. That is as fresh as looking every time: what runs in
        a turn was scheduled in an earlier one, so every request in it began before this look, and a commit
        that was acknowledged before a request began is seen.

        Source: https://www.sqlite.org/pragma.html#pragma_data_version
        """
        if self._seen is None:
            try:  # not `translated`: on this path its five calls would cost as much as the question
                self._seen = self._sentinel.execute("PRAGMA data_version").fetchone()[0]
            except sqlite3.Error as error:
                raise_translated(error, error)
            asyncio.get_running_loop().call_soon(self._look_again)
        return self._seen

    def _look_again(self) -> None:
        self._seen = None

    def _read(self, read: Read[T]) -> T:
        with translated(), self._readers.connect() as connection:
            return read(connection)

    def _end(self) -> None:
        self._groups.close()
        self._pool.shutdown()
        self._readers.dispose()


def connect(path: Path) -> sqlite3.Connection:
    """Open one connection; transactions are begun by us, never by the driver."""
    connection = sqlite3.connect(
        path, timeout=_BUSY, isolation_level=None, check_same_thread=False, cached_statements=256
    )
    # A small page cache: what is read often is in the snapshot, and the system caches the file.
    for pragma in ("synchronous = FULL", "foreign_keys = ON", "trusted_schema = OFF", "cache_size = -512"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _engine(path: Path, begin: str, size: int) -> Engine:
    engine = create_engine(
        "sqlite+pysqlite://",
        hide_parameters=True,  # an error's text goes to the log, and rows do not
        creator=lambda: connect(path),
        poolclass=QueuePool,
        pool_size=size,
        max_overflow=0,
    )
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


def _prepare(path: Path, binder: Binder, *, create: bool) -> None:
    """Make the file and its tables where they are missing; two processes may do so at once."""
    with translated():
        _make_file(path, create=create)
        _journal(path)
        if not _once(path, "BEGIN", is_current):
            _once(path, "BEGIN IMMEDIATE", partial(upgrade, binder=binder, create=create))


def _once(path: Path, begin: str, step: Callable[[Connection], T]) -> T:
    engine = _engine(path, begin, 1)
    try:
        with engine.begin() as connection:
            return step(connection)
    finally:
        engine.dispose()


def _make_file(path: Path, *, create: bool) -> None:
    """Make the file readable for its owner only; SQLite gives the journal beside it the same rights."""
    try:
        os.close(os.open(path, os.O_RDWR | (os.O_CREAT if create else 0), 0o600))
    except OSError as error:
        raise Unavailable(f"The database file {path} cannot be opened: {error.strerror}") from error


def _journal(path: Path) -> None:
    """Write ahead, so that readers and the writer do not wait for each other.

    The change of mode does not wait for a lock by itself: another process may be making the same change.
    """
    deadline = time.monotonic() + _BUSY
    connection = connect(path)
    try:
        while True:
            try:
                connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
            else:
                return
    finally:
        connection.close()
