"""Tags of instances, and the search for them: sections 3.4 and 5.6 of iam-and-provisioning.md."""

import itertools
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest

from api import Api
from conformance.granting import ROLES_OF_KMS, granted_everywhere, home_of_its_own, make, v1_body
from conformance.provisioned import INSTANCES, a_wish, check_refused, made
from conformance.world import World
from http_peer import Answer
from keystead.domain.actions import Role
from keystead.domain.ids import InstanceId
from keystead.domain.tags import MOST_TAGS
from keystead.protocols.http.exchange import MAX_BODY_OCTETS
from keystead.protocols.provisioning.tags import MOST_NAMES, MOST_RESOURCES

SEARCH = "/v3/resources/search"
TAG_FIELDS = ["access_tags", "tags", "service_tags"]
NOTHING = "crn:v1:bluemix:public:kms:us-south:a/0a1b:b0d45c1e-3b7f-4a57-9d4e-0f7c2e0f3a11::"


@pytest.fixture
def steward(world: World) -> Api:
    """The Administrator of an account of its own, with an instance made there."""

    async def story() -> Api:
        home = await home_of_its_own(world)
        return await at(world, home, (await made(home, name="Tagged"))["guid"])

    return world.run(story())


async def at(world: World, api: Api, guid: str) -> Api:
    instance = await world.store.instance(InstanceId(guid))
    assert instance is not None
    return replace(api, instance=instance)


async def change(api: Api, verb: str, names: list[str], *crns: str, query: str = "") -> Answer:
    resources = [{"resource_id": crn, "resource_type": "x"} for crn in crns or (api.instance.crn,)]
    return await api.send("POST", f"/v3/tags/{verb}{query}", {"resources": resources, "tag_names": names})


async def changed(api: Api, verb: str, *names: str, query: str = "") -> None:
    answer = await change(api, verb, list(names), query=query)
    assert answer.status == 200, answer.body
    assert answer.json == {"results": [{"resource_id": api.instance.crn, "is_error": False}]}


async def tags(api: Api, query: str = "") -> list[str]:
    answer = await api.send("GET", f"/v3/tags?attached_to={quote(api.instance.crn, safe='')}{query}")
    assert answer.status == 200, answer.body
    return [it["name"] for it in answer.json["items"]]


async def found(api: Api, query: str, **more: object) -> list[Any]:
    answer = await api.send("POST", SEARCH, {"query": query, **more})
    assert answer.status == 200, answer.body
    return list(answer.json["items"])


def test_what_is_attached_is_listed_found_and_detached(world: World, steward: Api) -> None:
    async def story() -> None:
        crn = steward.instance.crn
        (item,) = await found(steward, f'crn:"{crn}"', fields=TAG_FIELDS)
        assert (await tags(steward), item["tags"]) == ([], [])
        await changed(steward, "attach", "Env:Prod", " team pay ", "env:prod")
        assert await tags(steward) == ["env:prod", "team pay"]
        (item,) = await found(steward, f'crn:"{crn}"', fields=TAG_FIELDS)
        assert item == {
            "crn": crn,
            "tags": ["env:prod", "team pay"],
            "access_tags": [],
            "service_tags": [],
        }
        event = world.log.events[-3]
        assert (event.action, event.request["tags"]) == (
            "global-search-tagging.tag.attach",
            ["env:prod", "team pay", "env:prod"],
        )
        assert event.request["resources"] == [crn]
        await changed(steward, "attach", "env:prod")  # again, which changes nothing
        await changed(steward, "detach", "ENV:PROD", "never there")
        assert await tags(steward) == ["team pay"]
        assert await tags(world.beside(steward)) == ["team pay"]
        await changed(steward, "detach", "*")
        assert (await tags(steward), await found(steward, f'crn:"{crn}" AND tags:*')) == ([], [])

    world.run(story())


def test_replace_and_update(world: World, steward: Api) -> None:
    async def story() -> None:
        await changed(steward, "attach", "env:dev", "env:test", "label")
        await changed(steward, "attach", "env:prod", "other", query="?update=true")
        assert await tags(steward) == ["env:prod", "label", "other"]
        await changed(steward, "attach", "only", query="?replace=true&tag_type=user")
        assert await tags(steward) == ["only"]

    world.run(story())


