"""The policies that a request is admitted under: read once while nothing changes, and never stale."""

from pathlib import Path

import pytest

from api import Api, with_api
from conformance.contexts import administrator, restrict
from conformance.counting import CountingStore
from conformance.policies import enable, from_address, instance_policy, of_key, put_instance
from conformance.world import World
from postgres import postgres_cluster  # noqa: F401 - a fixture

HERE, ELSEWHERE = "127.0.0.1", "198.51.100.7"


def test_the_hot_path_does_not_read_policies(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = (await api.create())["id"]
        await enable(api, "allowedIP", allowed_ip=[HERE])
        store = CountingStore(world.store)
        beside = world.beside(api, store=store)
        for _ in range(5):
            assert (await beside.act(key, "wrap")).status == 200
            assert (await from_address(beside, ELSEWHERE, "POST", f"/keys/{key}/actions/wrap")).status == 401
        assert store.reads == 1
        assert (await beside.act(key, "rotate")).status == 204
        assert (await beside.act(key, "wrap")).status == 200
        assert store.reads == 2

    world.run(story())


def test_the_hot_path_reads_context_rules_no_more_often(world: World) -> None:
    async def story() -> None:
        api = await administrator(world)
        key = (await api.create())["id"]
        await restrict(api, HERE, "192.0.2.0/24")
        store = CountingStore(world.store)
        beside = world.beside(api, store=store)
        for _ in range(5):
            assert (await beside.act(key, "wrap")).status == 200
            assert (await from_address(beside, ELSEWHERE, "POST", f"/keys/{key}/actions/wrap")).status == 401
        assert store.reads == 1

    world.run(story())


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_policy_counts_at_once_on_every_store(
    tmp_path: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    async def story(api: Api) -> None:
        for _ in range(2):
            await enable(api, "allowedIP", allowed_ip=[HERE])
            assert (await from_address(api, ELSEWHERE, "HEAD", "/keys")).status == 401
            assert (await api.send("HEAD", "/keys")).status == 200
            assert (await put_instance(api, instance_policy("allowedIP", enabled=False))).status == 204
            assert (await from_address(api, ELSEWHERE, "HEAD", "/keys")).status == 200
        await enable(api, "rotation", interval_month=2)
        (policy,) = await of_key(api, (await api.create())["id"])
        assert policy["rotation"] == {"enabled": True, "interval_month": 2}

    database = f"sqlite:///{tmp_path / 'keystead.db'}"
    if kind == "postgres":
        database = request.getfixturevalue("postgres_cluster").fresh()
    with_api(tmp_path, story, database=database)
