"""The tables and the migrations that make them."""

import asyncio
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, inspect, make_url, text
from sqlalchemy.engine.interfaces import ReflectedIndex
from sqlalchemy.exc import OperationalError, ProgrammingError

from keystead.domain.actions import Action
from keystead.domain.errors import Tampered, Unavailable
from keystead.domain.ids import AccountId, IamId, KeyId, random_uuid
from keystead.domain.key_uses import UseQuery
from keystead.domain.keys import Key, KeyState
from keystead.domain.listing import KeyQuery, Search
from keystead.domain.notices import OPEN
from keystead.storage import open_store
from keystead.storage.records import pack
from keystead.storage.schema import HEAD, METADATA
from keystead.storage.upgrade import migrate
from postgres import Cluster
from suites.kmip_samples import an_adapter
from suites.list_samples import any_key
from suites.store_access_groups import a_group, a_member, a_user
from suites.store_due import actions, monthly, plain
from suites.store_grants import a_role
from suites.store_groups import in_account
from suites.store_key_uses import a_day
from suites.store_notices import a_notice
from suites.store_placed import putting
from suites.store_places import SQLPlace, sqlite_place
from suites.store_profiles import a_code, a_profile
from suites.store_rosters import SORTS, Scene
from suites.store_samples import (
    NOW,
    STAMP,
    TestBinder,
    a_grant,
    a_key,
    added,
    an_api_key,
    an_identity,
    an_instance,
    in_loop,
    opened,
    saved,
)

DRIVERS = {"sqlite": "sqlite+pysqlite", "postgresql": "postgresql+psycopg"}
MIGRATIONS = Path(sys.modules["keystead.storage"].__path__[0], "migrations")


def open_and_close(url: str, *, create: bool = True) -> None:
    async def whole() -> None:
        await (await open_store(url, TestBinder(), create=create)).close()

    asyncio.run(whole())


def test_the_newest_migration_is_the_one_that_is_asked_for() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_sqlite_gets_at_once_what_migrations_make(tmp_path: Path) -> None:
    made, migrated = tmp_path / "made.db", tmp_path / "migrated.db"
    open_and_close(f"sqlite:///{made}")
    check_both_are_alike(f"sqlite:///{made}", f"sqlite:///{migrated}")


def test_postgres_gets_at_once_what_migrations_make(postgres_cluster: Cluster) -> None:
    check_both_are_alike(postgres_cluster.fresh(), postgres_cluster.empty())


def check_both_are_alike(made: str, empty: str) -> None:
    with connected(made) as connection:
        at_once = everything(connection)
    with connected(empty) as connection:
        migrate(connection, None)
        assert everything(connection) == at_once
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    address = make_url(url)
    engine = create_engine(address.set(drivername=DRIVERS[address.get_backend_name()]))
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def everything(connection: Connection) -> dict[str, object]:
    """Return each table with all that hangs on it, and its rows; orders and defaults are of no matter."""
    found = inspect(connection)
    return {
        name: (
            {column["name"]: (str(column["type"]), column["nullable"]) for column in found.get_columns(name)},
            found.get_pk_constraint(name),
            sorted(map(repr, found.get_foreign_keys(name))),
            sorted(map(repr, found.get_unique_constraints(name))),
            sorted(repr(index | told(index)) for index in found.get_indexes(name)),
            connection.execute(text(f"SELECT * FROM {name}")).all(),  # noqa: S608 - our own tables
        )
        for name in found.get_table_names()
    }


def told(index: ReflectedIndex) -> dict[str, object]:
    """Return what a dialect says of *index*, as text: conditions are objects that equal none."""
    return {"dialect_options": {name: str(value) for name, value in index["dialect_options"].items()}}


