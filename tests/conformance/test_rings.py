"""C33 of kms-api.md section 8: key rings, and what becomes of their keys when they are deleted."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from api import Api, envelope
from conformance.world import ODD_NAMES, World, check_error, in_seconds
from http_peer import Answer
from keystead.domain.actions import Role
from keystead.domain.changes import Change
from keystead.domain.ids import KeyId, random_uuid
from keystead.domain.keys import KeyState
from keystead.domain.rings import MOST_MOVED

CREATED, DELETED = "Key ring could not be created", "Key ring could not be deleted"
LISTED = "Key rings could not be retrieved"


def with_tenant(world: World, story: Callable[[Api], Awaitable[None]]) -> None:
    async def whole() -> None:
        await story(await world.tenant())

    world.run(whole())


async def make(api: Api, ring: str, body: object = None) -> Answer:
    return await api.send("POST", f"/key_rings/{ring}", body)


async def remove(api: Api, ring: str, query: str = "") -> Answer:
    return await api.send("DELETE", f"/key_rings/{ring}{query}")


async def names(api: Api, query: str = "") -> list[str]:
    answer = await api.send("GET", f"/key_rings{query}")
    assert answer.status == 200, answer.body
    return [ring["id"] for ring in answer.json["resources"]]


async def create_in(api: Api, ring: str, **more: object) -> str:
    body = envelope(name="a key", extractable=False, **more)
    made = await api.send("POST", "/keys", body, {"x-kms-key-ring": ring})
    assert made.status == 201, made.body
    return str(made.resource["id"])


async def metadata(api: Api, key: str) -> Any:
    return (await api.send("GET", f"/keys/{key}/metadata")).resource


def test_c33_a_ring_is_created_empty_and_listed_after_default(world: World) -> None:
    async def story(api: Api) -> None:
        alone = await api.send("GET", "/key_rings")
        assert alone.json == {
            "metadata": {"collectionType": "application/vnd.ibm.kms.key_ring+json", "collectionTotal": 1},
            "resources": [{"id": "default"}],
        }
        made = await make(api, "ring-b")
        assert (made.status, made.body, made.headers["content-length"]) == (201, b"", "0")
        by = world.log.events[-1].caller.iam_id
        now = f"{world.clock():%Y-%m-%dT%H:%M:%SZ}"
        await make(api, "Alpha")
        listed = (await api.send("GET", "/key_rings")).json
        assert listed["metadata"]["collectionTotal"] == 3
        assert listed["resources"] == [
            {"id": "default"},
            {"id": "Alpha", "creationDate": now, "createdBy": by},
            {"id": "ring-b", "creationDate": now, "createdBy": by},
        ]
        assert await names(await world.tenant()) == ["default"]

    with_tenant(world, story)


@pytest.mark.parametrize("body", [b"", b"{", b'{"id":"other"}', b"\xff"])
def test_a_body_is_ignored(world: World, body: bytes) -> None:
    async def story(api: Api) -> None:
        assert (await make(api, "ring-b", body)).status == 201
        assert await names(api) == ["default", "ring-b"]

    with_tenant(world, story)


@pytest.mark.parametrize(
    "name",
    [
        "default",
        "a",
        "a" * 101,
        "a_b",
        *ODD_NAMES,
        "*",
    ],
)
def test_c33_what_no_ring_can_be_called(world: World, name: str) -> None:
    async def story(api: Api) -> None:
        for answer, phrase in ((await make(api, name), CREATED), (await remove(api, name), DELETED)):
            check_error(answer, 400, "INVALID_FIELD_ERR", phrase)
            assert answer.resource["reasons"][0]["target"] == {"type": "field", "name": "keyRingID"}
        assert await names(api) == ["default"]

    with_tenant(world, story)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("ab", "ab"),
        ("--", "--"),
        ("09", "09"),
        ("a" * 100, "a" * 100),
        ("a%62c", "abc"),
        ("Default", "Default"),
        ("7d0a1c5e-3b7f-4a57-9d4e-0f7c2e0f3a11", "7d0a1c5e-3b7f-4a57-9d4e-0f7c2e0f3a11"),
    ],
)
def test_what_a_ring_can_be_called(world: World, written: str, name: str) -> None:
    async def story(api: Api) -> None:
        assert (await make(api, written)).status == 201
        assert sorted(await names(api)) == sorted(["default", name])
        key = await create_in(api, name)
        assert (await metadata(api, key))["keyRingID"] == name
        assert (await api.send("DELETE", f"/keys/{key}")).status == 204
        assert (await remove(api, written, "?force=true")).status == 204

    with_tenant(world, story)


def test_c33_names_differ_by_case_and_are_unique(world: World) -> None:
    async def story(api: Api) -> None:
        assert [(await make(api, name)).status for name in ("ring-b", "Ring-B")] == [201, 201]
        check_error(await make(api, "ring-b"), 409, "KEY_RING_NOT_UNIQUE_ERR", CREATED)
        assert (await make(await world.tenant(), "ring-b")).status == 201
        assert (await remove(api, "ring-b")).status == 204
        assert await names(api) == ["default", "Ring-B"]
        assert (await make(api, "ring-b")).status == 201

    with_tenant(world, story)


def test_c33_fifty_rings_and_no_more(world: World) -> None:
    async def story(api: Api) -> None:
        for number in range(49):
            await api.add_ring(f"ring-{number:02}")
        assert (await make(api, "last")).status == 201
        check_error(await make(api, "more"), 409, "KEY_RING_QUOTA_ERR", CREATED)
        check_error(await make(api, "last"), 409, "KEY_RING_NOT_UNIQUE_ERR", CREATED)
        assert len(await names(api)) == 51  # on one page: Terraform reads no second one
        assert (await remove(api, "ring-00")).status == 204
        assert (await make(api, "more")).status == 201

    with_tenant(world, story)


def test_pages_and_totals(world: World) -> None:
    async def story(api: Api) -> None:
        for name in ("rb", "ra", "rc"):
            await api.add_ring(name)
        assert await names(api, "?limit=2") == ["default", "ra"]
        assert await names(api, "?limit=2&offset=1") == ["ra", "rb"]
        assert await names(api, "?offset=4") == []
        assert await names(api, "?limit=5000") == ["default", "ra", "rb", "rc"]
        told = (await api.send("GET", "/key_rings?limit=1&totalCount=true")).json["metadata"]
        assert (told["collectionTotal"], told["totalCount"]) == (1, 4)
        assert "totalCount" not in (await api.send("GET", "/key_rings?totalCount=f")).json["metadata"]
        for query in ("limit=0", "limit=5001", "limit=x", "offset=-1", "totalCount=2"):
            answer = await api.send("GET", f"/key_rings?{query}")
            check_error(answer, 400, "INVALID_QUERY_PARAM_ERR", LISTED)

    with_tenant(world, story)


@pytest.mark.parametrize("query", ["", "?force=false", "?force=true"])
def test_c33_an_empty_ring_is_deleted(world: World, query: str) -> None:
    async def story(api: Api) -> None:
        await make(api, "ring-b")
        gone = await remove(api, "ring-b", query)
        assert (gone.status, gone.body) == (204, b"")
        assert await names(api) == ["default"]
        check_error(await remove(api, "ring-b", query), 404, "KEY_RING_NOT_FOUND_ERR", DELETED)
        refused = await api.send("POST", "/keys", envelope(name="new"), {"x-kms-key-ring": "ring-b"})
        check_error(refused, 404, "KEY_RING_NOT_FOUND_ERR", "Key could not be created")

    with_tenant(world, story)


@pytest.mark.parametrize("query", ["", "?force=true"])
@pytest.mark.parametrize("state", ["active", "suspended", "expired"])
def test_c33_a_ring_with_a_living_key_stays(world: World, query: str, state: str) -> None:
    async def story(api: Api) -> None:
        await make(api, "ring-b")
        key = await create_in(api, "ring-b", expirationDate=in_seconds(world, 60))
        destroyed = await create_in(api, "ring-b")
        await api.send("DELETE", f"/keys/{destroyed}")
        if state == "suspended":
            await api.act(key, "disable")
        if state == "expired":
            world.clock.advance(seconds=60)
        check_error(await remove(api, "ring-b", query), 409, "KEY_RING_NOT_EMPTY_ERR", DELETED)
        assert [(await metadata(api, one))["keyRingID"] for one in (key, destroyed)] == ["ring-b"] * 2
        assert await names(api) == ["default", "ring-b"]

    with_tenant(world, story)


def test_c33_destroyed_keys_move_to_default_with_force(world: World) -> None:
    async def story(api: Api) -> None:
        await make(api, "ring-b")
        key, other = await create_in(api, "ring-b", aliases=["payroll"]), await create_in(api, "ring-b")
        elsewhere = (await api.create())["id"]
        for one in (key, other, elsewhere):
            await api.send("DELETE", f"/keys/{one}")
        before = await metadata(api, key)
        world.clock.advance(seconds=30)
        for query in ("", "?force=false"):
            check_error(await remove(api, "ring-b", query), 409, "KEY_RING_NOT_EMPTY_ERR", DELETED)
        assert (await remove(api, "ring-b", "?force=true")).status == 204
        event = world.log.events[-1]
        assert (event.response, event.target_id) == (
            {"keyRingId": "ring-b", "movedKeys": 2},
            api.instance.crn,
        )
        after = await metadata(api, "payroll")
        updated = {"lastUpdateDate": f"{world.clock():%Y-%m-%dT%H:%M:%SZ}"}
        assert after == before | updated | {"keyRingID": "default"}
        assert (await metadata(api, other))["keyRingID"] == "default"
        assert (await api.send("POST", f"/keys/{key}/restore")).resource["keyRingID"] == "default"

    with_tenant(world, story)


def test_c33_a_ring_is_free_once_its_keys_have_left(world: World) -> None:
    async def story(api: Api) -> None:
        await make(api, "ring-b")
        moved, purged = await create_in(api, "ring-b"), await create_in(api, "ring-b")
        assert (await api.send("PATCH", f"/keys/{moved}", {"keyRingID": "default"})).status == 200
        await api.send("DELETE", f"/keys/{purged}")
        world.clock.advance(hours=4)
        await api.send("DELETE", f"/keys/{purged}/purge")
        assert (await remove(api, "ring-b")).status == 204
        assert (await metadata(api, moved))["keyRingID"] == "default"

    with_tenant(world, story)


@pytest.mark.parametrize(("more", "status"), [(0, 204), (1, 409)])
def test_a_ring_with_very_many_destroyed_keys_moves_whole_or_not(
    world: World, more: int, status: int
) -> None:
    async def story(api: Api) -> None:
        await make(api, "ring-b")
        first = await create_in(api, "ring-b")
        await api.send("DELETE", f"/keys/{first}")
        stored = await world.store.key(api.instance.id, KeyId(first))
        assert stored.state is KeyState.DESTROYED
        change = Change()
        for _ in range(MOST_MOVED - 1 + more):
            change.save(replace(stored, id=KeyId(random_uuid())), was=None)
        await world.store.commit(change, None)
        check_error(await remove(api, "ring-b"), 409, "KEY_RING_NOT_EMPTY_ERR", DELETED)
        answer = await remove(api, "ring-b", "?force=true")
        assert answer.status == status, answer.body
        count = await api.send("HEAD", "/keys?state=5", None, {"x-kms-key-ring": "default"})
        assert int(count.headers["key-total"]) == (0 if more else MOST_MOVED)
        if more:
            check_error(answer, 409, "KEY_RING_NOT_EMPTY_ERR", DELETED)
            assert "too many" in answer.message
            world.clock.advance(hours=4)
            assert (await api.send("DELETE", f"/keys/{first}/purge")).status == 204
            assert (await remove(api, "ring-b", "?force=true")).status == 204

    with_tenant(world, story)


def test_the_query_before_the_name_and_the_name_before_the_ring(world: World) -> None:
    async def story(api: Api) -> None:
        for ring in ("default", "none", "a"):
            answer = await remove(api, ring, "?force=maybe")
            check_error(answer, 400, "INVALID_QUERY_PARAM_ERR", DELETED)

    with_tenant(world, story)


def test_the_header_for_a_ring_says_nothing_here(world: World) -> None:
    async def story(api: Api) -> None:
        api = replace(api, headers={"x-kms-key-ring": "elsewhere"})
        assert (await make(api, "ring-b")).status == 201
        assert await names(api) == ["default", "ring-b"]
        assert (await remove(api, "ring-b")).status == 204

    with_tenant(world, story)


@pytest.mark.parametrize("role", [Role.READER, Role.MANAGER])
def test_rings_are_for_those_who_may_see_the_whole_instance(world: World, role: Role) -> None:
    async def story(api: Api) -> None:
        await make(api, "ring-b")
        key = await create_in(api, "ring-b")
        for caller in (await api.other(role, ring="ring-b"), await api.other(role, key=key)):
            assert (await caller.send("GET", "/key_rings")).status == 401
            assert (await make(caller, "new")).status == 401
            assert (await remove(caller, "ring-b")).status == 401

    with_tenant(world, story)


def test_a_grant_on_a_ring_is_one_on_its_name(world: World) -> None:
    async def story(api: Api) -> None:
        await make(api, "ring-b")
        reader = await api.other(Role.READER, ring="ring-b")
        manager = await api.other(Role.MANAGER, ring="default")
        key = await create_in(api, "ring-b")
        await api.send("DELETE", f"/keys/{key}")
        world.clock.advance(seconds=30)
        assert (await manager.send("POST", f"/keys/{key}/restore")).status == 401
        assert (await remove(api, "ring-b", "?force=true")).status == 204
        assert (await reader.send("GET", f"/keys/{key}/metadata")).status == 401
        assert (await manager.send("POST", f"/keys/{key}/restore")).status == 201
        await make(api, "ring-b")
        assert (await reader.act(await create_in(api, "ring-b"), "wrap")).status == 200

    with_tenant(world, story)
