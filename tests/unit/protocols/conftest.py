"""A service that the tests of this folder share; each test takes a tenant of its own."""

from collections.abc import Iterator

import pytest

from conformance.world import World, new_world


@pytest.fixture(scope="session")
def world() -> Iterator[World]:
    yield from new_world()


@pytest.fixture(autouse=True)
def _token_that_is_good_for_a_day(world: World) -> None:
    world.run(world.renew())
