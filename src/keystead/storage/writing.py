"""How a change is written, in the transaction of its caller; the same statements for every database."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Delete, Select, Update, bindparam, delete, select, update

from keystead.domain.access_groups import AccessGroup, Member
from keystead.domain.changes import Addition, Change, Record, RecordWrite, TokenWrite
from keystead.domain.context_rules import ContextRule
from keystead.domain.events import AuditEvent
from keystead.domain.grants import Grant
from keystead.domain.identities import ApiKey, Identity, SigningKey
from keystead.domain.ids import InstanceId, RingId
from keystead.domain.import_tokens import ImportToken
from keystead.domain.instances import Instance
from keystead.domain.kmip import Adapter
from keystead.domain.policies import InstancePolicies
from keystead.domain.ports.unit import Binder
from keystead.domain.resource_groups import ResourceGroup
from keystead.domain.rings import Ring
from keystead.domain.roles import CustomRole
from keystead.domain.zones import Zone
from keystead.storage import records, schema
from keystead.storage.answers import overtaken
from keystead.storage.context_rows import settle_contexts
from keystead.storage.instances import require_deserted, require_instances_within
from keystead.storage.key_writing import KeyWriting
from keystead.storage.kmip import require_abandoned
from keystead.storage.owners import Owners
from keystead.storage.quotas import require_within
from keystead.storage.resource_groups import require_groups_there, settle_group
from keystead.storage.roster_places import moved_by
from keystead.storage.rosters import Rosters
from keystead.storage.statements import insert_record, write_one
from keystead.storage.tallies import Tallies

_at_token = schema.TOKENS.c.instance == bindparam("at_instance")
_REPLACE_TOKEN = update(schema.TOKENS).where(_at_token)
_UPDATE_TOKEN = _REPLACE_TOKEN.where(
    schema.TOKENS.c.id == bindparam("was_id"), schema.TOKENS.c.revision == bindparam("was")
)
_FORGET = delete(schema.OUTBOX).where(schema.OUTBOX.c.id == bindparam("at_id"))
_RENEW = update(schema.GENERATIONS).values(revision=schema.GENERATIONS.c.revision + 1)
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


class Writing:
    """Writes changes; *origin* is the audit log that their events are for."""

    def __init__(self, binder: Binder, tallies: Tallies, rosters: Rosters, origin: str) -> None:
        self._binder = binder
        self._tallies = tallies
        self._keys = KeyWriting(binder, tallies)
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
        rosters = self._rosters.standing(connection, moved_by(connection, change, self._owners))
        for record in change.added:
            self._add(connection, record)
        require_instances_within(connection, self._binder, change.added)
        require_groups_there(connection, change.added)
        for instance, ring in change.rings:
            _require_ring(connection, instance, ring)
        for token in change.tokens:
            self._put_token(connection, token)
        self._keys.put(connection, change.keys)
        for record_write in change.records:
            self._put_record(connection, record_write)
        self._rosters.move(connection, rosters)
        for one in change.events if event is None else (event, *change.events):
            insert_record(connection, self._binder, records.OUTBOX, records.Pending(self._origin, one))

    def forget(self, connection: Connection, event_ids: list[str]) -> None:
        """Remove events that the audit log holds."""
        if event_ids:
            connection.execute(_FORGET, [{"at_id": event_id} for event_id in event_ids])

    def _add(self, connection: Connection, record: Addition) -> None:
        insert_record(connection, self._binder, records.ADDITIONS[type(record)], record)
        if isinstance(record, Instance):
            self._tallies.begin(connection, record.id)

    def _put_record(self, connection: Connection, write: RecordWrite) -> None:
        record = write.new or write.was
        assert record is not None  # noqa: S101 - `check` refused it
        kind = records.PLACED[type(record)]
        if write.was is None:
            insert_record(connection, self._binder, kind, write.new)
            require_within(connection, record)
            self._owners.require_place(connection, record)
        elif write.new is None:
            if isinstance(write.was, Adapter):
                require_abandoned(connection, write.was)
            write_one(connection, _AT[kind.table].delete, self._standing(connection, kind, write.was))
            if isinstance(write.was, Ring):
                _require_empty(connection, write.was)
            if isinstance(write.was, Identity):
                self._owners.forget(connection, write.was)
        else:
            if isinstance(write.new, Instance) and write.new.state != "active":
                require_deserted(connection, write.new.id)
            row = kind.row(self._binder, write.new)
            write_one(
                connection, _AT[kind.table].update, {**row, **self._standing(connection, kind, write.was)}
            )
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
            write_one(connection, _UPDATE_TOKEN, {**row, **_token_as_it_was(write.was)})
        elif connection.execute(_REPLACE_TOKEN, {**row, "at_instance": write.new.instance}).rowcount == 0:
            insert_record(connection, self._binder, records.TOKENS, write.new)


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
