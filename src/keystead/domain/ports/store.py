"""Where everything rests, and how a change of it is committed."""

from collections.abc import Sequence
from typing import Protocol

from keystead.domain.changes import Change
from keystead.domain.events import AuditEvent
from keystead.domain.ports.directory import ContextRecords, Directory, GroupRecords, People
from keystead.domain.ports.keys import Bookings, Keys, KmipRecords, NoticeRecords, UseRecords


class Outbox(Protocol):
    """Writes that commit with their audit event, and events that a crash kept from the log."""

    async def commit(self, change: Change, event: AuditEvent | None) -> None:
        """Write all of *change* and *event*, durably, or nothing.

        Raises:
            Conflict: a ``was`` no longer stands, an added record exists already, a needed ring is gone,
                one to be removed holds something, or there would be more of something than there may.
            Refused: ``ALIAS_NOT_UNIQUE``, or ``UNAUTHORIZED`` for a new or restored key where the instance
                was deleted.
            Unavailable: the store cannot be reached or written.
        """

    async def pending(self) -> tuple[AuditEvent, ...]:
        """Return events committed by this process's predecessor that were not `delivered`."""

    async def delivered(self, event_ids: Sequence[str]) -> None:
        """Forget events that the audit log holds; may be done lazily, for they are also found in the log."""


class Store(
    Keys,
    KmipRecords,
    NoticeRecords,
    UseRecords,
    Directory,
    People,
    GroupRecords,
    ContextRecords,
    Bookings,
    Outbox,
    Protocol,
):
    """All of the above over one database."""

    async def close(self) -> None:
        """Release every connection."""
