"""How a change is written, in the transaction of its caller; the same statements for every database."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Delete, Select, Update, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from keystead.domain.access_groups import AccessGroup, Member
from keystead.domain.changes import Addition, Change, KeyWrite, Record, RecordWrite, TokenWrite
from keystead.domain.context_rules import ContextRule
from keystead.domain.events import AuditEvent
from keystead.domain.grants import Grant
from keystead.domain.identities import ApiKey, Identity, SigningKey
from keystead.domain.ids import InstanceId, RingId
from keystead.domain.import_tokens import ImportToken
from keystead.domain.instances import Instance
from keystead.domain.keys import Key, KeyState
from keystead.domain.kmip import Adapter
from keystead.domain.placing import alias_taken
from keystead.domain.policies import InstancePolicies
from keystead.domain.ports.unit import Binder
from keystead.domain.resource_groups import ResourceGroup
from keystead.domain.rings import Ring
from keystead.domain.roles import CustomRole
from keystead.domain.zones import Zone
from keystead.storage import records, schema
from keystead.storage.answers import gaining_aliases, overtaken
from keystead.storage.context_rows import settle_contexts
from keystead.storage.instances import require_deserted, require_instances_within, require_not_removed
from keystead.storage.kmip import require_abandoned
from keystead.storage.owners import Owners
from keystead.storage.quotas import require_aliases_within, require_within
from keystead.storage.resource_groups import require_groups_there, settle_group
from keystead.storage.rosters import Place, Rosters, grants_of, memberships_of, roster_of
from keystead.storage.runs import Shifts, shift
from keystead.storage.tallies import Tallies, by_shard

_at_key = (schema.KEYS.c.instance == bindparam("at_instance"), schema.KEYS.c.id == bindparam("at_id"))
_still = schema.KEYS.c.revision == bindparam("was")
_UPDATE_KEY = update(schema.KEYS).where(*_at_key, _still)
_STATE = select(schema.KEYS.c.state).where(*_at_key, _still)
_DELETE_KEY = delete(schema.KEYS).where(*_at_key, _still)
_at_token = schema.TOKENS.c.instance == bindparam("at_instance")
_REPLACE_TOKEN = update(schema.TOKENS).where(_at_token)
_UPDATE_TOKEN = _REPLACE_TOKEN.where(
    schema.TOKENS.c.id == bindparam("was_id"), schema.TOKENS.c.revision == bindparam("was")
)
_DROP_ALIAS = delete(schema.ALIASES).where(
    schema.ALIASES.c.instance == bindparam("at_instance"),
    schema.ALIASES.c.alias == bindparam("at_alias"),
    schema.ALIASES.c.key == bindparam("at_key"),
)
_FORGET = delete(schema.OUTBOX).where(schema.OUTBOX.c.id == bindparam("at_id"))
_RENEW = update(schema.GENERATIONS).values(number=schema.GENERATIONS.c.number + 1)
_RING_THERE = (
    select(schema.RINGS.c.id)
    .where(schema.RINGS.c.instance == bindparam("at_instance"), schema.RINGS.c.id == bindparam("at_id"))
    .with_for_update(read=True, key_share=True)
)
_KEY_IN_RING = (
    select(schema.KEYS.c.id)
    .where(schema.KEYS.c.instance == bindparam("at_instance"), schema.KEYS.c.ring == bindparam("at_ring"))
    .limit(1)
)
_REMEMBERED = (
    Instance
    | Ring
    | InstancePolicies
    | Identity
    | ApiKey
    | SigningKey
    | Grant
    | AccessGroup
    | Member
    | CustomRole
    | ResourceGroup
    | Zone
    | ContextRule
)  # until something is written to the directory
_INSERT = {table.name: insert(table) for table in schema.METADATA.sorted_tables}
_INSERT_KEYS = _INSERT[records.KEYS.table]


class Writing:
    """Writes changes; *origin* is the audit log that their events are for."""

    def __init__(self, binder: Binder, tallies: Tallies, rosters: Rosters, origin: str) -> None:
        self._binder = binder
        self._tallies = tallies
        self._rosters = rosters
        self._origin = origin
        self._owners = Owners(binder)

    def commit(
        self, connection: Connection, change: Change, event: AuditEvent | None, forget: list[str]
    ) -> None:
        """Write *change* and *event* as `apply`, and remove events that the audit log holds."""
        self.forget(connection, forget)
        self.apply(connection, change, event)

    def apply(self, connection: Connection, change: Change, event: AuditEvent | None) -> None:
        """Write *change* and *event*.

        Raises:
            Conflict: as `Outbox.commit`.
            Refused: as `Outbox.commit`.
            Tampered: a tally or roster that would move, or a record to be replaced, is not what was written.
        """
        if change.added or any(isinstance(it.new or it.was, _REMEMBERED) for it in change.records):
            connection.execute(_RENEW)
        self._rosters.begin(connection, change.added)
        rosters = self._rosters.standing(connection, self._touched(connection, change))
        for record in change.added:
            self._add(connection, record)
        require_instances_within(connection, self._binder, change.added)
        require_groups_there(connection, change.added)
        for instance, ring in change.rings:
            _require_ring(connection, instance, ring)
        for token in change.tokens:
            self._put_token(connection, token)
        self._put_keys(connection, change.keys)
        for record_write in change.records:
            self._put_record(connection, record_write)
        self._rosters.move(connection, rosters)
        for one in change.events if event is None else (event, *change.events):
            self._insert(connection, records.OUTBOX, records.Pending(self._origin, one))

    def forget(self, connection: Connection, event_ids: list[str]) -> None:
        """Remove events that the audit log holds."""
        if event_ids:
            connection.execute(_FORGET, [{"at_id": event_id} for event_id in event_ids])

    def _touched(self, connection: Connection, change: Change) -> Iterator[Place]:
        """Yield the rosters that *change* moves, with those of what goes with what it removes."""
        for added in change.added:
            yield from roster_of(added)
        for write in change.records:
            for record in (write.new, write.was):
                if record is not None:
                    yield from roster_of(record)
            if write.new is None:
                yield from self._going(connection, write.was)

    def _going(self, connection: Connection, gone: Record | None) -> Iterator[Place]:
        if isinstance(gone, Identity):
            for key in self._owners.keys_of(connection, gone):
                yield from roster_of(key)
            yield from (memberships_of(gone.iam_id), grants_of(gone.iam_id))
        elif isinstance(gone, AccessGroup):
            yield grants_of(gone.id)

    def _add(self, connection: Connection, record: Addition) -> None:
        self._insert(connection, records.ADDITIONS[type(record)], record)
        if isinstance(record, Instance):
            self._tallies.begin(connection, record.id)

    def _insert(self, connection: Connection, kind: records.Kind[Any], value: object) -> None:
        try:
            connection.execute(_INSERT[kind.table], kind.row(self._binder, value))
        except IntegrityError:
            raise overtaken() from None

    def _put_record(self, connection: Connection, write: RecordWrite) -> None:
        record = write.new or write.was
        assert record is not None  # noqa: S101 - `check` refused it
        kind = records.PLACED[type(record)]
        if write.was is None:
            self._insert(connection, kind, write.new)
            require_within(connection, record)
            self._owners.require_place(connection, record)
        elif write.new is None:
            if isinstance(write.was, Adapter):
                require_abandoned(connection, write.was)
            _one(connection, _AT[kind.table].delete, self._standing(connection, kind, write.was))
            if isinstance(write.was, Ring):
                _require_empty(connection, write.was)
            if isinstance(write.was, Identity):
                self._owners.forget(connection, write.was)
        else:
            if isinstance(write.new, Instance) and write.new.state != "active":
                require_deserted(connection, write.new.id)
            row = kind.row(self._binder, write.new)
            _one(connection, _AT[kind.table].update, {**row, **self._standing(connection, kind, write.was)})
        self._owners.settle(connection, write)
        if isinstance(record, ResourceGroup):
            settle_group(connection, self._binder, write)
        settle_contexts(connection, self._binder, write)

    def _standing(self, connection: Connection, kind: records.Kind[Any], was: Record) -> dict[str, Any]:
        """Return what names the row of *was*, which must say that very record.

        Rows are compared by what they say and not by their octets: those of an older version lack what has
        been added to the record since.
        """
        at = kind.at(was)
        row = connection.execute(_AT[kind.table].read, at).mappings().first()
        if row is None or kind.value(self._binder, row) != was:
            raise overtaken()
        return {**at, "was_mac": row["mac"]}

    def _put_token(self, connection: Connection, write: TokenWrite) -> None:
        row = records.TOKENS.row(self._binder, write.new)
        if write.was is not None:
            _one(connection, _UPDATE_TOKEN, {**row, **_token_as_it_was(write.was)})
        elif connection.execute(_REPLACE_TOKEN, {**row, "at_instance": write.new.instance}).rowcount == 0:
            self._insert(connection, records.TOKENS, write.new)

    def _put_keys(self, connection: Connection, writes: list[KeyWrite]) -> None:
        moved: Shifts = Counter()
        stored = [_as_stored(connection, write) for write in writes]
        for (instance, shard), group in by_shard(stored).items():
            moved.update(self._tallies.move(connection, instance, shard, group))
        if moved:
            shift(connection, moved)
        require_not_removed(connection, self._binder, writes)
        for write in writes:
            _drop_aliases(connection, write.was, write.new)
        self._insert_keys(connection, [it.new for it in writes if it.was is None and it.new is not None])
        for write in writes:
            if write.was is not None:
                self._put_key(connection, write.was, write.new)
            _add_aliases(connection, write.was, write.new)
        for gaining in gaining_aliases(writes):
            require_aliases_within(connection, gaining)

    def _insert_keys(self, connection: Connection, keys: list[Key]) -> None:
        """Insert *keys* by one statement, which many take a third of the time of one statement for each."""
        if len(keys) == 1:  # as nearly always, for which the list would cost more
            self._insert(connection, records.KEYS, keys[0])
        elif keys:
            try:
                connection.execute(_INSERT_KEYS, [records.KEYS.row(self._binder, key) for key in keys])
            except IntegrityError:
                raise overtaken() from None

    def _put_key(self, connection: Connection, was: Key, new: Key | None) -> None:
        if new is None:
            _one(connection, _DELETE_KEY, _key_as_it_was(was))
        else:
            row = records.KEYS.row(self._binder, new)
            _one(connection, _UPDATE_KEY, {**row, **_key_as_it_was(was)})


def _as_stored(connection: Connection, write: KeyWrite) -> KeyWrite:
    """Return *write* with the state of its row: who changes an expired key may know it as Deactivated."""
    was = write.was
    if was is None or was.expires_at is None or was.state is not KeyState.DEACTIVATED:
        return write
    state = connection.execute(_STATE, _key_as_it_was(was)).scalar()
    return write if state is None else replace(write, was=replace(was, state=KeyState(state)))


def _drop_aliases(connection: Connection, was: Key | None, new: Key | None) -> None:
    if was is None:
        return
    for alias in _aliases(was) - _aliases(new):
        place = {"at_instance": was.instance, "at_alias": alias, "at_key": was.id}
        connection.execute(_DROP_ALIAS, place)


def _add_aliases(connection: Connection, was: Key | None, new: Key | None) -> None:
    if new is None:
        return
    for alias in sorted(_aliases(new) - _aliases(was)):
        row = {"instance": new.instance, "alias": alias, "key": new.id}
        try:
            connection.execute(_INSERT[schema.ALIASES.name], row)
        except IntegrityError:
            raise alias_taken(alias) from None


def _aliases(key: Key | None) -> set[str]:
    return set() if key is None else set(key.aliases)


def _key_as_it_was(was: Key) -> dict[str, object]:
    return {"at_instance": was.instance, "at_id": was.id, "was": was.revision}


def _token_as_it_was(was: ImportToken) -> dict[str, object]:
    return {"at_instance": was.instance, "was_id": was.id, "was": was.revision}


@dataclass(frozen=True, slots=True)
class _At:
    """Statements about the row at a record's place; no other may have come between reading and writing it."""

    read: Select[Any]
    update: Update
    delete: Delete


def _at(kind: records.Kind[Any]) -> _At:
    table = schema.METADATA.tables[kind.table]
    place = [table.c[name] == bindparam(f"at_{name}") for name in kind.place]
    there = (*place, table.c.mac == bindparam("was_mac"))
    return _At(select(table).where(*place), update(table).where(*there), delete(table).where(*there))


_AT = {kind.table: _at(kind) for kind in records.PLACED.values()}


def _require_ring(connection: Connection, instance: InstanceId, ring: RingId) -> None:
    """Keep *ring* from being removed before this commits; `Conflict` where it is gone already."""
    if connection.execute(_RING_THERE, {"at_instance": instance, "at_id": ring}).first() is None:
        raise overtaken()


def _require_empty(connection: Connection, ring: Ring) -> None:
    if connection.execute(_KEY_IN_RING, {"at_instance": ring.instance, "at_ring": ring.id}).first():
        raise overtaken()


def _one(connection: Connection, statement: Update | Delete, values: dict[str, Any]) -> None:
    """Execute *statement*, or raise `Conflict` where it finds no row as it was."""
    if connection.execute(statement, values).rowcount != 1:
        raise overtaken()
