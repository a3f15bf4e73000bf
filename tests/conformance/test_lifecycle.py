"""C19 to C25 of kms-api.md section 8: disable, rotate, versions, delete, purge, restore and expiry."""

import base64
from typing import Any

import pytest

from api import Api
from conformance.world import World, again, check_error, in_seconds
from http_peer import Answer

STATE = "KEY_ACTION_INVALID_STATE_ERR"
EARLY = "REQ_TOO_EARLY_ERR"
MATERIAL = base64.b64encode(bytes(range(32))).decode()
WRAP, UNWRAP, REWRAP = (f"{one} with key could not be performed" for one in ("Wrap", "Unwrap", "Rewrap"))


async def wrapped(api: Api, key: str) -> dict[str, Any]:
    answer = await api.act(key, "wrap")
    assert answer.status == 200, answer.body
    return dict(answer.json)


async def state(api: Api, key: str) -> int:
    return int((await api.send("GET", f"/keys/{key}/metadata")).resource["state"])


async def delete(api: Api, key: str, prefer: str | None = None) -> Answer:
    return await api.send("DELETE", f"/keys/{key}", None, {"prefer": prefer})


async def purge(api: Api, key: str, prefer: str | None = None) -> Answer:
    return await api.send("DELETE", f"/keys/{key}/purge", None, {"prefer": prefer})


async def restore(api: Api, key: str, prefer: str | None = None, body: object = None) -> Answer:
    return await api.send("POST", f"/keys/{key}/restore", body, {"prefer": prefer})


@pytest.mark.parametrize("body", [b"", b"{}", b"null"])
def test_c19_disable_and_enable(world: World, body: bytes) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = (await api.create())["id"]
        blob = {"ciphertext": (await wrapped(api, key))["ciphertext"]}
        off = await api.act(key, "disable", body)
        assert (off.status, off.body) == (204, b"")
        assert "content-length" not in off.headers
        assert "content-type" not in off.headers
        assert await state(api, key) == 2
        for action, phrase in (("wrap", WRAP), ("unwrap", UNWRAP), ("rewrap", REWRAP)):
            answer = await api.act(key, action, blob)
            check_error(answer, 409, STATE, f"Conflict: Key is not in active state: {phrase}")
            assert answer.message == "Key is not in a valid state"
        check_error(
            await api.act(key, "rotate"), 409, STATE, "Key is not in active state: Key could not be rotated"
        )
        check_error(
            await api.act(key, "disable"), 409, STATE, "Key is not in active state: Key could not be disabled"
        )
        world.clock.advance(seconds=29)
        check_error(await api.act(key, "enable"), 409, EARLY, "Conflict: Key could not be enabled")
        world.clock.advance(seconds=1)
        assert (await api.act(key, "enable", body)).status == 204
        assert (await api.act(key, "unwrap", blob)).status == 200
        check_error(
            await api.act(key, "enable"),
            409,
            STATE,
            "Key is not in suspended state: Key could not be enabled",
        )

    world.run(story())


