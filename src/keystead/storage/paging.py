"""Far pages: where to begin reading, from how many keys each shard has.

Without this, a page would read every key before it. Shards follow each other as the ids of their keys do.
"""

from dataclasses import replace
from typing import Final

from sqlalchemy import Connection, bindparam, func, select

from keystead.domain.listing import KeyQuery
from keystead.storage.schema import TALLIES

_LIVE: Final = (
    select(TALLIES.c.shard, TALLIES.c.live)
    .where(TALLIES.c.instance == bindparam("at_instance"))
    .order_by(TALLIES.c.shard)
)
_ALL_LIVE: Final = select(func.sum(TALLIES.c.live)).where(TALLIES.c.instance == bindparam("at_instance"))

_PAST_EVERY_ID: Final = "g"  # ids are hexadecimal


def begun(connection: Connection, query: KeyQuery) -> tuple[KeyQuery, str]:
    """Return a plain *query* with what is left of its offset, and the lowest id to count from."""
    if not query.offset:
        return query, ""
    left = query.offset
    for shard, live in connection.execute(_LIVE, {"at_instance": query.instance}):
        if live > left:
            return replace(query, offset=left), f"{shard:02x}"
        left -= live
    return replace(query, offset=left), _PAST_EVERY_ID


def all_live(connection: Connection, query: KeyQuery) -> int:
    """Return how many keys a plain *query* selects, whatever its limit and offset."""
    return connection.execute(_ALL_LIVE, {"at_instance": query.instance}).scalar_one() or 0
