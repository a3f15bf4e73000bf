"""A service that the tests of this folder share; each test takes a tenant of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.world import World, new_world
from e2e.places import write_certificate
from postgres import Cluster, postgres_cluster
from unit.export.receivers import Collector, collecting

__all__ = ["postgres_cluster"]


@pytest.fixture(scope="session")
def world() -> Iterator[World]:
    yield from new_world()


@pytest.fixture(autouse=True)
def _no_keys_of_other_tests(world: World) -> None:
    """A round is over all instances: what another test left would be due in this one."""
    for table in (world.store._keys, world.store._aliases, world.store._registrations, world.store._outbox):
        table.clear()


@pytest.fixture(autouse=True)
def _token_that_is_good_for_a_day(world: World) -> None:
    world.run(world.renew())


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    write_certificate(folder, ("127.0.0.1",))
    return folder


@pytest.fixture
def collector(certificate: Path) -> Iterator[Collector]:
    with collecting(certificate) as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of a new database, for several processes."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'keystead.db'}"
    cluster: Cluster = request.getfixturevalue("postgres_cluster")
    return cluster.fresh()
