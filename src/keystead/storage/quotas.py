"""How many aliases and rings an instance may have, whoever else adds some at the same time.

A command counts before it adds; here is counted what all of them together have added. SQLite has one writer
at a time. In PostgreSQL those who add wait for each other at a row that they lock, and then count: the
statement sees what was committed before it began.
"""

from sqlalchemy import Connection, Table, bindparam, func, select

from keystead.domain.ids import InstanceId
from keystead.domain.placing import MOST_ALIASES
from keystead.domain.rings import MOST_RINGS
from keystead.storage.answers import overtaken
from keystead.storage.schema import ALIASES, INSTANCES, RINGS

# New keys of the instance, which refer to its row, need not wait for this lock.
_TAKE_TURNS = (
    select(INSTANCES.c.id).where(INSTANCES.c.id == bindparam("at_instance")).with_for_update(key_share=True)
)


def require_aliases_within(connection: Connection, instance: InstanceId) -> None:
    """Raise `Conflict` where *instance* has got more aliases than it may have."""
    _require_within(connection, ALIASES, instance, MOST_ALIASES)


def require_rings_within(connection: Connection, instance: InstanceId) -> None:
    """Raise `Conflict` where *instance* has got more rings than it may have."""
    _require_within(connection, RINGS, instance, MOST_RINGS)


def _require_within(connection: Connection, table: Table, instance: InstanceId, most: int) -> None:
    place = {"at_instance": instance}
    connection.execute(_TAKE_TURNS, place).first()
    there = select(func.count()).select_from(table).where(table.c.instance == bindparam("at_instance"))
    if connection.execute(there, place).scalar_one() > most:
        raise overtaken()
