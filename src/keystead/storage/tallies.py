"""Tallies: what shows that a genuine row was put back to an older one, removed or copied.

A row's own MAC cannot say that a newer row existed. The keys of an instance are therefore counted in 256
shards, by the first octet of their id. A shard's tally is the XOR of one keyed hash per key and revision, and
has a MAC itself. It moves in the transaction that writes the keys.
"""

import hmac
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, Text, bindparam, cast, func, insert, select, update

from keystead.domain.changes import KeyWrite
from keystead.domain.ids import InstanceId, KeyId
from keystead.domain.keys import Key
from keystead.domain.ports.unit import Binder
from keystead.storage.answers import unknown_instance
from keystead.storage.classes import UNREADABLE, class_of, counts_of
from keystead.storage.records import pack, tampered
from keystead.storage.revisions import Revisions
from keystead.storage.runs import Place, cuts_of, shifts
from keystead.storage.schema import INSTANCES, KEYS, TALLIES
from keystead.storage.statements import write_one

SHARDS = range(256)
_NONE = msgspec.msgpack.encode({})
_SUMMED = 512  # shards whose rows it keeps, to sum only what changed

_place = (TALLIES.c.instance == bindparam("at_instance"), TALLIES.c.shard == bindparam("at_shard"))
_READ = select(TALLIES).where(*_place)
_READ_LOCKED = _READ.with_for_update()
_MOVE = update(TALLIES).where(*_place, TALLIES.c.revision == bindparam("was"))
_HAS_INSTANCE = select(INSTANCES.c.id).where(INSTANCES.c.id == bindparam("at_instance"))
_ROWS = select(
    func.count(),
    func.aggregate_strings(KEYS.c.id.concat(" ").concat(cast(KEYS.c.revision, Text)), ","),
).where(
    KEYS.c.instance == bindparam("at_instance"), KEYS.c.id >= bindparam("low"), KEYS.c.id < bindparam("high")
)
"""All ids and revisions of a shard in one text: fetching it costs a tenth of fetching the rows."""


@dataclass(frozen=True, slots=True)
class Tally:
    """One shard as its row says it is."""

    instance: InstanceId
    shard: int
    count: int
    digest: bytes
    revision: int
    # Not in the MAC, for only the places of pages hang on them:
    classes: bytes  # how many keys there are of each class
    cuts: bytes  # to where the instance's runs reach


def shard_of(key: KeyId) -> int:
    """Return the shard of *key*: the first octet of its UUID."""
    return int(key[:2], 16)


