"""Keys and what an instance has, read in the transaction of the caller; the same for every database."""

from collections.abc import Collection, Iterable
from typing import TypeVar

from sqlalchemy import Connection, bindparam, func, select

from keystead.domain.allowances import Booked
from keystead.domain.due import DueKey, DueQuery
from keystead.domain.events import AuditEvent
from keystead.domain.ids import AccountId, IamId, InstanceId, KeyId, RingId
from keystead.domain.import_tokens import ImportToken
from keystead.domain.instances import Instance
from keystead.domain.keys import Key
from keystead.domain.listing import KeyDate, KeyQuery
from keystead.domain.ports.unit import Binder
from keystead.domain.registrations import Registration
from keystead.domain.resource_groups import ResourceGroup
from keystead.domain.rings import Ring
from keystead.storage import records, schema
from keystead.storage.due import found_due
from keystead.storage.listing import page, total
from keystead.storage.paging import Pages, are_counted
from keystead.storage.records import tampered
from keystead.storage.rows import Rows, by
from keystead.storage.shares import Shares
from keystead.storage.sharing import sharing
from keystead.storage.tallies import Tallies, shard_of

T = TypeVar("T")

_ALIAS = select(schema.ALIASES.c.key).where(
    schema.ALIASES.c.instance == bindparam("instance"), schema.ALIASES.c.alias == bindparam("alias")
)
_KEY = by(records.KEYS, "instance", "id")
_SOME_KEYS = (
    select(schema.KEYS)
    .where(
        schema.KEYS.c.instance == bindparam("instance"),
        schema.KEYS.c.id.in_(bindparam("ids", expanding=True)),
    )
    .order_by(schema.KEYS.c.id)
)
_AT_ONCE = 500  # ids in one statement
_TOKEN = by(records.TOKENS, "instance")
_INSTANCE = by(records.INSTANCES, "id")
_INSTANCES = by(records.INSTANCES).order_by(schema.INSTANCES.c.id)
_RING = by(records.RINGS, "instance", "id")
_RINGS = by(records.RINGS, "instance").order_by(schema.RINGS.c.id)
_ALIASES = select(func.count()).where(schema.ALIASES.c.instance == bindparam("instance"))
_order = (schema.REGISTRATIONS.c.key, schema.REGISTRATIONS.c.crn)
_REGISTRATIONS = by(records.REGISTRATIONS, "instance").order_by(*_order)
_REGISTRATIONS_OF_KEY = by(records.REGISTRATIONS, "instance", "key").order_by(*_order)
_BOOKED = by(records.BOOKED, "instance", "subject")
_GROUPS = by(records.RESOURCE_GROUPS).order_by(schema.RESOURCE_GROUPS.c.id)
_PENDING = by(records.OUTBOX, "origin")


