"""Whatever takes an id answers to another tenant's as to one that never was, and does nothing with it."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import pytest

from conformance.scene import ASKED, Scene, set_up
from conformance.services import FOREIGN, a_service
from conformance.witness import Witness
from conformance.world import World
from http_peer import Answer
from keystead.domain.actions import Action
from keystead.domain.ids import random_uuid
from keystead.protocols.http.routes import Route

IDS: Final = ("key", "adapter", "certificate", "object")
"""What paths name by an id; names of rings, aliases and resources are of one instance anyway."""
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
Seen = list[tuple[int, str]]


def seen(answers: list[Answer]) -> Seen:
    """Return what can be told of answers, whichever ids were in the request."""
    return [(answer.status, _UUID.sub("an id", answer.body.decode())) for answer in answers]


def places() -> Iterator[tuple[Route, str]]:
    for route in ASKED:
        for name in IDS:
            if f"{{{name}}}" in route.path:
                yield route, name


def told(world: World) -> tuple[Scene, Scene]:
    """Return two tenants, each with services of its own."""

    async def story() -> tuple[Scene, Scene]:
        theirs, mine = await set_up(world, set()), await set_up(world, set())
        service = await a_service(mine.owner, FOREIGN)
        assert isinstance(service, Witness)
        return theirs, replace(mine, service=service)

    return world.run(story())


def snapshot(world: World, scene: Scene) -> list[bytes]:
    async def looked() -> list[bytes]:
        paths = [
            "/keys?limit=200",
            "/kmip_adapters",
            "/instance/policies",
            "/key_rings",
            "/keys/registrations",
        ]
        paths += [f"/keys/{key}" for key in scene.keys.values()]
        return [(await scene.owner.send("GET", path)).body for path in paths]

    return world.run(looked())


def test_an_id_in_a_path(world: World) -> None:
    theirs, mine = told(world)
    before = snapshot(world, theirs)
    tried = list(places())
    for route, name in tried:
        ids = (theirs.names[name], random_uuid())
        known, unknown = (seen(world.run(mine.ask(route, names={name: one}))) for one in ids)
        assert known == unknown, (route.action, name)
        assert all(status in (401, 403, 404) for status, _ in known), (route.action, name, known)
    assert len(tried) >= 39
    assert snapshot(world, theirs) == before


def test_an_instance_in_the_header(world: World) -> None:
    theirs, mine = told(world)
    before = snapshot(world, theirs)
    for route in ASKED:
        known, unknown = (
            seen(world.run(mine.ask(route, names=theirs.names, headers={"bluemix-instance": instance})))
            for instance in (theirs.owner.instance.id, random_uuid())
        )
        assert known == unknown, route.action
        assert {status for status, _ in known} == {401}, (route.action, known)
    assert snapshot(world, theirs) == before


@pytest.mark.parametrize(
    ("action", "body"),
    [
        (Action.KEY_UNWRAP, lambda scene: {"ciphertext": scene.ciphertext}),
        (Action.KEY_REWRAP, lambda scene: {"ciphertext": scene.ciphertext}),
    ],
)
def test_a_ciphertext(world: World, action: Action, body: object) -> None:
    """Wrapped under the same material, it still opens only where it was wrapped."""
    theirs, mine = told(world)
    (route,) = (one for one in ASKED if one.action is action)
    (first, *_) = world.run(mine.ask(route, body(theirs)))  # type: ignore[operator]
    assert (first.status, first.code) == (422, "UNPROCESSABLE_CIPHERTEXT_ERR")


def test_a_key_in_a_body(world: World) -> None:
    theirs, mine = told(world)
    (route,) = (one for one in ASKED if one.action is Action.ADAPTER_CREATE)
    known, unknown = (
        seen(
            world.run(
                mine.ask(
                    route,
                    {
                        "metadata": {"collectionType": "x", "collectionTotal": 1},
                        "resources": [{"profile": "native_1.0", "profile_data": {"crk_id": key}}],
                    },
                )
            )
        )
        for key in (theirs.keys["root"], random_uuid())
    )
    assert known == unknown
    assert known[0][0] == 404
