"""Rosters of the rows that say who may do what; `keystead.storage.upgrade` fills them, for it has the key."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the table, and have processes of older versions fail: they would write beside it.

    The renaming waits for whoever writes the directory, and nobody else does until this commits.
    """
    op.execute("ALTER TABLE generations RENAME COLUMN number TO revision")
    op.create_table(
        "rosters",
        sa.Column("of", _ID, primary_key=True),
        sa.Column("owner", _ID, primary_key=True),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
    )
