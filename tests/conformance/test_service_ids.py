"""Service ids over the network: section 2 of iam-and-provisioning.md."""

import itertools
import json
import re
from typing import Any, Literal

import pytest

from api import Api
from conformance.identities import (
    API_KEYS,
    SERVICE_IDS,
    administrator,
    by_key,
    check_refused,
    make,
    make_id,
    works,
)
from conformance.world import World, another_account
from http_peer import Answer
from keystead.domain.actions import Role
from keystead.domain.changes import Change
from keystead.domain.grants import granted
from keystead.domain.identities import MOST_SERVICE_IDS, Identity
from keystead.domain.ids import IamId, random_uuid
from keystead.domain.reasons import Reason
from keystead.service import service_ids
from keystead.storage import memory_owners

SHOWN = {
    "id", "iam_id", "entity_tag", "crn", "locked", "created_at", "modified_at", "account_id", "name",
    "unique_instance_crns",
}  # fmt: skip
CRN = "crn:v1:bluemix:public:kms:us-south:a/0a1b:77aa::"


async def put(api: Api, who: Any, body: object, tag: str | None = None) -> Answer:
    return await api.send("PUT", f"{SERVICE_IDS}{who['id']}", body, {"if-match": tag or who["entity_tag"]})


@pytest.mark.parametrize("path", ["/v1/serviceids", "/v1/serviceids/"])
def test_a_new_service_id_is_shown_and_listed(world: World, path: str) -> None:
    async def story() -> None:
        admin = await administrator(await another_account(world))
        body = {
            "account_id": admin.instance.account,
            "name": "billing",
            "description": "pays",
            "unique_instance_crns": [CRN],
        }
        made = await admin.send("POST", path, body)
        assert made.status == 201
        who = made.json
        assert set(who) == SHOWN | {"description"}
        assert re.fullmatch(r"ServiceId-[0-9a-f-]{36}", who["id"])
        assert who["iam_id"] == f"iam-{who['id']}"
        assert who["crn"].endswith(f"::serviceid:{who['id']}")
        assert who["unique_instance_crns"] == [CRN]
        assert (await admin.send("GET", f"/v1/serviceids/{who['id']}")).json == who
        assert (await admin.send("GET", f"/v1/serviceids/{who['iam_id']}")).json == who
        listed = (await admin.send("GET", f"{path}?name=billing")).json
        assert listed["serviceids"] == [who]
        assert (await admin.send("GET", f"{path}?name=other")).json["serviceids"] == []
        event = next(it for it in reversed(world.log.events) if it.action.endswith("serviceid.create"))
        assert event.response == {"iamId": who["iam_id"]}

    world.run(story())


def test_a_service_id_comes_with_a_key_where_one_is_asked_for(world: World) -> None:
    async def story() -> None:
        admin = await administrator(world.home)
        who = await make_id(admin, apikey={"name": "first", "description": "its own"})
        key = who["apikey"]
        assert (key["iam_id"], key["name"], key["created_by"]) == (who["iam_id"], "first", admin.iam_id)
        caller = await by_key(world.home, key["apikey"])
        assert caller.iam_id == who["iam_id"]
        assert (await caller.send("HEAD", "/keys")).status == 401  # nothing was granted to it
        await world.home.grant(IamId(who["iam_id"]), Role.READER)
        assert (await caller.send("HEAD", "/keys")).status == 200

    world.run(story())


def test_id_1_an_update_names_the_state_that_it_changes(world: World) -> None:
    async def story() -> None:
        admin = await administrator(world.home)
        who = await make_id(admin)
        path = f"{SERVICE_IDS}{who['id']}"
        check_refused(await admin.send("PUT", path, {"name": "x"}), Reason.IAM_PARAMETER_MISSING)
        new = await put(admin, who, {"name": "new", "unique_instance_crns": [CRN]})
        assert (new.status, new.json["name"], new.json["unique_instance_crns"]) == (200, "new", [CRN])
        check_refused(await put(admin, who, {"name": "late"}), Reason.IDENTITY_CHANGED)
        assert (await put(admin, who, {"description": "now"}, "*")).json["description"] == "now"
        assert (await admin.send("GET", path)).json["name"] == "new"

    world.run(story())


