"""Statements that add or change one row, or say that another was faster."""

from typing import Any

from sqlalchemy import Connection, Delete, Insert, Update, insert
from sqlalchemy.exc import IntegrityError

from keystead.domain.ports.unit import Binder
from keystead.storage import schema
from keystead.storage.answers import overtaken
from keystead.storage.records import Kind

_INSERT = {table.name: insert(table) for table in schema.METADATA.sorted_tables}


def insert_record(connection: Connection, binder: Binder, kind: Kind[Any], value: object) -> None:
    """Add the row of *value*, or raise `Conflict` where there is one at its place."""
    insert_rows(connection, _INSERT[kind.table], kind.row(binder, value))


def insert_rows(
    connection: Connection, statement: Insert, rows: dict[str, Any] | list[dict[str, Any]]
) -> None:
    """Add one row or several, or raise `Conflict` where there is one at the place of any."""
    try:
        connection.execute(statement, rows)
    except IntegrityError:
        raise overtaken() from None


def write_one(connection: Connection, statement: Update | Delete, values: dict[str, Any]) -> None:
    """Execute *statement*, or raise `Conflict` where it finds no row as it was."""
    if connection.execute(statement, values).rowcount != 1:
        raise overtaken()
