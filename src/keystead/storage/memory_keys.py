"""Keys and what an instance has, in memory."""

from collections.abc import Collection, Iterator
from itertools import islice

from keystead.domain.changes import KeyWrite, TokenWrite
from keystead.domain.due import DueKey, DueQuery, due_at
from keystead.domain.ids import DEFAULT_RING, InstanceId, KeyId, RingId
from keystead.domain.import_tokens import ImportToken
from keystead.domain.instances import Instance
from keystead.domain.keys import Key
from keystead.domain.listing import KeyQuery
from keystead.domain.placing import alias_taken
from keystead.domain.registrations import Registration
from keystead.domain.rings import Ring
from keystead.storage.answers import not_found, overtaken, unknown_instance
from keystead.storage.memory_entries import MISSING, EntriesInMemory


class KeysInMemory(EntriesInMemory):
    """The part of the store that is about keys; see `keystead.domain.ports.keys.Keys`."""

    def __init__(self) -> None:
        super().__init__()
        self._keys: dict[tuple[InstanceId, KeyId], Key] = {}
        self._aliases: dict[tuple[InstanceId, str], KeyId] = {}
        self._tokens: dict[InstanceId, ImportToken] = {}
        self._rings: dict[tuple[InstanceId, RingId], Ring] = {}
        self._registrations: dict[tuple[InstanceId, KeyId, str], Registration] = {}
        self._instances: dict[str, Instance] = {}

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

    async def registrations(self, instance: InstanceId, key: KeyId | None) -> tuple[Registration, ...]:
        """Return the registrations of *key*, or of all keys, ordered by key and CRN."""
        found = (
            it for it in self._registrations.values() if it.instance == instance and key in (None, it.key)
        )
        return tuple(sorted(found, key=lambda it: (it.key, it.crn)))

    def _keys_in(self, instance: InstanceId) -> Iterator[Key]:
        return (key for (owner, _), key in self._keys.items() if owner == instance)

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
            self._set(self._aliases, (write.was.instance, alias), MISSING)

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
        self._set(self._keys, at, MISSING if new is None else new)
        for alias in () if new is None else new.aliases:
            if self._aliases.get((subject.instance, alias), subject.id) != subject.id:
                raise alias_taken(alias)
            self._set(self._aliases, (subject.instance, alias), subject.id)
