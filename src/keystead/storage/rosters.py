"""Rosters: what shows that a row which says who may do what was set back, put back or removed.

A row's own MAC cannot say that the row still stands. Rows of one table that have one owner, like the grants
of a subject or the context rules of an account, are therefore on one roster: a revision, and a MAC over it
and over the MACs of them all. It moves in the transaction that writes them, and whoever reads them to decide
something compares it. A roster stays when its last row goes.

Whoever changes the directory has changed its generation first and holds that row until he commits, so no two
rosters move at once.
"""

import hmac
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, Select, bindparam, insert, literal, select, update

from keystead.domain.changes import Addition
from keystead.domain.identities import Account
from keystead.domain.instances import Instance
from keystead.domain.ports.unit import Binder
from keystead.storage import records
from keystead.storage.records import Kind, pack, tampered
from keystead.storage.revisions import Revisions
from keystead.storage.roster_places import OWNERS, Place, policies_of, rules_of
from keystead.storage.schema import ACCOUNTS, INSTANCES, METADATA, ROSTERS
from keystead.storage.statements import insert_rows, write_one


class Standing(NamedTuple):
    """A roster as a transaction found it; without a revision it is not there yet."""

    place: Place
    revision: int | None


READ: Final = select(ROSTERS).where(
    ROSTERS.c.of.in_(bindparam("tables", expanding=True)),
    ROSTERS.c.owner.in_(bindparam("owners", expanding=True)),
)
"""More than is asked for, but by the index: SQLite looks at all rows for pairs in a list."""
_MOVE: Final = update(ROSTERS).where(
    ROSTERS.c.of == bindparam("at_of"),
    ROSTERS.c.owner == bindparam("at_owner"),
    ROSTERS.c.revision == bindparam("was"),
)
_BEGIN: Final = insert(ROSTERS)


def _macs(kind: Kind[Any], column: str) -> Select[Any]:
    table = METADATA.tables[kind.table]
    every = select(table.c.mac)
    return every.where(table.c[column] == bindparam("at_owner")) if column else every


_MACS: Final = {kind.table: _macs(kind, column) for kind, column in OWNERS.values()}


_NEVER_WITHOUT: Final = frozenset({records.CONTEXT_RULES.table, records.POLICIES.table})
"""Rows that say no: their rosters begin with whom they are about, so that a missing one is a removed one."""


class Rosters:
    """Checks and moves rosters inside the transaction of its caller; used from several threads."""

    def __init__(self, binder: Binder) -> None:
        self._binder = binder
        self._seen = Revisions()

    def moment(self) -> int:
        """Return what tells revisions seen so far from later ones; for a snapshot that is not open yet."""
        return self._seen.moment()

    def check(self, connection: Connection, found: Mapping[Place, Iterable[bytes]], since: int) -> None:
        """Raise `Tampered` unless the MACs that were *found* are of all rows that were last written.

        They and the rosters must come from one snapshot of the database, which is no older than the `moment`
        *since*: a revision that others saw later may well be newer than it.
        """
        rows = self._read(connection, found) if found else {}
        for place, macs in found.items():
            row = rows.get(place)
            self._compare(place, row, macs, self._seen.floor(place, since))
            if row is not None:
                self._seen.remember(place, row.revision)

    def begin(self, connection: Connection, added: Iterable[Addition]) -> None:
        """Write the empty rosters of new accounts and instances."""
        for record in added:
            if isinstance(record, Account):
                self._begin(connection, rules_of(record.id), ())
            elif isinstance(record, Instance):
                self._begin(connection, policies_of(record.id), ())

    def standing(self, connection: Connection, places: Iterable[Place]) -> list[Standing]:
        """Return the rosters at *places*, whose rows are about to change; `Tampered` as `check`."""
        found = {place: self._macs(connection, place) for place in sorted(set(places))}
        if not found:
            return []
        rows, moment = self._read(connection, found), self.moment()
        for place, macs in found.items():
            self._compare(place, rows.get(place), macs, self._seen.floor(place, moment))
        return [Standing(place, rows[place].revision if place in rows else None) for place in found]

    def move(self, connection: Connection, standing: Iterable[Standing]) -> None:
        """Have the rosters that stood so be of the rows that are there now."""
        for place, revision in standing:
            macs = self._macs(connection, place)
            if revision is None:
                self._begin(connection, place, macs)
                continue
            at = {"at_of": place.table, "at_owner": place.owner, "was": revision}
            write_one(connection, _MOVE, {**at, **self._state(place, revision + 1, macs)})

    def count_anew(self, connection: Connection) -> int:
        """Write the rosters of all rows that are there, where there are none yet; return how many.

        Rows that are not what was written are on them as well: whoever reads one says so.
        """
        places = {place: list[bytes]() for place in _begun(connection)}
        for kind, column in OWNERS.values():
            table = METADATA.tables[kind.table]
            owner = table.c[column] if column else literal("")
            for name, mac in connection.execute(select(owner, table.c.mac)):
                places.setdefault(Place(kind.table, name), []).append(mac)
        rows = [self._row(place, macs) for place, macs in places.items()]
        if rows:
            insert_rows(connection, _BEGIN, rows)
        return len(rows)

    def _begin(self, connection: Connection, place: Place, macs: Iterable[bytes]) -> None:
        insert_rows(connection, _BEGIN, self._row(place, macs))

    def _read(self, connection: Connection, places: Collection[Place]) -> dict[Place, Row[Any]]:
        asked = {"tables": sorted({it.table for it in places}), "owners": sorted({it.owner for it in places})}
        return {Place(row.of, row.owner): row for row in connection.execute(READ, asked)}

    def _macs(self, connection: Connection, place: Place) -> list[bytes]:
        return list(connection.execute(_MACS[place.table], {"at_owner": place.owner}).scalars())

    def _compare(self, place: Place, row: Row[Any] | None, macs: Iterable[bytes], floor: int) -> None:
        if row is None:
            stands = place.table not in _NEVER_WITHOUT and floor == 0 and not [*macs]
        else:
            expected = self._mac(place, row.revision, macs)
            stands = row.revision >= floor and hmac.compare_digest(row.mac, expected)
        if not stands:
            raise tampered("rosters", *place)

    def _row(self, place: Place, macs: Iterable[bytes]) -> dict[str, Any]:
        return {"of": place.table, "owner": place.owner, **self._state(place, 1, macs)}

    def _state(self, place: Place, revision: int, macs: Iterable[bytes]) -> dict[str, Any]:
        return {"revision": revision, "mac": self._mac(place, revision, macs)}

    def _mac(self, place: Place, revision: int, macs: Iterable[bytes]) -> bytes:
        return self._binder.mac("keystead/roster/1", pack(*place, revision, *sorted(macs)))


def _begun(connection: Connection) -> Iterator[Place]:
    yield from map(rules_of, connection.execute(select(ACCOUNTS.c.id)).scalars())
    yield from map(policies_of, connection.execute(select(INSTANCES.c.id)).scalars())
