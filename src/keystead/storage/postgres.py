"""PostgreSQL: every use asks the database whether what is remembered is still current, by one primary key."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Connection, bindparam, make_url, select, text
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from keystead.domain.ids import KeyId
from keystead.domain.ports.unit import Binder
from keystead.storage.database import Read, Work
from keystead.storage.failures import translated
from keystead.storage.schema import ALIASES, GENERATIONS, KEYS, TALLIES
from keystead.storage.snapshot import Place
from keystead.storage.sql import SQLStore
from keystead.storage.tallies import shard_of
from keystead.storage.upgrade import is_current, upgrade

T = TypeVar("T")

_REMEMBERED = 20_000
_CONNECTIONS = 16
_LONGEST = 60  # seconds for which something of the directory is remembered
_WAIT = 10  # seconds for a connection, whether a new one or one that others use
_UPGRADE_LOCK = 0x4B65797374656164  # "Keystead" in ASCII: the number of our advisory lock

_GENERATION = select(GENERATIONS.c.revision).where(GENERATIONS.c.of == "directory")
_OWNER = select(ALIASES.c.key).where(
    ALIASES.c.instance == bindparam("at_instance"), ALIASES.c.alias == bindparam("at_alias")
)
_KEY = (
    select(KEYS.c.mac, TALLIES.c.mac)
    .join_from(KEYS, TALLIES, TALLIES.c.instance == KEYS.c.instance)
    .where(
        KEYS.c.instance == bindparam("at_instance"),
        KEYS.c.id == bindparam("at_id"),
        TALLIES.c.shard == bindparam("at_shard"),
    )
)
"""A key's MAC covers its identity and whole record; its tally's MAC shows that no old row was put back."""


async def open_postgres(url: str, binder: Binder, *, create: bool, origin: str) -> SQLStore:
    """Open the database at *url*; see `open_store`."""
    try:
        address = make_url(url).set(drivername="postgresql+psycopg")
    except ArgumentError as error:
        raise ValueError("the database's address cannot be read") from error
    database = PostgresDatabase(
        create_async_engine(
            address,
            pool_size=_CONNECTIONS,
            max_overflow=0,
            pool_timeout=_WAIT,
            hide_parameters=True,  # an error's text goes to the log, and rows do not
            connect_args={"connect_timeout": _WAIT, "application_name": "keystead"},
        ),
    )
    try:
        await database.prepare(binder, create=create)
    except BaseException:
        await database.close()
        raise
    return SQLStore(database, binder, origin)


class PostgresDatabase:
    """One database, by as many connections as are needed at once."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        # One statement needs no transaction around it; several need one instant for all of them.
        self._asking = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._reading = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._remembered: dict[Place, tuple[object, Any]] = {}

    async def prepare(self, binder: Binder, *, create: bool) -> None:
        """Make or upgrade the tables where that is needed."""
        async with _begun(self._asking) as connection:
            if await connection.run_sync(is_current):
                return
        async with _begun(self._engine) as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _UPGRADE_LOCK})
            await connection.run_sync(partial(upgrade, binder=binder, create=create))

    def held(self, place: Place) -> object | None:  # noqa: ARG002 - the other database can tell at once
        """Return nothing: only the database knows whether it is current."""
        return None

    async def recall(self, place: Place, read: Read[T | None]) -> T | None:
        """Return what is remembered for *place* if it is current, else what *read* finds."""
        if place in self._remembered:
            async with _begun(self._asking) as connection:
                version = await connection.run_sync(_version, place)
            remembered = self._remembered.get(place)
            if remembered is not None and remembered[0] == version:
                value: T = remembered[1]
                return value
        return await self._load(place, read)

    async def read(self, read: Read[T]) -> T:
        """Return what *read* finds."""
        async with _begun(self._reading) as connection:
            return await connection.run_sync(read)

    def mark(self) -> None:
        """Return nothing: only a question to the database can tell whether something changed."""
        return

    async def write(self, work: Work) -> None:
        """Commit all of it, or nothing of it."""
        async with _begun(self._engine) as connection:
            await connection.run_sync(work)

    async def close(self) -> None:
        """Release every connection."""
        await self._engine.dispose()

    async def _load(self, place: Place, read: Read[T | None]) -> T | None:
        async with _begun(self._reading) as connection:
            # In this order: what *read* holds against the past it takes down before the snapshot is opened.
            value = await connection.run_sync(read)
            version = await connection.run_sync(_version, place)
        if version is None or value is None:
            self._remembered.pop(place, None)
            return value
        self._remembered[place] = (version, value)
        if len(self._remembered) > _REMEMBERED:
            del self._remembered[next(iter(self._remembered))]
        return value


@asynccontextmanager
async def _begun(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    with translated():
        async with engine.begin() as connection:
            yield connection


def _version(connection: Connection, place: Place) -> object:
    """Return what changes whenever the value of *place* may have, or nothing where there is none."""
    match place:
        case ("key", instance, str(key)):
            return _version_of_key(connection, instance, KeyId(key))
        case ("alias", instance, alias):
            owner = connection.execute(_OWNER, {"at_instance": instance, "at_alias": alias}).scalar()
            return None if owner is None else _version_of_key(connection, instance, owner)
        case _:
            # The number has no MAC: who holds it back keeps what is remembered so long, and no longer.
            return connection.execute(_GENERATION).scalar(), int(time.monotonic() / _LONGEST)


def _version_of_key(connection: Connection, instance: object, key: KeyId) -> object:
    place = {"at_instance": instance, "at_id": key, "at_shard": shard_of(key)}
    row = connection.execute(_KEY, place).first()
    return None if row is None else tuple(row)