def test_a_locked_service_id_stays_as_it_is_and_works(world: World) -> None:
    async def story() -> None:
        admin = await administrator(world.home)
        who = await make_id(admin, apikey={"name": "first"})
        path = f"{SERVICE_IDS}{who['id']}"
        locked = await admin.send("POST", f"{path}/lock")
        assert (locked.status, locked.json["locked"]) == (200, True)
        check_refused(await put(admin, locked.json, {"name": "x"}), Reason.IDENTITY_LOCKED)
        check_refused(await admin.send("DELETE", path), Reason.IDENTITY_LOCKED)
        assert await works(admin, who["apikey"]["apikey"])
        assert (await admin.send("DELETE", f"{path}/lock")).json["locked"] is False
        assert (await admin.send("DELETE", path)).status == 204

    world.run(story())


def test_with_a_service_id_go_its_keys_grants_and_tokens(world: World) -> None:
    async def story() -> None:
        admin = await administrator(world.home)
        who = await make_id(admin, apikey={"name": "first"})
        subject = IamId(who["iam_id"])
        await world.home.grant(subject, Role.MANAGER)
        second = await make(admin, iam_id=subject)
        callers = [await by_key(world.home, key["apikey"]) for key in (who["apikey"], second)]
        callers.append(world.beside(callers[0]))
        for caller in callers:
            assert (await caller.send("HEAD", "/keys")).status == 200
        deleted = await admin.send("DELETE", f"{SERVICE_IDS}{who['id']}")
        assert (deleted.status, deleted.body) == (204, b"")
        for caller in callers:
            assert (await caller.send("HEAD", "/keys")).status == 401
        for key in (who["apikey"], second):
            assert not await works(admin, key["apikey"])
            check_refused(await admin.send("GET", f"{API_KEYS}/{key['id']}"), Reason.IDENTITY_NOT_FOUND)
        assert await world.store.grants(subject) == ()
        again = await admin.send("DELETE", f"{SERVICE_IDS}{who['id']}")
        check_refused(again, Reason.IDENTITY_NOT_FOUND)

    world.run(story())


def test_only_an_administrator_of_the_whole_account_may(world: World) -> None:
    async def story() -> None:
        who = await make_id(await administrator(world.home))
        path = f"/v1/serviceids/{who['id']}"
        body = {"account_id": world.home.instance.account, "name": "mine"}
        elsewhere, change = await world.home.other(), Change()
        there = await another_account(world)
        change.add(
            granted(
                id=random_uuid(),
                subject=elsewhere.iam_id,
                account=there.instance.account,
                roles=(Role.ADMINISTRATOR,),
            )
        )
        await world.store.commit(change, None)
        for caller in (await world.home.other(*Role), await world.home.other(), elsewhere):
            before = await world.store.identities(world.home.instance.account)
            for method, where, more in (
                ("GET", "/v1/serviceids", None),
                ("POST", "/v1/serviceids", body),
                ("GET", path, None),
                ("PUT", path, {"name": "mine"}),
                ("DELETE", path, None),
                ("POST", f"{path}/lock", None),
                ("DELETE", f"{path}/lock", None),
            ):
                answer = await caller.send(method, where, more, {"if-match": "*"})
                check_refused(answer, Reason.IDENTITY_FORBIDDEN)
            assert await world.store.identities(world.home.instance.account) == before

    world.run(story())


def test_what_is_in_another_account_is_not_there(world: World) -> None:
    async def story() -> None:
        there = await administrator(await another_account(world))
        mine, theirs = await make_id(await administrator(world.home)), await make_id(there)
        admin = await administrator(world.home)
        user = f"{world.home.iam_id}"[:-1]  # an identity that there is not
        for name in (theirs["id"], f"ServiceId-{random_uuid()}", user, "a%00b", "%F0%9F%98%80"):
            for method, more in (("GET", ""), ("PUT", ""), ("DELETE", ""), ("POST", "/lock")):
                path = f"/v1/serviceids/{name}{more}"
                answer = await admin.send(method, path, {"name": "mine"}, {"if-match": "*"})
                check_refused(answer, Reason.IDENTITY_NOT_FOUND)
        for method, path in (
            ("POST", "/v1/serviceids"),
            ("GET", f"/v1/serviceids?account_id={theirs['account_id']}"),
        ):
            body = {"account_id": theirs["account_id"], "name": "mine"}
            check_refused(await admin.send(method, path, body), Reason.IDENTITY_NOT_FOUND)
        assert (await there.send("GET", f"/v1/serviceids/{theirs['id']}")).json == theirs
        assert (await admin.send("GET", f"/v1/serviceids/{mine['id']}")).status == 200

    world.run(story())


