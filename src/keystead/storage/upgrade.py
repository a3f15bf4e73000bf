"""Brings the tables to what this version needs.

An empty database gets them as they are today, an older one by its migrations; a test holds the two together.
Alembic is imported for the latter alone: it is some megabytes that a server would keep to its end.
"""

import logging
import threading
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from keystead.domain.errors import Unavailable
from keystead.domain.ports.unit import Binder
from keystead.storage.rosters import Rosters
from keystead.storage.schema import HEAD, METADATA, REVISION, make

_MIGRATIONS = Path(__file__).parent / "migrations"
_ROSTERS = "0017"  # the revision that has them; rows of an older one can be on none
_journal = logging.getLogger(__name__)
_one_at_a_time = threading.Lock()  # a migration finds its connection in a global of Alembic


def is_current(connection: Connection) -> bool:
    """Tell whether the tables are those of this version."""
    return _revision(connection) == HEAD


def upgrade(connection: Connection, binder: Binder, *, create: bool) -> None:
    """Make or upgrade the tables inside the caller's transaction, which keeps every other process out.

    Raises:
        Unavailable: they are not current and *create* is off, or of a newer version or another program.
    """
    revision = _revision(connection)
    if revision == HEAD:  # another process was faster
        return
    if not create:
        raise Unavailable("The database's tables are not those of this version; start once with `create` on")
    if revision is None:
        _require_room(connection)
        make(connection)
    else:
        migrate(connection, revision)
        if revision < _ROSTERS:
            counted = Rosters(binder).count_anew(connection)
            _journal.warning("rosters_made", extra={"facts": {"rosters": counted, "revision": revision}})


def migrate(connection: Connection, revision: str | None) -> None:
    """Run the migrations from *revision* to `HEAD`; of a server's databases none is without one.

    Raises:
        Unavailable: *revision* is no migration's.
    """
    from alembic import command  # noqa: PLC0415 - see above
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    try:
        with _one_at_a_time:
            command.upgrade(config, HEAD)
    except CommandError as error:
        raise Unavailable(
            f"The database's tables are of revision {revision}, unknown to this version"
        ) from error


def _require_room(connection: Connection) -> None:
    taken = {*METADATA.tables, REVISION.name}.intersection(inspect(connection).get_table_names())
    if taken:
        names = ", ".join(sorted(taken))
        raise Unavailable(f"The database has tables of another program ({names}): give the service its own")


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found
