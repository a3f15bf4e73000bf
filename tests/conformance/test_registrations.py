"""C27, C37 and C39 of kms-api.md section 8: registrations, who writes them, and what they keep."""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

import pytest

from api import Api
from conformance.services import BUCKET, FOREIGN, OTHER, OWNER, a_service, change, register
from conformance.world import World, check_error
from keystead.domain.actions import Role
from keystead.domain.changes import Change
from keystead.domain.ids import InstanceId, KeyId, random_uuid
from keystead.domain.registrations import Registration

CREATED, UPDATED = "Registration could not be created", "Registration could not be updated"
DELETED = "Registration could not be deleted"


def with_service(world: World, story: Callable[[Api, Api, Any], Awaitable[None]]) -> None:
    async def whole() -> None:
        api = await world.tenant()
        await story(api, await a_service(api), await api.create("payroll-root"))

    world.run(whole())


def test_c27_a_service_registers_its_resource(world: World) -> None:
    async def story(api: Api, service: Api, key: Any) -> None:
        made = await register(
            service, key["id"], description="bucket key", preventKeyDeletion=True, registrationMetadata="mine"
        )
        assert made.status == 200, made.body
        assert made.json["metadata"]["collectionType"] == "application/vnd.ibm.kms.registration+json"
        now = f"{world.clock():%Y-%m-%dT%H:%M:%SZ}"
        shown = {
            "keyId": key["id"],
            "keyName": "payroll-root",
            "resourceCrn": BUCKET,
            "createdBy": f"crn-{OWNER}",
            "creationDate": now,
            "updatedBy": f"crn-{OWNER}",
            "lastUpdated": now,
            "description": "bucket key",
            "preventKeyDeletion": True,
            "keyVersion": key["keyVersion"],
        }
        assert made.resource == shown | {"registrationMetadata": "mine"}
        assert made.headers["etag"].startswith('W/"')
        for path in (f"/keys/{key['id']}/registrations", "/keys/registrations"):
            listed = await api.send("GET", path)
            assert listed.resource == shown  # what the service keeps there is for the service alone
            assert listed.headers["etag"] == made.headers["etag"]
            assert (await service.send("GET", path)).resource == made.resource

    with_service(world, story)


@pytest.mark.parametrize("times", [1, 2])
def test_the_path_is_decoded_once_or_twice(world: World, times: int) -> None:
    async def story(_: Api, service: Api, key: Any) -> None:
        name = BUCKET
        for _time in range(times):
            name = quote(name, safe="")
        made = await service.send("POST", f"/keys/{key['id']}/registrations/{name}")
        assert made.resource["resourceCrn"] == BUCKET

    with_service(world, story)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_users_and_service_ids_do_not_register(world: World, method: str) -> None:
    async def story(api: Api, _: Api, key: Any) -> None:
        for caller in (api, await api.other(Role.MANAGER)):
            answer = await caller.send(method, f"/keys/{key['id']}/registrations/{quote(BUCKET, safe='')}")
            phrase = {"POST": CREATED, "DELETE": DELETED}.get(method, UPDATED)
            check_error(answer, 403, "SERVICE_ONLY_ERR", phrase)
            for name, body in ((key["id"], b"{"), (random_uuid(), b"")):  # who asks comes before what
                path = f"/keys/{name}/registrations/{quote(BUCKET, safe='')}"
                check_error(await caller.send(method, path, body), 403, "SERVICE_ONLY_ERR", phrase)

    with_service(world, story)


@pytest.mark.parametrize(
    ("owner", "crn", "owns"),
    [
        (OWNER, BUCKET, True),
        ("crn:v1:bluemix:public:cloud-object-storage:::::", BUCKET, True),
        ("crn:v1:bluemix:public:cloud-object-storage:global:a/0a1b:other::", BUCKET, False),
        ("crn:v1:bluemix:public:cloud-object-storage:global:a/other:77aa::", BUCKET, False),
        (OWNER, FOREIGN, False),
    ],
)
def test_a_service_registers_its_own_resources_only(world: World, owner: str, crn: str, owns: bool) -> None:
    async def story(api: Api, _: Api, key: Any) -> None:
        answer = await register(await a_service(api, owner), key["id"], crn)
        if owns:
            assert answer.status == 200, answer.body
        else:
            check_error(answer, 403, "RESOURCE_OWNER_ERR", CREATED)

    with_service(world, story)


