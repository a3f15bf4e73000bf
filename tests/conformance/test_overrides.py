"""C30 of kms-api.md section 8, with sections 2.4 and 7 (U13, U22): policies that a key begins with."""

import pytest

from api import Api, envelope
from conformance.policies import enable, instance_policy, of_key, put_instance
from conformance.world import World, check_error, in_seconds
from http_peer import Answer
from keystead.domain.actions import Role
from keystead.domain.ids import is_uuid

PHRASE = "Key could not be created"
MATERIAL = "MDEyMzQ1Njc4OWFiY2RlZg=="
DUAL = {"dualAuthDelete": {"enabled": True}}


async def override(api: Api, **fields: object) -> Answer:
    given = {"name": "with its own", "extractable": False, **fields}
    return await api.send("POST", "/keys_with_policy_overrides", envelope(**given))


async def both_enabled(api: Api) -> None:
    await enable(api, "rotation", interval_month=3)
    await enable(api, "dualAuthDelete")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"extractable": False}, {"rotation", "dualAuthDelete"}),
        ({"extractable": False, "payload": MATERIAL}, {"dualAuthDelete"}),
        ({"extractable": True}, {"dualAuthDelete"}),
        ({"extractable": True, "payload": MATERIAL}, {"dualAuthDelete"}),
    ],
)
def test_c30_a_new_key_gets_the_policies_of_its_instance(
    world: World, fields: dict[str, object], expected: set[str]
) -> None:
    async def story() -> None:
        api = await world.tenant()
        await both_enabled(api)
        key = (await api.send("POST", "/keys", envelope(name="new", **fields))).resource["id"]
        found = await of_key(api, key)
        assert {name for one in found for name in one if name in ("rotation", "dualAuthDelete")} == expected
        by = world.log.events[-1].caller.iam_id
        for one in found:
            assert is_uuid(one["id"])
            assert (one["createdBy"], one["creationDate"]) == (by, in_seconds(world, 0))
        shown = (await api.send("GET", f"/keys/{key}")).resource
        if "rotation" in expected:
            assert shown["rotation"] == {"enabled": True, "interval_month": 3}
        assert shown["dualAuthDelete"] == {"enabled": True, "keySetForDeletion": False}

    world.run(story())


def test_c30_nothing_is_retroactive(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        old = (await api.create())["id"]
        await both_enabled(api)
        assert await of_key(api, old) == []
        kept = (await api.create())["id"]
        for kind in ("rotation", "dualAuthDelete"):
            assert (await put_instance(api, instance_policy(kind, enabled=False))).status == 204
        assert await of_key(api, (await api.create())["id"]) == []
        rotation, dual = await of_key(api, kept)
        assert rotation["rotation"] == {"enabled": True, "interval_month": 3}
        assert dual["dualAuthDelete"] == {"enabled": True}
        await enable(api, "rotation", interval_month=4)
        assert (await of_key(api, kept))[0]["rotation"]["interval_month"] == 3

    world.run(story())


def test_c30_plain_creation_does_not_look_at_policies_in_the_body(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        made = await api.create(rotation={"interval_month": 99}, dualAuthDelete="x")
        assert await of_key(api, made["id"]) == []

    world.run(story())


@pytest.mark.parametrize(
    "given", [{}, {"rotation": {"interval_month": 6}}, DUAL, {"rotation": {"interval_month": 12}, **DUAL}]
)
def test_c30_overrides_are_all_that_the_key_gets(world: World, given: dict[str, object]) -> None:
    async def story() -> None:
        api = await world.tenant()
        await both_enabled(api)
        made = await override(api, **given)
        assert made.status == 201
        assert not {"rotation", "dualAuthDelete", "lastUpdateDate"} & set(made.resource)
        found = await of_key(api, made.resource["id"])
        assert len(found) == len(given)
        for one in found:
            if "rotation" in one:
                months = given["rotation"]["interval_month"]  # type: ignore[index]
                assert one["rotation"] == {"enabled": True, "interval_month": months}

    world.run(story())


def test_c30_overrides_may_turn_policies_off(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        await both_enabled(api)
        off = {"enabled": False}
        made = await override(api, rotation={**off, "interval_month": 1}, dualAuthDelete=off)
        rotation, dual = await of_key(api, made.resource["id"])
        assert rotation["rotation"] == {"enabled": False, "interval_month": 1}
        assert dual["dualAuthDelete"] == off
        assert (await api.send("DELETE", f"/keys/{made.resource['id']}")).status == 204

    world.run(story())


@pytest.mark.parametrize("prefer", [None, "return=minimal", "return=representation"])
def test_c30_the_answer_is_that_of_a_creation(world: World, prefer: str | None) -> None:
    async def story() -> None:
        api = await world.tenant()
        body = envelope(name="one", extractable=False, rotation={"interval_month": 2}, **DUAL)
        made = await api.send("POST", "/keys_with_policy_overrides", body, {"prefer": prefer})
        assert made.status == 201
        if prefer == "return=minimal":
            assert set(made.resource) == {"id"}
        assert ("rotation" in made.resource) is (prefer == "return=representation")
        assert world.log.events[-1].request["keyType"] == "root"

    world.run(story())


@pytest.mark.parametrize(
    ("fields", "code", "says"),
    [
        (
            {"extractable": True, "rotation": {"interval_month": 1}},
            "KEY_ROOT_REQ_ERR",
            "Requested action can only be completed with a root key: Rotation policy cannot be set on",
        ),
        ({"payload": MATERIAL, "rotation": {"interval_month": 1}}, "KEY_PAYLOAD_REQ_ERR", ""),
        *[
            (
                {"rotation": {"interval_month": months}},
                "INVALID_FIELD_ERR",
                "The field `interval_month` must be: an integer between 1 and 12 (inclusive)",
            )
            for months in (-1, 0, 13, None)
        ],
        ({"rotation": {"enabled": "x", "interval_month": 1}}, "INVALID_FIELD_ERR", ""),
        ({"rotation": {}}, "INVALID_FIELD_ERR", ""),
        ({"dualAuthDelete": {}}, "INVALID_FIELD_ERR", ""),
        ({"dualAuthDelete": {"enabled": 1}}, "INVALID_FIELD_ERR", ""),
        ({"rotation": 3}, "BAD_BODY_ERR", ""),
        ({"name": "x"}, "INVALID_FIELD_ERR", ""),
    ],
)
def test_c30_bad_overrides_make_no_key(world: World, fields: dict[str, object], code: str, says: str) -> None:
    async def story() -> None:
        api = await world.tenant()
        answer = await override(api, **{"aliases": ["left-free"], **fields})
        check_error(answer, 400, code, f"Bad Request: {PHRASE}")
        assert answer.message.startswith(says)
        assert (await api.send("HEAD", "/keys")).headers["key-total"] == "0"
        await api.create(aliases=["left-free"])

    world.run(story())


def test_c30_only_a_manager_overrides(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        writer = await api.other(Role.WRITER)
        assert (await override(writer)).status == 401
        assert (await override(api)).status == 201

    world.run(story())
