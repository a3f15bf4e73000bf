"""A store that forgets everything at its end; for tests and trials, with the contract of the real ones."""

from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from typing import Any

from keystead.domain.access_groups import AccessGroup, Member
from keystead.domain.allowances import Booked
from keystead.domain.changes import Addition, Change, KeyWrite, RecordWrite, TokenWrite
from keystead.domain.context_rules import ContextRule
from keystead.domain.due import DueKey, DueQuery, due_at
from keystead.domain.events import AuditEvent
from keystead.domain.grants import Grant
from keystead.domain.identities import Account, ApiKey, Identity, Passcode, SigningKey
from keystead.domain.ids import DEFAULT_RING, InstanceId, KeyId, RingId
from keystead.domain.import_tokens import ImportToken
from keystead.domain.instances import Instance
from keystead.domain.key_uses import Bookmark, DayOfUses
from keystead.domain.keys import Key
from keystead.domain.kmip import Adapter, ClientCertificate, ManagedObject
from keystead.domain.listing import KeyQuery
from keystead.domain.notices import Notice
from keystead.domain.placing import MOST_ALIASES, alias_taken
from keystead.domain.policies import InstancePolicies
from keystead.domain.receivers import MOST_RECEIVERS, Receiver
from keystead.domain.registrations import Registration
from keystead.domain.resource_groups import ResourceGroup
from keystead.domain.restrictions import Perimeter
from keystead.domain.rings import MOST_RINGS, Ring
from keystead.domain.roles import CustomRole
from keystead.domain.zones import Zone
from keystead.storage.answers import (
    check,
    gaining_aliases,
    not_found,
    overtaken,
    unknown_instance,
)
from keystead.storage.grouping import groups_needed, require_settled
from keystead.storage.memory_contexts import ContextsInMemory
from keystead.storage.memory_groups import GroupsInMemory
from keystead.storage.memory_instances import require_deserted, require_instances_within, require_not_removed
from keystead.storage.memory_key_uses import UsesInMemory
from keystead.storage.memory_kmip import KmipInMemory
from keystead.storage.memory_notices import NoticesInMemory
from keystead.storage.memory_owners import OwnersInMemory

_MISSING = object()