@pytest.mark.parametrize(
    "crn",
    [
        "x",
        BUCKET + ":more",
        BUCKET.replace(":77aa:", "::"),
        "arn" + BUCKET[3:],
        BUCKET + "*",
        BUCKET + "x" * 512,
    ],
)
def test_what_is_no_resource_is_not_registered(world: World, crn: str) -> None:
    async def story(_: Api, service: Api, key: Any) -> None:
        check_error(await register(service, key["id"], crn), 400, "INVALID_FIELD_ERR", CREATED)

    with_service(world, story)


def test_only_an_active_root_key_protects(world: World) -> None:
    async def story(api: Api, service: Api, key: Any) -> None:
        standard = await api.create("standard", extractable=True)
        check_error(await register(service, standard["id"]), 422, "KEY_ROOT_REQ_REG_ERR", CREATED)
        await api.act(key["id"], "disable")
        check_error(await register(service, key["id"]), 422, "KEY_INVALID_STATE_ERR", CREATED)

    with_service(world, story)


def test_a_resource_is_registered_once_and_changed_as_it_was_seen(world: World) -> None:
    async def story(_: Api, service: Api, key: Any) -> None:
        tag = (await register(service, key["id"], description="first")).headers["etag"]
        again = await register(service, key["id"])
        check_error(again, 409, "REGISTRATION_NOT_UNIQUE_ERR", CREATED)
        for wrong in (None, 'W/"0"', "rubbish"):
            for method in ("PUT", "PATCH"):
                answer = await change(service, method, key["id"], wrong, description="other")
                check_error(answer, 412, "PRECONDITION_FAILED_ERR", UPDATED)
        merged = await change(service, "PATCH", key["id"], f'"x", {tag}', preventKeyDeletion=True)
        assert (merged.resource["description"], merged.resource["preventKeyDeletion"]) == ("first", True)
        assert merged.headers["etag"] != tag
        stale = await change(service, "PUT", key["id"], tag)
        check_error(stale, 412, "PRECONDITION_FAILED_ERR", UPDATED)
        replaced = await change(service, "PUT", key["id"], merged.headers["etag"])
        assert (replaced.resource["description"], replaced.resource["preventKeyDeletion"]) == ("", False)
        missing = await change(service, "PATCH", key["id"], "*", OTHER)
        check_error(missing, 404, "REGISTRATION_NOT_FOUND_ERR", UPDATED)

    with_service(world, story)


def test_the_version_of_a_registration_only_moves_forward(world: World) -> None:
    async def story(api: Api, service: Api, key: Any) -> None:
        made = await register(service, key["id"])
        await api.act(key["id"], "rotate")
        new = (await api.send("GET", f"/keys/{key['id']}")).resource["keyVersion"]
        listed = await api.send("GET", f"/keys/{key['id']}/registrations")
        assert listed.resource["keyVersion"] == key["keyVersion"]  # the service has not said so yet
        moved = await change(service, "PATCH", key["id"], made.headers["etag"], keyVersionId=new["id"])
        assert moved.resource["keyVersion"] == new
        tag = moved.headers["etag"]
        back = await change(service, "PATCH", key["id"], tag, keyVersionId=key["keyVersion"]["id"])
        check_error(back, 422, "KEY_VERSION_INVALID", UPDATED)
        unknown = await change(service, "PATCH", key["id"], tag, keyVersionId=random_uuid())
        check_error(unknown, 400, "INVALID_FIELD_ERR", UPDATED)

    with_service(world, story)


@pytest.mark.parametrize("form", ["delete", "deactivate"])
def test_a_service_takes_its_resource_off(world: World, form: str) -> None:
    async def story(api: Api, service: Api, key: Any) -> None:
        for crn in (BUCKET, OTHER):
            await register(service, key["id"], crn)
        base = f"/keys/{key['id']}/registrations"
        if form == "delete":
            answer = await service.send("DELETE", f"{base}/{quote(BUCKET, safe='')}")
        else:
            body = {"resources": [{"resourceCrn": BUCKET}]}
            answer = await service.send("POST", f"{base}?action=deactivate", body)
        assert (answer.status, answer.resource["resourceCrn"]) == (200, BUCKET)
        left = (await api.send("GET", base)).json["resources"]
        assert [it["resourceCrn"] for it in left] == [OTHER]
        again = await service.send("DELETE", f"{base}/{quote(BUCKET, safe='')}")
        check_error(again, 404, "REGISTRATION_NOT_FOUND_ERR", DELETED)

    with_service(world, story)


