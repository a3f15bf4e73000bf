"""Resource groups as they are written, in the transaction of the caller.

Whoever writes one, or adds an instance, has changed the directory's generation first and holds that row until
he commits: what is looked for here stays as it is.
"""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import Connection, bindparam, select

from keystead.domain.changes import Addition, RecordWrite
from keystead.domain.ports.unit import Binder
from keystead.storage import records
from keystead.storage.answers import overtaken
from keystead.storage.grouping import groups_needed, require_settled
from keystead.storage.schema import INSTANCES, RESOURCE_GROUPS

_THERE: Final = select(RESOURCE_GROUPS.c.id).where(RESOURCE_GROUPS.c.id == bindparam("at_id"))
_GROUPS: Final = select(RESOURCE_GROUPS)
_INSTANCES: Final = select(INSTANCES)


def require_groups_there(connection: Connection, added: Iterable[Addition]) -> None:
    """Raise `Conflict` where the group of an instance that was *added* is gone."""
    for group in sorted(groups_needed(added)):
        if connection.execute(_THERE, {"at_id": group}).first() is None:
            raise overtaken()


def settle_group(connection: Connection, binder: Binder, write: RecordWrite) -> None:
    """Raise `Conflict` where groups must not become what *write* has made of them."""
    groups = connection.execute(_GROUPS).mappings()
    instances = connection.execute(_INSTANCES).mappings()
    require_settled(
        write,
        [records.RESOURCE_GROUPS.value(binder, row) for row in groups],
        [records.INSTANCES.value(binder, row) for row in instances],
    )
