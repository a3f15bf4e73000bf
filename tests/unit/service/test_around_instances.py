"""Who may ask about what stands around instances: whoever holds a role in his account that may."""

import pytest

from api import Api
from conformance.provisioned import check_refused
from conformance.world import World, another_account
from http_peer import Answer
from keystead.domain.actions import Role
from unit.service.routes_asked import AROUND, Asked

KEY = "b0d45c1e-3b7f-4a57-9d4e-0f7c2e0f3a11"
around = pytest.mark.parametrize("asked", AROUND, ids=lambda asked: asked.name)


async def ask(api: Api, asked: Asked, **headers: str | None) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await api.send(asked.method, asked.uri(""), asked.body, named)


def check_stranger(answer: Answer) -> None:
    check_refused(answer, 401, "RC-Unauthorized")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_there_are_such_routes() -> None:
    assert len(AROUND) >= 7


@around
def test_without_credentials(world: World, asked: Asked) -> None:
    async def story() -> None:
        for given in (None, "", "Basic Yng6Yng=", "Bearer", world.home.token):
            check_stranger(await ask(world.home, asked, authorization=given))

    world.run(story())


@around
def test_with_a_token_of_other_signature(world: World, asked: Asked) -> None:
    async def story() -> None:
        head, _, signature = world.home.token.rpartition(".")
        changed = ("B" if signature[0] == "A" else "A") + signature[1:]
        check_stranger(await ask(world.home, asked, authorization=f"Bearer {head}.{changed}"))

    world.run(story())


@around
def test_without_any_grant(world: World, asked: Asked) -> None:
    async def story() -> None:
        check_stranger(await ask(await world.home.other(), asked))

    world.run(story())


@around
def test_with_a_grant_in_another_account_alone(world: World, asked: Asked) -> None:
    async def story() -> None:
        there = await another_account(world)
        nobody = await world.home.other()
        await there.grant(nobody.iam_id, Role.MANAGER)
        check_stranger(await ask(nobody, asked))

    world.run(story())


@around
@pytest.mark.parametrize(("ring", "key"), [(None, None), ("mine", None), (None, KEY)])
def test_any_grant_of_a_role_that_may_will_do(
    world: World, asked: Asked, ring: str | None, key: str | None
) -> None:
    async def story() -> None:
        for role in Role:
            answer = await ask(await world.home.other(role, ring=ring, key=key), asked)
            assert answer.status == asked.answer_to(role), (role, answer.body)

    world.run(story())


@around
@pytest.mark.parametrize("named", [None, "nowhere", KEY])
def test_the_header_of_the_key_api_does_not_matter(world: World, asked: Asked, named: str | None) -> None:
    answer = world.run(ask(world.home, asked, bluemix_instance=named))
    assert answer.status == asked.answer_to(Role.MANAGER)
