"""How many there may be of something, whoever else adds some at the same time.

A command counts before it adds; here is counted what all of them together have added. SQLite has one writer
at a time. In PostgreSQL those who add wait for each other at a row that they lock, and then count: the
statement sees what was committed before it began.
"""

from sqlalchemy import ColumnElement, Connection, Table, bindparam, func, select

from keystead.domain.changes import Record
from keystead.domain.ids import InstanceId
from keystead.domain.kmip import MOST_ADAPTERS, MOST_CERTIFICATES, Adapter, ClientCertificate
from keystead.domain.placing import MOST_ALIASES
from keystead.domain.receivers import MOST_RECEIVERS, Receiver
from keystead.domain.rings import MOST_RINGS, Ring
from keystead.storage.answers import overtaken
from keystead.storage.schema import ADAPTERS, ALIASES, CERTIFICATES, GENERATIONS, INSTANCES, RECEIVERS, RINGS

# New keys of the instance, which refer to its row, need not wait for this lock.
_TAKE_TURNS = (
    select(INSTANCES.c.id).where(INSTANCES.c.id == bindparam("at_instance")).with_for_update(key_share=True)
)

_TAKE_TURNS_IN_DIRECTORY = select(GENERATIONS.c.revision).with_for_update()


def require_aliases_within(connection: Connection, instance: InstanceId) -> None:
    """Raise `Conflict` where *instance* has got more aliases than it may have."""
    _require(connection, instance, ALIASES, MOST_ALIASES)


def require_within(connection: Connection, added: Record) -> None:
    """Raise `Conflict` where, with what was *added*, there is more of its kind than there may be."""
    match added:
        case Ring():
            _require(connection, added.instance, RINGS, MOST_RINGS)
        case Adapter():
            _require(connection, added.instance, ADAPTERS, MOST_ADAPTERS)
        case ClientCertificate():
            mine = CERTIFICATES.c.adapter == added.adapter
            _require(connection, added.instance, CERTIFICATES, MOST_CERTIFICATES, mine)
        case Receiver():
            _require_receivers(connection)
        case _:
            return


def _require_receivers(connection: Connection) -> None:
    """Count receivers, which belong to no instance: who adds one waits at the directory's row."""
    connection.execute(_TAKE_TURNS_IN_DIRECTORY).first()
    there = select(func.count()).select_from(RECEIVERS)
    if connection.execute(there).scalar_one() > MOST_RECEIVERS:
        raise overtaken()


def _require(
    connection: Connection, instance: InstanceId, table: Table, most: int, *where: ColumnElement[bool]
) -> None:
    connection.execute(_TAKE_TURNS, {"at_instance": instance}).first()
    there = select(func.count()).select_from(table).where(table.c.instance == instance, *where)
    if connection.execute(there).scalar_one() > most:
        raise overtaken()
