"""A store that forgets everything at its end; for tests and trials, with the contract of the real ones."""

from collections.abc import Sequence
from typing import Any

from keystead.domain.access_groups import AccessGroup, Member
from keystead.domain.allowances import Booked
from keystead.domain.changes import Addition, Change, RecordWrite
from keystead.domain.context_rules import ContextRule
from keystead.domain.events import AuditEvent
from keystead.domain.grants import Grant
from keystead.domain.identities import Account, ApiKey, Identity, Passcode, SigningKey
from keystead.domain.ids import InstanceId
from keystead.domain.instances import Instance
from keystead.domain.key_uses import Bookmark, DayOfUses
from keystead.domain.kmip import Adapter, ClientCertificate, ManagedObject
from keystead.domain.notices import Notice
from keystead.domain.placing import MOST_ALIASES
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
    overtaken,
)
from keystead.storage.grouping import groups_needed, require_settled
from keystead.storage.memory_contexts import ContextsInMemory
from keystead.storage.memory_entries import MISSING
from keystead.storage.memory_groups import GroupsInMemory
from keystead.storage.memory_instances import require_deserted, require_instances_within, require_not_removed
from keystead.storage.memory_key_uses import UsesInMemory
from keystead.storage.memory_keys import KeysInMemory
from keystead.storage.memory_kmip import KmipInMemory
from keystead.storage.memory_notices import NoticesInMemory
from keystead.storage.memory_owners import OwnersInMemory


class MemoryStore(
    KeysInMemory,
    OwnersInMemory,
    ContextsInMemory,
    NoticesInMemory,
    UsesInMemory,
    GroupsInMemory,
    KmipInMemory,
):
    """Everything in dictionaries, one per kind of record.

    A commit never awaits, so the event loop itself makes it atomic.
    """

    def __init__(self) -> None:
        super().__init__()
        self._policies: dict[InstanceId, InstancePolicies] = {}
        self._accounts: dict[str, Account] = {}
        self._signing_keys: dict[str, SigningKey] = {}
        self._outbox: dict[str, AuditEvent] = {}
        self._mark = object()

    async def policies(self, instance: InstanceId) -> InstancePolicies | None:
        """Return the instance's policies, if any was ever set."""
        return self._policies.get(instance)

    async def perimeter(self, instance: Instance) -> Perimeter:
        """Return the instance's policies, with the rules and zones of its account."""
        records = self._contexts_of(instance.account)
        return Perimeter(self._policies.get(instance.id), records.rules, records.zones)

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
            self._forget_undoing()
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
        self._set(table, at, MISSING if write.new is None else write.new)
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
                    self._set(table, place, MISSING)
            case AccessGroup():
                for table, place in list(self._granted_to_group(gone)):
                    self._set(table, place, MISSING)
            case Identity():
                mine = [grant for grant in self._grants.values() if grant.subject == gone.iam_id]
                for table, place in list(self._left_by(gone)):
                    self._set(table, place, MISSING)
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
            self._set(self._digests, record.digest, MISSING if write.new is None else write.new)


def _require_room(there: int, most: int) -> None:
    if there > most:
        raise overtaken()
