"""A service on each store, for a whole file of questions."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import pytest
from psycopg import Connection, connect

from fuzz.judge import Bench
from postgres import postgres_cluster  # noqa: F401 - a fixture
from rsa_pairs import stock


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """The fastest of them."""
    with _opened(tmp_path_factory.mktemp("fuzz"), "memory:") as bench:
        yield bench


@pytest.fixture(scope="module")
def benches(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Bench, ...]]:
    """One on each store: what is made up once is asked everywhere, for to make it up takes longest."""
    url = request.getfixturevalue("postgres_cluster").fresh()
    with ExitStack() as stack:
        begun = partial(_begun, stack.enter_context(connect(url, autocommit=True)))
        databases: tuple[tuple[str | None, Callable[[], object] | None], ...]
        databases = ("memory:", None), (None, None), (url, begun)
        yield tuple(
            stack.enter_context(_opened(tmp_path_factory.mktemp("fuzz"), *database)) for database in databases
        )


def _begun(connection: Connection) -> object:
    """Return a number that stays while no transaction is begun that writes."""
    return connection.execute("select pg_snapshot_xmax(pg_current_snapshot())").fetchone()


@contextmanager
def _opened(
    folder: Path, database: str | None, changes: Callable[[], object] | None = None
) -> Iterator[Bench]:
    bench = Bench.open(folder, database, stock(), changes)
    try:
        yield bench
    finally:
        bench.close()
