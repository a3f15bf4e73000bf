"""Of which account an identity is, so that nobody's lists take the longer for what other accounts keep."""

import msgspec
import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_CHUNK = 1000


def upgrade() -> None:
    """Add the column, fill it from the records, and make the index."""
    op.add_column("identities", sa.Column("account", _ID, nullable=False, server_default=""))
    _fill()
    if op.get_context().dialect.name == "postgresql":  # SQLite keeps the default, which no row uses
        op.alter_column("identities", "account", server_default=None)
    op.create_index("ix_identities_account", "identities", ["account"])


def _fill() -> None:
    """Take the account from each record; the column is checked against it whenever it is read."""
    identities = sa.table("identities", *(sa.column(name) for name in ("iam_id", "record", "account")))
    connection, last = op.get_bind(), ""
    page = sa.select(identities.c.iam_id, identities.c.record)
    page = page.where(identities.c.iam_id > sa.bindparam("last")).order_by(identities.c.iam_id).limit(_CHUNK)
    change = sa.update(identities).where(identities.c.iam_id == sa.bindparam("at_iam_id"))
    change = change.values(account=sa.bindparam("found"))
    while rows := connection.execute(page, {"last": last}).all():
        accounts = [(row.iam_id, msgspec.msgpack.decode(row.record)["account"]) for row in rows]
        connection.execute(change, [{"at_iam_id": one, "found": account} for one, account in accounts])
        last = rows[-1].iam_id
