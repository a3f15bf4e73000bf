"""What services are told, and where, in a SQL database."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Integer, Select, bindparam, select

from keystead.domain.ids import InstanceId
from keystead.domain.notices import Notice, NoticeState
from keystead.domain.receivers import Receiver
from keystead.storage import records
from keystead.storage.database import Database
from keystead.storage.reading import Reading
from keystead.storage.records import micros
from keystead.storage.schema import NOTICES, RECEIVERS

_RECEIVERS: Final = select(RECEIVERS).order_by(RECEIVERS.c.service)
_NOTICE: Final = select(NOTICES).where(
    NOTICES.c.instance == bindparam("instance"), NOTICES.c.id == bindparam("id")
)
_limit = bindparam("limit", type_=Integer)
_NEWEST: Final = (
    select(NOTICES)
    .where(NOTICES.c.state.in_(bindparam("states", expanding=True)))
    .order_by(NOTICES.c.at.desc(), NOTICES.c.id)
    .limit(_limit)
)
_SERVICES: Final = (
    select(NOTICES.c.service)
    .where(NOTICES.c.due_at <= bindparam("until"))
    .distinct()
    .order_by(NOTICES.c.service)
)
_DUE: Final = (
    select(NOTICES)
    .where(NOTICES.c.service == bindparam("service"), NOTICES.c.due_at <= bindparam("until"))
    .order_by(NOTICES.c.due_at, NOTICES.c.id)
    .limit(_limit)
)


class NoticesInSQL:
    """The part of the store that is about notices; see `keystead.domain.ports.keys.NoticeRecords`."""

    _database: Database
    _reading: Reading

    async def receivers(self) -> tuple[Receiver, ...]:
        """Return every receiver, ordered by service."""
        return await self._database.read(
            lambda connection: self._reading.all(connection, records.RECEIVERS, _RECEIVERS, {})
        )

    async def notice(self, instance: InstanceId, notice: str) -> Notice | None:
        """Return the notice with this id."""
        place = {"instance": instance, "id": notice}
        return await self._database.read(
            lambda connection: self._reading.one(connection, records.NOTICES, _NOTICE, place)
        )

    async def notices(self, states: Collection[NoticeState], limit: int) -> tuple[Notice, ...]:
        """Return the newest notices in one of *states*, the newest first."""
        return await self._notices(_NEWEST, states=[str(state) for state in states], limit=limit)

    async def services_with_due(self, until: datetime) -> tuple[str, ...]:
        """Return the names of services that have a notice due, in order."""
        return await self._database.read(lambda connection: _services(connection, until))

    async def due_notices(self, service: str, until: datetime, limit: int) -> tuple[Notice, ...]:
        """Return notices to *service* that are due, the longest due first."""
        return await self._notices(_DUE, service=service, until=micros(until), limit=limit)

    async def _notices(self, statement: Select[Any], **at: object) -> tuple[Notice, ...]:
        return await self._database.read(
            lambda connection: self._reading.all(connection, records.NOTICES, statement, at)
        )


def _services(connection: Connection, until: datetime) -> tuple[str, ...]:
    return tuple(connection.execute(_SERVICES, {"until": micros(until)}).scalars())
