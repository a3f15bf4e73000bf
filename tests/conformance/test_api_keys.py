"""API keys over the network: section 2 of iam-and-provisioning.md (ID-1, ID-2)."""

import asyncio
import itertools
import json
import re
from collections import Counter
from typing import Any

import pytest

from api import Api, send
from conformance.identities import API_KEYS, administrator, by_key, check_refused, make, works
from conformance.profiles import exchange
from conformance.world import World, another_account
from http_peer import Answer
from keystead.audit.encoding import encode
from keystead.domain.actions import Role
from keystead.domain.changes import Change
from keystead.domain.identities import MOST_API_KEYS, Identity
from keystead.domain.ids import IamId, random_uuid
from keystead.domain.reasons import Reason

SHOWN = {
    "id", "entity_tag", "crn", "locked", "disabled", "created_at", "created_by", "modified_at", "name",
    "iam_id", "account_id", "apikey",
}  # fmt: skip
BROWSED = (("GET", ""), ("DELETE", ""), ("POST", "/lock"), ("DELETE", "/lock"), ("POST", "/disable"))


async def put(api: Api, key: Any, body: object, tag: str | None = None) -> Answer:
    headers = {"if-match": tag or key["entity_tag"]}
    return await api.send("PUT", f"{API_KEYS}/{key['id']}", body, headers)


async def page(api: Api, query: str = "") -> Any:
    answer = await api.send("GET", f"{API_KEYS}{query}")
    assert answer.status == 200, answer.body
    return answer.json


def ids(page: Any) -> list[str]:
    return [key["id"] for key in page["apikeys"]]


def test_a_new_key_is_one_s_own_and_works(world: World) -> None:
    async def story() -> None:
        caller = await world.home.other()  # who was granted nothing
        key = await make(caller, description="for the night", account_id=world.home.instance.account)
        assert set(key) == SHOWN | {"description"}
        assert re.fullmatch(r"ApiKey-[0-9a-f-]{36}", key["id"])
        assert re.fullmatch(r"[A-Za-z0-9_-]{44}", key["apikey"])
        assert key["crn"] == f"crn:v1:bluemix:public:iam-identity::a/{key['account_id']}::apikey:{key['id']}"
        assert (key["iam_id"], key["created_by"]) == (caller.iam_id, caller.iam_id)
        assert (key["locked"], key["disabled"], key["description"]) == (False, False, "for the night")
        assert (await by_key(world.home, key["apikey"])).iam_id == caller.iam_id
        event = next(it for it in reversed(world.log.events) if it.action == "iam-identity.apikey.create")
        assert event.response == {"apiKeyId": key["id"], "iamId": caller.iam_id}

    world.run(story())


def test_id_2_the_text_is_shown_once_and_kept_nowhere(world: World) -> None:
    async def story() -> None:
        caller = await world.home.other()
        key = await make(caller)
        text, before = key["apikey"], len(world.log.events)
        answers = [
            await caller.send("GET", f"{API_KEYS}/{key['id']}"),
            await caller.send("GET", API_KEYS),
            await caller.send("GET", f"{API_KEYS}/details", None, {"iam-apikey": text}),
            await put(caller, key, {"name": "renamed"}),
        ]
        for answer in answers:
            assert answer.status == 200, answer.body
            assert text not in answer.body.decode()
        assert answers[0].json == {**key, "apikey": ""}
        assert answers[2].json == answers[0].json
        assert text not in repr(world.log.events[before - 1 :])
        stored = await world.store.api_keys(world.home.instance.account)
        assert text not in repr(stored)
        assert key["id"] in [it.id for it in stored]

    world.run(story())


