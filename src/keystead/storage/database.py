"""What the databases do differently, behind one store."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from sqlalchemy import Connection

from keystead.storage.snapshot import Place

T = TypeVar("T")

Read = Callable[[Connection], T]
"""A question, put to a connection inside a read transaction: everything it reads is of one instant."""

Work = Callable[[Connection], None]
"""Something to be written, by a connection inside a transaction: all of it or nothing."""


class Database(Protocol):
    """What the databases do differently; errors as in the ports."""

    def held(self, place: Place) -> object | None:
        """Return what is remembered for *place* and certainly current, at once."""

    async def recall(self, place: Place, read: Read[T | None]) -> T | None:
        """Return what is remembered for *place* if it is current, else what *read* finds."""

    async def read(self, read: Read[T]) -> T:
        """Return what *read* finds."""

    def mark(self) -> object | None:
        """Return an object that stays while nothing changes, or ``None``."""

    async def write(self, work: Work) -> None:
        """Write all of it durably, or nothing."""

    async def close(self) -> None:
        """Release every connection."""


class Remembering:
    """The part of a store that asks its database for what that remembers."""

    _database: Database

    async def _held_or(self, place: Place, read: Read[T | None]) -> T | None:
        held: T | None = self._database.held(place)  # type: ignore[assignment]  # what was put there
        return await self._database.recall(place, read) if held is None else held
