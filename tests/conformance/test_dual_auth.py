"""C26 of kms-api.md section 8, with sections 3.4 and 7 (U24 to U26): deletion by two people."""

import pytest

from api import Api, envelope
from conformance.policies import enable, put
from conformance.world import World, again, check_error, in_seconds
from http_peer import Answer
from keystead.domain.actions import Role

CODE = "AUTHORIZATIONS_NOT_MET"
NOT_MET = "1 prior authorization(s) are required for deletion: Key could not be deleted"
ACTION = "Action could not be performed on key"
A_WEEK = 7 * 86_400
ON = {"dualAuthDelete": {"enabled": True}}


async def a_key(api: Api, *, extractable: bool = False) -> str:
    """Return a key that two people must delete."""
    key = str((await api.create(extractable=extractable))["id"])
    assert (await put(api, key, ON)).status == 200
    return key


async def member(api: Api, key: str) -> object:
    """Return the key's member ``dualAuthDelete``."""
    return (await api.send("GET", f"/keys/{key}/metadata")).resource.get("dualAuthDelete")


async def delete(api: Api, key: str, query: str = "") -> Answer:
    return await api.send("DELETE", f"/keys/{key}{query}")


def check_not_met(answer: Answer) -> None:
    check_error(answer, 409, CODE, NOT_MET)
    assert answer.message == "Number of authorizations required to delete is not met"


@pytest.mark.parametrize("extractable", [False, True])
def test_c26_another_manager_deletes_what_a_writer_approved(world: World, *, extractable: bool) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = await a_key(api, extractable=extractable)
        check_not_met(await delete(api, key))
        writer = await api.other(Role.WRITER)
        done = await writer.act(key, "setKeyForDeletion", b"null")
        assert (done.status, done.body) == (204, b"")
        expected = {"enabled": True, "keySetForDeletion": True, "authExpiration": in_seconds(world, A_WEEK)}
        assert await member(api, key) == expected
        assert (await writer.send("GET", f"/keys/{key}")).resource["state"] == 1
        if not extractable:
            assert (await writer.act(key, "wrap")).status == 200
        assert (await delete(writer, key)).status == 401
        assert (await delete(api, key)).status == 204

    world.run(story())


@pytest.mark.parametrize("query", ["", "?force=false", "?force=true"])
def test_c26_nobody_deletes_alone(world: World, query: str) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = await a_key(api)
        check_not_met(await delete(api, key, query))
        assert (await api.act(key, "setKeyForDeletion")).status == 204
        for _ in range(2):
            check_not_met(await delete(api, key, query))
        assert (await delete(await again(api), key, query)).status == 204

    world.run(story())


@pytest.mark.parametrize("seconds", [-1, 0, 1])
def test_c26_an_approval_holds_for_seven_days(world: World, seconds: int) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = await a_key(api)
        assert (await api.act(key, "setKeyForDeletion")).status == 204
        world.clock.advance(seconds=A_WEEK + seconds)
        other, owner = await again(api), await again(api)
        holds = seconds < 0
        assert ((await member(other, key)) == {"enabled": True, "keySetForDeletion": False}) is not holds
        if holds:
            assert (await delete(other, key)).status == 204
            return
        check_not_met(await delete(other, key))
        assert (await owner.act(key, "setKeyForDeletion")).status == 204
        assert (await delete(other, key)).status == 204

    world.run(story())


def test_c26_the_first_approver_and_his_time_stay(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = await a_key(api)
        first, second = await again(api), await again(api)
        assert (await first.act(key, "setKeyForDeletion")).status == 204
        before = await member(api, key)
        world.clock.advance(hours=1)
        for caller in (first, second):
            assert (await caller.act(key, "setKeyForDeletion")).status == 204
        assert await member(api, key) == before
        check_not_met(await delete(first, key))
        assert (await delete(second, key)).status == 204

    world.run(story())


def test_c26_unset(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = await a_key(api)
        writer = await api.other(Role.WRITER)
        assert (await writer.act(key, "unsetKeyForDeletion")).status == 204  # nothing is set yet
        assert (await api.act(key, "setKeyForDeletion")).status == 204
        assert (await writer.act(key, "unsetKeyForDeletion", b"{}")).status == 204
        assert await member(api, key) == {"enabled": True, "keySetForDeletion": False}
        check_not_met(await delete(await again(api), key))

    world.run(story())


@pytest.mark.parametrize("action", ["setKeyForDeletion", "unsetKeyForDeletion"])
@pytest.mark.parametrize("extractable", [False, True])
def test_c26_without_the_policy(world: World, action: str, *, extractable: bool) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = (await api.create(extractable=extractable))["id"]
        for _ in range(2):
            answer = await api.act(key, action)
            check_error(answer, 409, "NOT_DUAL_AUTH_ERR", f"Conflict: {ACTION}")
            assert answer.message == "The key is not dual auth enabled and cannot be set for deletion"
            assert (await put(api, key, {"dualAuthDelete": {"enabled": False}})).status == 200
        assert await member(api, key) == {"enabled": False}
        assert (await delete(api, key)).status == 204

    world.run(story())


def test_c26_restore_keeps_the_policy_and_forgets_the_approval(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        key, other = await a_key(api), await again(api)
        await api.act(key, "setKeyForDeletion")
        assert (await delete(other, key)).status == 204
        for action in ("setKeyForDeletion", "unsetKeyForDeletion"):
            check_error(await api.act(key, action), 410, "KEY_DELETED_ERR", ACTION)
        world.clock.advance(seconds=30)
        assert (await api.send("POST", f"/keys/{key}/restore")).status == 201
        assert await member(api, key) == {"enabled": True, "keySetForDeletion": False}
        check_not_met(await delete(other, key))

    world.run(story())


def test_c26_in_every_living_state(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        await enable(api, "dualAuthDelete")
        key = (await api.create())["id"]
        expiring = (await api.create(expirationDate=in_seconds(world, 5)))["id"]
        await api.act(key, "disable")
        world.clock.advance(seconds=5)
        for one, state in ((key, 2), (expiring, 3)):
            assert (await api.act(one, "setKeyForDeletion")).status == 204
            assert (await api.send("GET", f"/keys/{one}")).resource["state"] == state
            assert (await delete(await again(api), one)).status == 204

    world.run(story())


def test_c26_approving_is_no_lifecycle_action(world: World) -> None:
    """It does not make anybody wait: neither for enabling nor for restoring."""

    async def story() -> None:
        api = await world.tenant()
        key = await a_key(api)
        await api.act(key, "disable")
        world.clock.advance(seconds=30)
        assert (await api.act(key, "setKeyForDeletion")).status == 204
        assert (await api.act(key, "enable")).status == 204

    world.run(story())


def test_c26_the_audit_log_names_the_approver(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = await a_key(api)
        await api.act(key, "setKeyForDeletion")
        event = world.log.events[-1]
        approval = {"authID": event.caller.iam_id, "authExpiration": in_seconds(world, A_WEEK)}
        assert event.response == {"initialValue": {}, "newValue": approval}
        await api.act(key, "unsetKeyForDeletion")
        assert world.log.events[-1].response == {"initialValue": approval, "newValue": {}}

    world.run(story())


def test_c26_a_key_of_the_overrides_endpoint(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        made = await api.send("POST", "/keys_with_policy_overrides", envelope(name="two", **ON))
        check_not_met(await delete(api, made.resource["id"]))

    world.run(story())
