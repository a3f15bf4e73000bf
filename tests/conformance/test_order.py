"""In which order a request is judged (kms-api.md section 1.12)."""

import pytest

from conformance.world import World, in_seconds
from http_peer import Answer
from keystead.domain.actions import Role

NOBODY = {"authorization": None}
GARBLED = {"authorization": "Bearer not-a-token"}
NOWHERE = {"bluemix-instance": "nowhere"}


def seen(answer: Answer) -> tuple[int, str | None]:
    reasons = answer.resource.get("reasons")
    return answer.status, reasons[0]["code"] if reasons else None


def test_1_the_route_before_the_bearer(world: World) -> None:
    async def story() -> None:
        assert (await world.home.send("GET", "/nothing", None, NOBODY)).status == 404
        assert (await world.home.send("PUT", "/keys", None, NOBODY)).status == 405

    world.run(story())


def test_3_the_bearer_before_the_instance_the_query_and_the_body(world: World) -> None:
    async def story() -> None:
        for headers, expected in (
            (NOBODY, (401, None)),
            (GARBLED, (400, "BEARER_SUB_EXTRACTION_ERR")),
            ({**NOBODY, **NOWHERE}, (401, None)),
            ({**GARBLED, **NOWHERE}, (400, "BEARER_SUB_EXTRACTION_ERR")),
        ):
            assert seen(await world.home.send("GET", "/keys?limit=0", None, headers)) == expected
            assert seen(await world.home.send("POST", "/keys", b"{", headers)) == expected
            assert seen(await world.home.send("POST", "/keys/none/actions/unwrap", b"", headers)) == expected

    world.run(story())


def test_4_the_instance_before_the_query_the_body_and_the_key(world: World) -> None:
    async def story() -> None:
        for method, path, body in (
            ("GET", "/keys?limit=0", b""),
            ("POST", "/keys", b"{"),
            ("POST", "/keys/none/actions/unwrap", b""),
        ):
            answer = await world.home.send(method, path, body, NOWHERE)
            assert seen(answer) == (400, None)
            assert "Bluemix-Instance" in answer.resource["errorMsg"]

    world.run(story())


def test_6_the_role_before_the_query_the_body_the_key_and_its_state(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = (await api.create())["id"]
        purger = await api.other(Role.KEY_PURGE)
        for method, path, body in (
            ("GET", "/keys?limit=0", b""),
            ("POST", "/keys", b"{"),
            ("GET", f"/keys/{key}/versions?limit=0", b""),
            ("POST", f"/keys/{key}/actions/wrap", b"{"),
            ("POST", "/keys/none/actions/unwrap", b""),
            ("POST", "/import_token", b"["),
        ):
            assert seen(await purger.send(method, path, body)) == (401, None)

    world.run(story())


def test_6_who_may_only_see_a_part_does_not_learn_what_else_exists(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        mine, other = (await api.create())["id"], (await api.create(aliases=["theirs"]))["id"]
        guest = await api.other(Role.MANAGER, key=mine)
        for name in (other, "theirs", "none", "7d0a1c5e-3b7f-4a57-9d4e-0f7c2e0f3a11"):
            assert seen(await guest.send("GET", f"/keys/{name}")) == (401, None)
        assert (await guest.send("GET", f"/keys/{mine}")).status == 200

    world.run(story())


def test_7_the_query_before_the_key(world: World) -> None:
    async def story() -> None:
        expected = (400, "INVALID_QUERY_PARAM_ERR")
        assert seen(await world.home.send("GET", "/keys/none/versions?limit=0")) == expected
        assert seen(await world.home.send("DELETE", "/keys/none?force=x")) == expected
        assert seen(await world.home.send("POST", "/keys/none?action=x")) == expected

    world.run(story())


def test_8_the_body_before_the_key(world: World) -> None:
    async def story() -> None:
        for action, body, code in (
            ("wrap", b"{", "BAD_BODY_ERR"),
            ("wrap", b'{"plaintext":"?"}', "INVALID_FIELD_ERR"),
            ("unwrap", b"", "NO_BODY_ERR"),
            ("rotate", b"[]", "BAD_BODY_ERR"),
        ):
            assert seen(await world.home.act("none", action, body)) == (400, code)

    world.run(story())


def test_8_the_body_before_the_ring_of_a_new_key(world: World) -> None:
    async def story() -> None:
        ring = {"x-kms-key-ring": "no-ring"}
        assert seen(await world.home.send("POST", "/keys", b"{", ring)) == (400, "BAD_BODY_ERR")

    world.run(story())


@pytest.mark.parametrize("action", ["wrap", "unwrap", "rewrap", "rotate", "disable", "enable"])
def test_9_to_13_missing_then_destroyed_then_kind_then_state_then_timing(world: World, action: str) -> None:
    async def story() -> None:
        api = await world.tenant()
        body = {"ciphertext": "QUJD"}
        standard = (await api.create(extractable=True))["id"]
        root = (await api.create())["id"]
        ring = {"x-kms-key-ring": "other"}
        assert (await api.send("DELETE", f"/keys/{standard}")).status == 204
        path = f"/keys/{standard}/actions/{action}"
        assert seen(await api.send("POST", path, body, ring)) == (404, "KEY_NOT_FOUND_ERR")
        assert seen(await api.send("POST", path, body)) == (410, "KEY_DELETED_ERR")
        if action != "enable":
            await api.act(root, "disable")
        assert seen(await api.act(root, action, body)) == (409, "KEY_ACTION_INVALID_STATE_ERR")

    world.run(story())


def test_11_the_kind_before_the_state(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        standard = (await api.create(extractable=True, expirationDate=in_seconds(world, 60)))["id"]
        world.clock.advance(minutes=1)
        assert (await api.send("GET", f"/keys/{standard}")).resource["state"] == 3
        for action in ("wrap", "disable", "enable"):
            assert seen(await api.act(standard, action)) == (400, "KEY_ROOT_REQ_ERR")

    world.run(story())


def test_12_the_state_before_the_timing_and_both_before_cryptography(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = (await api.create(payload="MDEyMzQ1Njc4OWFiY2RlZg=="))["id"]
        material = {"payload": "MDEyMzQ1Njc4OWFiY2RlZg=="}
        upload = {**material, "iv": "MDEyMzQ1Njc4OWFi", "encryptedNonce": "QUJD"}
        assert (await api.act(key, "rotate", material)).status == 204
        assert seen(await api.act(key, "rotate", upload)) == (409, "KEY_ROTATION_NOT_PERMITTED")
        await api.act(key, "disable")
        assert seen(await api.act(key, "rotate", upload)) == (409, "KEY_ACTION_INVALID_STATE_ERR")
        assert seen(await api.act(key, "unwrap", {"ciphertext": "QUJD"})) == (
            409,
            "KEY_ACTION_INVALID_STATE_ERR",
        )

    world.run(story())
