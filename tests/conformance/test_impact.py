"""What would come of deleting or disabling a key: as it then does come, and nothing by asking."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from api import Api
from conformance.policies import put
from conformance.services import BUCKET, OTHER, a_receiver, a_service, notices, register
from conformance.test_kmip import an_adapter_of
from conformance.world import World, in_seconds
from keystead.domain.actions import Role
from keystead.domain.changes import Change
from keystead.domain.ids import KeyId
from keystead.domain.impact import MOST_REGISTRATIONS
from suites.store_placed import a_registration

Setup = Callable[[World, Api], Awaitable[str]]
DUAL = {"dualAuthDelete": {"enabled": True}}


async def foreseen(api: Api, key: str) -> dict[str, Any]:
    answer = await api.send("GET", f"/keys/{key}/impact")
    assert answer.status == 200, answer.body
    found: dict[str, Any] = answer.resource
    return found


async def free(_: World, api: Api) -> str:
    return str((await api.create())["id"])


async def standard(_: World, api: Api) -> str:
    return str((await api.create(extractable=True))["id"])


async def registered(_: World, api: Api) -> str:
    key = str((await api.create())["id"])
    assert (await register(await a_service(api), key)).status == 200
    return key


async def preventing(world: World, api: Api) -> str:
    key = await registered(world, api)
    assert (await register(await a_service(api), key, OTHER, preventKeyDeletion=True)).status == 200
    return key


async def serving(_: World, api: Api) -> str:
    key = str((await api.create())["id"])
    await an_adapter_of(api, key)
    return key


async def dual(_: World, api: Api) -> str:
    key = str((await api.create())["id"])
    assert (await put(api, key, DUAL)).status == 200
    return key


async def approved_by_oneself(world: World, api: Api) -> str:
    key = await dual(world, api)
    assert (await api.act(key, "setKeyForDeletion")).status == 204
    return key


async def approved(world: World, api: Api) -> str:
    key = await dual(world, api)
    assert (await (await api.other(Role.WRITER)).act(key, "setKeyForDeletion")).status == 204
    return key


async def everything(world: World, api: Api) -> str:
    key = await preventing(world, api)
    await an_adapter_of(api, key)
    assert (await put(api, key, DUAL)).status == 200
    return key


async def disabled(_: World, api: Api) -> str:
    key = str((await api.create())["id"])
    assert (await api.act(key, "disable")).status == 204
    return key


async def expired(world: World, api: Api) -> str:
    key = str((await api.create(expirationDate=in_seconds(world, 60)))["id"])
    world.clock.advance(seconds=61)
    return key


async def deleted(_: World, api: Api) -> str:
    key = str((await api.create())["id"])
    assert (await api.send("DELETE", f"/keys/{key}")).status == 204
    return key


KEYS = (
    free,
    standard,
    registered,
    preventing,
    serving,
    dual,
    approved_by_oneself,
    approved,
    everything,
    disabled,
    expired,
    deleted,
)
REQUESTS = {
    ("delete", False): ("DELETE", ""),
    ("delete", True): ("DELETE", "?force=true"),
    ("disable", False): ("POST", "/actions/disable"),
}


@pytest.mark.parametrize("setup", KEYS, ids=lambda setup: setup.__name__)
@pytest.mark.parametrize("action", REQUESTS, ids=lambda action: "-".join(map(str, action)))
def test_what_is_foreseen_comes(world: World, setup: Setup, action: tuple[str, bool]) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = await setup(world, api)
        told = (await foreseen(api, key))["outcomes"]
        assert [(one["action"], one["force"]) for one in told] == list(REQUESTS)
        (outcome,) = (one for one in told if (one["action"], one["force"]) == action)
        assert outcome["refused"] is bool(outcome["reasons"])
        method, rest = REQUESTS[action]
        answer = await api.send(method, f"/keys/{key}{rest}")
        assert (answer.status >= 400) is outcome["refused"]
        if outcome["refused"]:
            (given,) = answer.resource["reasons"]  # the first of those that were foreseen
            assert outcome["reasons"][0]["code"] == given["code"]
            assert given["message"] in outcome["reasons"][0]["message"]

    world.run(story())


def test_every_reason_is_named(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        impact = await foreseen(api, key := await everything(world, api))
        codes = [[reason["code"] for reason in one["reasons"]] for one in impact["outcomes"]]
        refused = ["PROTECTED_RESOURCE_ERR", "PREV_KEY_DEL_ERR", "AUTHORIZATIONS_NOT_MET"]
        assert codes == [refused, refused, []]
        assert impact["registrations"] == [
            {"resourceCrn": BUCKET, "preventKeyDeletion": False},
            {"resourceCrn": OTHER, "preventKeyDeletion": True},
        ]
        assert impact["keyCrn"] == f"{api.instance.crn[:-2]}:key:{key}"
        assert len(impact["kmipAdapters"]) == 1
        assert (impact["moreRegistrations"], impact["moreCallers"]) == (False, False)
        event = world.log.events[-1]
        assert (event.action, event.target_name) == ("keystead.secrets-impact.read", "a key")

    world.run(story())


def test_nothing_is_changed_by_asking(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        await a_receiver(api)
        key = KeyId(await preventing(world, api))
        assert await api.service.reckoner.make()  # whoever asks next finds nothing to count
        before = await world.store.key(api.instance.id, key), world.store.mark()
        await foreseen(api, key)
        assert (await world.store.key(api.instance.id, key), world.store.mark()) == before
        assert await notices(api) == []

    world.run(story())


def test_more_resources_than_are_shown(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        key, change = KeyId((await api.create())["id"]), Change()
        for number in range(MOST_REGISTRATIONS + 1):
            change.put(a_registration(api.instance.id, key, f"bucket-{number:04}"), was=None)
        await world.store.commit(change, None)
        impact = await foreseen(api, key)
        assert (len(impact["registrations"]), impact["moreRegistrations"]) == (MOST_REGISTRATIONS, True)

    world.run(story())