def test_id_1_an_update_names_the_state_that_it_changes(world: World) -> None:
    async def story() -> None:
        api = await world.home.other()
        key = await make(api)
        path = f"{API_KEYS}/{key['id']}"
        check_refused(await api.send("PUT", path, {"name": "x"}), Reason.IAM_PARAMETER_MISSING)
        renamed = await put(api, key, {"name": "renamed", "description": "new"})
        assert renamed.status == 200
        assert (renamed.json["name"], renamed.json["description"]) == ("renamed", "new")
        assert renamed.json["entity_tag"] != key["entity_tag"]
        check_refused(await put(api, key, {"name": "late"}), Reason.IDENTITY_CHANGED)
        quoted = await put(api, key, {"description": ""}, f'"{renamed.json["entity_tag"]}"')
        assert (quoted.status, quoted.json["name"]) == (200, "renamed")
        assert "description" not in quoted.json
        assert (await put(api, key, {"name": "last"}, "*")).json["name"] == "last"
        same = (await api.send("GET", path)).json
        assert (await put(api, same, {"name": "last"})).json == same  # nothing changed, not even the tag

    world.run(story())


def test_of_many_who_know_the_same_state_one_changes_it(world: World) -> None:
    async def story() -> None:
        api = await world.home.other()
        key = await make(api)
        answers = await asyncio.gather(*(put(api, key, {"name": f"by {number}"}) for number in range(8)))
        (won,) = (answer for answer in answers if answer.status == 200)
        for answer in answers:
            if answer is not won:
                check_refused(answer, Reason.IDENTITY_CHANGED)
        assert (await api.send("GET", f"{API_KEYS}/{key['id']}")).json == won.json

    world.run(story())


def test_of_many_keys_at_once_there_are_as_many_as_there_may_be(world: World) -> None:
    async def story() -> None:
        api = await world.home.other()
        body = {"name": "one of many", "iam_id": api.iam_id}
        answers = await asyncio.gather(*(api.send("POST", API_KEYS, body) for _ in range(MOST_API_KEYS + 5)))
        for answer in answers:
            if answer.status != 201:
                check_refused(answer, Reason.IDENTITY_LIMIT)
        assert len((await page(api, "?pagesize=100"))["apikeys"]) == MOST_API_KEYS

    world.run(story())


async def lock(api: Api, key: Any) -> Answer:
    return await api.send("POST", f"{API_KEYS}/{key['id']}/lock")


async def disable(api: Api, key: Any) -> Answer:
    return await api.send("POST", f"{API_KEYS}/{key['id']}/disable")


async def delete(api: Api, key: Any) -> Answer:
    return await api.send("DELETE", f"{API_KEYS}/{key['id']}")


@pytest.mark.parametrize("end", [lock, disable, delete])
def test_a_key_stops_working_at_once_with_all_its_tokens(world: World, end: Any) -> None:
    async def story() -> None:
        api = await world.tenant()
        key, other = await make(api), await make(api)
        one, two = await by_key(api, key["apikey"]), await by_key(api, other["apikey"])
        beside = world.beside(one)  # another process, which remembers for itself
        for caller in (one, beside, two):
            assert (await caller.send("HEAD", "/keys")).status == 200
            assert (await caller.send("GET", API_KEYS)).status == 200
        assert (await end(api, key)).status == 204
        for caller in (one, beside):
            assert (await caller.send("HEAD", "/keys")).status == 401
            check_refused(await caller.send("GET", API_KEYS), Reason.IDENTITY_TOKEN)
        assert not await works(api, key["apikey"])
        assert await works(api, other["apikey"])
        assert (await two.send("HEAD", "/keys")).status == 200

    world.run(story())


