"""KMIP adapters, certificates of their clients, and objects."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables."""
    _records(
        "kmip_adapters",
        sa.Column("instance", _ID, sa.ForeignKey("instances.id"), primary_key=True),
        sa.Column("id", _ID, primary_key=True),
        sa.Column("name", _ID, nullable=False),
        sa.Column("key", _ID, nullable=False),
        sa.UniqueConstraint("instance", "name", name="kmip_adapter_names"),
    )
    op.create_index("kmip_adapters_of_key", "kmip_adapters", ["instance", "key"])
    _records(
        "kmip_certificates",
        *_place(),
        sa.Column("name", _ID, nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.UniqueConstraint("instance", "adapter", "name", name="kmip_certificate_names"),
        sa.UniqueConstraint("fingerprint", name="kmip_certificates_in_use"),
    )
    _records(
        "kmip_objects",
        *_place(),
        sa.Column("state", sa.Integer(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
    )
    op.create_index("kmip_objects_by_state", "kmip_objects", ["instance", "adapter", "state"])


def _place() -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("instance", _ID, primary_key=True),
        sa.Column("adapter", _ID, primary_key=True),
        sa.Column("id", _ID, primary_key=True),
        sa.ForeignKeyConstraint(
            ["instance", "adapter"], ["kmip_adapters.instance", "kmip_adapters.id"], ondelete="CASCADE"
        ),
    )


def _records(name: str, *columns: sa.schema.SchemaItem) -> None:
    record = sa.Column("record", sa.LargeBinary(), nullable=False)
    op.create_table(name, *columns, record, sa.Column("mac", sa.LargeBinary(), nullable=False))