def test_c27_a_protected_key_is_deleted_with_force_only(world: World) -> None:
    async def story(api: Api, service: Api, key: Any) -> None:
        await register(service, key["id"])
        for query in ("", "?force=false"):
            answer = await api.send("DELETE", f"/keys/{key['id']}{query}")
            check_error(answer, 409, "PROTECTED_RESOURCE_ERR", "Key could not be deleted")
            assert answer.message == "Key is protecting one or more cloud resources"
        assert (await api.send("DELETE", f"/keys/{key['id']}?force=true")).status == 204
        assert len((await api.send("GET", f"/keys/{key['id']}/registrations")).json["resources"]) == 1

    with_service(world, story)


def test_c27_a_resource_can_keep_its_key_from_any_deletion(world: World) -> None:
    async def story(api: Api, service: Api, key: Any) -> None:
        tag = (await register(service, key["id"], preventKeyDeletion=True)).headers["etag"]
        for query in ("", "?force=true"):
            answer = await api.send("DELETE", f"/keys/{key['id']}{query}")
            check_error(answer, 409, "PREV_KEY_DEL_ERR", "Key could not be deleted")
        await change(service, "PATCH", key["id"], tag, preventKeyDeletion=False)
        assert (await api.send("DELETE", f"/keys/{key['id']}?force=true")).status == 204

    with_service(world, story)


def test_registrations_go_with_the_purge_and_stay_until_then(world: World) -> None:
    async def story(api: Api, service: Api, key: Any) -> None:
        await register(service, key["id"])
        await api.send("DELETE", f"/keys/{key['id']}?force=true")
        world.clock.advance(hours=5)
        purger = await api.other(Role.KEY_PURGE, Role.MANAGER)
        assert len((await purger.send("GET", "/keys/registrations")).json["resources"]) == 1
        assert (await purger.send("DELETE", f"/keys/{key['id']}/purge")).status == 204
        assert (await purger.send("GET", "/keys/registrations")).json["resources"] == []
        assert await world.store.registrations(api.instance.id, KeyId(key["id"])) == ()

    with_service(world, story)


def test_a_purge_between_two_looks_leaves_the_list_of_the_rest(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(api: Api, service: Api, key: Any) -> None:
        gone = await api.create("gone")
        for one in (key, gone):
            assert (await register(service, one["id"])).status == 200
        real, key_id = world.store.registrations, KeyId(gone["id"])

        async def purged_after(instance: InstanceId, of: KeyId | None) -> tuple[Registration, ...]:
            found, purge = await real(instance, of), Change()
            purge.purge(await world.store.key(instance, key_id))
            await world.store.commit(purge, None)
            return found

        monkeypatch.setattr(world.store, "registrations", purged_after)
        listed = await api.send("GET", "/keys/registrations?totalCount=true")
        assert listed.status == 200, listed.body
        assert [it["keyId"] for it in listed.json["resources"]] == [key["id"]]
        assert listed.json["metadata"]["totalCount"] == 1

    with_service(world, story)


def test_c39_lists_page_and_filter(world: World) -> None:
    async def story(api: Api, service: Api, key: Any) -> None:
        for number in range(5):
            crn = BUCKET.replace("ledger", f"ledger-{number}")
            await register(service, key["id"], crn, preventKeyDeletion=number == 3)
        base = f"/keys/{key['id']}/registrations"

        async def names(query: str) -> list[str]:
            answer = await api.send("GET", f"{base}{query}")
            return [it["resourceCrn"].rpartition("-")[2] for it in answer.json["resources"]]

        assert await names("") == list("01234")
        assert await names("?limit=2&offset=1") == list("12")
        assert await names("?offset=9") == []
        assert await names("?preventKeyDeletion=true") == ["3"]
        assert await names("?preventKeyDeletion=false") == list("0124")
        counted = await api.send("GET", f"{base}?limit=1&totalCount=true")
        assert counted.json["metadata"]["totalCount"] == 5
        assert "totalCount" not in (await api.send("GET", base)).json["metadata"]
        for bad in ("limit=0", "limit=5001", "preventKeyDeletion=maybe", "urlEncodedResourceCRNQuery=x"):
            answer = await api.send("GET", f"{base}?{bad}")
            check_error(answer, 400, "INVALID_QUERY_PARAM_ERR", "Registrations could not be retrieved")

    with_service(world, story)


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        (BUCKET, True),
        ("crn:v1:bluemix:public:cloud-object-storage:global:a/0a1b:77aa:bucket:*", True),
        ("crn:v1:bluemix:public:cloud-object-storage:global:a/0a1b:77aa:*:l*r", True),
        ("crn:v1:bluemix:public:cloud-object-storage:global:a/0a1b:77aa:bucket:led", False),
        ("crn:v1:bluemix:public:cloud-object-storage:global:a/0a1b:7", True),
        ("crn:v1:bluemix:public:cloud-object-storage:global:a/0a1b:77aa:bucket", True),
        ("crn:v1:bluemix:public:cloud-object-storage:global:a/0a1b:78", False),
        ("crn:v1:bluemix:public:cloud-object-storage:global:a/0a1b:77aa:bucket:*x*", False),
    ],
)
def test_c39_crn_patterns(world: World, pattern: str, found: bool) -> None:
    async def story(api: Api, service: Api, key: Any) -> None:
        await register(service, key["id"])
        for path in (f"/keys/{key['id']}/registrations", "/keys/registrations"):
            for encoded in (quote(pattern, safe=""), quote(quote(pattern, safe=""))):
                answer = await api.send("GET", f"{path}?urlEncodedResourceCRNQuery={encoded}")
                assert len(answer.json["resources"]) == found, (path, answer.body)

    with_service(world, story)