def test_tags_from_the_birth_of_an_instance(world: World, steward: Api) -> None:
    async def story() -> None:
        born = await made(steward, tags=["Env:Prod", "b", "env:prod"])
        api = await at(world, steward, born["guid"])
        assert await tags(api) == ["b", "env:prod"]
        for wrong in (["a/b"], ["a:b:c"], [""], ["x" * 129], [str(number) for number in range(101)]):
            check_refused(await steward.send("POST", INSTANCES, a_wish(tags=wrong)), 400, "RC-BadRequest")

    world.run(story())


def test_3_4_who_may_change_which_tags(world: World, steward: Api) -> None:
    async def story() -> None:
        for role in ROLES_OF_KMS:
            here = await steward.other(role)
            part = await steward.other(role, ring="mine")
            editor = role in (Role.EDITOR, Role.ADMINISTRATOR)
            for kind, may in (("user", editor), ("access", role is Role.ADMINISTRATOR)):
                for verb in ("attach", "detach"):
                    answer = await change(here, verb, ["env:a"], query=f"?tag_type={kind}")
                    assert answer.status == (200 if may else 401), (role, kind)
                    answer = await change(part, verb, ["env:a"], query=f"?tag_type={kind}")
                    if may:
                        assert answer.json["results"][0]["is_error"]
                    else:
                        check_refused(answer, 401, "RC-Unauthorized")
                answer = await here.send("DELETE", f"/v3/tags/env:a?tag_type={kind}")
                assert answer.status == (200 if may else 401), (role, kind)
            await changed(steward, "attach", "env:b")
            assert await tags(here) == ["env:b"]  # whoever holds anything there reads them
            assert len(await found(here, "tags:env*")) == 1

    world.run(story())


def test_access_tags_are_apart(world: World, steward: Api) -> None:
    async def story() -> None:
        await changed(steward, "attach", "project:pay", query="?tag_type=access")
        await changed(steward, "attach", "project:other")
        assert await tags(steward, "&tag_type=access") == ["project:pay"]
        assert await tags(steward) == ["project:other"]
        (item,) = await found(steward, "access_tags:project:pay AND tags:project*", fields=["*"])
        assert (item["access_tags"], item["tags"], item["name"]) == (
            ["project:pay"],
            ["project:other"],
            "Tagged",
        )
        answer = await change(steward, "attach", ["label"], query="?tag_type=access")
        check_refused(answer, 400, "RC-BadRequest")

    world.run(story())


def test_tag_3_every_resource_has_a_result_of_its_own(world: World, steward: Api) -> None:
    async def story() -> None:
        there = await home_of_its_own(world)
        theirs = (await made(there))["crn"]
        gone = await made(steward)
        assert (await steward.send("DELETE", f"{INSTANCES}/{gone['guid']}")).status == 204
        mine = steward.instance.crn
        answer = await change(steward, "attach", ["a"], mine, theirs, gone["crn"], NOTHING, "x", mine)
        assert answer.status == 200
        results = {it["resource_id"]: it["is_error"] for it in answer.json["results"]}
        assert results == {mine: False, theirs: True, gone["crn"]: True, NOTHING: True, "x": True}
        messages = {it.get("message") for it in answer.json["results"] if it["is_error"]}
        assert len(messages) == 1  # what is another's looks like what is not there
        assert await tags(steward) == ["a"]
        assert await tags(await at(world, there, theirs.split(":")[7])) == []

    world.run(story())


def test_a_resource_has_so_many_tags_at_most(world: World, steward: Api) -> None:
    async def story() -> None:
        await changed(steward, "attach", *(f"tag {number}" for number in range(MOST_TAGS)))
        answer = await change(steward, "attach", ["one more"])
        (result,) = answer.json["results"]
        assert (answer.status, result["is_error"], str(MOST_TAGS) in result["message"]) == (200, True, True)
        assert len(await tags(steward, "&limit=1000")) == MOST_TAGS
        await changed(steward, "attach", "key:value", query="?tag_type=access")  # these have their own limit

    world.run(story())


def test_a_tag_is_deleted_when_nothing_has_it(world: World, steward: Api) -> None:
    async def story() -> None:
        await changed(steward, "attach", "env:prod")
        answer = await steward.send("DELETE", "/v3/tags/env%3Aprod?providers=ghost")
        (result,) = answer.json["results"]
        assert (answer.status, result["provider"], result["is_error"]) == (200, "ghost", True)
        assert await tags(steward) == ["env:prod"]
        await changed(steward, "detach", "env:prod")
        answer = await steward.send("DELETE", "/v3/tags/Env:Prod")
        assert answer.json == {"results": [{"provider": "ghost", "is_error": False}]}
        check_refused(await steward.send("DELETE", "/v3/tags/a%2Fb"), 400, "RC-BadRequest")

    world.run(story())


