"""A service that the tests of this folder share; each test takes a tenant of its own."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from conformance.listed import Five, five
from conformance.world import World, again, new_world


@pytest.fixture(scope="session")
def world() -> Iterator[World]:
    yield from new_world()


@pytest.fixture(autouse=True)
def _token_that_is_good_for_a_day(world: World) -> None:
    world.run(world.renew())


@pytest.fixture(scope="module")
def made(world: World) -> Five:
    return world.run(five(world))


@pytest.fixture
def those(world: World, made: Five) -> Five:
    return replace(made, api=world.run(again(made.api)))
