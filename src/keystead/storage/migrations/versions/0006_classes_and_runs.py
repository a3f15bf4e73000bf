"""How many keys there are of each class, for far pages in any order, and an index for each date."""

from typing import Final

import msgspec
import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_NONE: Final = sa.text("'\\x80'")  # the map of nothing in msgpack, as PostgreSQL writes it
_NONE_IN_SQLITE: Final = sa.text("x'80'")
_OF_DATE: Final = ("id", "state", "extractable", "imported", "ring")


def upgrade() -> None:
    """Count the keys, and make the table and the indexes."""
    postgres = op.get_context().dialect.name == "postgresql"
    for name in ("classes", "cuts"):
        default = _NONE if postgres else _NONE_IN_SQLITE  # which keeps it, and no row uses it
        op.add_column("tallies", sa.Column(name, sa.LargeBinary(), nullable=False, server_default=default))
    _fill()
    for name in ("classes", "cuts") if postgres else ():
        op.alter_column("tallies", name, server_default=None)
    op.drop_column("tallies", "live")
    op.create_table(
        "key_runs",
        sa.Column("instance", _ID, sa.ForeignKey("instances.id"), primary_key=True),
        sa.Column("date", _ID, primary_key=True),
        sa.Column("low", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("class", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
    )
    _index()


def _index() -> None:
    op.drop_index("keys_covering", "keys")
    covering = ["instance", "id", "revision", "ring", "state", "extractable", "expires_at"]
    op.create_index("keys_covering", "keys", [*covering, "imported", "rotated_at", "deleted_at"])
    op.create_index("keys_updated", "keys", ["instance", "updated_at", *_OF_DATE, "expires_at"])
    for name in ("rotated", "deleted"):
        date = f"{name}_at"
        _index_some(f"keys_{name}", f"{date} IS NOT NULL", "instance", date, *_OF_DATE, "expires_at")
    _index_some("keys_expires", "expires_at IS NOT NULL", "instance", "expires_at", *_OF_DATE)
    _index_some("keys_not_active", "state <> 1", "instance", "state", "id")
    _index_some("keys_expiring", "expires_at IS NOT NULL AND state IN (1, 2)", "instance", "expires_at")


def _index_some(name: str, where: str, *columns: str) -> None:
    some = sa.text(where)
    op.create_index(name, "keys", list(columns), sqlite_where=some, postgresql_where=some)


def _fill() -> None:
    """Count each class, a number as `keystead.storage.classes` had it when this was written."""
    names = ("instance", "id", "state", "extractable", "imported", "rotated_at", "deleted_at", "expires_at")
    keys = sa.table("keys", *(sa.column(name) for name in names))
    number: sa.ColumnElement[int] = keys.c.state
    for bit, flag in ((8, keys.c.extractable), (16, keys.c.imported)):
        number += sa.case((sa.cast(flag, sa.Integer) == 1, bit), else_=0)
    for bit, date in ((32, keys.c.rotated_at), (64, keys.c.deleted_at), (128, keys.c.expires_at)):
        number += sa.case((date.is_not(None), bit), else_=0)
    shard = sa.func.substr(keys.c.id, 1, 2).label("shard")
    counts = sa.select(keys.c.instance, shard, number.label("class"), sa.func.count()).group_by(
        keys.c.instance, shard, number
    )
    found: dict[tuple[str, str], dict[int, int]] = {}
    for instance, of, kind, count in op.get_bind().execute(counts):
        found.setdefault((instance, of), {})[kind] = count
    tallies = sa.table(
        "tallies", sa.column("instance"), sa.column("shard"), sa.column("classes", sa.LargeBinary)
    )
    at = (tallies.c.instance == sa.bindparam("at_instance"), tallies.c.shard == sa.bindparam("at_shard"))
    change = sa.update(tallies).where(*at).values(classes=sa.bindparam("counted"))
    rows = [
        {"at_instance": instance, "at_shard": int(of, 16), "counted": msgspec.msgpack.encode(kinds)}
        for (instance, of), kinds in found.items()
    ]
    if rows:
        op.get_bind().execute(change, rows)
