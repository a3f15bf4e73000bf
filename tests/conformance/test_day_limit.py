"""The unwraps of a day, which the servers on one database count together: docs/callers.md."""

from api import Api
from conformance.world import World, again
from http_peer import Answer
from keystead.domain.errors import Conflict
from keystead.service.limits import limits
from keystead.storage.memory import MemoryStore

MOST = 130  # portions of three


def server(world: World, api: Api) -> Api:
    """Return *api* at a server that has just been started."""
    return world.beside(api, narrow=limits(wrong_per_minute=1, unwraps_per_day=MOST))


def test_a_stolen_token_gets_no_more_by_asking_several_servers_or_after_a_restart(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = (await api.create())["id"]
        blob = {"ciphertext": (await api.act(key, "wrap")).json["ciphertext"]}
        servers = [server(world, api) for _ in range(3)]
        answers: list[Answer] = []
        for turn in range(MOST):
            answers += [await one.act(key, "unwrap", blob) for one in servers]
            if turn == 5:
                servers[0] = server(world, api)  # which has six, and leaves nothing of its portions
        statuses = [answer.status for answer in answers]
        assert set(statuses) == {200, 429}
        assert MOST - 3 <= statuses.count(200) <= MOST
        last = answers[-1]
        assert last.json["resources"][0]["errorMsg"].startswith("Too Many Requests")
        assert last.headers["retry-after"] == str(86_400)
        other = await again(api)  # somebody else in the same instance has a day of his own
        assert (await server(world, other).act(key, "unwrap", blob)).status == 200
        assert (await servers[1].act(key, "wrap")).status == 200
        world.clock.advance(days=1)
        renewed = await again(api)
        assert (await server(world, renewed).act(key, "unwrap", blob)).status == 200

    world.run(story())


class Away(MemoryStore):
    """The same records, of which bookings cannot be written."""

    def __init__(self, over: MemoryStore) -> None:
        super().__init__()
        self.__dict__.update(over.__dict__)

    async def commit(self, *_: object) -> None:
        raise Conflict("somebody is faster each time")


def test_what_cannot_be_counted_is_not_unwrapped(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = (await api.create())["id"]
        blob = {"ciphertext": (await api.act(key, "wrap")).json["ciphertext"]}
        narrow = limits(wrong_per_minute=1, unwraps_per_day=MOST)
        there = world.beside(api, store=Away(world.store), narrow=narrow)
        assert (await there.act(key, "unwrap", blob)).status == 503

    world.run(story())