class Reading(Rows):
    """Reads keys, and what an instance has; every method raises `Tampered` for what was not written so."""

    def __init__(self, binder: Binder, tallies: Tallies) -> None:
        super().__init__(binder)
        self._tallies = tallies
        self._shares = Shares()
        self._seen_removed: set[InstanceId] = set()

    def key(self, connection: Connection, instance: InstanceId, key: KeyId) -> Key | None:
        """Return the key as it was last written, or nothing where that is certain."""
        found = self._key(connection, instance, key, self._tallies.moment())
        return None if found is None else sharing(found, key)

    def key_by_alias(self, connection: Connection, instance: InstanceId, alias: str) -> Key | None:
        """Return the key that has *alias* and says so itself."""
        since = self._tallies.moment()
        owner = connection.execute(_ALIAS, {"instance": instance, "alias": alias}).scalar()
        if owner is None:
            return None
        key = self._key(connection, instance, owner, since)
        if key is None or alias not in key.aliases:
            raise tampered("aliases", instance, alias)
        return key

    def page(self, connection: Connection, query: KeyQuery) -> tuple[tuple[Key, ...], KeyDate | None]:
        """Return one page, and the date whose runs should be made even.

        Its rows are genuine, though a listing does not show that none was put back.
        """
        pages = self._pages(connection, query)
        if pages is None:
            return self.all(connection, records.KEYS, page(query), {}), None
        ids = pages.ids()
        if ids is None:
            asked = page(query, in_few_rings=pages.in_few_rings)
            return self.all(connection, records.KEYS, asked, {}), pages.uneven
        found = {key.id: key for key in self.some_keys(connection, query.instance, ids)}
        return tuple(found[key] for key in ids), pages.uneven

    def some_keys(
        self, connection: Connection, instance: InstanceId, ids: Collection[KeyId]
    ) -> tuple[Key, ...]:
        """Return those of *ids* that there are, ordered by id; as `keys`."""
        wanted = sorted(ids)
        found: list[Key] = []
        for at in range(0, len(wanted), _AT_ONCE):
            place = {"instance": instance, "ids": wanted[at : at + _AT_ONCE]}
            found += self.all(connection, records.KEYS, _SOME_KEYS, place)
        return tuple(found)

    def count(self, connection: Connection, query: KeyQuery, most: int | None) -> tuple[int, KeyDate | None]:
        """Count what *query* selects, up to *most*; and the date, as `page`."""
        pages = self._pages(connection, query)
        found = None if pages is None else pages.total(most)
        uneven = None if pages is None else pages.uneven
        if found is None:
            found = connection.execute(total(query, most)).scalar_one()
        return found, uneven

    def _pages(self, connection: Connection, query: KeyQuery) -> Pages | None:
        return Pages(connection, query, self._shares) if are_counted(connection, query) else None

    def due(self, connection: Connection, query: DueQuery) -> tuple[DueKey, ...]:
        """Return where *query* finds keys; only their own records say whether that is so."""
        return found_due(connection, query)

    def import_token(self, connection: Connection, instance: InstanceId) -> ImportToken | None:
        """Return the instance's import token."""
        return self.one(connection, records.TOKENS, _TOKEN, {"instance": instance})

    def instance(self, connection: Connection, instance: InstanceId) -> Instance | None:
        """Return the instance; what a process has seen removed once does not come back."""
        gone = {instance} & self._seen_removed  # before the statement: a later one may be newer
        found = self.one(connection, records.INSTANCES, _INSTANCE, {"id": instance})
        self._require_still_removed(gone, () if found is None else (found,))
        return found

    def instances(self, connection: Connection) -> tuple[Instance, ...]:
        """Return all instances, ordered by id; as `instance`."""
        gone = set(self._seen_removed)
        found = self.all(connection, records.INSTANCES, _INSTANCES, {})
        self._require_still_removed(gone, found)
        return found

    def _require_still_removed(self, gone: set[InstanceId], found: Iterable[Instance]) -> None:
        removed = {it.id for it in found if it.state == "removed"}
        for instance in sorted(gone - removed):
            raise tampered("instances", instance)
        self._seen_removed.update(removed)  # one step: other threads look before or after it

    def ring(self, connection: Connection, instance: InstanceId, ring: RingId) -> bool:
        """Tell whether the ring exists."""
        place = {"instance": instance, "id": ring}
        return self.one(connection, records.RINGS, _RING, place) is not None

    def rings(self, connection: Connection, instance: InstanceId) -> tuple[Ring, ...]:
        """Return the rings that were made, ordered by id."""
        return self.all(connection, records.RINGS, _RINGS, {"instance": instance})

    def count_aliases(self, connection: Connection, instance: InstanceId) -> int:
        """Count the aliases of all keys."""
        return connection.execute(_ALIASES, {"instance": instance}).scalar_one()

    def registrations(
        self, connection: Connection, instance: InstanceId, key: KeyId | None
    ) -> tuple[Registration, ...]:
        """Return the registrations of *key*, or of all keys."""
        place = {"instance": instance, "key": key}
        if key is None:
            return self.all(connection, records.REGISTRATIONS, _REGISTRATIONS, {"instance": instance})
        return self.all(connection, records.REGISTRATIONS, _REGISTRATIONS_OF_KEY, place)

    def booked(self, connection: Connection, instance: InstanceId, subject: IamId) -> Booked | None:
        """Return the unwraps of *subject* in *instance*, where any were ever booked."""
        place = {"instance": instance, "subject": subject}
        return self.one(connection, records.BOOKED, _BOOKED, place)

    def resource_groups(self, connection: Connection, account: AccountId) -> tuple[ResourceGroup, ...]:
        """Return the resource groups that *account* made; there are few enough to look at all."""
        every = self.all(connection, records.RESOURCE_GROUPS, _GROUPS, {})
        return tuple(group for group in every if group.account == account)

    def pending(self, connection: Connection, origin: str) -> tuple[AuditEvent, ...]:
        """Return the events that wait for the log named *origin*, oldest first."""
        found = self.all(connection, records.OUTBOX, _PENDING, {"origin": origin})
        return tuple(sorted((it.event for it in found), key=lambda event: (event.time, event.id)))

    def _key(self, connection: Connection, instance: InstanceId, key: KeyId, since: int) -> Key | None:
        self._tallies.check(connection, instance, shard_of(key), since)
        return self.one(connection, records.KEYS, _KEY, {"instance": instance, "id": key})
