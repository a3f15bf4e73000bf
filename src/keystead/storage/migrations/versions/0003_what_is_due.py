"""When time has something to do with a key, and which keys a ring holds."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CHUNK = 1000
_ACTIVE, _SUSPENDED, _DEACTIVATED, _DESTROYED = 1, 2, 3, 5
_SOME = sa.text("due_at IS NOT NULL")


def upgrade() -> None:
    """Add the column, fill it from the records, and make the indexes."""
    op.add_column("keys", sa.Column("due_at", sa.BigInteger()))
    _fill()
    op.create_index("keys_of_ring", "keys", ["instance", "ring"])
    columns = ["state", "due_at", "instance", "id", "expires_at"]
    op.create_index("keys_due", "keys", columns, sqlite_where=_SOME, postgresql_where=_SOME)


def _fill() -> None:
    """Compute the column; it is checked against the record whenever it is read."""
    keys = sa.table("keys", *(sa.column(name) for name in ("instance", "id", "record", "due_at")))
    connection, last = op.get_bind(), ("", "")
    where = sa.tuple_(keys.c.instance, keys.c.id) > sa.tuple_(sa.bindparam("instance"), sa.bindparam("id"))
    page = sa.select(keys.c.instance, keys.c.id, keys.c.record).where(where)
    page = page.order_by(keys.c.instance, keys.c.id).limit(_CHUNK)
    change = sa.update(keys).where(
        keys.c.instance == sa.bindparam("at_instance"), keys.c.id == sa.bindparam("at_id")
    )
    change = change.values(due_at=sa.bindparam("due"))
    while rows := connection.execute(page, {"instance": last[0], "id": last[1]}).all():
        due = [(row.instance, row.id, _due_at(msgspec.msgpack.decode(row.record))) for row in rows]
        found = [{"at_instance": at[0], "at_id": at[1], "due": _micros(at[2])} for at in due if at[2]]
        if found:
            connection.execute(change, found)
        last = (rows[-1].instance, rows[-1].id)


def _due_at(it: dict[str, Any]) -> datetime | None:
    """Return what `keystead.domain.due.due_at` returned when this was written."""
    if it["state"] == _DESTROYED:
        deleted: datetime | None = it.get("deleted_at")
        return deleted
    waits = it["state"] in (_ACTIVE, _SUSPENDED, _DEACTIVATED) and it.get("expired_at") is None
    expires = it.get("expires_at") if waits else None
    times = [time for time in (expires, _rotation_due(it)) if time is not None]
    return min(times, default=None)


def _rotation_due(it: dict[str, Any]) -> datetime | None:
    policy = it.get("rotation")
    if policy is None or not policy["enabled"] or it["state"] != _ACTIVE:
        return None
    if it["extractable"] or it["imported"]:
        return None
    first: datetime = policy["stamp"]["created_at"]
    interval = policy["interval_months"] * timedelta(days=30)
    since = max(first, policy["stamp"]["updated_at"], it.get("rotated_at") or first)
    due: datetime = first + ((since - first) // interval + 1) * interval
    return due


def _micros(time: datetime | None) -> int | None:
    return None if time is None else (time - _EPOCH) // timedelta(microseconds=1)
