"""Grants with conditions on time need no table, but a version that knows none would take them for lasting.

It does not open the database then. One that has it open already goes on: all processes are stopped before.
"""

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change nothing but the number, by which an earlier version refuses the database."""
