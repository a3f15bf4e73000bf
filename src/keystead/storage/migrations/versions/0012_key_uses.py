"""What keys were used for, and how far the logs are counted."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables."""
    _records(
        "key_uses",
        sa.Column("instance", _ID, primary_key=True),
        sa.Column("key", _ID, primary_key=True),
        sa.Column("day", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("node", _ID, primary_key=True),
    )
    op.create_index("key_uses_by_day", "key_uses", ["day"])
    _records("bookmarks", sa.Column("node", _ID, primary_key=True))


def _records(name: str, *columns: sa.schema.SchemaItem) -> None:
    record = sa.Column("record", sa.LargeBinary(), nullable=False)
    op.create_table(name, *columns, record, sa.Column("mac", sa.LargeBinary(), nullable=False))
