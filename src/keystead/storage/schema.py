"""The tables. A change here needs a migration; a test compares the two."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

HEAD = "0017"
"""The revision that this version of the service needs; the same as the newest migration's."""

METADATA = MetaData()

# Ids are compared octet by octet: ranges of them and their order must not depend on a database's language.
_ID = Text().with_variant(Text(collation="C"), "postgresql")


NOT_ACTIVE = "state <> 1"
EXPIRING = "expires_at IS NOT NULL AND state IN (1, 2)"
"""What indexes of some keys have; a question must say it as they do for a database to use them."""

_OF_PAGES = ("id", "state", "extractable", "imported", "ring", "expires_at")
_OF_EXPIRES = _OF_PAGES[:-1]


def _of_some(name: str, where: str, *columns: str) -> Index:
    return Index(name, *columns, info={"where": where})


def _table(name: str, *columns: Column[object] | Index | ForeignKeyConstraint | UniqueConstraint) -> Table:
    return Table(
        name,
        METADATA,
        *columns,
        Column("record", LargeBinary, nullable=False),
        Column("mac", LargeBinary, nullable=False),
    )


ACCOUNTS = _table("accounts", Column("id", _ID, primary_key=True))
IDENTITIES = _table(
    "identities", Column("iam_id", _ID, primary_key=True), Column("account", _ID, nullable=False, index=True)
)
API_KEYS = _table(
    "api_keys",
    Column("id", _ID, primary_key=True),
    Column("account", _ID, nullable=False, index=True),
    Column("digest", LargeBinary, nullable=False, unique=True),
)
GRANTS = _table(
    "grants",
    Column("id", _ID, primary_key=True),
    Column("account", _ID, nullable=False, index=True),
    Column("subject", _ID, nullable=False, index=True),
)
PASSCODES = _table(
    "passcodes",
    Column("iam_id", _ID, primary_key=True),
    Column("digest", LargeBinary, nullable=False, unique=True),
)
ACCESS_GROUPS = _table(
    "access_groups", Column("id", _ID, primary_key=True), Column("account", _ID, nullable=False, index=True)
)
MEMBERS = _table(
    "access_group_members",
    Column("group_id", _ID, primary_key=True),
    Column("iam_id", _ID, primary_key=True, index=True),
)
CUSTOM_ROLES = _table(
    "custom_roles", Column("id", _ID, primary_key=True), Column("account", _ID, nullable=False, index=True)
)
ZONES = _table(
    "network_zones", Column("id", _ID, primary_key=True), Column("account", _ID, nullable=False, index=True)
)
CONTEXT_RULES = _table(
    "context_rules", Column("id", _ID, primary_key=True), Column("account", _ID, nullable=False, index=True)
)
SIGNING_KEYS = _table("signing_keys", Column("id", _ID, primary_key=True))
INSTANCES = _table("instances", Column("id", _ID, primary_key=True))
BOOKED = _table(
    "unwraps_booked",
    Column("instance", _ID, primary_key=True),
    Column("subject", _ID, primary_key=True),
)
RESOURCE_GROUPS = _table("resource_groups", Column("id", _ID, primary_key=True))
RINGS = _table("rings", Column("instance", _ID, primary_key=True), Column("id", _ID, primary_key=True))
POLICIES = _table(
    "instance_policies",
    Column("instance", _ID, primary_key=True),
    Column("revision", BigInteger, nullable=False),
)
REGISTRATIONS = _table(
    "registrations",
    Column("instance", _ID, primary_key=True),
    Column("key", _ID, primary_key=True),
    Column("crn", _ID, primary_key=True),
    Column("revision", BigInteger, nullable=False),
)
TOKENS = _table(
    "import_tokens",
    Column("instance", _ID, primary_key=True),
    Column("id", _ID, nullable=False),
    Column("revision", BigInteger, nullable=False),
)
OUTBOX = _table(
    "outbox",
    Column("id", _ID, primary_key=True),
    Column("origin", _ID, nullable=False, index=True),
)
KEYS = _table(
    "keys",
    Column("instance", _ID, ForeignKey("instances.id"), primary_key=True),
    Column("id", _ID, primary_key=True),
    Column("ring", _ID, nullable=False),
    Column("state", Integer, nullable=False),
    Column("extractable", Boolean, nullable=False),
    Column("expires_at", BigInteger),
    Column("revision", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("folded", Text, nullable=False),  # the name in one case, for searches
    Column("imported", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("rotated_at", BigInteger),
    Column("deleted_at", BigInteger),
    Column("due_at", BigInteger),  # when time has something to do with the key
    # Pages, counts and tallies read this index and never the wide rows behind it.
    Index(
        "keys_covering",
        "instance",
        "id",
        "revision",
        "ring",
        "state",
        "extractable",
        "expires_at",
        "imported",
        "rotated_at",
        "deleted_at",
        "created_at",
        "updated_at",
    ),
    # The same for searches, orders and dates; a range of creation dates bounds what is read.
    Index(
        "keys_listing",
        "instance",
        "created_at",
        "id",
        "ring",
        "state",
        "extractable",
        "imported",
        "expires_at",
        "updated_at",
        "rotated_at",
        "deleted_at",
        "folded",
    ),
    Index("keys_of_ring", "instance", "ring", "id", "state", "extractable", "expires_at"),
    # What time has to do, oldest first; most keys are not in it.
    _of_some("keys_due", "due_at IS NOT NULL", "state", "due_at", "instance", "id", "expires_at"),
    # Pages in the order of the other dates, and of the keys in a state that few have; see `storage.paging`.
    Index("keys_updated", "instance", "updated_at", *_OF_PAGES),
    _of_some("keys_rotated", "rotated_at IS NOT NULL", "instance", "rotated_at", *_OF_PAGES),
    _of_some("keys_deleted", "deleted_at IS NOT NULL", "instance", "deleted_at", *_OF_PAGES),
    _of_some("keys_expires", "expires_at IS NOT NULL", "instance", "expires_at", *_OF_EXPIRES),
    _of_some("keys_not_active", NOT_ACTIVE, "instance", "state", "id"),
    _of_some("keys_expiring", EXPIRING, "instance", "expires_at"),
)
ALIASES = Table(
    "aliases",
    METADATA,
    Column("instance", _ID, primary_key=True),
    Column("alias", _ID, primary_key=True),
    Column("key", _ID, nullable=False),
    ForeignKeyConstraint(["instance", "key"], ["keys.instance", "keys.id"]),
    Index("aliases_of_key", "instance", "key"),
)
"""No MAC: the key's own record lists its aliases, and both must agree."""
ADAPTERS = _table(
    "kmip_adapters",
    Column("instance", _ID, ForeignKey("instances.id"), primary_key=True),
    Column("id", _ID, primary_key=True),
    Column("name", _ID, nullable=False),
    Column("key", _ID, nullable=False),
    UniqueConstraint("instance", "name", name="kmip_adapter_names"),
    Index("kmip_adapters_of_key", "instance", "key"),
)


def _of_adapter() -> ForeignKeyConstraint:
    there = ["kmip_adapters.instance", "kmip_adapters.id"]
    return ForeignKeyConstraint(["instance", "adapter"], there, ondelete="CASCADE")


CERTIFICATES = _table(
    "kmip_certificates",
    Column("instance", _ID, primary_key=True),
    Column("adapter", _ID, primary_key=True),
    Column("id", _ID, primary_key=True),
    Column("name", _ID, nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
    _of_adapter(),
    UniqueConstraint("instance", "adapter", "name", name="kmip_certificate_names"),
    UniqueConstraint("fingerprint", name="kmip_certificates_in_use"),
)
OBJECTS = _table(
    "kmip_objects",
    Column("instance", _ID, primary_key=True),
    Column("adapter", _ID, primary_key=True),
    Column("id", _ID, primary_key=True),
    Column("state", Integer, nullable=False),
    Column("revision", BigInteger, nullable=False),
    _of_adapter(),
    Index("kmip_objects_by_state", "instance", "adapter", "state"),
)
RECEIVERS = _table("receivers", Column("service", _ID, primary_key=True))
NOTICES = _table(
    "notices",
    Column("instance", _ID, primary_key=True),
    Column("id", _ID, primary_key=True),
    Column("service", _ID, nullable=False),
    Column("state", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Index("notices_due", "due_at", "service"),
    Index("notices_of_service", "service", "due_at"),
)
KEY_USES = _table(
    "key_uses",
    Column("instance", _ID, primary_key=True),
    Column("key", _ID, primary_key=True),
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("node", _ID, primary_key=True),
    Index("key_uses_by_day", "day"),
)
BOOKMARKS = _table("bookmarks", Column("node", _ID, primary_key=True))
TALLIES = Table(
    "tallies",
    METADATA,
    Column("instance", _ID, ForeignKey("instances.id"), primary_key=True),
    Column("shard", Integer, primary_key=True),
    Column("count", BigInteger, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("mac", LargeBinary, nullable=False),
    # For pages, and in no MAC: msgpack of how many keys there are of each class, and of `storage.runs`' cuts.
    Column("classes", LargeBinary, nullable=False),
    Column("cuts", LargeBinary, nullable=False),
)
ROSTERS = Table(
    "rosters",
    METADATA,
    Column("of", _ID, primary_key=True),  # a table
    Column("owner", _ID, primary_key=True),
    Column("revision", BigInteger, nullable=False),
    Column("mac", LargeBinary, nullable=False),
)
"""What shows that rows which decide who may do what are those that were written; see `storage.rosters`."""
RUNS = Table(
    "key_runs",
    METADATA,
    Column("instance", _ID, ForeignKey("instances.id"), primary_key=True),
    Column("date", _ID, primary_key=True),
    Column("ring", _ID, primary_key=True),  # or nothing, for all keys
    Column("low", BigInteger, primary_key=True, autoincrement=False),  # seconds since 1970
    Column("kind", Integer, primary_key=True, autoincrement=False),  # their class; of a ring, the state
    Column("count", BigInteger, nullable=False),
)
"""Keys between one date and the next; for pages, in no MAC."""
GENERATIONS = Table(
    "generations",
    METADATA,
    Column("of", _ID, primary_key=True),
    Column("revision", BigInteger, nullable=False),
)
"""How often something changed: one row, ``directory``, for what processes remember besides keys."""
REVISION = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)
"""Alembic's own, just as it makes it: one row, the revision of the other tables."""


def make(connection: Connection) -> None:
    """Make every table where there is none."""
    options = connection.dialect.name  # said here, for naming a dialect above would load both of them
    for index in [index for table in METADATA.tables.values() for index in table.indexes]:
        if "where" in index.info:
            index.dialect_options[options]["where"] = text(index.info["where"])
    METADATA.create_all(connection, checkfirst=False)
    REVISION.create(connection)
    connection.execute(GENERATIONS.insert().values(of="directory", revision=1))
    connection.execute(REVISION.insert().values(version_num=HEAD))
