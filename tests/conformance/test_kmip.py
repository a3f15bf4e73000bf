"""C38 of kms-api.md section 8: KMIP adapters, the certificates of their clients, and objects."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from api import Api, envelope
from certificates import a_certificate
from conformance.world import ODD_NAMES, World, check_error
from http_peer import Answer
from keystead.domain.actions import Role
from keystead.domain.ids import IamId, random_uuid
from keystead.domain.kmip import MOST_ADAPTERS, MOST_CERTIFICATES, Adapter, ManagedObject, ObjectState, Touch
from keystead.protocols.rest.kmip_adapters import DESCRIPTION_CHARACTERS
from keystead.protocols.rest.kmip_certificates import CERTIFICATE_CHARACTERS
from suites.kmip_samples import a_client_of, an_adapter
from suites.store_placed import putting

MADE = "KMIP adapter could not be created"
TRUSTED = "KMIP client certificate could not be created"
A_UUID = "0f0e0d0c-0b0a-4908-8706-050403020100"


def with_key(world: World, story: Callable[[Api, str], Awaitable[None]]) -> None:
    async def whole() -> None:
        api = await world.tenant()
        await story(api, (await api.create())["id"])

    world.run(whole())


async def make(api: Api, crk: object, query: str = "", /, **more: object) -> Answer:
    body = envelope(**{"profile": "native_1.0", "profile_data": {"crk_id": crk}, **more})
    return await api.send("POST", f"/kmip_adapters{query}", body)


async def an_adapter_of(api: Api, crk: str, **more: object) -> Any:
    made = await make(api, crk, **more)
    assert made.status == 201, made.body
    return made.resource


async def trust(api: Api, adapter: str, certificate: object = None, **more: object) -> Answer:
    body = envelope(certificate=certificate or a_certificate(), **more)
    return await api.send("POST", f"/kmip_adapters/{adapter}/certificates", body)


async def ids(api: Api, path: str) -> list[str]:
    answer = await api.send("GET", f"/kmip_adapters{path}")
    assert answer.status == 200, answer.body
    return [one["id"] for one in answer.json["resources"]]


async def an_object(api: Api, adapter: str, state: ObjectState) -> str:
    """Put an object into the store, as a KMIP client would make it."""
    touch = Touch(at=api.clock(), by=IamId("IBMid-1"), certificate=random_uuid())
    made = ManagedObject(
        instance=api.instance.id, adapter=adapter, id=random_uuid(), state=state, created=touch, updated=touch
    )
    await api.service.store.commit(putting(made), None)
    return made.id


def of_version_8() -> str:
    """Return a certificate whose version X.509 does not have."""
    der = ssl.PEM_cert_to_DER_cert(a_certificate())
    version = b"\xa0\x03\x02\x01\x02"
    assert der.count(version) == 1
    return ssl.DER_cert_to_PEM_cert(der.replace(version, version[:-1] + b"\x07"))


def test_c38_what_is_created_is_what_is_fetched(world: World) -> None:
    async def story(api: Api, key: str) -> None:
        made = await an_adapter_of(api, key, name="vc-prod", description="vCenter")
        now = f"{world.clock():%Y-%m-%dT%H:%M:%SZ}"
        by = {"created_by": api.iam_id, "created_at": now, "updated_by": api.iam_id, "updated_at": now}
        assert made == {
            "id": made["id"],
            "name": "vc-prod",
            "description": "vCenter",
            "profile": "native_1.0",
            "profile_data": {"crk_id": key},
            **by,
        }
        for name in (made["id"], made["id"].upper(), "vc-prod"):
            assert (await api.send("GET", f"/kmip_adapters/{name}")).resource == made
        text = a_certificate()
        trusted = (await trust(api, "vc-prod", text, name="client-1")).resource
        assert (trusted["name"], trusted["certificate"]) == ("client-1", text)
        for name in (trusted["id"], "client-1"):
            shown = await api.send("GET", f"/kmip_adapters/{made['id']}/certificates/{name}")
            assert shown.resource == trusted
        (listed,) = (await api.send("GET", "/kmip_adapters/vc-prod/certificates")).json["resources"]
        assert listed == {name: value for name, value in trusted.items() if name != "certificate"}

    with_key(world, story)


def test_c38_names_are_made_up_where_nobody_gives_one(world: World) -> None:
    async def story(api: Api, key: str) -> None:
        adapters = [await an_adapter_of(api, key) for _ in range(2)]
        assert all(one["name"].startswith("kmip_adapter_") and len(one["name"]) <= 40 for one in adapters)
        assert adapters[0]["name"] != adapters[1]["name"]
        assert adapters[0]["description"] == ""
        trusted = (await trust(api, adapters[0]["name"])).resource
        assert trusted["name"].startswith("kmip_cert_")

    with_key(world, story)


@pytest.mark.parametrize("name", ["a", "a" * 41, "a b", "a.b", "ä-ä", "a\n", A_UUID, 1, [], {}])
def test_c38_names_have_2_to_40_characters_and_are_no_uuid(world: World, name: object) -> None:
    async def story(api: Api, key: str) -> None:
        check_error(await make(api, key, name=name), 400, "INVALID_FIELD_ERR", MADE)
        adapter = (await an_adapter_of(api, key))["id"]
        check_error(await trust(api, adapter, name=name), 400, "INVALID_FIELD_ERR", TRUSTED)
        assert await ids(api, f"/{adapter}/certificates") == []
        assert await ids(api, "") == [adapter]

    with_key(world, story)


@pytest.mark.parametrize("name", ["ab", "a" * 40, "-_", "AZaz09"])
def test_c38_names_on_the_edge(world: World, name: str) -> None:
    async def story(api: Api, key: str) -> None:
        adapter = await an_adapter_of(api, key, name=name, description="d" * DESCRIPTION_CHARACTERS)
        assert (await trust(api, name, name=name)).resource["name"] == name
        assert (await api.send("GET", f"/kmip_adapters/{name}")).resource == adapter

    with_key(world, story)


@pytest.mark.parametrize(
    "more",
    [
        {"profile": "native_2.0"},
        {"profile": None},
        {"profile_data": None},
        {"profile_data": {}},
        {"profile_data": {"crk_id": 7}},
        {"description": "d" * (DESCRIPTION_CHARACTERS + 1)},
        {"description": 7},
    ],
)
def test_an_adapter_that_cannot_be(world: World, more: dict[str, object]) -> None:
    async def story(api: Api, key: str) -> None:
        check_error(await make(api, key, **more), 400, "INVALID_FIELD_ERR", MADE)
        assert await ids(api, "") == []

    with_key(world, story)


def test_one_adapter_is_made_at_a_time(world: World) -> None:
    async def story(api: Api, key: str) -> None:
        one = {"profile": "native_1.0", "profile_data": {"crk_id": key}}
        for body in (
            {**envelope(**one), "resources": [one, one]},
            {"resources": [one]},
            envelope() | {"resources": []},
        ):
            check_error(await api.send("POST", "/kmip_adapters", body), 400, "BAD_BODY_ERR", MADE)
        assert await ids(api, "") == []

    with_key(world, story)


def test_c38_duplicates(world: World) -> None:
    async def story(api: Api, key: str) -> None:
        adapter, other = [(await an_adapter_of(api, key, name=name))["id"] for name in ("one", "two")]
        check_error(await make(api, key, name="one"), 409, "KMIP_ADAPTER_DUPLICATE_NAME_ERR", MADE)
        text = a_certificate()
        assert (await trust(api, adapter, text, name="client")).status == 201
        taken = await trust(api, adapter, name="client")
        check_error(taken, 409, "KMIP_CERT_DUPLICATE_NAME_ERR", TRUSTED)
        assert (await trust(api, other, name="client")).status == 201
        neighbour = await world.tenant()
        theirs = (await an_adapter_of(neighbour, (await neighbour.create())["id"], name="one"))["id"]
        for who, where, same in ((api, adapter, text), (api, other, text + "\n"), (neighbour, theirs, text)):
            check_error(await trust(who, where, same), 409, "KMIP_CERT_DUPLICATE_ERR", TRUSTED)
        await api.send("DELETE", f"/kmip_adapters/{adapter}/certificates/client")
        assert (await trust(neighbour, theirs, text)).status == 201

    with_key(world, story)


@pytest.mark.parametrize(
    "certificate",
    [
        "not PEM",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
        "ä" + a_certificate(),
        a_certificate() + a_certificate(),
        a_certificate() + "\n" * CERTIFICATE_CHARACTERS,
        a_certificate()[:-60],
        of_version_8(),
        7,
        [a_certificate()],
    ],
    ids=range(10),
)
def test_c38_what_is_no_certificate(world: World, certificate: object) -> None:
    async def story(api: Api, key: str) -> None:
        adapter = (await an_adapter_of(api, key))["id"]
        check_error(await trust(api, adapter, certificate), 400, "INVALID_FIELD_ERR", TRUSTED)
        assert await ids(api, f"/{adapter}/certificates") == []

    with_key(world, story)


def test_c38_the_root_key_of_an_adapter(world: World) -> None:
    async def story(api: Api, key: str) -> None:
        alias = (await api.create(aliases=["payroll"]))["id"]
        assert (await an_adapter_of(api, "payroll"))["profile_data"] == {"crk_id": alias}
        for unknown in (random_uuid(), "nobody", "not an alias", "x" * 5000):
            check_error(await make(api, unknown), 404, "NATIVE_CRK_ID_NOT_FOUND_ERR", MADE)
        neighbour = await world.tenant()
        check_error(await make(neighbour, key), 404, "NATIVE_CRK_ID_NOT_FOUND_ERR", MADE)
        standard = (await api.create(extractable=True))["id"]
        assert (await api.act(key, "disable")).status == 204
        destroyed = (await api.create())["id"]
        assert (await api.send("DELETE", f"/keys/{destroyed}")).status == 204
        for invalid in (standard, key, destroyed):
            check_error(await make(api, invalid), 409, "NATIVE_INVALID_CRK_ERR", MADE)

    with_key(world, story)


def test_c38_a_key_that_expires_serves_an_adapter_where_that_is_allowed(world: World) -> None:
    async def story(api: Api, _: str) -> None:
        expires = f"{api.clock() + timedelta(minutes=30):%Y-%m-%dT%H:%M:%SZ}"
        key = (await api.create(expirationDate=expires))["id"]
        for query in (
            "",
            "?allowExpiringKey=",
            "?allowExpiringKey=false",
            "?allowExpiringKey=True&allowExpiringKey=0",
        ):
            refused = await make(api, key, query)
            check_error(refused, 409, "NATIVE_INVALID_CRK_ERR", MADE)
            assert "allowExpiringKey" in refused.resource["reasons"][0]["message"]
        unclear = await make(api, key, "?allowExpiringKey=maybe")
        check_error(unclear, 400, "INVALID_QUERY_PARAM_ERR", MADE)
        for query in ("?allowExpiringKey=true", "?allowExpiringKey=True", "?allowExpiringKey=1"):
            assert (await make(api, key, query)).status == 201
        world.clock.advance(minutes=30)
        expired = await make(api, key, "?allowExpiringKey=true")
        check_error(expired, 409, "NATIVE_INVALID_CRK_ERR", MADE)

    with_key(world, story)


@pytest.mark.parametrize("force", ["", "?force=true"])
def test_a_key_with_an_adapter_is_not_deleted(world: World, force: str) -> None:
    async def story(api: Api, key: str) -> None:
        adapter = (await an_adapter_of(api, key))["id"]
        refused = await api.send("DELETE", f"/keys/{key}{force}")
        check_error(refused, 409, "PROTECTED_RESOURCE_ERR", "Key could not be deleted")
        assert (await api.send("GET", f"/keys/{key}/metadata")).resource["state"] == 1
        assert (await api.send("DELETE", f"/kmip_adapters/{adapter}")).status == 204
        assert (await api.send("DELETE", f"/keys/{key}{force}")).status == 204

    with_key(world, story)


def test_an_adapter_and_the_end_of_its_key_do_not_pass_each_other(world: World) -> None:
    async def story(api: Api, _: str) -> None:
        for _try in range(10):
            key = (await api.create())["id"]
            made, gone = await asyncio.gather(make(api, key), api.send("DELETE", f"/keys/{key}"))
            assert (made.status, gone.status) in ((201, 409), (409, 204)), (made.body, gone.body)

    with_key(world, story)


def test_c38_adapters_are_listed(world: World) -> None:
    async def story(api: Api, key: str) -> None:
        other = (await api.create(aliases=["other"]))["id"]
        mine = sorted([(await an_adapter_of(api, key))["id"] for _ in range(3)])
        theirs = (await an_adapter_of(api, other))["id"]
        whole = sorted([*mine, theirs])
        assert await ids(api, "") == whole
        assert await ids(api, "?limit=2&offset=1") == whole[1:3]
        assert await ids(api, "?offset=4") == []
        assert await ids(api, f"?crk_id={key}") == mine
        assert await ids(api, "?crk_id=other") == [theirs]
        assert await ids(api, "?crk_id=nobody") == []
        counted = await api.send("GET", f"/kmip_adapters?crk_id={key}&limit=1&totalCount=true")
        assert counted.json["metadata"] == {
            "collectionType": "application/vnd.ibm.kms.kmip_adapter+json",
            "collectionTotal": 1,
            "totalCount": 3,
        }
        for path in ("", f"/{theirs}/certificates"):
            refused = await api.send("GET", f"/kmip_adapters{path}?limit=201")
            assert (refused.status, refused.code) == (400, "INVALID_QUERY_PARAM_ERR")
        assert await ids(api, f"/{theirs}/kmip_objects?limit=5000") == []

    with_key(world, story)


def test_the_last_places(world: World) -> None:
    async def story(api: Api, key: str) -> None:
        for number in range(MOST_ADAPTERS - 1):
            await api.service.store.commit(putting(an_adapter(api.instance.id, f"a-{number}")), None)
        last = (await an_adapter_of(api, key))["id"]
        check_error(await make(api, key), 409, "KMIP_ADAPTER_QUOTA_ERR", MADE)
        found = await api.service.store.adapter(api.instance.id, last)
        assert isinstance(found, Adapter)
        for number in range(MOST_CERTIFICATES - 1):
            await api.service.store.commit(putting(a_client_of(found, f"c-{number}")), None)
        assert (await trust(api, last)).status == 201
        check_error(await trust(api, last), 409, "KMIP_CERT_QUOTA_ERR", TRUSTED)

    with_key(world, story)


def test_c38_an_adapter_goes_when_its_objects_are_destroyed(world: World) -> None:
    async def story(api: Api, key: str) -> None:
        adapter, text = (await an_adapter_of(api, key, name="vc"))["id"], a_certificate()
        assert (await trust(api, adapter, text)).status == 201
        live = await an_object(api, adapter, ObjectState.DEACTIVATED)
        await an_object(api, adapter, ObjectState.DESTROYED)
        refused = await api.send("DELETE", "/kmip_adapters/vc")
        check_error(refused, 409, "KEY_ACTION_INVALID_STATE_ERR", "KMIP adapter could not be deleted")
        assert (await api.send("DELETE", f"/kmip_adapters/vc/kmip_objects/{live}")).status == 204
        assert (await api.send("DELETE", "/kmip_adapters/vc")).status == 204
        for method in ("GET", "DELETE"):
            gone = await api.send(method, "/kmip_adapters/vc")
            assert (gone.status, gone.code) == (404, "KMIP_ADAPTER_NOT_FOUND_ERR")
        again = (await an_adapter_of(api, key, name="vc"))["id"]
        assert (await trust(api, again, text)).status == 201  # its certificates went with it

    with_key(world, story)


@pytest.mark.parametrize("state", list(ObjectState))
def test_c38_objects_in_every_state(world: World, state: ObjectState) -> None:
    async def story(api: Api, key: str) -> None:
        adapter = (await an_adapter_of(api, key))["id"]
        name = await an_object(api, adapter, state)
        path = f"/kmip_adapters/{adapter}/kmip_objects/{name}"
        shown = (await api.send("GET", path)).resource
        assert (shown["id"], shown["kmip_object_type"], shown["state"]) == (name, 2, int(state))
        assert "destroyed_at" not in shown
        gone = state in (5, 6)
        assert await ids(api, f"/{adapter}/kmip_objects") == ([] if gone else [name])
        assert await ids(api, f"/{adapter}/kmip_objects?state=1&state=2,3,4,5&state=6") == [name]
        first = await api.send("DELETE", path)
        if gone:
            check_error(first, 410, "KMIP_OBJECT_DESTROYED_ERR", "KMIP object could not be deleted")
            return
        if state is ObjectState.ACTIVE:
            check_error(first, 409, "KEY_ACTION_INVALID_STATE_ERR", "KMIP object could not be deleted")
            first = await api.send("DELETE", f"{path}?force=true")
        assert (first.status, first.body) == (204, b"")
        after = (await api.send("GET", path)).resource
        assert after["state"] == (6 if state is ObjectState.COMPROMISED else 5)
        assert (after["destroyed_by"], after["created_by"]) == (api.iam_id, "IBMid-1")
        assert (await api.send("DELETE", f"{path}?force=true")).status == 410

    with_key(world, story)


@pytest.mark.parametrize("state", ["0", "7", "x", "1,,2", "²"])
def test_states_that_are_none(world: World, state: str) -> None:
    async def story(api: Api, key: str) -> None:
        adapter = (await an_adapter_of(api, key))["id"]
        answer = await api.send("GET", f"/kmip_adapters/{adapter}/kmip_objects?state={quote(state)}")
        assert (answer.status, answer.code) == (400, "INVALID_QUERY_PARAM_ERR")

    with_key(world, story)


def test_what_is_not_there(world: World) -> None:
    async def story(api: Api, key: str) -> None:
        adapter = (await an_adapter_of(api, key))["id"]
        other = (await an_adapter_of(api, key))["id"]
        certificate = (await trust(api, adapter)).resource["id"]
        made = await an_object(api, adapter, ObjectState.ACTIVE)
        for method in ("GET", "DELETE"):
            for path, code in (
                (f"{random_uuid()}", "KMIP_ADAPTER_NOT_FOUND_ERR"),
                ("a%00b", "KMIP_ADAPTER_NOT_FOUND_ERR"),
                (f"nobody/certificates/{certificate}", "KMIP_ADAPTER_NOT_FOUND_ERR"),
                (f"nobody/kmip_objects/{made}", "KMIP_ADAPTER_NOT_FOUND_ERR"),
                (f"{other}/certificates/{certificate}", "KMIP_CERT_NOT_FOUND_ERR"),
                (f"{adapter}/certificates/a%00b", "KMIP_CERT_NOT_FOUND_ERR"),
                (f"{other}/kmip_objects/{made}", "KMIP_OBJECT_NOT_FOUND_ERR"),
                (f"{adapter}/kmip_objects/a%00b", "KMIP_OBJECT_NOT_FOUND_ERR"),
            ):
                answer = await api.send(method, f"/kmip_adapters/{path}")
                assert (answer.status, answer.code) == (404, code), (method, path)
        assert (await trust(api, "nobody")).code == "KMIP_ADAPTER_NOT_FOUND_ERR"
        assert await ids(api, f"/{adapter}/certificates") == [certificate]

    with_key(world, story)


@pytest.mark.parametrize("name", ODD_NAMES)
def test_what_no_store_could_look_up_is_not_looked_up(
    world: World, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    async def story(api: Api, key: str) -> None:
        adapter = (await an_adapter_of(api, key))["id"]
        monkeypatch.setattr(world.store, "managed_object", None)
        objects = f"/kmip_adapters/{adapter}/kmip_objects/{name}"
        assert (await api.send("GET", objects)).code == "KMIP_OBJECT_NOT_FOUND_ERR"
        monkeypatch.setattr(world.store, "adapter", None)
        for rest in ("", "/certificates", "/certificates/a", "/kmip_objects"):
            answer = await api.send("GET", f"/kmip_adapters/{name}{rest}")
            assert (answer.status, answer.code) == (404, "KMIP_ADAPTER_NOT_FOUND_ERR")

    with_key(world, story)


def test_adapters_of_others_are_like_none(world: World) -> None:
    async def story(api: Api, key: str) -> None:
        adapter = await an_adapter_of(api, key, name="vc-prod")
        certificate = (await trust(api, adapter["id"])).resource["id"]
        neighbour = await world.tenant()
        assert await ids(neighbour, "") == []
        for rest in ("", "/certificates", f"/certificates/{certificate}", "/kmip_objects"):
            answers = [
                await neighbour.send("GET", f"/kmip_adapters/{name}{rest}")
                for name in (adapter["id"], "vc-prod", random_uuid())
            ]
            assert {answer.status for answer in answers} == {404}
            assert len({answer.body for answer in answers}) == 1

    with_key(world, story)


def test_managers_of_adapters_need_no_other_role(world: World) -> None:
    async def story(api: Api, key: str) -> None:
        manager = await api.other(Role.KMIP_ADAPTER_MANAGER)
        adapter = (await an_adapter_of(manager, key))["id"]
        assert (await trust(manager, adapter)).status == 201
        for person in (await api.other(Role.WRITER), await api.other(Role.KMIP_ADAPTER_MANAGER, key=key)):
            assert (await person.send("GET", "/kmip_adapters")).status == 401
            assert (await make(person, key)).status == 401
        assert (await manager.send("GET", f"/keys/{key}/metadata")).status == 401

    with_key(world, story)


def test_what_is_done_is_recorded(world: World) -> None:
    async def story(api: Api, key: str) -> None:
        adapter = await an_adapter_of(api, key)
        made = world.log.events[-1]
        assert (made.action, made.response) == (
            "kms.kmip-management.create",
            {"adapterId": adapter["id"], "adapterName": adapter["name"], "keyId": key},
        )
        name = await an_object(api, adapter["id"], ObjectState.PRE_ACTIVE)
        await api.send("DELETE", f"/kmip_adapters/{adapter['id']}/kmip_objects/{name}")
        gone = world.log.events[-1]
        assert gone.action == "kms.kmip-management.delete"
        assert gone.response["objectId"] == name
        assert (gone.response["initialValue"], gone.response["newValue"]) == ({"state": 1}, {"state": 5})

    with_key(world, story)