def test_lists_of_all_tags_that_one_may_see(world: World, steward: Api) -> None:
    async def story() -> None:
        other = await made(steward, tags=["b", "c"])
        await changed(steward, "attach", "a", "b")
        for query, names in (
            ("", ["a", "b", "c"]),
            ("?limit=2", ["a", "b"]),
            ("?limit=2&offset=2", ["c"]),
            ("?order_by_name=desc&attached_only=true&providers=ghost&full_data=true", ["c", "b", "a"]),
            ("?tag_type=access", []),
            (f"?attached_to={quote(other['crn'], safe='')}", ["b", "c"]),
            ("?attached_to=%00", []),
        ):
            listed = (await steward.send("GET", f"/v3/tags{query}")).json
            assert [it["name"] for it in listed["items"]] == names, query
            assert listed["limit"] in (2, 100), query
        paged = (await steward.send("GET", "/v3/tags?limit=1&offset=1")).json
        assert (paged["total_count"], paged["offset"], paged["limit"]) == (3, 1, 1)
        here = await steward.other(Role.VIEWER)  # in the first instance alone
        listed = (await here.send("GET", "/v3/tags")).json
        assert [it["name"] for it in listed["items"]] == ["a", "b"]
        assert [it["crn"] for it in await found(here, "*")] == [steward.instance.crn]
        stranger = await home_of_its_own(world)
        assert (await stranger.send("GET", "/v3/tags")).json["items"] == []
        assert await found(stranger, f'crn:"{steward.instance.crn}"') == []

    world.run(story())


@pytest.mark.parametrize(
    ("query", "there"),
    [
        ("*", True),
        ("name:Tagged", True),
        ('name:"Tagged"', True),
        ("name:tagged", False),
        ("(tags:ENV:PROD)", True),
        ("tags:env* AND region:eu-de AND service_name:kms", True),
        ("tags:env* AND region:us-south", False),
        ("service_tags:env*", False),
        ("crn:crn:v1:bluemix:public:kms:eu-de:*", True),
        ("family:resource_controller", True),
        ("type:resource-instance", True),
        ("account_id:0a1b", False),
    ],
)
def test_what_a_search_finds(world: World, steward: Api, query: str, there: bool) -> None:
    async def story() -> None:
        await changed(steward, "attach", "env:prod")
        assert (steward.instance.crn in [it["crn"] for it in await found(steward, query)]) is there

    world.run(story())


@pytest.mark.parametrize(
    ("query", "there"),
    [
        ('crn:"{crn}"', True),
        ("name:untagged*", True),
        ('name:"untagged one" AND type:resource-instance AND service_name:kms AND region:{region}', True),
        ("tags:*", False),
        ("name:untagged* AND tags:a", False),
    ],
)
def test_a_search_finds_what_has_no_tags(world: World, steward: Api, query: str, there: bool) -> None:
    """With lists of tags, which are empty: a provider for Terraform stumbles over anything else (TAG-1)."""

    async def story() -> None:
        crn = (await made(steward, name="untagged one"))["crn"]
        fields = ["access_tags", "tags", "service_tags"]
        query_of_it = query.format(crn=crn, region=crn.split(":")[5])
        body = {"query": query_of_it, "fields": fields}
        items = (await steward.send("POST", SEARCH, body)).json["items"]
        shown = {"crn": crn, **{name: [] for name in fields}}
        assert [it for it in items if it["crn"] == crn] == [shown] * there
        others = await steward.other(Role.VIEWER)  # in another instance alone
        assert await found(others, f'crn:"{crn}"') == []
        assert (await steward.send("DELETE", f"{INSTANCES}/{crn.replace('/', '%2F')}")).status == 204
        assert await found(steward, f'crn:"{crn}"') == []

    world.run(story())