class Tallies:
    """Checks and moves tallies inside the transaction of its caller; used from several threads."""

    def __init__(self, binder: Binder) -> None:
        self._binder = binder
        self._seen = Revisions()
        self._lock = threading.Lock()
        self._sums: dict[tuple[InstanceId, int], tuple[str, int]] = {}

    def begin(self, connection: Connection, instance: InstanceId) -> None:
        """Write the empty tallies of a new instance; from now on a missing one is a removed one."""
        empty = (Tally(instance, shard, 0, bytes(32), 1, _NONE, _NONE) for shard in SHARDS)
        connection.execute(insert(TALLIES), [self._row(tally) for tally in empty])

    def moment(self) -> int:
        """Return what tells revisions seen so far from later ones; for a snapshot that is not open yet."""
        return self._seen.moment()

    def check(self, connection: Connection, instance: InstanceId, shard: int, since: int) -> None:
        """Raise `Tampered` unless the rows of the shard are those that were last written.

        The rows and whatever the caller reads next must come from one snapshot of the database, which is no
        older than the `moment` *since*: a revision that others saw later may well be newer than it.
        """
        floor = self._seen.floor((instance, shard), since)
        tally = self._read(connection, instance, shard)
        count, rows = self._rows(connection, instance, shard)
        if tally is None:
            if count or connection.execute(_HAS_INSTANCE, {"at_instance": instance}).first():
                raise tampered("tallies", instance, shard)
            return
        if tally.revision < floor or (tally.count, tally.digest) != (count, self._sum(tally, rows)):
            raise tampered("tallies", instance, shard)
        self._seen.remember((instance, shard), tally.revision)

    def move(
        self, connection: Connection, instance: InstanceId, shard: int, writes: Sequence[KeyWrite]
    ) -> Mapping[Place, int]:
        """Count *writes*, all of one shard, in, and return how runs change by them.

        `Conflict` where another process was faster.
        """
        floor = self._seen.floor((instance, shard), self.moment())
        tally = self._read(connection, instance, shard, lock=True)
        if tally is None:
            if connection.execute(_HAS_INSTANCE, {"at_instance": instance}).first():
                raise tampered("tallies", instance, shard)
            raise unknown_instance(instance)
        if tally.revision < floor:
            raise tampered("tallies", instance, shard)
        try:
            self._write(connection, tally, self._moved(tally, writes))
            return shifts(writes, cuts_of(tally.cuts))
        except UNREADABLE:
            raise tampered("tallies", instance, shard) from None

    def _moved(self, tally: Tally, writes: Iterable[KeyWrite]) -> Tally:
        count, digest = tally.count, int.from_bytes(tally.digest)
        classes = counts_of(tally.classes)
        for write in writes:
            for side, change in ((write.was, -1), (write.new, 1)):
                if side is not None:
                    count += change
                    of = class_of(side)
                    classes[of] = classes.get(of, 0) + change
                    digest ^= self._mac_of(side)
        there = msgspec.msgpack.encode({number: keys for number, keys in classes.items() if keys})
        place = (tally.instance, tally.shard)
        return Tally(*place, count, digest.to_bytes(32), tally.revision + 1, there, tally.cuts)

    def _write(self, connection: Connection, was: Tally, new: Tally) -> None:
        place = {"at_instance": was.instance, "at_shard": was.shard, "was": was.revision}
        write_one(connection, _MOVE, {**self._counts(new), **place})

    def _read(
        self, connection: Connection, instance: InstanceId, shard: int, *, lock: bool = False
    ) -> Tally | None:
        statement = _READ_LOCKED if lock else _READ
        row = connection.execute(statement, {"at_instance": instance, "at_shard": shard}).first()
        if row is None:
            return None
        of, number, count, digest, revision, mac, classes, cuts = row  # in the order of the table's columns
        tally = Tally(of, number, count, digest, revision, classes, cuts)
        if not hmac.compare_digest(mac, self._mac_of_tally(tally)):
            raise tampered("tallies", instance, shard)
        return tally

    def _row(self, tally: Tally) -> dict[str, Any]:
        place = {"instance": tally.instance, "shard": tally.shard, "cuts": tally.cuts}
        return {**place, **self._counts(tally)}

    def _counts(self, tally: Tally) -> dict[str, Any]:
        return {
            "count": tally.count,
            "digest": tally.digest,
            "revision": tally.revision,
            "mac": self._mac_of_tally(tally),
            "classes": tally.classes,
        }

    def _mac_of_tally(self, tally: Tally) -> bytes:
        parts = (tally.instance, tally.shard, tally.count, tally.digest, tally.revision)
        return self._binder.mac("keystead/record/1/tallies", pack(*parts))

    def _rows(self, connection: Connection, instance: InstanceId, shard: int) -> tuple[int, str]:
        low = f"{shard:02x}"
        # Every digit of an id sorts before "g", so the range is exactly what starts with `low`.
        place = {"at_instance": instance, "low": low, "high": f"{low}g"}
        count, rows = connection.execute(_ROWS, place).one()
        return count, rows or ""

    def _sum(self, tally: Tally, rows: str) -> bytes:
        place = (tally.instance, tally.shard)
        known, digest = self._sums.get(place, ("", 0))
        if rows != known:
            for row in ({*rows.split(",")} ^ {*known.split(",")}) - {""}:
                key, revision = row.split(" ")
                digest ^= self._mac(tally.instance, key, int(revision))
            with self._lock:
                self._sums[place] = (rows, digest)
                if len(self._sums) > _SUMMED:
                    del self._sums[next(iter(self._sums))]
        return digest.to_bytes(32)

    def _mac_of(self, key: Key) -> int:
        return self._mac(key.instance, key.id, key.revision)

    def _mac(self, instance: str, key: str, revision: int) -> int:
        return int.from_bytes(self._binder.mac("keystead/tally/1", pack(instance, key, revision)))


def by_shard(writes: Sequence[KeyWrite]) -> dict[tuple[InstanceId, int], list[KeyWrite]]:
    """Group *writes* by the tally that they move, in one order for all processes, against deadlocks."""
    groups: dict[tuple[InstanceId, int], list[KeyWrite]] = {}
    for write in writes:
        key = write.new or write.was
        if key is not None:
            groups.setdefault((key.instance, shard_of(key.id)), []).append(write)
    return dict(sorted(groups.items()))