def test_a_user_is_no_service_id(world: World) -> None:
    async def story() -> None:
        admin = await administrator(await another_account(world))
        user = a_person(admin, "user", "IBMid-")
        change = Change()
        change.add(user)
        await world.store.commit(change, None)
        for method, more in (("GET", ""), ("PUT", ""), ("DELETE", ""), ("POST", "/lock")):
            path = f"/v1/serviceids/{user.iam_id}{more}"
            answer = await admin.send(method, path, {"name": "mine"}, {"if-match": "*"})
            check_refused(answer, Reason.IDENTITY_NOT_FOUND)
        listed = (await admin.send("GET", "/v1/serviceids")).json["serviceids"]
        assert user.iam_id not in [who["iam_id"] for who in listed]
        assert await world.store.identity(user.iam_id) == user

    world.run(story())


def test_an_account_is_full_one_day(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (memory_owners, service_ids):  # the worlds of other tests have room for more
        monkeypatch.setattr(module, "MOST_SERVICE_IDS", MOST_SERVICE_IDS)

    async def story() -> None:
        admin = await administrator(await another_account(world))
        there = await world.store.identities(admin.instance.account)
        change = Change()
        change.add(
            *(
                a_person(admin, "serviceid", "iam-ServiceId-")
                for _ in range(MOST_SERVICE_IDS - len(there) - 1)
            )
        )
        await world.store.commit(change, None)
        await make_id(admin)
        body = {"account_id": admin.instance.account, "name": "last"}
        check_refused(await admin.send("POST", SERVICE_IDS, body), Reason.IDENTITY_LIMIT)

    world.run(story())


def a_person(api: Api, kind: Literal["user", "serviceid"], realm: str) -> Identity:
    return Identity(
        iam_id=IamId(f"{realm}{random_uuid()}"),
        account=api.instance.account,
        kind=kind,
        name="somebody",
        display_name="somebody",
        created_at=api.clock(),
    )


def test_pages(world: World) -> None:
    async def story() -> None:
        admin = await administrator(await another_account(world))
        made = {(await make_id(admin))["id"] for _ in range(4)}
        found, path = [], "/v1/serviceids/?pagesize=3&name=billing"
        while path:
            page = (await admin.send("GET", path)).json
            found += [who["id"] for who in page["serviceids"]]
            path = page.get("next", "")
        assert (set(found), len(found)) == (made, 4)

    world.run(story())


ODD: list[object] = [
    b"", b"{", b"[]", b"\xff", b"[" * 9999, {"name": 1}, {"name": ""}, {"name": "x" * 256},
    {"name": "a", "description": "x" * 1001}, {"name": "a", "unique_instance_crns": "x"},
    {"name": "a", "unique_instance_crns": [""]}, {"name": "a", "unique_instance_crns": ["x"] * 51},
    {"name": "a", "unique_instance_crns": ["x" * 513]},
]  # fmt: skip
ODD_NEW: list[object] = [
    {}, {"name": "a", "account_id": None}, {"name": "a", "apikey": {}}, {"name": "a", "apikey": {"name": ""}},
    {"name": "a", "apikey": {"name": "a", "apikey": "x" * 40}},
    {"name": "a", "apikey": {"name": "a", "store_value": True}},
    {"name": "a", "apikey": {"name": "a", "expires_at": "2001-01-01T00:00Z"}},
]  # fmt: skip


@pytest.mark.parametrize(
    ("method", "body"),
    [*itertools.product(["POST", "PUT"], ODD), *(("POST", body) for body in ODD_NEW)],
    ids=itertools.count(),
)
def test_a_body_that_is_none_makes_and_changes_nothing(world: World, method: str, body: object) -> None:
    async def story() -> None:
        admin = await administrator(await another_account(world))
        who = await make_id(admin)
        path = SERVICE_IDS if method == "POST" else f"{SERVICE_IDS}{who['id']}"
        named = {"account_id": admin.instance.account} | body if isinstance(body, dict) else None
        text = body if isinstance(body, bytes) else json.dumps(named).encode()
        account = admin.instance.account
        before = (await world.store.identities(account), await world.store.api_keys(account))
        answer = await admin.send(method, path, text, {"if-match": "*"})
        check_refused(answer, Reason.IAM_PARAMETER_MISSING)
        assert (await world.store.identities(account), await world.store.api_keys(account)) == before

    world.run(story())


@pytest.mark.parametrize("name", ["\x00", "😀" * 255, "é" * 255, "\\" * 255, '"' * 255])
def test_any_text_is_a_name_and_its_tokens_are_not_too_long(world: World, name: str) -> None:
    async def story() -> None:
        who = await make_id(await administrator(world.home), name=name, apikey={"name": name})
        assert (who["name"], who["apikey"]["name"]) == (name, name)
        assert await works(world.home, who["apikey"]["apikey"])

    world.run(story())
