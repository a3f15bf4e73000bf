"""Each reason that the API document says an operation may give, that operation gives, when it is asked for.

A document that promises refusals which never come is as wrong as one that is silent about some that do.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

from conformance import refused_bodies, refused_imports, refused_resources, refused_times, test_reasons
from conformance.scene import ASKED, Beaten, Scene, Spoiled, set_up
from conformance.witness import IN_DOCUMENT, Pair, Witness, a_witness, described
from conformance.world import World
from keystead.protocols.routes import ROUTES
from keystead.service.limits import limits

Chapter = Callable[[Scene], Awaitable[None]]


async def whoever_asks(scene: Scene) -> None:
    """Whatever the operation, the caller, the instance or the body may be wrong."""
    for route in ASKED:
        await scene.ask(route, headers={"authorization": None})
        await scene.ask(route, headers={"authorization": "Bearer x.y"})
        await scene.ask(route, headers={"bluemix-instance": "x"})
        if route.method not in ("GET", "HEAD"):
            await scene.ask(route, query="?dry-run=true")
    for route in (route for route in ROUTES if route.action in IN_DOCUMENT):
        await scene.caller(route.action).send_too_much(route.method, route.path.format(**scene.names))


async def not_ours(scene: Scene) -> None:
    """Whatever the operation, a record that it needs may have been written by somebody else."""
    spoiled = scene.over(Spoiled())
    for route in ASKED:
        await spoiled.ask(route)


async def any_key(scene: Scene) -> None:
    """Every operation on a key of every sort, in every state; none comes about, for others are faster."""
    beaten = scene.over(Beaten())
    for route in ASKED:
        for key in scene.keys.values() if "{key}" in route.path else ("",):
            await beaten.ask(route, names={"key": key})


async def asked_too_often(scene: Scene) -> None:
    """Whatever the operation, the instance may have had its requests of this second."""
    narrow = limits(wrong_per_minute=1, requests_per_second=1)
    owner = scene.world.beside(scene.owner, narrow=narrow)
    assert isinstance(owner, Witness)
    await owner.send("GET", "/keys")
    full = replace(scene, owner=owner, service=replace(scene.service, service=owner.service))
    for route in ASKED:
        await full.ask(route)


CHAPTERS: Final[tuple[Chapter, ...]] = (
    whoever_asks,
    not_ours,
    any_key,
    asked_too_often,
    refused_bodies.bad_fields,
    refused_bodies.bad_queries,
    refused_bodies.envelopes,
    refused_imports.material,
    refused_imports.policies,
    refused_resources.registrations,
    refused_resources.adapters,
    refused_resources.places,
    refused_resources.full_instance,
    refused_times.again_and_late,
    refused_times.while_another_is_answered,
)


def test_what_is_described_is_what_is_given(world: World) -> None:
    given: set[Pair] = set()

    async def told() -> None:
        for story, _ in test_reasons.STORIES.values():
            await story(world, await a_witness(world, given))
        for chapter in CHAPTERS:
            await chapter(await set_up(world, given))

    world.run(told())
    assert written(described() - given) == []
    assert written(given - described()) == []


def written(pairs: set[Pair]) -> list[str]:
    return sorted(f"{action} {reason}" for action, reason in pairs)