@pytest.mark.parametrize("end", [lock, disable, delete])
def test_a_key_is_rotated_and_no_request_is_refused_meanwhile(world: World, end: Any) -> None:
    """As ``docs/access.md`` says: make the new one, give it to the clients, then end the old one."""

    async def story() -> None:
        api = await world.tenant()
        old, new = await make(api), await make(api)
        given, statuses = {"apikey": old["apikey"]}, list[int]()
        rounds: asyncio.Queue[int] = asyncio.Queue()

        async def client(number: int) -> None:
            while True:  # until it is cancelled
                caller = await by_key(api, given["apikey"])
                statuses.extend([(await caller.send("HEAD", "/keys")).status for _ in range(3)])
                rounds.put_nowait(number)

        async def all_ask() -> None:
            """Wait until whoever had a token has used it, and has got the next one."""
            while not rounds.empty():
                rounds.get_nowait()
            done: Counter[int] = Counter()
            while len(done) < len(clients) or min(done.values()) < 2:
                done[await rounds.get()] += 1

        clients = [asyncio.create_task(client(number)) for number in range(3)]
        await all_ask()
        assert await works(api, old["apikey"])
        assert await works(api, new["apikey"])
        given["apikey"] = new["apikey"]
        await all_ask()
        assert (await end(api, old)).status == 204
        assert not await works(api, old["apikey"])
        await all_ask()
        assert not any(task.done() for task in clients)
        for task in clients:
            task.cancel()
        await asyncio.gather(*clients, return_exceptions=True)
        assert set(statuses) == {200}

    world.run(story())


def test_the_event_of_a_token_names_its_key_and_never_the_text(world: World) -> None:
    """As ``docs/access.md`` says: who still comes with an old key is seen before that ends."""

    async def story() -> None:
        api = await world.tenant()
        old, new = await make(api), await make(api)
        before = len(world.log.events)
        for key in (old, new):
            given = await exchange(api, "apikey", apikey=key["apikey"])
            form = f"grant_type=refresh_token&refresh_token={given.json['refresh_token']}".encode()
            assert (await send(api.service, "POST", "/identity/token", form)).status == 200
        assert (await exchange(api, "apikey", apikey="none of them")).status == 400
        events = world.log.events[before:]
        named = [it.request.get("apiKeyId") for it in events if it.action == "iam-identity.token.issue"]
        assert named == [old["id"], old["id"], new["id"], new["id"], None]
        written = b"".join(encode(it, "127.0.0.1") for it in events)
        assert not [key for key in (old, new) if key["apikey"].encode() in written]

    world.run(story())


def test_its_refresh_token_is_dead_too(world: World) -> None:
    async def story() -> None:
        api = await world.home.other()
        key = await make(api)
        form = f"grant_type=urn:ibm:params:oauth:grant-type:apikey&apikey={key['apikey']}".encode()
        token = (await send(api.service, "POST", "/identity/token", form)).json["refresh_token"]
        renewal = f"grant_type=refresh_token&refresh_token={token}".encode()
        assert (await send(api.service, "POST", "/identity/token", renewal)).status == 200
        await disable(api, key)
        refused = await send(api.service, "POST", "/identity/token", renewal)
        assert (refused.status, refused.json["errorCode"]) == (400, "BXNIM0408E")

    world.run(story())


@pytest.mark.parametrize("way", ["lock", "disable"])
def test_what_is_locked_or_disabled_comes_back(world: World, way: str) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = await make(api)
        one, path = await by_key(api, key["apikey"]), f"{API_KEYS}/{key['id']}"
        for _ in range(2):  # the second time it is so already
            assert (await api.send("POST", f"{path}/{way}")).status == 204
        shown = (await api.send("GET", path)).json
        assert (shown["locked"], shown["disabled"]) == (way == "lock", way == "disable")
        assert shown["entity_tag"].startswith("2-")
        assert (await one.send("HEAD", "/keys")).status == 401
        assert (await api.send("DELETE", f"{path}/{way}")).status == 204
        assert (await one.send("HEAD", "/keys")).status == 200
        assert await works(api, key["apikey"])

    world.run(story())


def test_a_locked_key_stays_as_it_is(world: World) -> None:
    async def story() -> None:
        api = await world.home.other()
        key = await make(api)
        await lock(api, key)
        shown = (await api.send("GET", f"{API_KEYS}/{key['id']}")).json
        for answer in (
            await put(api, shown, {"name": "x"}),
            await put(api, shown, {"name": "x"}, "*"),
            await delete(api, key),
            await disable(api, key),
        ):
            check_refused(answer, Reason.IDENTITY_LOCKED)
        assert (await api.send("GET", f"{API_KEYS}/{key['id']}")).json == shown

    world.run(story())


