"""Policies, registrations, and the columns of keys that lists are sorted, searched and filtered by."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CHUNK = 1000
_NEW = (  # with what rows have until they are filled; `None` where there may be nothing
    ("folded", sa.Text(), ""),
    ("imported", sa.Boolean(), sa.false()),
    ("created_at", sa.BigInteger(), "0"),
    ("updated_at", sa.BigInteger(), "0"),
    ("rotated_at", sa.BigInteger(), None),
    ("deleted_at", sa.BigInteger(), None),
)
_LISTED = (
    *("instance", "created_at", "id", "ring", "state", "extractable", "imported", "expires_at"),
    *("updated_at", "rotated_at", "deleted_at", "folded"),
)


def upgrade() -> None:
    """Make the tables, add the columns, and fill them from the records."""
    _records(
        "instance_policies",
        sa.Column("instance", _ID, primary_key=True),
        sa.Column("revision", sa.BigInteger, nullable=False),
    )
    _records(
        "registrations",
        sa.Column("instance", _ID, primary_key=True),
        sa.Column("key", _ID, primary_key=True),
        sa.Column("crn", _ID, primary_key=True),
        sa.Column("revision", sa.BigInteger, nullable=False),
    )
    for name, kind, default in _NEW:
        op.add_column("keys", sa.Column(name, kind, nullable=default is None, server_default=default))
    _fill()
    if op.get_context().dialect.name == "postgresql":
        # SQLite keeps the defaults, which no row uses: it loses them only with the whole table, and does not
        # let go of a table that aliases refer to.
        for name, _, _ in _NEW:
            op.alter_column("keys", name, server_default=None)
    op.create_index("keys_listing", "keys", list(_LISTED))


def _fill() -> None:
    """Compute the new columns; they are checked against the record whenever it is read."""
    names = ("instance", "id", "record", *(name for name, _, _ in _NEW))
    keys = sa.table("keys", *(sa.column(name) for name in names))
    connection, last = op.get_bind(), ("", "")
    where = sa.tuple_(keys.c.instance, keys.c.id) > sa.tuple_(sa.bindparam("instance"), sa.bindparam("id"))
    page = sa.select(keys.c.instance, keys.c.id, keys.c.record).where(where)
    page = page.order_by(keys.c.instance, keys.c.id).limit(_CHUNK)
    change = sa.update(keys).where(
        keys.c.instance == sa.bindparam("at_instance"), keys.c.id == sa.bindparam("at_id")
    )
    while rows := connection.execute(page, {"instance": last[0], "id": last[1]}).all():
        connection.execute(change, [_row(*row) for row in rows])
        last = (rows[-1].instance, rows[-1].id)


def _row(instance: str, key: str, record: bytes) -> dict[str, Any]:
    it = msgspec.msgpack.decode(record)
    times = {name: _micros(it.get(name)) for name in ("created_at", "updated_at", "rotated_at", "deleted_at")}
    return {
        "at_instance": instance,
        "at_id": key,
        "folded": it["name"].casefold(),
        "imported": it["imported"],
        **times,
    }


def _micros(time: datetime | None) -> int | None:
    return None if time is None else (time - _EPOCH) // timedelta(microseconds=1)


def _records(name: str, *columns: sa.Column[object]) -> None:
    op.create_table(
        name,
        *columns,
        sa.Column("record", sa.LargeBinary, nullable=False),
        sa.Column("mac", sa.LargeBinary, nullable=False),
    )
