"""C36 of kms-api.md section 8: ``POST /keys/{id}?action=A`` does what the path form does."""

import pytest

from api import Api, envelope
from conformance.world import World, again, check_error
from http_peer import Answer

DEK = "cXVlcnkgZm9ybQ=="


async def both(api: Api, keys: tuple[str, str], action: str, body: object = None) -> tuple[Answer, Answer]:
    """Do the same to two keys, to one by path and to the other by query."""
    path = f"/keys/{keys[0]}/restore" if action == "restore" else f"/keys/{keys[0]}/actions/{action}"
    by_path = await api.send("POST", path, body)
    by_query = await api.send("POST", f"/keys/{keys[1]}?action={action}", body)
    assert by_path.status == by_query.status
    assert set(by_path.headers) == set(by_query.headers)
    return by_path, by_query


async def twins(api: Api) -> tuple[str, str]:
    one, two = [await api.create(name, payload="MDEyMzQ1Njc4OWFiY2RlZg==") for name in ("one", "two")]
    return one["id"], two["id"]


def test_c36_actions_succeed_alike(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        keys = await twins(api)
        wrapped = await both(api, keys, "wrap", {"plaintext": DEK, "aad": ["a"]})
        assert [set(one.json) for one in wrapped] == [{"ciphertext", "keyVersion"}] * 2
        body = {"ciphertext": wrapped[0].json["ciphertext"], "aad": ["a"]}  # of equal material
        for one in await both(api, keys, "unwrap", body):
            assert one.json["plaintext"] == DEK
        for one in await both(api, keys, "rewrap", body):
            assert set(one.json) == {"ciphertext", "keyVersion", "rewrappedKeyVersion"}
        payload = {"payload": "ZmVkY2JhOTg3NjU0MzIxMA=="}
        for action, given in (("rotate", payload), ("disable", None), ("enable", b"null")):
            world.clock.advance(seconds=30)
            for one in await both(api, keys, action, given):
                assert (one.status, one.body) == (204, b"")
        for key in keys:
            await api.send("DELETE", f"/keys/{key}")
        world.clock.advance(seconds=30)
        for one in await both(api, keys, "restore"):
            assert (one.status, one.resource["state"]) == (201, 1)

    world.run(story())


def test_c36_set_and_unset_for_deletion_alike(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        keys = await twins(api)
        for key in keys:
            await api.send("PUT", f"/keys/{key}/policies", envelope(dualAuthDelete={"enabled": True}))
        for action in ("setKeyForDeletion", "unsetKeyForDeletion", "setKeyForDeletion"):
            for one in await both(api, keys, action, b"null"):
                assert (one.status, one.body) == (204, b"")
        for key in keys:
            assert (await (await again(api)).send("DELETE", f"/keys/{key}")).status == 204

    world.run(story())


@pytest.mark.parametrize(
    "action",
    "wrap unwrap rewrap rotate disable enable restore setKeyForDeletion unsetKeyForDeletion".split(),
)
def test_c36_actions_fail_alike(world: World, action: str) -> None:
    async def story() -> None:
        api = await world.tenant()
        standard = (await api.create(extractable=True))["id"]
        by_path, by_query = await both(api, (standard, standard), action, {"ciphertext": "QUJD"})
        assert by_path.json == by_query.json
        unknown = await both(api, ("none", "none"), action, {"ciphertext": "QUJD"})
        assert unknown[0].json == unknown[1].json
        assert unknown[0].status == 404

    world.run(story())


@pytest.mark.parametrize("prefer", [None, "return=representation"])
def test_c36_prefer_is_heard(world: World, prefer: str | None) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = (await api.create())["id"]
        await api.send("DELETE", f"/keys/{key}")
        world.clock.advance(seconds=30)
        back = await api.send("POST", f"/keys/{key}?action=restore", None, {"prefer": prefer})
        assert back.status == 201
        assert ("lastUpdateDate" in back.resource) is (prefer is not None)

    world.run(story())


@pytest.mark.parametrize(
    "query", ["", "?action=", "?action=purge", "?action=WRAP", "?other=wrap", "?" + "a" * 20_000]
)
def test_c36_no_action_or_an_unknown_one(world: World, query: str) -> None:
    async def story() -> None:
        key = (await world.home.create())["id"]
        answer = await world.home.send("POST", f"/keys/{key}{query}", b"{")
        check_error(answer, 400, "INVALID_QUERY_PARAM_ERR", "Action could not be performed on key")
        assert answer.resource["reasons"][0]["target"] == {"type": "query_param", "name": "action"}
        stranger = await world.home.send("POST", f"/keys/{key}{query}", b"{", {"authorization": None})
        assert stranger.status == 401

    world.run(story())
