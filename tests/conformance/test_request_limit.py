"""How many requests an instance takes in a second: of all its callers, and of nobody else."""

import pytest

from api import Api
from conformance.world import World
from http_peer import Answer
from keystead.domain.actions import Action, Role
from keystead.service.limits import limits


def narrowed(world: World, api: Api, most: int = 2) -> Api:
    return world.beside(api, narrow=limits(wrong_per_minute=1_000_000, requests_per_second=most))


def check_too_many(answer: Answer) -> None:
    assert (answer.status, answer.headers["retry-after"]) == (429, "1")
    text = "Too Many Requests: Please wait a few minutes and try again."
    assert answer.json["resources"] == [{"errorMsg": text}]


def test_one_instances_flood_leaves_another_its_turn(world: World) -> None:
    async def story() -> None:
        mine = narrowed(world, await world.tenant())
        reader = await mine.other(Role.READER)
        theirs = await world.tenant()
        theirs = Api(mine.service, theirs.clock, theirs.instance, theirs.token)
        assert [(await it.send("GET", "/keys")).status for it in (mine, reader)] == [200, 200]
        before = len(world.log.events)
        for one in (mine, reader):
            check_too_many(await one.send("GET", "/keys"))
        events = world.log.events[before:]
        assert [(it.outcome, it.reason_code, it.log_source) for it in events] == 2 * [
            ("failure", 429, mine.instance.crn)
        ]
        assert mine.service.dispatcher.usage.served[Action.KEY_LIST].codes[429] == 2
        assert [(await theirs.send("GET", "/keys")).status for _ in range(3)] == [200, 200, 429]
        world.clock.advance(seconds=1)
        assert (await mine.send("GET", "/keys")).status == 200

    world.run(story())


def test_nothing_is_done_over_the_limit(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = (await api.create())["id"]
        narrow = narrowed(world, api, 1)
        assert (await narrow.act(key, "wrap")).status == 200
        check_too_many(await narrow.act(key, "wrap", b"{"))  # the body is not read
        check_too_many(await narrow.send("DELETE", f"/keys/{key}"))
        assert (await api.send("GET", f"/keys/{key}")).status == 200

    world.run(story())


def test_a_manager_can_always_act_against_who_uses_it_up(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = (await api.create())["id"]
        narrow = narrowed(world, api, 1)
        await narrow.send("GET", "/keys")
        check_too_many(await narrow.send("GET", "/keys"))
        assert (await narrow.send("GET", "/instance/policies")).status == 200
        assert (await narrow.act(key, "disable")).status == 204
        check_too_many(await narrow.act(key, "enable"))

    world.run(story())


@pytest.mark.parametrize("who", ["stranger", "reader", "nobody"])
def test_who_may_not_ask_uses_nothing_up(world: World, who: str) -> None:
    async def story() -> None:
        api = await world.tenant()
        narrow = narrowed(world, api, 1)
        token = {
            "stranger": (await world.tenant()).token,
            "reader": (await api.other(Role.READER)).token,
            "nobody": "x.y",
        }[who]
        for _ in range(5):
            answer = await narrow.send(
                "PUT", "/instance/policies", None, {"authorization": f"Bearer {token}"}
            )
            assert answer.status in (400, 401)
        assert (await narrow.send("GET", "/keys")).status == 200

    world.run(story())