def test_a_key_that_begins_locked_and_disabled(world: World) -> None:
    async def story() -> None:
        api = await world.home.other()
        for header, member in (("entity-lock", "locked"), ("entity-disable", "disabled")):
            body = {"name": "asleep", "iam_id": api.iam_id}
            made = (await api.send("POST", API_KEYS, body, {header: "true"})).json
            assert made[member] is True
            assert not await works(api, made["apikey"])

    world.run(story())


def test_a_key_ends_when_it_was_said_to(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        end = f"{world.clock():%Y-%m-%dT%H:%M:%S}+0000"
        refused = await api.send("POST", API_KEYS, {"name": "a", "iam_id": api.iam_id, "expires_at": end})
        check_refused(refused, Reason.IAM_PARAMETER_MISSING)  # it does not lie ahead
        later = f"{world.clock().replace(hour=world.clock().hour):%Y-%m-%d}T23:59+0000"
        key = await make(api, expires_at=later)
        assert key["expires_at"] == later.replace("+0000", ":00Z")
        one = await by_key(api, key["apikey"])
        assert (await one.send("HEAD", "/keys")).status == 200
        left = (world.clock().replace(hour=23, minute=59, second=0) - world.clock()).total_seconds()
        world.clock.advance(seconds=left - 1)
        assert (await one.send("HEAD", "/keys")).status == 200
        world.clock.advance(seconds=1)
        assert (await one.send("HEAD", "/keys")).status == 401
        assert not await works(api, key["apikey"])
        passed = f"{world.clock():%Y-%m-%dT%H:%M}Z"
        check_refused(await put(api, key, {"expires_at": passed}), Reason.IAM_PARAMETER_MISSING)
        endless = await put(api, key, {"expires_at": ""})
        assert "expires_at" not in endless.json
        assert (await one.send("HEAD", "/keys")).status == 200

    world.run(story())


def test_a_key_of_somebody_else_is_not_there(world: World) -> None:
    async def story() -> None:
        api = await world.home.other(*Role)  # all roles in an instance are no rule over people
        theirs = await make(await world.home.other())
        elsewhere = await make(await (await another_account(world)).other())
        admin = await administrator(world.home)
        nothing = {"id": f"ApiKey-{random_uuid()}", "entity_tag": "1-0", "apikey": "nothing"}
        for caller, keys in ((api, (theirs, elsewhere, nothing)), (admin, (elsewhere, nothing))):
            for key, (method, more) in itertools.product(keys, BROWSED):
                answer = await caller.send(method, f"{API_KEYS}/{key['id']}{more}")
                check_refused(answer, Reason.IDENTITY_NOT_FOUND)
            for key in keys:
                check_refused(await put(caller, key, {"name": "mine"}), Reason.IDENTITY_NOT_FOUND)
                found = await caller.send("GET", f"{API_KEYS}/details", None, {"iam-apikey": key["apikey"]})
                check_refused(found, Reason.IDENTITY_NOT_FOUND)
            for key in keys[:-1]:
                body = {"name": "mine", "iam_id": key["iam_id"]}
                check_refused(await caller.send("POST", API_KEYS, body), Reason.IDENTITY_NOT_FOUND)
                listed = await caller.send("GET", f"{API_KEYS}?iam_id={key['iam_id']}")
                check_refused(listed, Reason.IDENTITY_NOT_FOUND)
        for key in (theirs, elsewhere):
            assert await works(api, key["apikey"])

    world.run(story())


def test_an_administrator_manages_the_keys_of_his_account(world: World) -> None:
    async def story() -> None:
        admin, user = await administrator(world.home), await world.home.other()
        key = await make(admin, iam_id=user.iam_id)
        assert (key["iam_id"], key["created_by"]) == (user.iam_id, admin.iam_id)
        assert (await by_key(user, key["apikey"])).iam_id == user.iam_id
        assert ids(await page(user)) == ids(await page(admin, f"?iam_id={user.iam_id}"))
        found = await admin.send("GET", f"{API_KEYS}/details", None, {"iam-apikey": key["apikey"]})
        assert found.json["id"] == key["id"]
        assert (await put(admin, key, {"name": "theirs"})).status == 200
        assert (await lock(admin, key)).status == 204
        assert (await admin.send("DELETE", f"{API_KEYS}/{key['id']}/lock")).status == 204
        assert (await delete(admin, key)).status == 204

    world.run(story())


def test_nobody_makes_a_key_that_makes_him_another_person(world: World) -> None:
    async def story() -> None:
        admin = await administrator(world.home)
        person = Identity(
            iam_id=IamId(f"IBMid-{random_uuid()}"),
            account=world.home.instance.account,
            kind="user",
            name="somebody@example.com",
            display_name="somebody",
            created_at=world.clock(),
        )
        change = Change()
        change.add(person)
        await world.store.commit(change, None)
        body = {"name": "theirs", "iam_id": person.iam_id}
        check_refused(await admin.send("POST", API_KEYS, body), Reason.IDENTITY_FORBIDDEN)
        assert ids(await page(admin, f"?iam_id={person.iam_id}")) == []

    world.run(story())


def test_a_list_is_one_s_own_unless_asked_for_the_account(world: World) -> None:
    async def story() -> None:
        account = await another_account(world)
        admin, user = await administrator(account), await account.other()
        mine = [(await make(user))["id"] for _ in range(3)]
        own = ids(await page(user))
        assert set(mine) < set(own)
        assert len(own) == 4
        assert ids(await page(user, "?scope=account")) == own
        assert ids(await page(user, f"?account_id={account.instance.account}&scope=entity")) == own
        every = ids(await page(admin, "?scope=account&pagesize=100"))
        assert set(own) < set(every)
        assert every == sorted(every)
        assert ids(await page(admin, "?scope=account&type=user")) == []
        assert ids(await page(admin, "?scope=account&type=serviceid&pagesize=100")) == every
        refused = await user.send("GET", f"{API_KEYS}?account_id={world.home.instance.account}")
        check_refused(refused, Reason.IDENTITY_NOT_FOUND)

    world.run(story())


def test_pages(world: World) -> None:
    async def story() -> None:
        api = await world.home.other()
        for _ in range(4):
            await make(api)
        found, path, sizes = [], f"{API_KEYS}?pagesize=2", []
        while path:
            answer = (await api.send("GET", path)).json
            found += ids(answer)
            sizes.append(len(answer["apikeys"]))
            assert (answer["offset"], answer["limit"]) == (0, 2)
            assert answer["first"] == f"{API_KEYS}?pagesize=2"
            path = answer.get("next", "")
        assert sizes == [2, 2, 1]
        assert found == ids(await page(api))

    world.run(story())


@pytest.mark.parametrize(
    "query", ["pagesize=0", "pagesize=101", "pagesize=x", "pagetoken=%00", "scope=all", "type=bot"]
)
def test_a_query_that_cannot_be_read(world: World, query: str) -> None:
    answer = world.run(world.home.send("GET", f"{API_KEYS}?{query}"))
    check_refused(answer, Reason.IAM_PARAMETER_MISSING)


NO_END: list[object] = [
    "now", "2031", "2031-05-04", "2031-05-04T09:08", "2031-13-04T09:08Z", "\u0662031-05-04T09:08Z",
    "0001-01-01T00:00+2359", "9999-12-31T23:59-2359", "2031-05-04T09:08+9999", "x" * 99999, 1, {},
]  # fmt: skip
ODD: list[object] = [
    b"", b"{", b"[]", b"null", b"\xff", b"[" * 9999, b'{"name":"\\ud800","iam_id":"ME"}',
    b"x" * ((1 << 20) + 1), {"name": "a"}, {"iam_id": "ME"}, {"name": "", "iam_id": "ME"},
    {"name": "x" * 256, "iam_id": "ME"}, {"name": 1, "iam_id": "ME"}, {"name": None, "iam_id": "ME"},
    {"name": "a", "iam_id": "ME", "description": "x" * 1001}, {"name": "a", "iam_id": "x" * 513},
    {"name": "a", "iam_id": "ME", "apikey": "my own text that is thirty-two long"},
    {"name": "a", "iam_id": "ME", "store_value": True}, {"name": "a", "iam_id": "ME", "store_value": "no"},
    *({"name": "a", "iam_id": "ME", "expires_at": end} for end in NO_END),
]  # fmt: skip


@pytest.mark.parametrize("body", ODD, ids=itertools.count())
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_body_that_is_none_makes_and_changes_nothing(world: World, method: str, body: object) -> None:
    async def story() -> None:
        api = world.home
        (first, *_) = (await page(api))["apikeys"]
        path = API_KEYS if method == "POST" else f"{API_KEYS}/{first['id']}"
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        before = await world.store.api_keys(api.instance.account)
        answer = await api.send(method, path, text.replace(b"ME", api.iam_id.encode()), {"if-match": "*"})
        is_fine = method == "PUT" and answer.status == 200 and not isinstance(body, bytes)
        if is_fine:  # a change needs no name, and does not look at what cannot be changed
            assert not {"expires_at", "description"} & set(body)  # type: ignore[call-overload]
            return
        check_refused(answer, Reason.IAM_PARAMETER_MISSING)
        assert await world.store.api_keys(api.instance.account) == before

    world.run(story())


@pytest.mark.parametrize("name", ["\x00", "\u202e", "😀" * 255, "é" * 255, "'; --", "<b>", "\ud7ff"])
def test_any_text_is_a_name(world: World, name: str) -> None:
    async def story() -> None:
        api = await world.home.other()
        assert (await make(api, name=name))["name"] == name

    world.run(story())


@pytest.mark.parametrize("odd", ["%00", "a%00b", "..", "%2e%2e%2f", "%F0%9F%98%80", "a" * 255, "details%00"])
def test_a_path_that_names_nothing(world: World, odd: str) -> None:
    async def story() -> None:
        for method, more in BROWSED:
            answer = await world.home.send(method, f"{API_KEYS}/{odd}{more}")
            check_refused(answer, Reason.IDENTITY_NOT_FOUND)

    world.run(story())


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_a_method_that_is_not_there(world: World, method: str) -> None:
    answer = world.run(world.home.send(method, API_KEYS))
    assert (answer.status, answer.json["errorCode"]) == (405, "BXNIM0405E")
    assert answer.headers["allow"] == "GET, POST"


@pytest.mark.parametrize("text", [None, "x" * 1025])
def test_details_of_no_text(world: World, text: str | None) -> None:
    answer = world.run(world.home.send("GET", f"{API_KEYS}/details", None, {"iam-apikey": text}))
    check_refused(answer, Reason.IAM_PARAMETER_MISSING)


@pytest.mark.parametrize("header", ["entity-lock", "entity-disable"])
def test_a_switch_that_is_neither_on_nor_off(world: World, header: str) -> None:
    body = {"name": "a", "iam_id": world.home.iam_id}
    answer = world.run(world.home.send("POST", API_KEYS, body, {header: "maybe"}))
    check_refused(answer, Reason.IAM_PARAMETER_MISSING)


@pytest.mark.parametrize(
    "authorization", [None, "", "Basic Yng6Yng=", "Bearer", "Bearer a.b.c", "Bearer e30.e30.e30"]
)
def test_tok_19_without_a_token_clients_are_told_to_log_in(world: World, authorization: str | None) -> None:
    async def story() -> None:
        for path in (API_KEYS, "/v1/serviceids"):
            answer = await world.home.send("GET", path, None, {"authorization": authorization})
            check_refused(answer, Reason.IDENTITY_TOKEN)

    world.run(story())
