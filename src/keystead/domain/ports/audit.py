"""Where events are made durable, and found again."""

from collections.abc import Sequence
from typing import Protocol

from keystead.domain.event_queries import EventPage, EventQuery, Position
from keystead.domain.events import AuditEvent
from keystead.domain.key_uses import Portion


class AuditLog(Protocol):
    """An append-only record; an event is durable when `append` returns."""

    def require_ready(self) -> None:
        """Raise `Unavailable` when the log is known to be unable to record; asked before a command acts."""

    async def append(self, event: AuditEvent) -> None:
        """Make *event* durable; `Unavailable` if that cannot be done."""

    async def holds(self, event_ids: Sequence[str]) -> frozenset[str]:
        """Return those of *event_ids* that the log has; for recovery after a crash."""

    async def close(self) -> None:
        """Write what is left and a last checkpoint."""


class LoggedEvents(Protocol):
    """Audit logs, from their ends."""

    async def find(self, query: EventQuery, position: Position | None, limit: int) -> EventPage:
        """Return the newest events that *query* asks for, of those that *position* left.

        Raises:
            Refused: ``INVALID_QUERY_PARAM`` where *position* was in no answer about the same
                instance or account.
            TooMany: the same instance has a question under way.
            Tampered: an event on the way is damaged.
            Unavailable: a log cannot be read.
        """


class LoggedUses(Protocol):
    """This node's audit log, read from its beginning to its end."""

    async def name(self) -> str:
        """Return what no other log begins with, nothing where it has no event yet; errors as `read`."""

    async def read(self, index: int) -> Portion:
        """Return a portion that begins with the event *index*; `Tampered`, `Unavailable`."""
