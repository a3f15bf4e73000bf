"""Entries of dictionaries that are set, and set back where a change fails half-way."""

from typing import Any, Final

from keystead.storage.answers import overtaken

MISSING: Final = object()
"""Set in the place of an entry, it removes that."""


class EntriesInMemory:
    """Sets entries, and holds what each that it touched was."""

    def __init__(self) -> None:
        super().__init__()
        self._undo: list[tuple[dict[Any, Any], object, object]] = []

    def _insert(self, table: dict[Any, Any], at: object, value: object) -> None:
        if at in table:
            raise overtaken()
        self._set(table, at, value)

    def _set(self, table: dict[Any, Any], at: object, value: object) -> None:
        self._undo.append((table, at, table.get(at, MISSING)))
        _place(table, at, value)

    def _go_back(self) -> None:
        for table, at, value in reversed(self._undo):
            _place(table, at, value)

    def _forget_undoing(self) -> None:
        self._undo.clear()


def _place(table: dict[Any, Any], at: object, value: object) -> None:
    if value is MISSING:
        table.pop(at, None)
    else:
        table[at] = value
