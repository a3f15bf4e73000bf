"""How many keys of each shard are not destroyed, so that far pages need not count them."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_DESTROYED = 5
_SHARDS = range(256)


def upgrade() -> None:
    """Add the column and count."""
    op.add_column("tallies", sa.Column("live", sa.BigInteger(), nullable=False, server_default="0"))
    _fill()
    if op.get_context().dialect.name == "postgresql":
        op.alter_column("tallies", "live", server_default=None)  # SQLite keeps it, and no row uses it


def _fill() -> None:
    tallies = sa.table("tallies", *(sa.column(name) for name in ("instance", "shard", "live")))
    keys = sa.table("keys", *(sa.column(name) for name in ("instance", "id", "state")))
    for shard in _SHARDS:
        inside = sa.and_(keys.c.id >= f"{shard:02x}", keys.c.id < f"{shard:02x}g")
        live = sa.select(sa.func.count()).select_from(keys)
        live = live.where(keys.c.instance == tallies.c.instance, inside, keys.c.state != _DESTROYED)
        change = sa.update(tallies).where(tallies.c.shard == shard)
        op.get_bind().execute(change.values(live=live.scalar_subquery()))
