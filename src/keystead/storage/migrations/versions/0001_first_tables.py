"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make them all."""
    _records("accounts", sa.Column("id", _ID, primary_key=True))
    _records("identities", sa.Column("iam_id", _ID, primary_key=True))
    _records(
        "api_keys",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("digest", sa.LargeBinary, nullable=False, unique=True),
    )
    _records(
        "grants",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("subject", _ID, nullable=False, index=True),
    )
    _records("signing_keys", sa.Column("id", _ID, primary_key=True))
    _records("instances", sa.Column("id", _ID, primary_key=True))
    _records("rings", sa.Column("instance", _ID, primary_key=True), sa.Column("id", _ID, primary_key=True))
    _records(
        "import_tokens",
        sa.Column("instance", _ID, primary_key=True),
        sa.Column("id", _ID, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
    )
    _records(
        "outbox",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("origin", _ID, nullable=False, index=True),
    )
    _keys()
    _tallies()


def _keys() -> None:
    _records(
        "keys",
        sa.Column("instance", _ID, sa.ForeignKey("instances.id"), primary_key=True),
        sa.Column("id", _ID, primary_key=True),
        sa.Column("ring", _ID, nullable=False),
        sa.Column("state", sa.Integer, nullable=False),
        sa.Column("extractable", sa.Boolean, nullable=False),
        sa.Column("expires_at", sa.BigInteger),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
    )
    covered = ["instance", "id", "revision", "ring", "state", "extractable", "expires_at"]
    op.create_index("keys_covering", "keys", covered)
    op.create_table(
        "aliases",
        sa.Column("instance", _ID, primary_key=True),
        sa.Column("alias", _ID, primary_key=True),
        sa.Column("key", _ID, nullable=False),
        sa.ForeignKeyConstraint(["instance", "key"], ["keys.instance", "keys.id"]),
    )
    op.create_index("aliases_of_key", "aliases", ["instance", "key"])


def _tallies() -> None:
    op.create_table(
        "tallies",
        sa.Column("instance", _ID, sa.ForeignKey("instances.id"), primary_key=True),
        sa.Column("shard", sa.Integer, primary_key=True),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("mac", sa.LargeBinary, nullable=False),
    )
    generations = op.create_table(
        "generations",
        sa.Column("of", _ID, primary_key=True),
        sa.Column("number", sa.BigInteger, nullable=False),
    )
    op.bulk_insert(generations, [{"of": "directory", "number": 1}])


def _records(name: str, *columns: sa.Column[object]) -> None:
    op.create_table(
        name,
        *columns,
        sa.Column("record", sa.LargeBinary, nullable=False),
        sa.Column("mac", sa.LargeBinary, nullable=False),
    )
