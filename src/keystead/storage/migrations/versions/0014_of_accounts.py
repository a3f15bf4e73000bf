"""Of which account records are, so that nobody's lists take the longer for what other accounts keep."""

from typing import Final

import msgspec
import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_TABLES: Final = {"identities": "iam_id", "api_keys": "id", "grants": "id", "custom_roles": "id"}
_CHUNK = 1000


def upgrade() -> None:
    """Add the columns, fill them from the records, and make the indexes."""
    for table, place in _TABLES.items():
        op.add_column(table, sa.Column("account", _ID, nullable=False, server_default=""))
        _fill(table, place)
        if op.get_context().dialect.name == "postgresql":  # SQLite keeps the default, which no row uses
            op.alter_column(table, "account", server_default=None)
        op.create_index(f"ix_{table}_account", table, ["account"])


def _fill(name: str, place: str) -> None:
    """Take the account from each record; the column is checked against it whenever it is read."""
    table = sa.table(name, *(sa.column(it) for it in (place, "record", "account")))
    at, connection, last = table.c[place], op.get_bind(), ""
    page = sa.select(at.label("place"), table.c.record).where(at > sa.bindparam("last"))
    page = page.order_by(at).limit(_CHUNK)
    change = sa.update(table).where(at == sa.bindparam("at_place")).values(account=sa.bindparam("found"))
    while rows := connection.execute(page, {"last": last}).all():
        accounts = [(row.place, msgspec.msgpack.decode(row.record)["account"]) for row in rows]
        connection.execute(change, [{"at_place": one, "found": account} for one, account in accounts])
        last = rows[-1].place
