"""Rows as the records that they store, in the transaction of the caller."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from sqlalchemy import Connection, RowMapping, Select, bindparam, select

from keystead.domain.ports.unit import Binder
from keystead.storage.records import Kind
from keystead.storage.schema import METADATA

T = TypeVar("T")


def by(kind: Kind[Any], *columns: str) -> Select[Any]:
    """Return the statement for the rows of *kind* that have what is said of *columns*."""
    table = METADATA.tables[kind.table]
    return select(table).where(*(table.c[name] == bindparam(name) for name in columns))


class Rows:
    """Reads records; every method raises `Tampered` for one that is not what was written."""

    def __init__(self, binder: Binder) -> None:
        self._binder = binder

    def one(
        self, connection: Connection, kind: Kind[T], statement: Select[Any], at: Mapping[str, Any]
    ) -> T | None:
        """Return what the first row of *statement* stores, if there is one."""
        row = connection.execute(statement, at).mappings().first()
        return None if row is None else kind.value(self._binder, row)

    def all(
        self, connection: Connection, kind: Kind[T], statement: Select[Any], at: Mapping[str, Any]
    ) -> tuple[T, ...]:
        """Return what the rows of *statement* store."""
        return self.values(kind, connection.execute(statement, at).mappings())

    def values(self, kind: Kind[T], rows: Iterable[RowMapping]) -> tuple[T, ...]:
        """Return what *rows* store."""
        return tuple(kind.value(self._binder, row) for row in rows)