OF_ACCOUNTS = ("identities", "api_keys", "grants", "custom_roles")
WITHOUT_THE_NEWEST = (
    "DROP TABLE rosters",
    "ALTER TABLE generations RENAME COLUMN revision TO number",
    "UPDATE alembic_version SET version_num = '0016'",
)
WITHOUT_THE_FIFTEENTH = (
    *WITHOUT_THE_NEWEST,
    "DROP TABLE access_groups",
    "DROP TABLE access_group_members",
    "UPDATE alembic_version SET version_num = '0014'",  # the sixteenth changes no table
)
WITHOUT_THE_FOURTEENTH = (
    *WITHOUT_THE_FIFTEENTH,
    *(f"DROP INDEX ix_{table}_account" for table in OF_ACCOUNTS),
    *(f"ALTER TABLE {table} DROP COLUMN account" for table in OF_ACCOUNTS),
    "UPDATE alembic_version SET version_num = '0013'",
)
WITHOUT_THE_THIRTEENTH = (
    *WITHOUT_THE_FOURTEENTH,
    "DROP TABLE resource_groups",
    "DROP TABLE unwraps_booked",
    "UPDATE alembic_version SET version_num = '0012'",
)
WITHOUT_THE_TWELFTH = (
    *WITHOUT_THE_THIRTEENTH,
    "DROP TABLE key_uses",
    "DROP TABLE bookmarks",
    "UPDATE alembic_version SET version_num = '0011'",
)
_COVERED = "instance, id, revision, ring, state, extractable, expires_at, imported, rotated_at, deleted_at"
WITHOUT_THE_ELEVENTH = (
    *WITHOUT_THE_TWELFTH,
    "DROP INDEX keys_covering",
    f"CREATE INDEX keys_covering ON keys ({_COVERED})",
    "DROP INDEX keys_of_ring",
    "CREATE INDEX keys_of_ring ON keys (instance, ring)",
    "DROP TABLE key_runs",
    "CREATE TABLE key_runs (instance TEXT, date TEXT, low BIGINT, class INTEGER, count BIGINT NOT NULL)",
    "UPDATE alembic_version SET version_num = '0010'",
)
WITHOUT_THE_TENTH = (
    *WITHOUT_THE_ELEVENTH,
    "DROP TABLE context_rules",
    "DROP TABLE network_zones",
    "UPDATE alembic_version SET version_num = '0009'",
)
WITHOUT_THE_NINTH = (
    *WITHOUT_THE_TENTH,
    "DROP TABLE passcodes",
    "UPDATE alembic_version SET version_num = '0008'",
)
WITHOUT_THE_EIGHTH = (
    *WITHOUT_THE_NINTH,
    "DROP TABLE notices",
    "DROP TABLE receivers",
    "UPDATE alembic_version SET version_num = '0007'",
)
WITHOUT_THE_SEVENTH = (
    *WITHOUT_THE_EIGHTH,
    "DROP TABLE custom_roles",
    "UPDATE alembic_version SET version_num = '0006'",
)
WITHOUT_THE_SIXTH = (
    *WITHOUT_THE_SEVENTH,
    "DROP TABLE key_runs",
    *(f"DROP INDEX keys_{name}" for name in ("updated", "rotated", "deleted", "expires", "not_active")),
    "DROP INDEX keys_expiring",
    "DROP INDEX keys_covering",
    "CREATE INDEX keys_covering ON keys (instance, id, revision, ring, state, extractable, expires_at)",
    "ALTER TABLE tallies DROP COLUMN classes",
    "ALTER TABLE tallies DROP COLUMN cuts",
    "ALTER TABLE tallies ADD COLUMN live BIGINT NOT NULL DEFAULT 0",
    "UPDATE alembic_version SET version_num = '0005'",
)
WITHOUT_THE_FIFTH = (
    *WITHOUT_THE_SIXTH,
    "DROP TABLE kmip_objects",
    "DROP TABLE kmip_certificates",
    "DROP TABLE kmip_adapters",
    "UPDATE alembic_version SET version_num = '0004'",
)
WITHOUT_THE_FOURTH = (
    *WITHOUT_THE_FIFTH,
    "ALTER TABLE tallies DROP COLUMN live",
    "UPDATE alembic_version SET version_num = '0003'",
)
WITHOUT_THE_THIRD = (
    *WITHOUT_THE_FOURTH,
    "DROP INDEX keys_due",
    "DROP INDEX keys_of_ring",
    "ALTER TABLE keys DROP COLUMN due_at",
    "UPDATE alembic_version SET version_num = '0002'",
)
NEW_COLUMNS = ("folded", "imported", "created_at", "updated_at", "rotated_at", "deleted_at")


