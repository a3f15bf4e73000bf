"""The store over a SQL database, whichever it is."""

from collections.abc import Collection, Sequence
from functools import partial
from typing import TypeVar

from keystead.domain.allowances import Booked
from keystead.domain.changes import Change
from keystead.domain.due import DueKey, DueQuery
from keystead.domain.events import AuditEvent
from keystead.domain.grants import Grant
from keystead.domain.ids import DEFAULT_RING, AccountId, IamId, InstanceId, KeyId, RingId
from keystead.domain.import_tokens import ImportToken
from keystead.domain.instances import Instance
from keystead.domain.keys import Key
from keystead.domain.listing import KeyDate, KeyQuery
from keystead.domain.ports.unit import Binder
from keystead.domain.registrations import Registration
from keystead.domain.resource_groups import ResourceGroup
from keystead.domain.rings import Ring
from keystead.storage.answers import check, not_found
from keystead.storage.database import Database, Read
from keystead.storage.directory import Directory
from keystead.storage.directory_in_sql import DirectoryInSQL
from keystead.storage.evening import Evening
from keystead.storage.key_uses import UsesInSQL
from keystead.storage.kmip import KmipInSQL
from keystead.storage.notices import NoticesInSQL
from keystead.storage.reading import Reading
from keystead.storage.rosters import Rosters
from keystead.storage.tallies import Tallies
from keystead.storage.writing import Writing

T = TypeVar("T")


