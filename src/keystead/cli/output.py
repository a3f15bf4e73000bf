"""What commands print: tables for people, or one JSON value and nothing else for programs."""

import sys
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any

import msgspec
import typer


class Output(StrEnum):
    """How results are printed."""

    TEXT = "text"
    JSON = "json"


OutputOption = Annotated[
    Output, typer.Option("--output", "-o", case_sensitive=False, help="Print text, or one JSON value.")
]
Fields = Mapping[str, str]
"""Labels for people, each with the name of the member it shows."""

_STATES = {0: "pre-active", 1: "active", 2: "suspended", 3: "deactivated", 5: "destroyed"}


def note(text: str) -> None:
    """Tell the person something on standard error, where no program reads it."""
    typer.echo(_visible(text), err=True)


def show(value: Mapping[str, Any], fields: Fields, output: Output) -> None:
    """Print one object: whole as JSON, or its *fields* one to a line."""
    if output is Output.JSON:
        _json(value)
        return
    width = max(map(len, fields))
    for label, name in fields.items():
        if (cell := _cell(name, value.get(name))) != "":
            typer.echo(f"{label:<{width}}   {cell}")


def show_all(values: Sequence[Mapping[str, Any]], fields: Fields, output: Output) -> None:
    """Print a list: whole as a JSON array, or a table with a column per field."""
    if output is Output.JSON:
        _json(values)
        return
    rows = [[_cell(name, value.get(name)) for name in fields.values()] for value in values]
    if sys.stdout.isatty():
        _rich(list(fields), rows)
    else:
        _plain([list(fields), *rows])


def _json(value: object) -> None:
    typer.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def _cell(name: str, value: object) -> str:
    if value is None:
        return ""
    if name == "state" and isinstance(value, int):
        return _STATES.get(value, str(value))
    if isinstance(value, dict):
        return str(value.get("id", ""))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return _visible(", ".join(map(str, value)) if isinstance(value, list) else str(value))


def _visible(text: str) -> str:
    """Return *text* without control characters: a name from a server must not steer a terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def _plain(rows: Sequence[Sequence[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        typer.echo("   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _rich(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.console import Console  # noqa: PLC0415 - a tenth of a second that only a terminal needs
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(*columns)
    for row in rows:
        table.add_row(*map(Text, row))
    Console().print(table)