class MemoryStore(
    OwnersInMemory, ContextsInMemory, NoticesInMemory, UsesInMemory, GroupsInMemory, KmipInMemory
):
    """Everything in dictionaries, one per kind of record.

    A commit never awaits, so the event loop itself makes it atomic. ``_undo`` holds what each touched entry
    was, for a change that fails half-way.
    """

    def __init__(self) -> None:
        super().__init__()
        self._keys: dict[tuple[InstanceId, KeyId], Key] = {}
        self._aliases: dict[tuple[InstanceId, str], KeyId] = {}
        self._tokens: dict[InstanceId, ImportToken] = {}
        self._rings: dict[tuple[InstanceId, RingId], Ring] = {}
        self._policies: dict[InstanceId, InstancePolicies] = {}
        self._registrations: dict[tuple[InstanceId, KeyId, str], Registration] = {}
        self._accounts: dict[str, Account] = {}
        self._signing_keys: dict[str, SigningKey] = {}
        self._instances: dict[str, Instance] = {}
        self._outbox: dict[str, AuditEvent] = {}
        self._undo: list[tuple[dict[Any, Any], object, object]] = []
        self._mark = object()

    async def key(self, instance: InstanceId, key: KeyId) -> Key:
        """Return the key; `Refused` with ``KEY_NOT_FOUND``."""
        found = self._keys.get((instance, key))
        if found is None:
            raise not_found()
        return found

    async def key_by_alias(self, instance: InstanceId, alias: str) -> Key:
        """Return the key that has *alias*; `Refused` with ``KEY_NOT_FOUND``."""
        owner = self._aliases.get((instance, alias))
        if owner is None:
            raise not_found()
        return self._keys[instance, owner]

    async def keys(self, query: KeyQuery) -> tuple[Key, ...]:
        """Return one page, in the order that is asked for."""
        return query.page(self._keys_in(query.instance))

    async def some_keys(self, instance: InstanceId, ids: Collection[KeyId]) -> tuple[Key, ...]:
        """Return those of *ids* that there are, ordered by id."""
        places = ((instance, key) for key in sorted(ids))
        return tuple(self._keys[place] for place in places if place in self._keys)

    async def count(self, query: KeyQuery, most: int | None = None) -> int:
        """Count what *query* selects, whatever its limit and offset, up to *most*."""
        return sum(1 for _ in islice(filter(query.selects, self._keys_in(query.instance)), most))

    async def due(self, query: DueQuery) -> tuple[DueKey, ...]:
        """Return where *query* finds keys, turn by turn."""
        found: list[DueKey] = []
        for key in self._keys.values():
            at = due_at(key)
            if key.state is query.state and at is not None and at <= query.until:
                expired = key.expires_at is not None and key.expires_at <= query.now
                found.append(DueKey((at, key.instance, key.id), query.action(expired=expired)))
        following = (due for due in found if due.turn > query.after)
        return tuple(sorted(following, key=lambda due: due.turn)[: query.limit])

    async def import_token(self, instance: InstanceId) -> ImportToken | None:
        """Return the instance's import token, old or not."""
        return self._tokens.get(instance)

    async def instance(self, instance: InstanceId) -> Instance | None:
        """Return the instance."""
        return self._instances.get(instance)

    async def has_ring(self, instance: InstanceId, ring: RingId) -> bool:
        """Tell whether the ring exists; ``default`` always does."""
        return ring == DEFAULT_RING or (instance, ring) in self._rings

    async def rings(self, instance: InstanceId) -> tuple[Ring, ...]:
        """Return the rings that were made, ordered by id."""
        mine = (ring for ring in self._rings.values() if ring.instance == instance)
        return tuple(sorted(mine, key=lambda ring: ring.id))

    async def count_aliases(self, instance: InstanceId) -> int:
        """Count the aliases of all keys of the instance."""
        return sum(owner == instance for owner, _ in self._aliases)

    async def policies(self, instance: InstanceId) -> InstancePolicies | None:
        """Return the instance's policies, if any was ever set."""
        return self._policies.get(instance)

    async def perimeter(self, instance: Instance) -> Perimeter:
        """Return the instance's policies, with the rules and zones of its account."""
        records = self._contexts_of(instance.account)
        return Perimeter(self._policies.get(instance.id), records.rules, records.zones)

    async def registrations(self, instance: InstanceId, key: KeyId | None) -> tuple[Registration, ...]:
        """Return the registrations of *key*, or of all keys, ordered by key and CRN."""
        found = (
            it for it in self._registrations.values() if it.instance == instance and key in (None, it.key)
        )
        return tuple(sorted(found, key=lambda it: (it.key, it.crn)))

    async def signing_keys(self) -> tuple[SigningKey, ...]:
        """Return the keys that sign tokens, newest last."""
        return tuple(sorted(self._signing_keys.values(), key=lambda key: (key.created_at, key.id)))

    async def instances(self) -> tuple[Instance, ...]:
        """Return all instances, ordered by id."""
        return tuple(sorted(self._instances.values(), key=lambda instance: instance.id))

    async def commit(self, change: Change, event: AuditEvent | None) -> None:
        """Write all of *change* and *event*, or nothing; `Conflict` or `Refused`."""
        check(change)
        try:
            self._apply(change, event)
        except BaseException:
            self._go_back()
            raise
        finally:
            self._undo.clear()
            self._holders.clear()
            self._mark = object()

    def mark(self) -> object:
        """Return an object that stays the same one while nothing changes."""
        return self._mark

    async def pending(self) -> tuple[AuditEvent, ...]:
        """Return events that were not `delivered`; there is no predecessor that could have left others."""
        return tuple(self._outbox.values())

    async def delivered(self, event_ids: Sequence[str]) -> None:
        """Forget events that the audit log holds."""
        for event_id in event_ids:
            self._outbox.pop(event_id, None)

    async def close(self) -> None:
        """Forget nothing yet: what was returned stays valid until the last reference goes."""

    def _keys_in(self, instance: InstanceId) -> Iterator[Key]:
        return (key for (owner, _), key in self._keys.items() if owner == instance)

    def _apply(self, change: Change, event: AuditEvent | None) -> None:
        for record in change.added:
            self._add(record)
        require_instances_within(self._instances.values(), change.added)
        if not groups_needed(change.added) <= set(self._groups):
            raise overtaken()
        if any(ring not in self._rings for ring in change.rings):
            raise overtaken()
        for token in change.tokens:
            self._put_token(token)
        for write in change.keys:
            self._drop_aliases(write)
        for write in change.keys:
            self._put_key(write)
        require_not_removed(self._instances, change.keys)
        for instance in gaining_aliases(change.keys):
            _require_room(sum(owner == instance for owner, _ in self._aliases), MOST_ALIASES)
        for record_write in change.records:
            self._put_record(record_write)
        for one in change.events if event is None else (event, *change.events):
            self._insert(self._outbox, one.id, one)

    def _add(self, record: Addition) -> None:
        match record:
            case Account():
                self._insert(self._accounts, record.id, record)
            case Identity():
                self._insert(self._identities, record.iam_id, record)
            case ApiKey():
                self._insert(self._api_keys, record.id, record)
                self._insert(self._digests, record.digest, record)
            case Grant():
                self._insert(self._grants, record.id, record)
                self._set(self._granted, record.subject, self._granted_with(record, was=None))
            case SigningKey():
                self._insert(self._signing_keys, record.id, record)
            case Instance():
                self._insert(self._instances, record.id, record)

    def _put_record(self, write: RecordWrite) -> None:
        record = write.new or write.was
        table, at = self._place_of(record)
        if table.get(at) != write.was:
            raise overtaken()
        if isinstance(write.new, Instance):
            require_deserted(self._keys.values(), write.new)
        if write.new is None:
            self._take_along(record)
        self._set(table, at, _MISSING if write.new is None else write.new)
        if isinstance(record, ApiKey):
            self._put_digest(record, write)
        if isinstance(record, Grant):
            was = write.was if isinstance(write.was, Grant) else None
            new = write.new if isinstance(write.new, Grant) else None
            self._set(self._granted, record.subject, self._granted_with(new, was=was))
        if write.was is None:
            self._require_room_for(record)
        self._settle(write)
        if isinstance(record, ResourceGroup):
            require_settled(write, self._groups.values(), self._instances.values())
        self._settle_contexts(write)

    def _take_along(self, gone: object) -> None:
        """Remove what goes with *gone*, or raise `Conflict` where it cannot go."""
        match gone:
            case Ring():
                self._require_empty(gone)
            case Adapter():
                for table, place in list(self._left_with(gone)):
                    self._set(table, place, _MISSING)
            case AccessGroup():
                for table, place in list(self._granted_to_group(gone)):
                    self._set(table, place, _MISSING)
            case Identity():
                mine = [grant for grant in self._grants.values() if grant.subject == gone.iam_id]
                for table, place in list(self._left_by(gone)):
                    self._set(table, place, _MISSING)
                self._granted_in(gone.account).require_steward(mine)
            case _:
                return

    def _require_room_for(self, record: object) -> None:
        match record:
            case Ring():
                _require_room(sum(owner == record.instance for owner, _ in self._rings), MOST_RINGS)
            case Adapter() | ClientCertificate() | ManagedObject():
                self._require_place(record)
            case ApiKey() | Identity():
                self._require_owner(record)
            case Receiver():
                _require_room(len(self._receivers), MOST_RECEIVERS)
            case _:
                return

    def _place_of(self, record: object) -> tuple[dict[Any, Any], object]:
        place: tuple[dict[Any, Any], object]
        match record:
            case Instance():
                place = self._instances, record.id
            case Ring():
                place = self._rings, (record.instance, record.id)
            case InstancePolicies():
                place = self._policies, record.instance
            case Adapter() | ClientCertificate() | ManagedObject():
                place = self._kmip_place_of(record)
            case Identity() | ApiKey() | Passcode() | Grant() | CustomRole() | AccessGroup() | Member():
                place = self._place_of_owner(record)
            case Zone() | ContextRule():
                place = self._place_of_context(record)
            case Registration():
                place = self._registrations, (record.instance, record.key, record.crn)
            case Receiver() | Notice():
                place = self._place_of_notice(record)
            case ResourceGroup() | Booked() | DayOfUses() | Bookmark() | SigningKey():
                place = self._place_of_shared(record)
            case _:
                raise TypeError(f"{type(record).__name__} is no record with a place")
        return place

    def _place_of_shared(
        self, record: ResourceGroup | Booked | DayOfUses | Bookmark | SigningKey
    ) -> tuple[dict[Any, Any], object]:
        if isinstance(record, SigningKey):
            return self._signing_keys, record.id
        if isinstance(record, ResourceGroup | Booked):
            return self._place_of_group(record)
        return self._place_of_uses(record)

    def _put_digest(self, record: ApiKey, write: RecordWrite) -> None:
        if write.was is None:
            self._insert(self._digests, record.digest, record)
        else:
            self._set(self._digests, record.digest, _MISSING if write.new is None else write.new)

    def _require_empty(self, ring: Ring) -> None:
        if any((key.instance, key.ring) == (ring.instance, ring.id) for key in self._keys.values()):
            raise overtaken()

    def _put_token(self, write: TokenWrite) -> None:
        stands = self._tokens.get(write.new.instance)
        if write.was is not None and (
            stands is None or (stands.id, stands.revision) != (write.was.id, write.was.revision)
        ):
            raise overtaken()
        self._set(self._tokens, write.new.instance, write.new)

    def _drop_aliases(self, write: KeyWrite) -> None:
        if write.was is None:
            return
        for alias in write.was.aliases:
            self._set(self._aliases, (write.was.instance, alias), _MISSING)

    def _put_key(self, write: KeyWrite) -> None:
        new, was = write.new, write.was
        subject = new or was
        assert subject is not None  # noqa: S101 - `check` refused it
        at = (subject.instance, subject.id)
        stands = self._keys.get(at)
        if subject.instance not in self._instances:
            raise unknown_instance(subject.instance)
        if (stands and stands.revision) != (was and was.revision):
            raise overtaken()
        self._set(self._keys, at, _MISSING if new is None else new)
        for alias in () if new is None else new.aliases:
            if self._aliases.get((subject.instance, alias), subject.id) != subject.id:
                raise alias_taken(alias)
            self._set(self._aliases, (subject.instance, alias), subject.id)

    def _insert(self, table: dict[Any, Any], at: object, value: object) -> None:
        if at in table:
            raise overtaken()
        self._set(table, at, value)

    def _set(self, table: dict[Any, Any], at: object, value: object) -> None:
        self._undo.append((table, at, table.get(at, _MISSING)))
        _place(table, at, value)

    def _go_back(self) -> None:
        for table, at, value in reversed(self._undo):
            _place(table, at, value)


def _require_room(there: int, most: int) -> None:
    if there > most:
        raise overtaken()


def _place(table: dict[Any, Any], at: object, value: object) -> None:
    if value is _MISSING:
        table.pop(at, None)
    else:
        table[at] = value
