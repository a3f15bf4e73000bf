"""KMIP adapters and what is theirs, in a SQL database."""

from functools import partial
from typing import Any, Final, TypeVar

from sqlalchemy import ColumnElement, Connection, Select, bindparam, func, or_, select

from keystead.domain.ids import InstanceId, KeyId
from keystead.domain.kmip import THERE, Adapter, ClientCertificate, ManagedObject, ObjectQuery
from keystead.storage import records
from keystead.storage.answers import overtaken
from keystead.storage.database import Database
from keystead.storage.reading import Reading
from keystead.storage.records import Kind
from keystead.storage.schema import ADAPTERS, CERTIFICATES, OBJECTS

T = TypeVar("T")

_mine = ADAPTERS.c.instance == bindparam("instance")
_ALL: Final = select(ADAPTERS).where(_mine).order_by(ADAPTERS.c.id)
_OF_KEY: Final = _ALL.where(ADAPTERS.c.key == bindparam("key"))
_NAMED: Final = select(ADAPTERS).where(
    _mine, or_(ADAPTERS.c.id == bindparam("name"), ADAPTERS.c.name == bindparam("name"))
)
_CERTIFICATES: Final = (
    select(CERTIFICATES)
    .where(CERTIFICATES.c.instance == bindparam("instance"), CERTIFICATES.c.adapter == bindparam("adapter"))
    .order_by(CERTIFICATES.c.id)
)
_IN_USE: Final = select(CERTIFICATES).where(CERTIFICATES.c.fingerprint == bindparam("fingerprint"))
_OBJECT: Final = select(OBJECTS).where(
    OBJECTS.c.instance == bindparam("instance"),
    OBJECTS.c.adapter == bindparam("adapter"),
    OBJECTS.c.id == bindparam("id"),
)
_LOCKED: Final = (
    select(ADAPTERS.c.id)
    .where(ADAPTERS.c.instance == bindparam("at_instance"), ADAPTERS.c.id == bindparam("at_id"))
    .with_for_update()
)


class KmipInSQL:
    """The part of the store that is about KMIP; see `keystead.domain.ports.keys.KmipRecords`."""

    _database: Database
    _reading: Reading

    async def adapters(self, instance: InstanceId, key: KeyId | None) -> tuple[Adapter, ...]:
        """Return the adapters that *key* serves, or all, ordered by id."""
        statement = _ALL if key is None else _OF_KEY
        return await self._several(records.ADAPTERS, statement, instance=instance, key=key)

    async def adapter(self, instance: InstanceId, name: str) -> Adapter | None:
        """Return the adapter with this id or name."""
        return await self._first(records.ADAPTERS, _NAMED, instance=instance, name=name)

    async def certificates(self, instance: InstanceId, adapter: str) -> tuple[ClientCertificate, ...]:
        """Return the certificates of the adapter with this id, ordered by id."""
        return await self._several(records.CERTIFICATES, _CERTIFICATES, instance=instance, adapter=adapter)

    async def certificate_in_use(self, fingerprint: bytes) -> ClientCertificate | None:
        """Return the certificate with this fingerprint, of whatever instance."""
        return await self._first(records.CERTIFICATES, _IN_USE, fingerprint=fingerprint)

    async def managed_objects(self, query: ObjectQuery) -> tuple[ManagedObject, ...]:
        """Return one page."""
        page = select(OBJECTS).where(*_selected(query)).order_by(OBJECTS.c.id)
        return await self._several(records.OBJECTS, page.limit(query.limit).offset(query.offset))

    async def count_managed_objects(self, query: ObjectQuery) -> int:
        """Count what *query* selects, whatever its limit and offset."""
        return await self._database.read(partial(_count, query=query))

    async def managed_object(
        self, instance: InstanceId, adapter: str, object_id: str
    ) -> ManagedObject | None:
        """Return the object of the adapter with this id."""
        place = {"instance": instance, "adapter": adapter, "id": object_id}
        return await self._first(records.OBJECTS, _OBJECT, **place)

    async def _several(self, kind: Kind[T], statement: Select[Any], **at: object) -> tuple[T, ...]:
        def read(connection: Connection) -> tuple[T, ...]:
            return self._reading.all(connection, kind, statement, at)

        return await self._database.read(read)

    async def _first(self, kind: Kind[T], statement: Select[Any], **at: object) -> T | None:
        def read(connection: Connection) -> T | None:
            return self._reading.one(connection, kind, statement, at)

        return await self._database.read(read)


def require_abandoned(connection: Connection, adapter: Adapter) -> None:
    """Lock *adapter*, whom no object can join then, or raise `Conflict` where it has one that is there."""
    connection.execute(_LOCKED, {"at_instance": adapter.instance, "at_id": adapter.id}).first()
    there = ObjectQuery(instance=adapter.instance, adapter=adapter.id, states=THERE)
    if _count(connection, there):
        raise overtaken()


def _count(connection: Connection, query: ObjectQuery) -> int:
    counted = select(func.count()).select_from(OBJECTS).where(*_selected(query))
    return connection.execute(counted).scalar_one()


def _selected(query: ObjectQuery) -> tuple[ColumnElement[bool], ...]:
    return (
        OBJECTS.c.instance == query.instance,
        OBJECTS.c.adapter == query.adapter,
        OBJECTS.c.state.in_(sorted(map(int, query.states))),
    )
