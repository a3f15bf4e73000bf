"""Resource groups that accounts make, and unwraps that processes book together."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables."""
    _records("resource_groups", "id")
    _records("unwraps_booked", "instance", "subject")


def _records(name: str, *place: str) -> None:
    op.create_table(
        name,
        *(sa.Column(column, _ID, primary_key=True) for column in place),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
    )
