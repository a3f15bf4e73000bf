"""The three places in which the store's suites run."""

from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, make_url, text

from keystead.domain.ports.store import Store
from keystead.storage import open_store
from suites.store_samples import TestBinder


class MemoryPlace:
    """One store stands for all processes: there is nothing that a second one could share."""

    def __init__(self) -> None:
        self._store: Store | None = None

    async def open(self, origin: str = "local") -> Store:
        self._store = self._store or await open_store("memory:", TestBinder(), origin=origin)
        return self._store

    def sql(self, statement: str, **values: object) -> list[dict[str, Any]]:
        raise NotImplementedError(statement, values)


class SQLPlace:
    """A database at *url*."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._driver = make_url(url)
        if self._driver.drivername == "postgresql":
            self._driver = self._driver.set(drivername="postgresql+psycopg")

    async def open(self, origin: str = "local") -> Store:
        return await open_store(self.url, TestBinder(), origin=origin)

    def sql(self, statement: str, **values: object) -> list[dict[str, Any]]:
        engine = create_engine(self._driver)
        try:
            with engine.begin() as connection:
                result = connection.execute(text(statement), values)
                return [dict(row) for row in result.mappings()] if result.returns_rows else []
        finally:
            engine.dispose()


def sqlite_place(folder: Path) -> SQLPlace:
    return SQLPlace(f"sqlite:///{folder / 'keystead.db'}")