def test_a_search_page_by_page(world: World, steward: Api) -> None:
    async def story() -> None:
        crns = [(await made(steward, tags=["a", f"b {number}"]))["crn"] for number in range(5)]
        body: dict[str, object] = {"query": "tags:a", "fields": ["tags"]}
        seen: list[str] = []
        for size in (2, 2, 1):
            page = (await steward.send("POST", f"{SEARCH}?limit=2", body)).json
            assert (len(page["items"]), page["limit"]) == (size, 2)
            assert all(set(it) == {"crn", "tags"} for it in page["items"])
            seen += [it["crn"] for it in page["items"]]
            body = {"query": "ignored", "search_cursor": page.get("search_cursor")}
        assert sorted(seen) == sorted(crns)
        assert body["search_cursor"] is None
        (item, *_) = await found(steward, "tags:a")
        assert set(item) == {"account_id", "name", "type", "family", "crn"}

    world.run(story())


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"\xff",
        {"query": 1},
        {"query": 'crn:"'},
        {"query": "crn:"},
        {"query": "doc.id:1 AND family:ims"},
        {"query": "tags:a OR tags:b"},
        {"query": "NOT tags:a"},
        {"query": "tags:*a"},
        {"query": "tags:a?"},
        {"query": "tags:a\\*"},
        {"query": " AND ".join(["tags:a"] * 21)},
        {"query": "x" * 5000},
        {"query": "", "fields": "tags"},
        {"fields": ["x" * 65]},
        {"fields": ["x"] * 21},
        {"search_cursor": "x"},
        {"search_cursor": "é"},
        {"search_cursor": "bnVsbA=="},
        {"search_cursor": 1},
    ],
    ids=itertools.count(),
)
def test_a_search_that_cannot_be_read(world: World, steward: Api, body: object) -> None:
    check_refused(world.run(steward.send("POST", SEARCH, body)), 400, "RC-BadRequest")


@pytest.mark.parametrize("query", ["?limit=0", "?limit=1001", "?limit=x"])
@pytest.mark.parametrize(("method", "path"), [("POST", SEARCH), ("GET", "/v3/tags")])
def test_a_limit_that_is_none(world: World, steward: Api, method: str, path: str, query: str) -> None:
    check_refused(world.run(steward.send(method, f"{path}{query}", {})), 400, "RC-BadRequest")


@pytest.mark.parametrize(
    "query", ["?tag_type=service", "?tag_type=x", "?order_by_name=up", "?offset=-1", "?offset=x"]
)
def test_a_list_that_is_not_to_be_had(world: World, steward: Api, query: str) -> None:
    check_refused(world.run(steward.send("GET", f"/v3/tags{query}")), 400, "RC-BadRequest")


ONE = [{"resource_id": "x"}]
RESOURCES: list[object] = [
    None,
    [],
    [{}],
    [1],
    [{"resource_id": 1}],
    [{"resource_id": ""}],
    [{"resource_id": "x" * 513}],
    ONE * (MOST_RESOURCES + 1),
]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"\xff",
        b"[" * 9999,
        b"x" * (MAX_BODY_OCTETS + 1),
        *({"resources": resources, "tag_names": ["a"]} for resources in RESOURCES),
        *(
            {"resources": ONE, "tag_names": names}
            for names in (None, [], [1], "a", [""], ["a,b"], ["é"], ["a:b:c"], [":"], ["x" * 129])
        ),
        {"resources": ONE, "tag_names": ["a"] * (MOST_NAMES + 1)},
        {"resources": ONE, "tag_name": 1},
        {"query": {"query_string": "*"}, "tag_names": ["a"]},
    ],
    ids=itertools.count(),
)
@pytest.mark.parametrize("verb", ["attach", "detach"])
def test_a_body_that_changes_nothing(world: World, steward: Api, verb: str, body: object) -> None:
    world.run(changed(steward, "attach", "kept"))
    check_refused(world.run(steward.send("POST", f"/v3/tags/{verb}", body)), 400, "RC-BadRequest")
    assert world.run(tags(steward)) == ["kept"]


@pytest.mark.parametrize("query", ["?replace=yes", "?update=1", "?tag_type=service"])
def test_a_query_that_cannot_be_read(world: World, steward: Api, query: str) -> None:
    check_refused(world.run(change(steward, "attach", ["a"], query=query)), 400, "RC-BadRequest")


def test_every_tag_is_detached_and_none_is_attached_by_a_star(world: World, steward: Api) -> None:
    check_refused(world.run(change(steward, "attach", ["*"])), 400, "RC-BadRequest")


def test_a_role_of_another_service_reaches_no_tag(world: World, steward: Api) -> None:
    async def story() -> None:
        caller = await steward.other()
        more = {"serviceInstance": "-", "serviceName": "hs-crypto"}
        await make(steward, v1_body(steward, caller.iam_id, Role.ADMINISTRATOR, **more))
        (result,) = (await change(caller, "attach", ["a"])).json["results"]
        assert result["is_error"]
        assert await tags(await granted_everywhere(steward, Role.VIEWER)) == []

    world.run(story())
