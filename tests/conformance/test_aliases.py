"""C32 of kms-api.md section 8: aliases of keys, and that an alias does wherever an id does."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from api import Api, envelope
from conformance.policies import policies
from conformance.services import BUCKET, a_service, register
from conformance.world import ODD_NAMES, World, again, check_error
from http_peer import Answer
from keystead.domain.actions import Role
from keystead.domain.ids import random_uuid

CREATED, DELETED = "Key alias could not be created", "Key alias could not be deleted"
RESERVED = (
    "allowed_ip key keys metadata policy policies registration registrations ring rings rotate wrap unwrap "
    "rewrap version versions"
).split()


def with_key(world: World, story: Callable[[Api, str], Awaitable[None]]) -> None:
    async def whole() -> None:
        api = await world.tenant()
        await story(api, (await api.create())["id"])

    world.run(whole())


async def add(api: Api, key: str, alias: str, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await api.send("POST", f"/keys/{key}/aliases/{alias}", None, named)


async def drop(api: Api, key: str, alias: str) -> Answer:
    return await api.send("DELETE", f"/keys/{key}/aliases/{alias}")


async def aliases_of(api: Api, key: str) -> Any:
    return (await api.send("GET", f"/keys/{key}/metadata")).resource.get("aliases", [])


def test_c32_an_alias_is_created_and_deleted(world: World) -> None:
    async def story(api: Api, key: str) -> None:
        made = await add(api, key, "payroll")
        assert made.status == 201, made.body
        assert made.json == {
            "metadata": {"collectionType": "application/vnd.ibm.kms.alias+json", "collectionTotal": 1},
            "resources": [
                {
                    "keyId": key,
                    "alias": "payroll",
                    "createdBy": world.log.events[-1].caller.iam_id,
                    "creationDate": f"{world.clock():%Y-%m-%dT%H:%M:%SZ}",
                }
            ],
        }
        assert await aliases_of(api, "payroll") == ["payroll"]
        gone = await drop(api, key, "payroll")
        assert (gone.status, gone.body) == (204, b"")
        assert await aliases_of(api, key) == []
        assert (await api.send("GET", "/keys/payroll")).status == 404
        check_error(await drop(api, key, "payroll"), 404, "KEY_ALIAS_NOT_FOUND_ERR", DELETED)

    with_key(world, story)


@pytest.mark.parametrize("body", [b"", b"{", b"null", b'{"alias":"other"}', b"\xff"])
def test_a_body_is_ignored(world: World, body: bytes) -> None:
    async def story(api: Api, key: str) -> None:
        assert (await api.send("POST", f"/keys/{key}/aliases/payroll", body)).status == 201
        assert await aliases_of(api, key) == ["payroll"]
        assert (await api.send("DELETE", f"/keys/{key}/aliases/payroll", body)).status == 204

    with_key(world, story)


def test_c32_five_and_no_sixth(world: World) -> None:
    async def story(api: Api, _: str) -> None:
        key = (await api.create(aliases=["a0", "a1", "a2"]))["id"]
        for name in ("a3", "a4"):
            assert (await add(api, key, name)).status == 201
        check_error(await add(api, key, "a5"), 409, "KEY_ALIAS_QUOTA_ERR", CREATED)
        check_error(await add(api, key, "a4"), 409, "KEY_ALIAS_NOT_UNIQUE_ERR", CREATED)
        assert await aliases_of(api, key) == ["a0", "a1", "a2", "a3", "a4"]
        assert (await drop(api, key, "a0")).status == 204
        assert (await add(api, key, "a5")).status == 201

    with_key(world, story)


@pytest.mark.parametrize(
    "name",
    [
        *RESERVED,
        "a",
        "a" * 91,
        "7d0a1c5e-3b7f-4a57-9d4e-0f7c2e0f3a11",
        "7D0A1C5E-3B7F-4A57-9D4E-0F7C2E0F3A11",
        *ODD_NAMES,
    ],
)
def test_c32_what_no_alias_can_be(world: World, name: str) -> None:
    async def story(api: Api, key: str) -> None:
        for method, phrase in (("POST", CREATED), ("DELETE", DELETED)):
            answer = await api.send(method, f"/keys/{key}/aliases/{name}")
            check_error(answer, 400, "INVALID_FIELD_ERR", phrase)
            assert answer.resource["reasons"][0]["target"] == {"type": "field", "name": "alias"}
        assert await aliases_of(api, key) == []

    with_key(world, story)


@pytest.mark.parametrize(
    ("written", "alias"),
    [
        ("ab", "ab"),
        ("-_", "-_"),
        ("09", "09"),
        ("a" * 90, "a" * 90),
        ("a%62c", "abc"),
        ("Keys", "Keys"),
        ("wrapped", "wrapped"),
        ("7d0a1c5e-3b7f-4a57-9d4e-0f7c2e0f3a1", "7d0a1c5e-3b7f-4a57-9d4e-0f7c2e0f3a1"),
        ("7d0a1c5e3b7f4a579d4e0f7c2e0f3a11", "7d0a1c5e3b7f4a579d4e0f7c2e0f3a11"),
    ],
)
def test_what_an_alias_can_be(world: World, written: str, alias: str) -> None:
    async def story(api: Api, key: str) -> None:
        made = await add(api, key, written)
        assert (made.status, made.resource["alias"]) == (201, alias), made.body
        assert (await api.send("GET", f"/keys/{alias}")).resource["id"] == key
        assert (await drop(api, alias, written)).status == 204

    with_key(world, story)


@pytest.mark.parametrize("path", ["/keys/{key}/aliases/", "/keys/{key}/aliases", "/keys/{key}/aliases/a/b"])
def test_a_path_without_an_alias_is_none(world: World, path: str) -> None:
    async def story(api: Api, key: str) -> None:
        assert (await api.send("POST", path.format(key=key))).status == 404

    with_key(world, story)


def test_c32_case_counts(world: World) -> None:
    async def story(api: Api, key: str) -> None:
        other = (await api.create())["id"]
        assert (await add(api, key, "payroll")).status == 201
        assert (await add(api, other, "Payroll")).status == 201
        assert (await api.send("GET", "/keys/Payroll")).resource["id"] == other
        assert (await api.send("GET", "/keys/PAYROLL")).status == 404
        check_error(await drop(api, key, "Payroll"), 404, "KEY_ALIAS_NOT_FOUND_ERR", DELETED)

    with_key(world, story)


def test_c32_an_alias_is_unique_in_its_instance(world: World) -> None:
    async def story(api: Api, key: str) -> None:
        other, elsewhere = (await api.create())["id"], await world.tenant()
        assert (await add(api, key, "payroll")).status == 201
        for owner in (key, other, "payroll"):
            check_error(await add(api, owner, "payroll"), 409, "KEY_ALIAS_NOT_UNIQUE_ERR", CREATED)
        taken = await api.send("POST", "/keys", envelope(name="key", aliases=["new", "payroll"]))
        check_error(taken, 409, "KEY_ALIAS_NOT_UNIQUE_ERR", "Key could not be created")
        assert (await api.send("GET", "/keys/new")).status == 404
        theirs = (await elsewhere.create())["id"]
        assert (await add(elsewhere, theirs, "payroll")).status == 201
        assert (await drop(api, key, "payroll")).status == 204
        assert (await elsewhere.send("GET", "/keys/payroll")).resource["id"] == theirs
        assert (await add(api, other, "payroll")).status == 201

    with_key(world, story)


def test_a_destroyed_key_keeps_its_aliases_until_it_is_purged(world: World) -> None:
    async def story(api: Api, key: str) -> None:
        other = (await api.create())["id"]
        await add(api, key, "payroll")
        assert (await api.send("DELETE", "/keys/payroll")).status == 204
        check_error(await add(api, other, "payroll"), 409, "KEY_ALIAS_NOT_UNIQUE_ERR", CREATED)
        check_error(await add(api, key, "more"), 410, "KEY_DELETED_ERR", CREATED)
        check_error(await drop(api, key, "payroll"), 410, "KEY_DELETED_ERR", DELETED)
        assert await aliases_of(api, "payroll") == ["payroll"]
        world.clock.advance(hours=4)
        assert (await api.send("DELETE", "/keys/payroll/purge")).status == 204
        assert (await api.send("GET", "/keys/payroll")).status == 404
        assert (await add(api, other, "payroll")).status == 201

    with_key(world, story)


def test_a_restored_key_has_its_aliases(world: World) -> None:
    async def story(api: Api, key: str) -> None:
        await add(api, key, "payroll")
        await api.send("DELETE", f"/keys/{key}")
        world.clock.advance(seconds=30)
        assert (await api.send("POST", "/keys/payroll/restore")).resource["aliases"] == ["payroll"]
        assert (await drop(api, "payroll", "payroll")).status == 204

    with_key(world, story)


def test_the_name_is_judged_before_the_key_and_the_key_before_its_aliases(world: World) -> None:
    async def story(api: Api, key: str) -> None:
        for method, phrase in (("POST", CREATED), ("DELETE", DELETED)):
            answer = await api.send(method, "/keys/none/aliases/a")
            check_error(answer, 400, "INVALID_FIELD_ERR", phrase)
            for path, ring in (("none", None), (random_uuid(), None), (key, "elsewhere")):
                answer = await api.send(method, f"/keys/{path}/aliases/ab", None, {"x-kms-key-ring": ring})
                check_error(answer, 404, "KEY_NOT_FOUND_ERR", phrase)
        assert (await add(api, key, "ab", x_kms_key_ring="default")).status == 201

    with_key(world, story)


def test_a_new_alias_updates_the_key_and_starts_no_waiting_time(world: World) -> None:
    async def story(api: Api, key: str) -> None:
        await api.act(key, "disable")
        world.clock.advance(seconds=30)
        assert (await add(api, key, "payroll")).status == 201
        updated = f"{world.clock():%Y-%m-%dT%H:%M:%SZ}"
        assert (await api.send("GET", f"/keys/{key}/metadata")).resource["lastUpdateDate"] == updated
        assert (await api.act("payroll", "enable")).status == 204

    with_key(world, story)


@pytest.mark.parametrize(("role", "may"), [(Role.WRITER, True), (Role.READER_PLUS, False)])
@pytest.mark.parametrize("of", ["ring", "key"])
def test_who_writes_in_a_ring_or_to_a_key_names_it(world: World, role: Role, may: bool, of: str) -> None:
    async def story(api: Api, other: str) -> None:
        await api.add_ring("mine")
        ring = {"x-kms-key-ring": "mine"}
        key = (await api.send("POST", "/keys", envelope(name="a key"), ring)).resource["id"]
        caller = await (api.other(role, ring="mine") if of == "ring" else api.other(role, key=key))
        for method, status in (("POST", 201), ("DELETE", 204)):
            path = f"/keys/{key}/aliases/payroll"
            assert (await caller.send(method, path)).status == (status if may else 401)
            assert (await caller.send(method, path.replace(key, other))).status == 401

    with_key(world, story)


async def every_path(api: Api, service: Api, name: str) -> list[Answer]:
    """Use *name* in every path that names a key, from its first alias to its purge; all of it must work."""
    at = f"/keys/{name}"
    answers = [await api.send(method, at + path, body) for method, path, body in PATHS]
    wrapped = await api.act(name, "wrap", {"plaintext": "QUJD"})
    blob = {"ciphertext": wrapped.json["ciphertext"]}
    answers += [wrapped, await api.act(name, "unwrap", blob), await api.act(name, "rewrap", blob)]
    answers += [await register(service, name), await api.send("GET", f"{at}/registrations")]
    gone = await service.send("POST", f"{at}/registrations?action=deactivate", {"resources": [RESOURCE]})
    answers += [gone, await api.act(name, "rotate"), await api.act(name, "setKeyForDeletion")]
    answers += [await api.act(name, "unsetKeyForDeletion"), await api.act(name, "disable")]
    api.clock.advance(hours=1)
    answers += [await api.act(name, "enable")]
    api.clock.advance(hours=1)
    answers += [await api.act(name, "sync"), await (await approved(api, name)).send("DELETE", at)]
    api.clock.advance(minutes=1)
    answers += [await api.send("POST", f"{at}/restore")]
    answers += [await (await approved(api, name)).send("DELETE", f"{at}?force=true")]
    api.clock.advance(hours=5)
    return [*answers, await (await again(api)).send("DELETE", f"{at}/purge")]


async def approved(api: Api, name: str) -> Api:
    """Approve the deletion of a key, and return another who may delete it."""
    assert (await api.act(name, "setKeyForDeletion")).status == 204
    return await again(api)


RESOURCE = {"resourceCrn": BUCKET}
PATHS: tuple[tuple[str, str, object], ...] = (
    ("GET", "", None),
    ("GET", "/metadata", None),
    ("GET", "/versions", None),
    ("PATCH", "", {"keyRingID": "default"}),
    ("GET", "/policies", None),
    ("PUT", "/policies", policies({"dualAuthDelete": {"enabled": True}})),
    ("POST", "/aliases/second", None),
    ("DELETE", "/aliases/second", None),
)


def test_c32_ids_and_aliases_are_interchangeable_in_every_path(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        service = await a_service(api)
        by_id = await every_path(api, service, (await api.create(aliases=["other"]))["id"])
        await api.create(aliases=["payroll"])
        api = await again(api)
        by_alias = await every_path(api, await a_service(api), "payroll")
        assert [answer.status for answer in by_alias] == [answer.status for answer in by_id]
        assert all(answer.status < 300 for answer in by_alias), [answer.body for answer in by_alias]

    world.run(story())
