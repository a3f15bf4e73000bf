"""Access groups and who is in them."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables."""
    _records(
        "access_groups", sa.Column("id", _ID, primary_key=True), sa.Column("account", _ID, nullable=False)
    )
    op.create_index("ix_access_groups_account", "access_groups", ["account"])
    _records(
        "access_group_members",
        sa.Column("group_id", _ID, primary_key=True),
        sa.Column("iam_id", _ID, primary_key=True),
    )
    op.create_index("ix_access_group_members_iam_id", "access_group_members", ["iam_id"])


def _records(name: str, *columns: sa.Column[str]) -> None:
    op.create_table(
        name,
        *columns,
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
    )
