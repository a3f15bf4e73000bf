"""From where instances may be asked: network zones and context rules."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables."""
    for name in ("network_zones", "context_rules"):
        op.create_table(
            name,
            sa.Column("id", _ID, primary_key=True),
            sa.Column("account", _ID, nullable=False, index=True),
            sa.Column("record", sa.LargeBinary(), nullable=False),
            sa.Column("mac", sa.LargeBinary(), nullable=False),
        )
