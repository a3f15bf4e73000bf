"""What commands print, and where. Source: ``spec/cli.md`` 1.2 to 1.4 (CLI-6 to CLI-15)."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TextIO

import msgspec

from keystead.domain.moments import spaced


@dataclass(frozen=True, slots=True)
class Screen:
    """Standard output holds tables and lines for people, or exactly one JSON value and nothing else."""

    is_json: bool
    quiet: bool

    def say(self, text: str) -> None:
        """Print a line of progress."""
        if not (self.is_json or self.quiet):
            write(text)

    def ok(self) -> None:
        """Print that it went well."""
        self.say("OK")

    def note(self, text: str) -> None:
        """Tell the person something on standard error, where no program reads it."""
        if not (self.is_json or self.quiet):
            write(text, sys.stderr)

    def warn(self, text: str) -> None:
        """Print a warning on standard error, always."""
        write(text, sys.stderr)

    def json(self, value: object) -> None:
        """Print the one JSON value."""
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n")

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Print a table; an empty one has its header only (CLI-15)."""
        cells = [list(columns), *([_cell(cell) for cell in row] for row in rows)]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        for row in cells:
            write("   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)))

    def block(self, facts: Mapping[str, object]) -> None:
        """Print one object, a line per label, after a blank line (CLI-13)."""
        width = max(map(len, facts))
        write("")
        for label, value in facts.items():
            write(f"{label:<{width}}   {_cell(value)}")

    def result(self, value: object, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Print *value* as JSON, or OK and a table."""
        if self.is_json:
            self.json(value)
        else:
            self.ok()
            self.table(columns, rows)

    def done(self) -> None:
        """Print the end of a command that has nothing to show: OK, or ``{}``."""
        if self.is_json:
            self.json({})
        else:
            self.ok()


def long_time(text: str | None) -> str:
    """Return an RFC 3339 time as tables of keys and tokens show it: ``2020-05-04 19:12:07 +0000 UTC``."""
    if not text:
        return ""
    try:
        return spaced(datetime.fromisoformat(text))
    except ValueError:
        return text


def members(value: Mapping[str, Any], *names: str) -> list[Any]:
    """Return some of an object's members as a row of a table."""
    return [value.get(name) for name in names]


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def write(text: str, stream: TextIO | None = None) -> None:
    """Print one line; a name from a server must not steer a terminal."""
    visible = "".join(one if one.isprintable() else "?" for one in text).rstrip()
    (stream or sys.stdout).write(f"{visible}\n")