def test_keys_of_the_first_revision_are_kept_and_found(tmp_path: Path) -> None:
    kept_and_found(sqlite_place(tmp_path))


def test_keys_of_the_first_revision_are_kept_and_found_in_postgres(postgres_url: str) -> None:
    kept_and_found(SQLPlace(postgres_url))


@in_loop
async def kept_and_found(place: SQLPlace) -> None:
    async with opened(place) as store:
        instance = await an_instance(store)
        key = await saved(store, a_key(instance, aliases=("payroll",), deleted_at=NOW))
    for statement in (
        *WITHOUT_THE_THIRD,
        "DROP INDEX keys_listing",
        *(f"ALTER TABLE keys DROP COLUMN {name}" for name in NEW_COLUMNS),
        "DROP TABLE instance_policies",
        "DROP TABLE registrations",
        "UPDATE alembic_version SET version_num = '0001'",
    ):
        place.sql(statement)
    async with opened(place) as store:
        assert await store.key_by_alias(instance, "payroll") == key
        query = KeyQuery(instance=instance, now=NOW, search=Search(text="GEHÄLTER"))
        assert await store.keys(query) == (key,)


def test_what_was_due_before_there_was_a_column_for_it_is_found(tmp_path: Path) -> None:
    due_is_computed(sqlite_place(tmp_path))


def test_what_was_due_before_there_was_a_column_for_it_is_found_in_postgres(postgres_url: str) -> None:
    due_is_computed(SQLPlace(postgres_url))


@in_loop
async def due_is_computed(place: SQLPlace) -> None:
    """A row of the second revision is due as a new one is, and a key without policy or dates never is."""
    async with opened(place) as store:
        instance = await an_instance(store)
        later = replace(STAMP, updated_at=NOW + timedelta(days=31))
        keys = {
            plain(instance): [],
            plain(instance, rotation=monthly(), imported=True): [],
            plain(instance, rotation=monthly(enabled=False)): [],
            plain(instance, rotation=monthly()): [Action.TIME_ROTATE],
            plain(instance, rotation=monthly(stamp=later), rotated_at=NOW + timedelta(days=95)): [],
            plain(instance, rotation=monthly(), expires_at=NOW): [Action.TIME_EXPIRE],
            plain(instance, state=KeyState.DEACTIVATED, expires_at=NOW): [Action.TIME_EXPIRE],
            plain(instance, state=KeyState.DESTROYED, deleted_at=NOW): [Action.TIME_PURGE],
        }
        for key in keys:
            await saved(store, key)
    for statement in WITHOUT_THE_THIRD:
        place.sql(statement)
    for key in keys:
        without_expired_at(place, key)
    async with opened(place) as store:
        for key, expected in keys.items():
            assert await store.key(instance, key.id) == key  # `Tampered` where the column does not fit
            assert await actions(store, key) == expected


def without_expired_at(place: SQLPlace, key: Key) -> None:
    """Write the record of *key* as the second revision did, which had no such field."""
    where = {"instance": key.instance, "id": key.id}
    (row,) = place.sql("SELECT record FROM keys WHERE instance = :instance AND id = :id", **where)
    fields = msgspec.msgpack.decode(bytes(row["record"]))
    del fields["expired_at"]
    record = msgspec.msgpack.encode(fields)
    mac = TestBinder().mac("keystead/record/1/keys", pack(key.instance, key.id, record))
    place.sql(
        "UPDATE keys SET record = :record, mac = :mac WHERE instance = :instance AND id = :id",
        record=record,
        mac=mac,
        **where,
    )


