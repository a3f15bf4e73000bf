"""What services are told of the life of keys, and where."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0006"
branch_labels = None
depends_on = None

_ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables."""
    _records("receivers", sa.Column("service", _ID, primary_key=True))
    _records(
        "notices",
        sa.Column("instance", _ID, primary_key=True),
        sa.Column("id", _ID, primary_key=True),
        sa.Column("service", _ID, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
    )
    op.create_index("notices_due", "notices", ["due_at", "service"])
    op.create_index("notices_of_service", "notices", ["service", "due_at"])


def _records(name: str, *columns: sa.schema.SchemaItem) -> None:
    record = sa.Column("record", sa.LargeBinary(), nullable=False)
    op.create_table(name, *columns, record, sa.Column("mac", sa.LargeBinary(), nullable=False))
