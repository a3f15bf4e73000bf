"""How keys are written, with their aliases, tallies and runs, in the transaction of the caller."""

from collections import Counter
from dataclasses import replace

from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from keystead.domain.changes import KeyWrite
from keystead.domain.keys import Key, KeyState
from keystead.domain.placing import alias_taken
from keystead.domain.ports.unit import Binder
from keystead.storage import records, schema
from keystead.storage.answers import gaining_aliases
from keystead.storage.instances import require_not_removed
from keystead.storage.quotas import require_aliases_within
from keystead.storage.runs import Shifts, shift
from keystead.storage.statements import insert_record, insert_rows, write_one
from keystead.storage.tallies import Tallies, by_shard

_at_key = (schema.KEYS.c.instance == bindparam("at_instance"), schema.KEYS.c.id == bindparam("at_id"))
_still = schema.KEYS.c.revision == bindparam("was")
_UPDATE_KEY = update(schema.KEYS).where(*_at_key, _still)
_STATE = select(schema.KEYS.c.state).where(*_at_key, _still)
_DELETE_KEY = delete(schema.KEYS).where(*_at_key, _still)
_DROP_ALIAS = delete(schema.ALIASES).where(
    schema.ALIASES.c.instance == bindparam("at_instance"),
    schema.ALIASES.c.alias == bindparam("at_alias"),
    schema.ALIASES.c.key == bindparam("at_key"),
)
_INSERT_KEYS = insert(schema.KEYS)
_INSERT_ALIAS = insert(schema.ALIASES)


class KeyWriting:
    """Writes keys and moves their tallies."""

    def __init__(self, binder: Binder, tallies: Tallies) -> None:
        self._binder = binder
        self._tallies = tallies

    def put(self, connection: Connection, writes: list[KeyWrite]) -> None:
        """Write them all; errors as `Outbox.commit`."""
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
            insert_record(connection, self._binder, records.KEYS, keys[0])
        elif keys:
            insert_rows(connection, _INSERT_KEYS, [records.KEYS.row(self._binder, key) for key in keys])

    def _put_key(self, connection: Connection, was: Key, new: Key | None) -> None:
        if new is None:
            write_one(connection, _DELETE_KEY, _key_as_it_was(was))
        else:
            row = records.KEYS.row(self._binder, new)
            write_one(connection, _UPDATE_KEY, {**row, **_key_as_it_was(was)})


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
            connection.execute(_INSERT_ALIAS, row)
        except IntegrityError:
            raise alias_taken(alias) from None


def _aliases(key: Key | None) -> set[str]:
    return set() if key is None else set(key.aliases)


def _key_as_it_was(was: Key) -> dict[str, object]:
    return {"at_instance": was.instance, "at_id": was.id, "was": was.revision}
