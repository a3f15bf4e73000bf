"""Keys that time has something to do with, found in an index alone: their rows are not read, nor checked."""

from typing import Final

from sqlalchemy import Connection, Integer, bindparam, select, tuple_

from keystead.domain.due import DueKey, DueQuery
from keystead.storage.records import micros, time_of
from keystead.storage.schema import KEYS

_turn = (KEYS.c.due_at, KEYS.c.instance, KEYS.c.id)
_DUE: Final = (
    select(*_turn, KEYS.c.expires_at)
    .where(
        KEYS.c.state == bindparam("state"),
        KEYS.c.due_at <= bindparam("until"),
        tuple_(*_turn) > tuple_(*(bindparam(f"after_{column.name}", type_=column.type) for column in _turn)),
    )
    .order_by(*_turn)
    .limit(bindparam("limit", type_=Integer))
)


def found_due(connection: Connection, query: DueQuery) -> tuple[DueKey, ...]:
    """Return where *query* finds keys, turn by turn."""
    at, instance, key = query.after
    place = {
        "state": int(query.state),
        "until": micros(query.until),
        "after_due_at": micros(at),
        "after_instance": instance,
        "after_id": key,
        "limit": query.limit,
    }
    return tuple(
        DueKey(
            (time_of(row.due_at), row.instance, row.id),
            query.action(expired=row.expires_at is not None and row.expires_at <= micros(query.now)),
        )
        for row in connection.execute(_DUE, place)
    )
