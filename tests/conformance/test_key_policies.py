"""C28 of kms-api.md section 8, with sections 2.9 and 7 (U13, U14, U18, U21, U46, U53): policies of keys."""

import pytest

from api import Api
from conformance.policies import KEY_PHRASE, POLICY_TYPE, of_key, policies, put
from conformance.world import World, again, check_error, in_seconds
from http_peer import Answer
from keystead.domain.ids import is_uuid

BOTH = ({"rotation": {"interval_month": 4}}, {"dualAuthDelete": {"enabled": True}})
INTERVAL = "The field `interval_month` must be: an integer between 1 and 12 (inclusive)"
MATERIAL = "MDEyMzQ1Njc4OWFiY2RlZg=="


async def rotate(api: Api, key: str, **rotation: object) -> Answer:
    return await put(api, key, {"type": POLICY_TYPE, "rotation": rotation})


@pytest.mark.parametrize("prefer", ["", "return=minimal", "return=representation"])
def test_c28_what_was_set_is_answered_whatever_is_preferred(world: World, prefer: str) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = (await api.create())["id"]
        assert await of_key(api, key) == []
        answer = await put(api, key, *BOTH, prefer=prefer)
        assert answer.status == 200
        assert answer.json["metadata"] == {"collectionType": POLICY_TYPE, "collectionTotal": 2}
        rotation, dual = answer.json["resources"]
        assert rotation["rotation"] == {"enabled": True, "interval_month": 4}
        assert dual["dualAuthDelete"] == {"enabled": True}
        by, now = world.log.events[-1].caller.iam_id, in_seconds(world, 0)
        for one in (rotation, dual):
            assert is_uuid(one["id"])
            assert one["crn"] == f"{api.instance.crn[:-2]}:policy:{one['id']}"
            assert len(one["crn"].split(":")) == 10
            assert one["type"] == POLICY_TYPE
            assert (one["createdBy"], one["updatedBy"]) == (by, by)
            assert one["creationDate"] == one["lastUpdateDate"] == now
        assert await of_key(api, key) == [rotation, dual]
        assert await of_key(api, key, "?policy=rotation") == [rotation]
        assert await of_key(api, key, "?policy=dualAuthDelete") == [dual]

    world.run(story())