class SQLStore(DirectoryInSQL, KmipInSQL, NoticesInSQL, UsesInSQL):
    """Keys, directory and outbox in one SQL database; see `keystead.domain.ports.store.Store`."""

    def __init__(self, database: Database, binder: Binder, origin: str) -> None:
        """Take *database*, whose tables are current; *origin* names the audit log that its events are for."""
        tallies, rosters = Tallies(binder), Rosters(binder)
        self._database = database
        self._reading = Reading(binder, tallies)
        self._directory = Directory(binder, rosters)
        self._writing = Writing(binder, tallies, rosters, origin)
        self._evening = Evening(database)
        self._origin = origin
        self._delivered: list[str] = []
        self._grants: dict[IamId, tuple[Grant, ...]] = {}

    async def key(self, instance: InstanceId, key: KeyId) -> Key:
        """Return the key; `Refused` with ``KEY_NOT_FOUND``, `Tampered`, `Unavailable`."""
        place = ("key", instance, key)
        held = self._database.held(place)
        if isinstance(held, Key):
            return held
        found = await self._database.recall(place, partial(self._reading.key, instance=instance, key=key))
        if found is None:
            raise not_found()
        return found

    async def key_by_alias(self, instance: InstanceId, alias: str) -> Key:
        """Return the key that has *alias*; errors as `key`."""
        found = await self._held_or(
            ("alias", instance, alias),
            partial(self._reading.key_by_alias, instance=instance, alias=alias),
        )
        if found is None:
            raise not_found()
        return found

    async def keys(self, query: KeyQuery) -> tuple[Key, ...]:
        """Return one page, in the order that is asked for; `Tampered`, `Unavailable`."""
        return await self._evened(query.instance, partial(self._reading.page, query=query))

    async def some_keys(self, instance: InstanceId, ids: Collection[KeyId]) -> tuple[Key, ...]:
        """Return those of *ids* that there are, ordered by id; `Tampered`, `Unavailable`."""
        return await self._database.read(partial(self._reading.some_keys, instance=instance, ids=ids))

    async def count(self, query: KeyQuery, most: int | None = None) -> int:
        """Count what *query* selects, whatever its limit and offset, up to *most*; `Unavailable`."""
        return await self._evened(query.instance, partial(self._reading.count, query=query, most=most))

    async def due(self, query: DueQuery) -> tuple[DueKey, ...]:
        """Return where *query* finds keys, turn by turn, without reading their records; `Unavailable`."""
        return await self._database.read(partial(self._reading.due, query=query))

    async def import_token(self, instance: InstanceId) -> ImportToken | None:
        """Return the instance's import token, old or not; `Tampered`, `Unavailable`."""
        return await self._database.read(partial(self._reading.import_token, instance=instance))

    async def instance(self, instance: InstanceId) -> Instance | None:
        """Return the instance; `Tampered`, `Unavailable`."""
        place = ("instance", instance)
        return await self._held_or(place, partial(self._reading.instance, instance=instance))

    async def has_ring(self, instance: InstanceId, ring: RingId) -> bool:
        """Tell whether the ring exists; ``default`` always does; `Tampered`, `Unavailable`."""
        if ring == DEFAULT_RING:
            return True
        place = ("ring", instance, ring)
        return bool(await self._held_or(place, partial(self._reading.ring, instance=instance, ring=ring)))

    async def rings(self, instance: InstanceId) -> tuple[Ring, ...]:
        """Return the rings that were made, ordered by id; `Tampered`, `Unavailable`."""
        return await self._held_or(("rings", instance), partial(self._reading.rings, instance=instance)) or ()

    async def count_aliases(self, instance: InstanceId) -> int:
        """Count the aliases of all keys of the instance; `Unavailable`."""
        return await self._database.read(partial(self._reading.count_aliases, instance=instance))

    async def registrations(self, instance: InstanceId, key: KeyId | None) -> tuple[Registration, ...]:
        """Return the registrations of *key*, or of all keys; `Tampered`, `Unavailable`."""
        return await self._database.read(partial(self._reading.registrations, instance=instance, key=key))

    def mark(self) -> object | None:
        """Return an object that stays the same one while nothing in the store changes, or ``None``."""
        return self._database.mark()

    async def instances(self) -> tuple[Instance, ...]:
        """Return all instances, ordered by id."""
        return await self._held_or(("instances",), self._reading.instances) or ()

    async def booked(self, instance: InstanceId, subject: IamId) -> Booked | None:
        """Return the unwraps of *subject* in *instance*, where any were ever booked."""
        return await self._database.read(partial(self._reading.booked, instance=instance, subject=subject))

    async def resource_groups(self, account: AccountId) -> tuple[ResourceGroup, ...]:
        """Return the resource groups that *account* made, ordered by id."""
        place = ("resource groups", account)
        return await self._held_or(place, partial(self._reading.resource_groups, account=account)) or ()

    async def commit(self, change: Change, event: AuditEvent | None) -> None:
        """Write all of *change* and *event*, durably, or nothing.

        Raises:
            Conflict: a ``was`` no longer stands, an added record exists already, a needed ring is gone,
                one to be removed holds something, or there would be more of something than there may.
            Refused: ``ALIAS_NOT_UNIQUE``, or ``UNAUTHORIZED`` for a new or restored key where the instance
                was deleted.
            Tampered: the tally of a key's shard is not what was written.
            Unavailable: the database cannot be reached or written.
        """
        check(change)
        await self._write(change, event)

    async def pending(self) -> tuple[AuditEvent, ...]:
        """Return events of this store's origin that were not `delivered`, oldest first."""
        found = await self._database.read(partial(self._reading.pending, origin=self._origin))
        delivered = set(self._delivered)
        return tuple(event for event in found if event.id not in delivered)

    async def delivered(self, event_ids: Sequence[str]) -> None:
        """Forget events that the audit log holds: their rows go with the next commit, or at the close."""
        self._delivered.extend(event_ids)

    async def close(self) -> None:
        """Remove the rows of delivered events and release every connection."""
        try:
            if self._delivered:
                await self._write(Change(), None)
        finally:
            await self._database.close()

    async def _evened(self, instance: InstanceId, read: Read[tuple[T, KeyDate | None]]) -> T:
        """Return what *read* finds, after making runs even of the date that it says."""
        found, uneven = await self._database.read(read)
        if uneven is not None:
            await self._evening.even(instance, uneven)
        return found

    async def _write(self, change: Change, event: AuditEvent | None) -> None:
        forget, self._delivered = self._delivered, []
        try:
            write = partial(self._writing.commit, change=change, event=event, forget=forget)
            await self._database.write(write)
        except BaseException:
            self._delivered.extend(forget)
            raise