def test_keys_are_counted_by_class(tmp_path: Path) -> None:
    classes_are_counted(sqlite_place(tmp_path))


def test_keys_are_counted_by_class_in_postgres(postgres_url: str) -> None:
    classes_are_counted(SQLPlace(postgres_url))


@in_loop
async def classes_are_counted(place: SQLPlace) -> None:
    """The migration counts as the service does, whatever keys there are."""
    async with opened(place) as store:
        instance, other = await an_instance(store), await an_instance(store)
        for number in range(40):
            state = KeyState.DESTROYED if number % 4 == 0 else KeyState.ACTIVE
            await saved(store, a_key(instance, state=state, deleted_at=NOW if number % 4 == 0 else None))
        for seed in range(60):
            await saved(store, any_key(random.Random(seed), other))  # noqa: S311 - samples
    before = counts(place)
    for statement in WITHOUT_THE_FOURTH:
        place.sql(statement)
    async with opened(place) as store:
        assert await store.count(KeyQuery(instance=instance, now=NOW)) == 30
        assert counts(place) == before


def counts(place: SQLPlace) -> list[object]:
    rows = place.sql("SELECT classes, cuts FROM tallies ORDER BY instance, shard")
    return [[msgspec.msgpack.decode(bytes(row[name])) for name in ("classes", "cuts")] for row in rows]