def test_c39_a_search_of_the_whole_instance_names_the_resource_s_instance(world: World) -> None:
    async def story(api: Api, _: Api, key: Any) -> None:
        pattern = quote("crn:v1:bluemix:public:*:global:a/0a1b:77aa:bucket:x", safe="")
        answer = await api.send("GET", f"/keys/registrations?urlEncodedResourceCRNQuery={pattern}")
        check_error(answer, 400, "INVALID_QUERY_PARAM_ERR", "Registrations could not be retrieved")
        one = await api.send("GET", f"/keys/{key['id']}/registrations?urlEncodedResourceCRNQuery={pattern}")
        assert one.json["resources"] == []

    with_service(world, story)


def test_a_standard_key_has_no_registrations(world: World) -> None:
    async def story(api: Api, _: Api, __: Any) -> None:
        standard = await api.create("standard", extractable=True)
        answer = await api.send("GET", f"/keys/{standard['id']}/registrations")
        assert (answer.status, answer.json["resources"]) == (200, [])

    with_service(world, story)


def test_tenants_do_not_see_each_other_s_registrations(world: World) -> None:
    async def story(_: Api, service: Api, key: Any) -> None:
        await register(service, key["id"])
        stranger = await world.tenant()
        assert (await stranger.send("GET", "/keys/registrations")).json["resources"] == []
        answer = await stranger.send("GET", f"/keys/{key['id']}/registrations")
        check_error(answer, 404, "KEY_NOT_FOUND_ERR", "Registrations could not be retrieved")

    with_service(world, story)


def test_c37_sync_once_an_hour(world: World) -> None:
    async def story(api: Api, _: Api, key: Any) -> None:
        phrase = "Could not initiate sync requests to associated resources"
        early = await api.act(key["id"], "sync")
        check_error(early, 409, "REQ_TOO_EARLY_ERR", phrase)
        assert "Sync cannot be performed until at least " in early.message
        world.clock.advance(minutes=61)
        assert (await api.act(key["id"], "sync")).status == 204
        check_error(await api.act(key["id"], "sync"), 409, "REQ_TOO_EARLY_ERR", phrase)
        world.clock.advance(minutes=61)
        assert (await api.send("DELETE", f"/keys/{key['id']}")).status == 204
        check_error(await api.act(key["id"], "sync"), 409, "REQ_TOO_EARLY_ERR", phrase)
        world.clock.advance(minutes=61)
        assert (await api.act(key["id"], "sync")).status == 204  # destroyed keys, too

    with_service(world, story)
