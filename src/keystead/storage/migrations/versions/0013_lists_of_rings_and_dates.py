"""Indexes in the order of ids for lists that are narrowed by dates or key rings."""

from typing import Final

from alembic import op

revision = "0013"
down_revision = "0008"
branch_labels = None
depends_on = None

_COVERING: Final = ("instance", "id", "revision", "ring", "state", "extractable", "expires_at", "imported")
_DATES: Final = ("rotated_at", "deleted_at", "created_at", "updated_at")


def upgrade() -> None:
    """Add the two dates that every key has to the one, and what keys are listed by to the other."""
    op.drop_index("keys_covering", "keys")
    op.create_index("keys_covering", "keys", [*_COVERING, *_DATES])
    op.drop_index("keys_of_ring", "keys")
    op.create_index("keys_of_ring", "keys", ["instance", "ring", "id", "state", "extractable", "expires_at"])