@pytest.mark.parametrize("times", [1, 2])
def test_a_start_without_older_tables_imports_no_alembic(tmp_path: Path, times: int) -> None:
    url = sqlite_place(tmp_path).url
    for _ in range(times - 1):
        open_and_close(url)
    program = (
        "import asyncio, sys; from keystead.storage import open_store;"
        "from suites.store_samples import TestBinder;"
        f"asyncio.run(open_store({url!r}, TestBinder()));"
        "sys.exit('alembic' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, env={"PYTHONPATH": ":".join(sys.path)})


def test_tables_are_only_made_where_that_is_wanted(tmp_path: Path) -> None:
    place = sqlite_place(tmp_path)
    with pytest.raises(Unavailable, match="cannot be opened"):
        open_and_close(place.url, create=False)
    assert not list(tmp_path.iterdir())
    place.sql("CREATE TABLE something (else_ TEXT)")
    with pytest.raises(Unavailable, match="not those of this version"):
        open_and_close(place.url, create=False)
    open_and_close(place.url)
    open_and_close(place.url, create=False)


@pytest.mark.parametrize("name", ["keys", "alembic_version"])
def test_tables_of_another_program_are_left_alone(tmp_path: Path, name: str) -> None:
    place = sqlite_place(tmp_path)
    place.sql(f"CREATE TABLE {name} (version_num TEXT)")
    with pytest.raises(Unavailable, match=f"another program \\({name}\\)"):
        open_and_close(place.url)
    assert place.sql("SELECT name FROM sqlite_master WHERE type = 'table'") == [{"name": name}]


def test_tables_of_a_newer_version_are_left_alone(tmp_path: Path) -> None:
    place = sqlite_place(tmp_path)
    open_and_close(place.url)
    place.sql("UPDATE alembic_version SET version_num = '9999'")
    for create in (True, False):
        with pytest.raises(Unavailable):
            open_and_close(place.url, create=create)
    assert place.sql("SELECT version_num FROM alembic_version") == [{"version_num": "9999"}]


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    place = sqlite_place(tmp_path)

    async def look() -> None:
        async with opened(place):
            modes.extend(file.stat().st_mode & 0o777 for file in tmp_path.iterdir())  # noqa: ASYNC240 - a test

    modes: list[int] = []
    asyncio.run(look())
    assert modes == [0o600] * 3  # the file, its journal and the journal's index
    assert [file.name for file in tmp_path.iterdir()] == ["keystead.db"]


@pytest.mark.parametrize(
    "url", ["", "memory", "sqlite:", "sqlite:///", "sqlite://host/x.db", "mysql://x", "postgresql:x"]
)
def test_other_addresses_are_mistakes(url: str) -> None:
    with pytest.raises(ValueError, match="address"):
        open_and_close(url)


def test_adapters_have_their_tables_where_there_were_none(tmp_path: Path) -> None:
    check_adapters_are_kept(sqlite_place(tmp_path))


def test_adapters_have_their_tables_where_there_were_none_in_postgres(postgres_url: str) -> None:
    check_adapters_are_kept(SQLPlace(postgres_url))


def check_adapters_are_kept(place: SQLPlace) -> None:
    open_and_close(place.url)
    for statement in WITHOUT_THE_FIFTH:
        place.sql(statement)

    async def whole() -> None:
        async with opened(place) as store:
            adapter = an_adapter(await an_instance(store))
            await store.commit(putting(adapter), None)
            assert await store.adapters(adapter.instance, None) == (adapter,)

    asyncio.run(whole())


def test_uses_have_their_tables_where_there_were_none(tmp_path: Path) -> None:
    check_uses_are_kept(sqlite_place(tmp_path))


def test_uses_have_their_tables_where_there_were_none_in_postgres(postgres_url: str) -> None:
    check_uses_are_kept(SQLPlace(postgres_url))


def check_uses_are_kept(place: SQLPlace) -> None:
    open_and_close(place.url)
    for statement in WITHOUT_THE_TWELFTH:
        place.sql(statement)

    async def whole() -> None:
        async with opened(place) as store:
            day = a_day(await an_instance(store), KeyId(random_uuid()))
            await store.commit(putting(day), None)
            asked = UseQuery(instance=day.instance, keys=frozenset({day.key}), since=date.min)
            assert await store.uses(asked) == (day,)

    asyncio.run(whole())


def test_notices_have_their_tables_where_there_were_none(tmp_path: Path) -> None:
    check_notices_are_kept(sqlite_place(tmp_path))


def test_notices_have_their_tables_where_there_were_none_in_postgres(postgres_url: str) -> None:
    check_notices_are_kept(SQLPlace(postgres_url))


def test_codes_have_their_table_where_there_was_none(tmp_path: Path) -> None:
    check_codes_are_kept(sqlite_place(tmp_path))


def test_codes_have_their_table_where_there_was_none_in_postgres(postgres_url: str) -> None:
    check_codes_are_kept(SQLPlace(postgres_url))


def check_codes_are_kept(place: SQLPlace) -> None:
    open_and_close(place.url)
    for statement in WITHOUT_THE_NINTH:
        place.sql(statement)

    async def whole() -> None:
        async with opened(place) as store:
            code = a_code(an_identity())
            await store.commit(putting(code), None)
            assert await store.passcode(code.digest) == code

    asyncio.run(whole())


def check_notices_are_kept(place: SQLPlace) -> None:
    open_and_close(place.url)
    for statement in WITHOUT_THE_EIGHTH:
        place.sql(statement)

    async def whole() -> None:
        async with opened(place) as store:
            notice = a_notice(await an_instance(store))
            await store.commit(putting(notice), None)
            assert await store.notices(OPEN, 1) == (notice,)

    asyncio.run(whole())


def test_resource_groups_have_their_table_where_there_was_none(tmp_path: Path) -> None:
    check_groups_are_kept(sqlite_place(tmp_path))


def test_resource_groups_have_their_table_where_there_was_none_in_postgres(postgres_url: str) -> None:
    check_groups_are_kept(SQLPlace(postgres_url))


def check_groups_are_kept(place: SQLPlace) -> None:
    open_and_close(place.url)
    for statement in WITHOUT_THE_THIRTEENTH:
        place.sql(statement)

    async def whole() -> None:
        async with opened(place) as store:
            group = in_account(AccountId("b" * 32))
            await store.commit(putting(group), None)
            assert await store.resource_groups(group.account) == (group,)

    asyncio.run(whole())


def test_what_accounts_had_before_is_found_as_theirs(tmp_path: Path) -> None:
    accounts_are_filled(sqlite_place(tmp_path))


def test_what_accounts_had_before_is_found_as_theirs_in_postgres(postgres_url: str) -> None:
    accounts_are_filled(SQLPlace(postgres_url))


@in_loop
async def accounts_are_filled(place: SQLPlace) -> None:
    """`Tampered` where a column does not fit its record."""
    async with opened(place) as store:
        theirs, mine = a_profile(), an_identity()
        key, grant, role = an_api_key(), a_grant(mine.iam_id), a_role()
        await added(store, mine, theirs, key, grant)
        await store.commit(putting(role), None)
    for statement in WITHOUT_THE_FOURTEENTH:
        place.sql(statement)
    async with opened(place) as store:
        for one in (mine, theirs):
            assert one in await store.identities(one.account)
            assert await store.identity(one.iam_id) == one
        assert await store.grants(grant.subject) == (grant,)
        assert key in await store.api_keys(key.account)
        assert grant in await store.account_grants(grant.account)
        assert role in await store.custom_roles(role.account)
        assert theirs.account != mine.account
        assert theirs not in await store.identities(mine.account)


def test_access_groups_have_their_tables_where_there_were_none(tmp_path: Path) -> None:
    check_access_groups_are_kept(sqlite_place(tmp_path))


def test_access_groups_have_their_tables_where_there_were_none_in_postgres(postgres_url: str) -> None:
    check_access_groups_are_kept(SQLPlace(postgres_url))


@in_loop
async def check_access_groups_are_kept(place: SQLPlace) -> None:
    """Grants that were there before are there as well, whoever is in a group."""
    async with opened(place) as store:
        ada = await a_user(store)
        grant = a_grant(ada)
        await store.commit(putting(grant), None)
    for statement in WITHOUT_THE_FIFTEENTH:
        place.sql(statement)
    async with opened(place) as store:
        assert await store.grants(ada) == (grant,)
        group = a_group()
        await store.commit(putting(group), None)
        await store.commit(putting(a_member(group, ada)), None)
        assert await store.access_groups(group.account) == (group,)
        assert await store.members(group.id) == (a_member(group, ada),)


def test_rosters_are_made_where_there_were_none(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    check_rosters_are_made(sqlite_place(tmp_path), caplog)


def test_rosters_are_made_where_there_were_none_in_postgres(
    postgres_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    check_rosters_are_made(SQLPlace(postgres_url), caplog)


@in_loop
async def check_rosters_are_made(place: SQLPlace, caplog: pytest.LogCaptureFixture) -> None:
    """They are of what is there, and older processes cannot write beside them; the journal says so."""
    async with opened(place) as store:
        scene = await Scene.of(store)
        for make, _ in SORTS.values():
            await make(scene)
        before = [await ask(scene) for _, ask in SORTS.values()]
        rosters = place.sql("SELECT of, owner FROM rosters ORDER BY of, owner")
    for statement in WITHOUT_THE_NEWEST:
        place.sql(statement)
    async with opened(place) as store:
        assert [await ask(scene.again(store)) for _, ask in SORTS.values()] == before
    assert place.sql("SELECT of, owner FROM rosters ORDER BY of, owner") == rosters
    assert [it.getMessage() for it in caplog.records].count("rosters_made") == 1
    for statement in (*WITHOUT_THE_NEWEST, "UPDATE grants SET subject = 'IBMid-2'"):
        place.sql(statement)
    async with opened(place) as store:  # one row hurts nobody but whom it is about
        with pytest.raises(Tampered, match="grants"):
            await store.grants(IamId("IBMid-2"))
        assert await store.identity(scene.ada.iam_id) == scene.ada
    with pytest.raises(OperationalError if place.url.startswith("sqlite") else ProgrammingError):
        place.sql("UPDATE generations SET number = number + 1")  # as older processes do