def test_c28_only_what_is_set_is_shown(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = (await api.create())["id"]
        assert len((await put(api, key, BOTH[1])).json["resources"]) == 1
        assert await of_key(api, key, "?policy=rotation") == []
        assert len((await put(api, key, BOTH[0])).json["resources"]) == 1
        assert len(await of_key(api, key)) == 2

    world.run(story())


def test_c28_what_is_not_said_stays(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = (await api.create())["id"]
        assert (await rotate(api, key, interval_month=7)).status == 200
        first = (await rotate(api, key, interval_month=3.0)).resource
        assert first["rotation"] == {"enabled": True, "interval_month": 3}
        world.clock.advance(hours=1)
        other = await again(api)
        off = (await rotate(other, key, enabled=False)).resource
        assert off["rotation"] == {"enabled": False, "interval_month": 3}
        assert (await rotate(other, key, interval_month=12)).resource["rotation"] == {
            "enabled": False,
            "interval_month": 12,
        }
        assert (await rotate(other, key)).resource["rotation"] == {"enabled": False, "interval_month": 12}
        assert (off["id"], off["createdBy"]) == (first["id"], first["createdBy"])
        assert off["creationDate"] == first["creationDate"]
        assert off["updatedBy"] == world.log.events[-1].caller.iam_id != first["updatedBy"]
        assert off["lastUpdateDate"] == in_seconds(world, 0) != first["lastUpdateDate"]

    world.run(story())


@pytest.mark.parametrize("months", [-1, 0, 1, 12, 13, 1.5, "3", True, []])
def test_c28_the_interval(world: World, months: object) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = (await api.create())["id"]
        answer = await rotate(api, key, interval_month=months)
        if months in (1, 12) and months is not True:
            assert answer.resource["rotation"]["interval_month"] == months
            return
        check_error(answer, 400, "INVALID_FIELD_ERR", f"Bad Request: {KEY_PHRASE}")
        assert answer.resource["reasons"][0]["target"] == {"type": "field", "name": "interval_month"}
        if isinstance(months, int) and months is not True:
            assert answer.message == INTERVAL
        assert await of_key(api, key) == []

    world.run(story())


@pytest.mark.parametrize("rotation", [{}, {"enabled": False}, {"enabled": True}, {"interval_month": None}])
def test_c28_a_first_policy_needs_an_interval(world: World, rotation: dict[str, object]) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = (await api.create())["id"]
        answer = await rotate(api, key, **rotation)
        check_error(answer, 400, "INVALID_FIELD_ERR", KEY_PHRASE)
        assert answer.message == INTERVAL

    world.run(story())


def test_c28_rotation_is_for_generated_root_keys(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        standard = (await api.create(extractable=True))["id"]
        answer = await rotate(api, standard, interval_month=1)
        check_error(answer, 400, "KEY_ROOT_REQ_ERR", KEY_PHRASE)
        assert answer.message == (
            "Requested action can only be completed with a root key: "
            "Rotation policy cannot be set on a standard key"
        )
        imported = (await api.create(payload=MATERIAL))["id"]
        answer = await put(api, imported, *BOTH)
        check_error(answer, 400, "KEY_PAYLOAD_REQ_ERR", KEY_PHRASE)
        assert await of_key(api, imported) == []  # all or none
        for key in (standard, imported):
            assert (await put(api, key, BOTH[1])).status == 200

    world.run(story())


def test_c28_dual_authorization_is_never_turned_off(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = (await api.create())["id"]
        off, on = ({"dualAuthDelete": {"enabled": value}} for value in (False, True))
        for policy in (off, off, on, on):
            assert (await put(api, key, policy)).resource["dualAuthDelete"] == policy["dualAuthDelete"]
        answer = await put(api, key, off)
        check_error(answer, 400, "INVALID_FIELD_ERR", KEY_PHRASE)
        assert answer.resource["reasons"][0]["target"] == {"type": "field", "name": "dualAuthDelete"}
        assert (await of_key(api, key))[0]["dualAuthDelete"] == {"enabled": True}
        for given in ({}, {"enabled": None}, {"enabled": "true"}):
            answer = await put(api, key, {"dualAuthDelete": given})
            check_error(answer, 400, "INVALID_FIELD_ERR", KEY_PHRASE)
            assert answer.message == "The field `enabled` must be: a boolean"

    world.run(story())


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "BAD_BODY_ERR"),
        (b"{", "BAD_BODY_ERR"),
        ({"resources": [BOTH[1]]}, "BAD_BODY_ERR"),
        (policies(), "BAD_BODY_ERR"),
        (policies("rotation"), "BAD_BODY_ERR"),
        ({"metadata": {}, "resources": {}}, "BAD_BODY_ERR"),
        (policies({}), "BAD_BODY_ERR"),
        (policies({"rotation": 3}), "BAD_BODY_ERR"),
        (policies(BOTH[1], BOTH[1]), "BAD_BODY_ERR"),
        (policies({**BOTH[0], **BOTH[1]}), "BAD_BODY_ERR"),
        ({"metadata": {"collectionTotal": 2}, "resources": [BOTH[1]]}, "COLLECTION_TOTAL_MISMATCH_ERR"),
    ],
)
def test_c28_bodies_that_are_none(world: World, body: object, code: str) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = (await api.create())["id"]
        check_error(await api.send("PUT", f"/keys/{key}/policies", body), 400, code, KEY_PHRASE)
        assert await of_key(api, key) == []

    world.run(story())


def test_c28_unknown_fields_and_spellings(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = (await api.create(aliases=["spelled"]))["id"]
        given = {"more": 1, "ROTATION": {"Interval_Month": 2, "other": True}, "dualAuthDelete": None}
        assert (await put(api, "spelled", given)).resource["rotation"] == {
            "enabled": True,
            "interval_month": 2,
        }
        assert len(await of_key(api, key)) == 1

    world.run(story())


@pytest.mark.parametrize("query", ["?policy=rotation", "?policy=dualAuthDelete"])
def test_c28_the_query_names_the_policy(world: World, query: str) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = (await api.create())["id"]
        mine, other = BOTH if query == "?policy=rotation" else BOTH[::-1]
        assert (await put(api, key, mine, query=query)).status == 200
        for given in ((other,), (mine, other), (other, mine)):
            answer = await put(api, key, *given, query=query)
            check_error(answer, 400, "BODY_QUERY_PARAM_MISMATCH_ERR", KEY_PHRASE)
            assert answer.message == "Data in body does not match data required by query parameter"

    world.run(story())


@pytest.mark.parametrize("name", ["allowedIP", "Rotation", "x"])
def test_c28_a_policy_that_keys_do_not_have(world: World, name: str) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = (await api.create())["id"]
        answer = await api.send("GET", f"/keys/{key}/policies?policy={name}")
        check_error(answer, 400, "INVALID_QUERY_PARAM_ERR", "Policy could not be retrieved")
        assert answer.resource["reasons"][0]["target"] == {"type": "query_param", "name": "policy"}
        answer = await put(api, key, BOTH[0], query=f"?policy={name}")
        check_error(answer, 400, "INVALID_QUERY_PARAM_ERR", KEY_PHRASE)
        assert await of_key(api, key, "?policy=") == []

    world.run(story())


def test_c28_a_destroyed_key_shows_its_policies_and_takes_none(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = (await api.create())["id"]
        await rotate(api, key, interval_month=5)
        await api.send("DELETE", f"/keys/{key}")
        check_error(await rotate(api, key, interval_month=1), 410, "KEY_DELETED_ERR", KEY_PHRASE)
        (kept,) = await of_key(api, key)
        assert kept["rotation"]["interval_month"] == 5
        check_error(await put(api, "no-such-key", BOTH[0]), 404, "KEY_NOT_FOUND_ERR", KEY_PHRASE)

    world.run(story())


def test_c28_the_key_object_shows_its_policies(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = (await api.create())["id"]
        before = (await api.send("GET", f"/keys/{key}")).resource
        assert not {"rotation", "dualAuthDelete"} & set(before)
        world.clock.advance(seconds=1)
        await put(api, key, *BOTH)
        for path in (f"/keys/{key}", f"/keys/{key}/metadata", "/keys"):
            shown = (await api.send("GET", path)).resource
            assert shown["rotation"] == {"enabled": True, "interval_month": 4}
            assert shown["dualAuthDelete"] == {"enabled": True, "keySetForDeletion": False}
            assert shown["lastUpdateDate"] == in_seconds(world, 0)

    world.run(story())


def test_c28_the_audit_log_has_both_values(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = (await api.create())["id"]
        await put(api, key, *BOTH)
        rotation, dual = {"enabled": True, "interval_month": 4}, {"enabled": True}
        facts = world.log.events[-1].request
        assert (facts["initialValue"], facts["newValue"]) == (
            {},
            {"rotation": rotation, "dualAuthDelete": dual},
        )
        await rotate(api, key, enabled=False)
        facts = world.log.events[-1].request
        assert facts["initialValue"] == {"rotation": rotation, "dualAuthDelete": dual}

    world.run(story())
