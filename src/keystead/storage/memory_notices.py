"""What services are told, and where, in memory."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from keystead.domain.ids import InstanceId
from keystead.domain.notices import Notice, NoticeState
from keystead.domain.receivers import Receiver


class NoticesInMemory:
    """The part of the store that is about notices; see `keystead.domain.ports.keys.NoticeRecords`."""

    def __init__(self) -> None:
        super().__init__()
        self._receivers: dict[str, Receiver] = {}
        self._notices: dict[tuple[InstanceId, str], Notice] = {}

    async def receivers(self) -> tuple[Receiver, ...]:
        """Return every receiver, ordered by service."""
        return tuple(receiver for _, receiver in sorted(self._receivers.items()))

    async def notice(self, instance: InstanceId, notice: str) -> Notice | None:
        """Return the notice with this id."""
        return self._notices.get((instance, notice))

    async def notices(self, states: Collection[NoticeState], limit: int) -> tuple[Notice, ...]:
        """Return the newest notices in one of *states*, the newest first."""
        found = sorted((it for it in self._notices.values() if it.state in states), key=lambda it: it.id)
        return tuple(sorted(found, key=lambda it: it.at, reverse=True)[:limit])

    async def services_with_due(self, until: datetime) -> tuple[str, ...]:
        """Return the names of services that have a notice due, in order."""
        return tuple(sorted({it.service for it in self._notices.values() if it.due_at <= until}))

    async def due_notices(self, service: str, until: datetime, limit: int) -> tuple[Notice, ...]:
        """Return notices to *service* that are due, the longest due first."""
        due = (it for it in self._notices.values() if it.service == service and it.due_at <= until)
        return tuple(sorted(due, key=lambda it: (it.due_at, it.id))[:limit])

    def _place_of_notice(self, record: Receiver | Notice) -> tuple[dict[Any, Any], object]:
        match record:
            case Receiver():
                return self._receivers, record.service
            case Notice():
                return self._notices, (record.instance, record.id)
