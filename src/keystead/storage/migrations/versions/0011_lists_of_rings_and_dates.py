"""For lists that are narrowed by dates or key rings: indexes in the order of ids, and runs of rings."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_NONE: Final = b"\x80"  # the map of nothing in msgpack
_COVERING: Final = ("instance", "id", "revision", "ring", "state", "extractable", "expires_at", "imported")
_DATES: Final = ("rotated_at", "deleted_at", "created_at", "updated_at")


def upgrade() -> None:
    """Widen both indexes, and begin runs anew, which pages make where they are needed.

    What runs are of has a new name, so that a process of an older version stops instead of counting wrongly.
    """
    _begin_runs()
    op.drop_index("keys_covering", "keys")
    op.create_index("keys_covering", "keys", [*_COVERING, *_DATES])
    op.drop_index("keys_of_ring", "keys")
    op.create_index("keys_of_ring", "keys", ["instance", "ring", "id", "state", "extractable", "expires_at"])


def _begin_runs() -> None:
    op.drop_table("key_runs")
    op.create_table(
        "key_runs",
        sa.Column("instance", _ID, sa.ForeignKey("instances.id"), primary_key=True),
        sa.Column("date", _ID, primary_key=True),
        sa.Column("ring", _ID, primary_key=True),
        sa.Column("low", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("kind", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
    )
    tallies = sa.table("tallies", sa.column("cuts", sa.LargeBinary))
    op.execute(tallies.update().values(cuts=_NONE))
