"""What holds for instances whatever else is written at the same time.

An account has so many of them at most. One that was deleted holds no key but destroyed ones: who deletes it
locks all its tallies, and who brings a key to life has locked one of them, so the two wait for each other and
the second one sees what the first one wrote.
"""

from collections import Counter
from collections.abc import Iterable

from sqlalchemy import Connection, bindparam, select

from keystead.domain.access import unauthorized
from keystead.domain.changes import Addition, KeyWrite
from keystead.domain.ids import InstanceId
from keystead.domain.instances import MOST_INSTANCES, Instance
from keystead.domain.keys import KeyState
from keystead.domain.ports.unit import Binder
from keystead.storage import records
from keystead.storage.answers import gaining_keys, overtaken
from keystead.storage.schema import INSTANCES, KEYS, TALLIES

_ALL = select(INSTANCES)
_ONE = _ALL.where(INSTANCES.c.id == bindparam("at_id"))
_LOCK = (
    select(TALLIES.c.shard)
    .where(TALLIES.c.instance == bindparam("at_instance"))
    .order_by(TALLIES.c.shard)  # as those who write keys do, against deadlocks
    .with_for_update()
)
_LIVE_KEY = (
    select(KEYS.c.id)
    .where(KEYS.c.instance == bindparam("at_instance"), KEYS.c.state != int(KeyState.DESTROYED))
    .limit(1)
)


def require_instances_within(connection: Connection, binder: Binder, added: Iterable[Addition]) -> None:
    """Raise `Conflict` where, with what was *added*, an account has more instances than it may have.

    Nobody adds another one meanwhile: whoever does has written the directory's generation.
    """
    accounts = {it.account for it in added if isinstance(it, Instance)}
    if not accounts:
        return
    found = [records.INSTANCES.value(binder, row) for row in connection.execute(_ALL).mappings()]
    there = Counter(it.account for it in found if it.state != "removed")
    if any(there[account] > MOST_INSTANCES for account in accounts):
        raise overtaken()


def require_deserted(connection: Connection, instance: InstanceId) -> None:
    """Raise `Conflict` where *instance* holds a key that is not destroyed; none comes until this commits."""
    connection.execute(_LOCK, {"at_instance": instance}).all()
    if connection.execute(_LIVE_KEY, {"at_instance": instance}).first() is not None:
        raise overtaken()


def require_not_removed(connection: Connection, binder: Binder, writes: Iterable[KeyWrite]) -> None:
    """Raise `Refused` with ``UNAUTHORIZED`` where a key would come to life in a deleted instance.

    To be asked when the keys' tallies have moved, and are locked.
    """
    for instance in gaining_keys(writes):
        row = connection.execute(_ONE, {"at_id": instance}).mappings().first()
        if row is not None and records.INSTANCES.value(binder, row).state != "active":
            raise unauthorized()
