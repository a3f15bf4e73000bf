"""KMIP adapters and what is theirs, in memory."""

from collections.abc import Iterable
from typing import Any

from keystead.domain.ids import InstanceId, KeyId
from keystead.domain.kmip import (
    MOST_ADAPTERS,
    MOST_CERTIFICATES,
    THERE,
    Adapter,
    ClientCertificate,
    ManagedObject,
    ObjectQuery,
)
from keystead.storage.answers import overtaken


class KmipInMemory:
    """The part of the store that is about KMIP; see `keystead.domain.ports.keys.KmipRecords`."""

    def __init__(self) -> None:
        self._adapters: dict[tuple[InstanceId, str], Adapter] = {}
        self._certificates: dict[tuple[InstanceId, str, str], ClientCertificate] = {}
        self._objects: dict[tuple[InstanceId, str, str], ManagedObject] = {}

    async def adapters(self, instance: InstanceId, key: KeyId | None) -> tuple[Adapter, ...]:
        """Return the adapters that *key* serves, or all, ordered by id."""
        mine = (it for it in self._adapters.values() if it.instance == instance and key in (None, it.key))
        return tuple(sorted(mine, key=lambda it: it.id))

    async def adapter(self, instance: InstanceId, name: str) -> Adapter | None:
        """Return the adapter with this id or name."""
        mine = await self.adapters(instance, None)
        return next((adapter for adapter in mine if name in (adapter.id, adapter.name)), None)

    async def certificates(self, instance: InstanceId, adapter: str) -> tuple[ClientCertificate, ...]:
        """Return the certificates of the adapter with this id, ordered by id."""
        place = (instance, adapter)
        mine = (it for it in self._certificates.values() if (it.instance, it.adapter) == place)
        return tuple(sorted(mine, key=lambda it: it.id))

    async def certificate_in_use(self, fingerprint: bytes) -> ClientCertificate | None:
        """Return the certificate with this fingerprint, of whatever instance."""
        return next((it for it in self._certificates.values() if it.fingerprint == fingerprint), None)

    async def managed_objects(self, query: ObjectQuery) -> tuple[ManagedObject, ...]:
        """Return one page."""
        found = sorted(self._selected(query), key=lambda it: it.id)
        return tuple(found[query.offset : query.offset + query.limit])

    async def count_managed_objects(self, query: ObjectQuery) -> int:
        """Count what *query* selects, whatever its limit and offset."""
        return len(list(self._selected(query)))

    async def managed_object(
        self, instance: InstanceId, adapter: str, object_id: str
    ) -> ManagedObject | None:
        """Return the object of the adapter with this id."""
        return self._objects.get((instance, adapter, object_id))

    def _selected(self, query: ObjectQuery) -> Iterable[ManagedObject]:
        place = (query.instance, query.adapter)
        return (it for at, it in self._objects.items() if at[:2] == place and it.state in query.states)

    def _kmip_place_of(
        self, record: Adapter | ClientCertificate | ManagedObject
    ) -> tuple[dict[Any, Any], object]:
        match record:
            case Adapter():
                return self._adapters, (record.instance, record.id)
            case ClientCertificate():
                return self._certificates, (record.instance, record.adapter, record.id)
            case ManagedObject():
                return self._objects, (record.instance, record.adapter, record.id)

    def _require_place(self, new: Adapter | ClientCertificate | ManagedObject) -> None:
        """Raise `Conflict` where what was added has no adapter, no name of its own or one too many."""
        match new:
            case Adapter():
                mine: list[str] = [it.name for at, it in self._adapters.items() if at[0] == new.instance]
                _require_within(mine, MOST_ADAPTERS)
            case ClientCertificate():
                self._require_adapter(new)
                place = (new.instance, new.adapter)
                _require_within(
                    [it.name for at, it in self._certificates.items() if at[:2] == place], MOST_CERTIFICATES
                )
                if sum(it.fingerprint == new.fingerprint for it in self._certificates.values()) > 1:
                    raise overtaken()
            case ManagedObject():
                self._require_adapter(new)

    def _require_adapter(self, new: ClientCertificate | ManagedObject) -> None:
        if (new.instance, new.adapter) not in self._adapters:
            raise overtaken()

    def _left_with(self, gone: Adapter) -> Iterable[tuple[dict[object, object], object]]:
        """Yield where what goes with an adapter is, or raise `Conflict` where an object is in the way."""
        place = (gone.instance, gone.id)
        if any(self._selected(ObjectQuery(instance=gone.instance, adapter=gone.id, states=THERE))):
            raise overtaken()
        for table in (self._certificates, self._objects):
            for at in [at for at in table if at[:2] == place]:
                yield table, at  # type: ignore[misc]  # tables of several types


def _require_within(names: list[str], most: int) -> None:
    if len(names) > most or len(set(names)) < len(names):
        raise overtaken()
