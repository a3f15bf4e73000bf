"""What the tallies of an instance count."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from sqlalchemy import Connection, bindparam, select

from keystead.domain.ids import InstanceId
from keystead.storage.classes import UNREADABLE, counted, counts_of
from keystead.storage.records import tampered
from keystead.storage.runs import Cuts, cuts_of
from keystead.storage.schema import TALLIES

_COUNTS: Final = (
    select(TALLIES.c.shard, TALLIES.c.classes, TALLIES.c.digest, TALLIES.c.cuts)
    .where(TALLIES.c.instance == bindparam("at_instance"))
    .order_by(TALLIES.c.shard)
)


class Shard(NamedTuple):
    """How many keys of each class one shard has; the digest is another one after every change of them."""

    number: int
    counts: Mapping[int, int]
    digest: bytes


@dataclass(frozen=True, slots=True)
class Counts:
    """How many keys an instance has of each class, in each shard, and to where its runs reach."""

    shards: tuple[Shard, ...]
    total: Mapping[int, int]
    cuts: Cuts

    @classmethod
    def read(cls, connection: Connection, instance: InstanceId) -> "Counts":
        """Read them; `Tampered` where they are no counts."""
        rows = connection.execute(_COUNTS, {"at_instance": instance}).all()
        try:
            shards = tuple(Shard(number, counts_of(classes), digest) for number, classes, digest, _ in rows)
            cuts = cuts_of(rows[0][3]) if rows else {}
        except UNREADABLE:
            raise tampered("tallies", instance) from None
        total: dict[int, int] = {}
        for _, counts, _ in shards:
            for number, keys in counts.items():
                total[number] = total.get(number, 0) + keys
        return cls(shards, total, cuts)

    def of(self, classes: frozenset[int]) -> int:
        """Return how many keys there are of *classes*."""
        return counted(self.total, classes)

    def present(self, classes: frozenset[int]) -> frozenset[int]:
        """Return those of *classes* that there are."""
        return classes.intersection(self.total)