def test_c20_rotation_wants_the_right_payload(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        generated, imported = (await api.create())["id"], (await api.create(payload=MATERIAL))["id"]
        answer = await api.act(generated, "rotate", {"payload": MATERIAL})
        check_error(answer, 400, "INVALID_QUERY_PARAM_ERR", "Key could not be rotated")
        assert answer.message == "The query_param 'payload' must be: provided only if key is imported"
        assert answer.resource["reasons"][0]["target"] == {"type": "query_param", "name": "payload"}
        answer = await api.act(imported, "rotate")
        check_error(answer, 400, "KEY_PAYLOAD_REQ_ERR", "Key could not be rotated")
        assert answer.message == (
            "This root key was created with user-supplied key material: "
            "Key material is required to perform a 'rotate' action"
        )
        assert answer.resource["reasons"][0]["target"] == {"type": "field", "name": "payload"}
        for bad in ("QUJD", "not base64", 7):
            answer = await api.act(imported, "rotate", {"payload": bad})
            check_error(answer, 400, "INVALID_FIELD_ERR", "Key could not be rotated")
        assert (await api.act(generated, "rotate", {"payload": "", "more": 1})).status == 204
        shorter = base64.b64encode(bytes(16)).decode()
        assert (await api.act(imported, "rotate", {"payload": shorter})).status == 204
        assert (await api.send("GET", f"/keys/{imported}")).resource["algorithmBitSize"] == 128

    world.run(story())


def test_c20_one_rotation_an_hour_and_the_first_is_free(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        before = await api.create(aliases=["turned"])
        key = before["id"]
        assert (await api.act(key, "rotate")).status == 204
        world.clock.advance(seconds=3599)
        answer = await api.act(key, "rotate")
        check_error(answer, 409, "KEY_ROTATION_NOT_PERMITTED", "Key could not be rotated")
        assert answer.message == (
            "This root key has been rotated within the last hour: "
            "Only one 'rotate' action per hour is permitted"
        )
        early = (await api.send("GET", f"/keys/{key}/metadata")).resource
        assert (early["rotationAllowed"], early["rotationAllowedFrom"]) == (False, in_seconds(world, 1))
        world.clock.advance(seconds=1)
        assert (await api.send("GET", f"/keys/{key}/metadata")).resource["rotationAllowed"] is True
        assert (await api.act(key, "rotate", b"null")).status == 204
        after = (await api.send("GET", f"/keys/{key}")).resource
        same = ("id", "crn", "aliases", "creationDate", "name", "imported", "state")
        assert all(after[name] == before[name] for name in same)
        assert after["lastRotateDate"] == after["lastUpdateDate"] == in_seconds(world, 0)
        assert after["keyVersion"]["creationDate"] == in_seconds(world, 0)
        assert after["keyVersion"]["id"] != before["keyVersion"]["id"]

    world.run(story())


async def versions(api: Api, key: str, query: str = "") -> Any:
    answer = await api.send("GET", f"/keys/{key}/versions{query}")
    assert answer.status == 200, answer.body
    return answer.json


def test_c21_versions_newest_first(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        made = await api.create()
        key, expected = made["id"], [made["keyVersion"]]
        for _ in range(3):
            world.clock.advance(hours=1)
            await api.act(key, "rotate")
            expected.insert(0, (await api.send("GET", f"/keys/{key}")).resource["keyVersion"])
        whole = await versions(api, key)
        assert whole["resources"] == expected
        assert whole["metadata"] == {
            "collectionType": "application/vnd.ibm.kms.key.version+json",
            "collectionTotal": 4,
        }
        page = await versions(api, key, "?limit=2&offset=1&totalCount=true")
        assert page["resources"] == expected[1:3]
        assert page["metadata"] == {**whole["metadata"], "collectionTotal": 2, "totalCount": 4}
        assert "totalCount" not in (await versions(api, key, "?totalCount=false"))["metadata"]
        assert (await versions(api, key, "?offset=9"))["resources"] == []
        answer = await api.send("GET", f"/keys/{key}/versions?limit=0")
        check_error(answer, 400, "INVALID_QUERY_PARAM_ERR", "KeyVersion(s) could not be retrieved")

    world.run(story())


def test_c21_versions_of_a_key_that_is_not_active(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        phrase = "KeyVersion(s) could not be retrieved"
        key = (await api.create())["id"]
        path = f"/keys/{key}/versions"
        await api.act(key, "disable")
        check_error(await api.send("GET", path), 409, STATE, f"Key is not in active state: {phrase}")
        assert len((await versions(api, key, "?allKeyStates=true"))["resources"]) == 1
        await delete(api, key)
        check_error(await api.send("GET", f"{path}?allKeyStates=false"), 410, "KEY_DELETED_ERR", phrase)
        assert len((await versions(api, key, "?allKeyStates=True"))["resources"]) == 1
        old = (await api.create(expirationDate=in_seconds(world, 5)))["id"]
        world.clock.advance(seconds=5)
        check_error(await api.send("GET", f"/keys/{old}/versions"), 409, STATE, phrase)
        assert len((await versions(api, old, "?allKeyStates=1"))["resources"]) == 1

    world.run(story())


@pytest.mark.parametrize("prefer", [None, "return=minimal"])
@pytest.mark.parametrize("query", ["", "?force=true", "?force=False"])
def test_c22_delete(world: World, prefer: str | None, query: str) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = (await api.create())["id"]
        gone = await delete(api, f"{key}{query}", prefer)
        assert (gone.status, gone.body) == (204, b"")
        again = await delete(api, key, prefer)
        check_error(again, 410, "KEY_DELETED_ERR", "Gone: Key could not be deleted")
        assert again.message == "Key has already been deleted. Please delete references to this key."
        for action in ("wrap", "unwrap", "rewrap", "rotate", "disable", "enable"):
            answer = await api.act(key, action, {"ciphertext": "QUJD"})
            assert (answer.status, answer.code) == (410, "KEY_DELETED_ERR")
            assert answer.resource["errorMsg"].startswith("Gone: ")

    world.run(story())


def test_c22_delete_with_representation(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = (await api.create())["id"]
        bad = await delete(api, f"{key}?force=maybe")
        check_error(bad, 400, "INVALID_QUERY_PARAM_ERR", "Key could not be deleted")
        gone = await delete(api, f"{key}?force=false", "return=representation")
        assert gone.status == 200
        shown = gone.resource
        assert (shown["state"], shown["deleted"]) == (5, True)
        assert shown["deletionDate"] == in_seconds(world, 0)
        assert shown["deletedBy"] == world.log.events[-1].caller.iam_id
        assert (shown["restoreAllowed"], shown["purgeAllowed"]) == (True, False)
        assert shown["purgeAllowedFrom"] == in_seconds(world, 4 * 3600)
        assert shown["restoreExpirationDate"] == in_seconds(world, 30 * 86_400)
        assert shown["purgeScheduledOn"] == in_seconds(world, 90 * 86_400)

    world.run(story())


@pytest.mark.parametrize("extractable", [True, False])
def test_c23_purge(world: World, extractable: bool) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = (await api.create(extractable=extractable, aliases=["to-purge"]))["id"]
        check_error(await purge(api, key), 409, STATE, "Conflict: Key could not be purged")
        await delete(api, key)
        early = await purge(api, key)
        check_error(early, 409, EARLY, "Conflict: Key could not be purged")
        assert early.message == (
            "The key was updated recently: Please wait and try again: "
            "Purge operation is allowed 4h0m0s after key is deleted"
        )
        world.clock.advance(seconds=4 * 3600 - 1)
        assert (await purge(api, key)).status == 409
        world.clock.advance(seconds=1)
        assert (await api.send("GET", f"/keys/{key}")).resource["purgeAllowed"] is True
        await refuses_the_alias(api)
        gone = await purge(api, "to-purge")
        assert (gone.status, gone.body) == (204, b"")
        for method, path in (("GET", ""), ("DELETE", ""), ("DELETE", "/purge"), ("POST", "/restore")):
            answer = await api.send(method, f"/keys/{key}{path}")
            assert (answer.status, answer.code, answer.message) == (
                404,
                "KEY_NOT_FOUND_ERR",
                "key does not exist",
            )
        assert (await api.create(aliases=["to-purge"]))["aliases"] == ["to-purge"]

    world.run(story())


async def refuses_the_alias(api: Api) -> None:
    """The aliases of a destroyed key stay taken until the purge (U19)."""
    body = {"metadata": {}, "resources": [{"name": "thief", "aliases": ["to-purge"]}]}
    assert (await api.send("POST", "/keys", body)).code == "KEY_ALIAS_NOT_UNIQUE_ERR"


def test_c23_purge_with_representation(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = (await api.create())["id"]
        await delete(api, key)
        world.clock.advance(hours=4)
        gone = await purge(api, key, "return=representation")
        assert (gone.status, gone.resource["id"], gone.resource["state"]) == (200, key, 5)
        assert (await api.send("GET", f"/keys/{key}")).status == 404

    world.run(story())


@pytest.mark.parametrize("suspended", [False, True])
def test_c24_restore(world: World, suspended: bool) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = (await api.create(aliases=["back"]))["id"]
        blob = await wrapped(api, key)
        check_error(await restore(api, key), 409, STATE, "Conflict: Key could not be restored")
        if suspended:
            await api.act(key, "disable")
        await delete(api, key)
        world.clock.advance(seconds=29)
        check_error(await restore(api, key), 409, EARLY, "Conflict: Key could not be restored")
        world.clock.advance(seconds=1)
        back = await restore(api, "back", None, b"anything")
        assert back.status == 201
        assert {"lastUpdateDate", "deletionDate", "payload"}.isdisjoint(back.resource)
        assert (back.resource["state"], back.resource["aliases"]) == (1, ["back"])
        opened = await api.act("back", "unwrap", {"ciphertext": blob["ciphertext"]})
        assert opened.json["plaintext"] == blob["plaintext"]
        shown = (await api.send("GET", f"/keys/{key}")).resource
        assert not [name for name in shown if name.startswith(("delet", "purge", "restore")) and shown[name]]

    world.run(story())


def test_c24_restore_with_representation_shows_a_standard_keys_payload(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        for extractable in (True, False):
            key = (await api.create(extractable=extractable, payload=MATERIAL))["id"]
            await delete(api, key)
            world.clock.advance(seconds=30)
            back = await restore(api, key, "return=representation")
            assert back.status == 201
            assert back.resource["lastUpdateDate"] == in_seconds(world, 0)
            assert back.resource.get("payload") == (MATERIAL if extractable else None)

    world.run(story())


def test_c24_restore_after_thirty_days(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        keys = [(await api.create())["id"] for _ in range(2)]
        for key in keys:
            await delete(api, key)
        world.clock.advance(days=30, seconds=-1)
        api = await again(api)
        assert (await restore(api, keys[0])).status == 201
        world.clock.advance(seconds=1)
        late = await restore(api, keys[1])
        check_error(late, 400, "KEY_RESTORE_EXPIRED", "Bad Request: Key could not be restored")
        assert (await api.send("GET", f"/keys/{keys[1]}")).resource["restoreAllowed"] is False

    world.run(story())


@pytest.mark.parametrize("suspended", [False, True])
def test_c25_expiry(world: World, suspended: bool) -> None:
    async def story() -> None:
        api = await world.tenant()
        end = in_seconds(world, 60)
        key = (await api.create(expirationDate=end))["id"]
        blob = {"ciphertext": (await wrapped(api, key))["ciphertext"]}
        if suspended:
            await api.act(key, "disable")
        world.clock.advance(seconds=60)
        assert await state(api, key) == 3
        moment = end.replace("T", " ").replace("Z", "")
        check_error(
            await api.act(key, "wrap"), 409, STATE, f"Conflict: The key expired on {moment} +0000 UTC: {WRAP}"
        )
        assert (await api.act(key, "unwrap", blob)).status == 200
        assert (await api.act(key, "rewrap", blob)).status == 200
        for action in ("disable", "enable"):
            assert (await api.act(key, action)).code == STATE
        assert (await api.act(key, "rotate")).status == 204
        assert await state(api, key) == 3
        assert (await api.act(key, "unwrap", blob)).json["rewrappedKeyVersion"]
        assert (await delete(api, key)).status == 204
        world.clock.advance(seconds=30)
        refused = await restore(api, key)
        check_error(refused, 400, "KEY_EXPIRED_ERR", "Bad Request: Key could not be restored")

    world.run(story())


def test_c25_the_end_of_a_key_ends_the_time_to_restore_it(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        end = in_seconds(world, 3600)
        key = (await api.create(expirationDate=end))["id"]
        gone = await delete(api, key, "return=representation")
        assert gone.resource["restoreExpirationDate"] == end

    world.run(story())
