"""Access groups and who is in them, over the network (section 2)."""

import asyncio
import re
from typing import Any

import pytest

from api import Api
from conformance.access_groups import GROUPS, add, for_group, grant, make_group, of_account
from conformance.granting import V1, check_form, check_refused, granted_everywhere, home_of_its_own, v1_body
from conformance.identities import make_id
from conformance.profiles import make_profile
from conformance.world import ODD_NAMES, World, another_account
from keystead.domain.actions import Role
from keystead.domain.ids import IamId
from keystead.domain.reasons import Reason
from keystead.protocols.iam.group_bodies import MOST_AT_ONCE
from keystead.service import access_groups, add_members
from keystead.storage import memberships

SHOWN = {
    "id", "name", "description", "account_id", "created_at", "created_by_id", "last_modified_at",
    "last_modified_by_id", "href",
}  # fmt: skip


async def listed(api: Api, more: str = "") -> list[str]:
    answer = await api.send("GET", of_account(api, more))
    assert answer.status == 200, answer.body
    return [it["name"] for it in answer.json["groups"]]


async def members_of(api: Api, group: Any, more: str = "") -> Any:
    answer = await api.send("GET", f"{GROUPS}/{group['id']}/members{more}")
    assert answer.status == 200, answer.body
    return answer.json["members"]


async def patch(api: Api, group: Any, tag: str | None = None, **more: Any) -> Any:
    return await api.send("PATCH", f"{GROUPS}/{group['id']}", more, {"if-match": tag or group["etag"]})


def test_a_group_from_its_first_day_to_its_last(world: World) -> None:
    async def story() -> None:
        admin = await home_of_its_own(world)
        answer = await admin.send("POST", of_account(admin), {"name": "Payroll", "description": "pays"})
        made = answer.json
        assert (answer.status, set(made)) == (201, SHOWN)
        assert re.fullmatch(r"AccessGroupId-[0-9a-f-]{36}", made["id"])
        assert re.fullmatch(r'"1-[0-9a-f]{32}"', answer.headers["etag"])
        assert made["created_by_id"] == made["last_modified_by_id"] == admin.iam_id
        path = f"{GROUPS}/{made['id']}"
        assert (await admin.send("GET", path)).json == made
        more = (await admin.send("GET", f"{path}?show_federated=true&show_crn=true")).json
        crn = f"crn:v1:bluemix:public:iam-groups:global:a/{admin.instance.account}::groups:{made['id']}"
        assert more == {**made, "is_federated": False, "crn": crn}
        head = {**made, "etag": answer.headers["etag"]}
        world.clock.advance(seconds=1)
        new = await patch(admin, head, name="payroll")
        assert (new.json["name"], new.json["description"]) == ("payroll", "pays")
        assert new.json["last_modified_at"] > made["last_modified_at"]
        check_refused(await patch(admin, head, description="late"), Reason.ACCESS_GROUP_CONFLICT)
        check_refused(await patch(admin, head, '"*x"', description="x"), Reason.ACCESS_GROUP_CONFLICT)
        same = await patch(admin, head, "*", name="payroll", description="pays")
        assert same.headers["etag"] == new.headers["etag"]
        assert (await patch(admin, head, "*", description="")).json["description"] == ""
        assert (await admin.send("DELETE", path)).status == 204
        check_refused(await admin.send("DELETE", path), Reason.ACCESS_GROUP_NOT_FOUND)
        assert await listed(admin) == []

    world.run(story())


def test_lists(world: World) -> None:
    async def story() -> None:
        admin = await home_of_its_own(world)
        ada = await make_id(admin)
        groups = {
            name: await make_group(admin, name, description=f"d {name[::-1]}") for name in ("b", "A", "c")
        }
        await add(admin, groups["c"], ada["iam_id"])
        assert await listed(admin) == ["A", "b", "c"]
        assert await listed(admin, "&sort=-name") == ["c", "b", "A"]
        assert await listed(admin, "&sort=description&hide_public_access=true") == ["A", "b", "c"]
        assert await listed(admin, f"&iam_id={ada['iam_id']}&membership_type=static") == ["c"]
        assert await listed(admin, f"&iam_id={ada['iam_id']}&membership_type=dynamic") == []
        assert await listed(admin, f"&iam_id={admin.iam_id}") == []
        assert await listed(admin, "&iam_id=IBMid-%00") == []
        assert await listed(admin, "&search=name:a") == ["A"]
        assert await listed(admin, "&search=description:D%20C") == ["c"]
        assert await listed(admin, f"&search=id:{groups['b']['id']}") == ["b"]
        assert await listed(admin, "&search=A") == ["A", "b", "c"]  # it is in each of the ids
        page = (await admin.send("GET", of_account(admin, "&limit=2&show_crn=true"))).json
        assert {it: page[it] for it in ("limit", "offset", "total_count")} == {
            "limit": 2, "offset": 0, "total_count": 3
        }  # fmt: skip
        assert (len(page["groups"]), "previous" in page) == (2, False)
        rest = (await admin.send("GET", page["next"]["href"])).json
        assert [it["name"] for it in rest["groups"]] == ["c"]
        assert "crn" in rest["groups"][0]
        assert "next" not in rest
        assert rest["last"] == page["next"]
        assert rest["previous"] == rest["first"] == page["first"]
        none = (await admin.send("GET", of_account(admin, "&limit=0"))).json
        assert (none["groups"], none["total_count"], "next" in none) == ([], 3, False)
        assert await listed(admin, "&offset=999999999") == []

    world.run(story())


@pytest.mark.parametrize(
    "query",
    [
        "limit=101",
        "limit=-1",
        "limit=x",
        "offset=-1",
        "offset=1e9",
        "sort=size",
        "membership_type=x",
        "show_crn=1",
    ],
)
def test_a_query_that_is_none(world: World, query: str) -> None:
    async def story() -> None:
        admin = await home_of_its_own(world)
        check_form(await admin.send("GET", of_account(admin, f"&{query}")), 400, "invalid_body")
        check_form(await admin.send("GET", GROUPS), 400, "invalid_body")

    world.run(story())


BODIES: dict[str, Any] = {
    "nothing": b"",
    "no object": [],
    "no name": {},
    "an empty name": {"name": ""},
    "a long name": {"name": "n" * 101},
    "a long description": {"name": "n", "description": "d" * 251},
    "a number": {"name": 1},
    "no text": b'{"name": "\xff"}',
    "deep": b'{"name":' + b"[" * 9999,
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_body_that_is_none(world: World, body: Any) -> None:
    async def story() -> None:
        admin = await home_of_its_own(world)
        check_refused(await admin.send("POST", of_account(admin), body), Reason.POLICY_BODY)
        check_form(await admin.send("POST", of_account(admin, "&show_crn=x"), {"name": "n"}), 400, None)
        group = await make_group(admin)
        if body != {}:
            answer = await admin.send("PATCH", f"{GROUPS}/{group['id']}", body, {"if-match": "*"})
            check_refused(answer, Reason.POLICY_BODY)
        check_refused(await admin.send("PATCH", f"{GROUPS}/{group['id']}", {"name": "x"}), Reason.POLICY_BODY)
        assert await listed(admin) == [group["name"]]

    world.run(story())


SEVERAL: dict[str, Any] = {
    "nothing": {},
    "nobody": {"members": []},
    "too many": {"members": [{"iam_id": f"IBMid-{it}", "type": "user"} for it in range(MOST_AT_ONCE + 1)]},
    "of no kind": {"members": [{"iam_id": "IBMid-1"}]},
    "of another kind": {"members": [{"iam_id": "IBMid-1", "type": "serviceid"}]},
    "with a long id": {"members": [{"iam_id": "I" * 513, "type": "user"}]},
    "a text": {"members": ["IBMid-1"]},
}


@pytest.mark.parametrize("body", SEVERAL.values(), ids=SEVERAL)
def test_members_that_are_none(world: World, body: Any) -> None:
    async def story() -> None:
        admin = await home_of_its_own(world)
        group = await make_group(admin)
        path = f"{GROUPS}/{group['id']}/members"
        check_refused(await admin.send("PUT", path, body), Reason.POLICY_BODY)
        if body != SEVERAL["a text"]:
            check_refused(await admin.send("POST", f"{path}/delete", body), Reason.POLICY_BODY)
        everywhere = f"{GROUPS}/_allgroups/members/{admin.iam_id}?account_id={admin.instance.account}"
        check_refused(await admin.send("PUT", everywhere, body), Reason.POLICY_BODY)
        assert await members_of(admin, group) == []

    world.run(story())


def test_members_come_and_go(world: World) -> None:
    async def story() -> None:
        admin = await home_of_its_own(world)
        robot, profile = await make_id(admin), await make_profile(admin)
        user = (await world.home.other()).iam_id
        group, path = await make_group(admin), ""
        path = f"{GROUPS}/{group['id']}/members"
        done = await add(admin, group, robot["iam_id"], profile["iam_id"], user, "IBMid-nobody")
        assert [it["status_code"] for it in done["members"]] == [200, 200, 404, 404]
        assert set(done["members"][0]) == {"iam_id", "type", "created_at", "created_by_id", "status_code"}
        assert done["members"][3]["errors"][0]["code"] == "member_not_found"
        assert done["members"][3]["trace"]
        event = world.log.events[-1]
        assert (event.action, event.reason_code) == ("iam-groups.member.add", 207)
        assert event.response["members"] == sorted([robot["iam_id"], profile["iam_id"]])
        assert event.response["refused"] == 2
        again = await add(admin, group, robot["iam_id"])
        assert again["members"][0]["created_at"] == done["members"][0]["created_at"]
        whole = await members_of(admin, group, "?verbose=true&sort=name")
        assert {it["type"]: it["name"] for it in whole} == {
            "service": robot["name"],
            "profile": profile["name"],
        }
        assert {it["membership_type"] for it in whole} == {"static"}
        assert "name" not in (await members_of(admin, group))[0]
        (only,) = await members_of(admin, group, "?type=profile")
        assert only["iam_id"] == profile["iam_id"]
        assert await members_of(admin, group, "?membership_type=dynamic") == []
        assert (await admin.send("HEAD", f"{path}/{robot['iam_id']}")).status == 204
        gone = await admin.send("HEAD", f"{path}/{user}")
        assert (gone.status, gone.body) == (404, b"")
        assert (await admin.send("DELETE", f"{path}/{robot['iam_id']}")).status == 204
        assert (await admin.send("HEAD", f"{path}/{robot['iam_id']}")).status == 404
        both = {"members": [profile["iam_id"], profile["iam_id"], robot["iam_id"]]}
        removed = await admin.send("POST", f"{path}/delete", both)
        assert (removed.status, removed.json["access_group_id"]) == (207, group["id"])
        assert [it["status_code"] for it in removed.json["members"]] == [204, 404]
        check_refused(await admin.send("POST", f"{path}/delete", both), Reason.MEMBER_NOT_FOUND)
        assert await members_of(admin, group) == []

    world.run(story())


def test_one_member_in_several_groups(world: World) -> None:
    async def story() -> None:
        admin = await home_of_its_own(world)
        robot = await make_id(admin)
        groups = [(await make_group(admin))["id"] for _ in range(2)]
        path = f"{GROUPS}/_allgroups/members/{robot['iam_id']}?account_id={admin.instance.account}"
        done = await admin.send("PUT", path, {"type": "service", "groups": [*groups, "AccessGroupId-none"]})
        assert (done.status, done.json["iam_id"]) == (207, robot["iam_id"])
        assert [it["status_code"] for it in done.json["groups"]] == [200, 200, 404]
        assert len(await listed(admin, f"&iam_id={robot['iam_id']}")) == 2
        check_refused(
            await admin.send("PUT", path, {"type": "user", "groups": [groups[0][:-1]]}),
            Reason.ACCESS_GROUP_NOT_FOUND,
        )
        gone = await admin.send("DELETE", path)
        assert [it["status_code"] for it in gone.json["groups"]] == [204, 204]
        check_refused(await admin.send("DELETE", path), Reason.MEMBER_NOT_FOUND)
        check_refused(await admin.send("DELETE", path.partition("?")[0]), Reason.POLICY_BODY)

    world.run(story())


def test_what_nobody_and_no_group_can_be_called(world: World) -> None:
    async def story() -> None:
        admin = await home_of_its_own(world)
        group = await make_group(admin)
        for odd in ODD_NAMES:
            for method, path in (
                ("GET", odd),
                ("DELETE", odd),
                ("GET", f"{odd}/members"),
                ("GET", f"{odd}/rules"),
                ("HEAD", f"{group['id']}/members/{odd}"),
                ("DELETE", f"{group['id']}/members/{odd}"),
            ):
                assert (await admin.send(method, f"{GROUPS}/{path}")).status == 404, (method, path)
        body = {"members": [{"iam_id": "IBMid-\0", "type": "user"}]}
        answer = await admin.send("PUT", f"{GROUPS}/{group['id']}/members", body)
        check_refused(answer, Reason.MEMBER_NOT_FOUND)

    world.run(story())


def test_no_rule_makes_members(world: World) -> None:
    async def story() -> None:
        admin = await home_of_its_own(world)
        path = f"{GROUPS}/{(await make_group(admin))['id']}/rules"
        answer = await admin.send("GET", path)
        assert (answer.status, answer.json) == (200, {"rules": []})
        rule = {"expiration": 1, "realm_name": "x", "conditions": []}
        assert (await admin.send("POST", path, rule)).status == 405
        check_form(await admin.send("GET", f"{path}/ClaimRule-1"), 404, "not_found")

    world.run(story())


def test_a_group_with_members_goes_by_force(world: World) -> None:
    async def story() -> None:
        admin = await home_of_its_own(world)
        robot, group = await make_id(admin), await make_group(admin)
        await add(admin, group, robot["iam_id"])
        policy = await grant(admin, admin, group, Role.READER)
        path = f"{GROUPS}/{group['id']}"
        check_refused(await admin.send("DELETE", path), Reason.ACCESS_GROUP_CONFLICT)
        check_refused(await admin.send("DELETE", f"{path}?force=false"), Reason.ACCESS_GROUP_CONFLICT)
        check_form(await admin.send("DELETE", f"{path}?force=yes"), 400, "invalid_body")
        assert (await admin.send("DELETE", f"{path}?force=true")).status == 204
        told = world.log.events[-1].response
        assert (told["members"], told["memberCount"]) == ([robot["iam_id"]], 1)
        assert (told["policies"], told["policyCount"]) == ([policy["id"]], 1)
        check_refused(await admin.send("GET", f"{V1}/{policy['id']}"), Reason.POLICY_NOT_FOUND)
        check_refused(
            await admin.send("POST", V1, for_group(v1_body(admin, IamId(""), Role.READER), group["id"])),
            Reason.POLICY_BODY,
        )

    world.run(story())


@pytest.mark.parametrize("role", [Role.EDITOR, Role.OPERATOR, Role.VIEWER, Role.MANAGER])
def test_nobody_else_manages_groups(world: World, role: Role) -> None:
    async def story() -> None:
        api = await another_account(world)
        admin, other = await granted_everywhere(api, Role.ADMINISTRATOR), await granted_everywhere(api, role)
        group = await make_group(admin)
        narrow = await api.other()  # an Administrator of the instance alone
        made = await admin.send("POST", V1, v1_body(api, narrow.iam_id, Role.ADMINISTRATOR))
        assert made.status == 201
        body = {"members": [{"iam_id": other.iam_id, "type": "service"}]}
        for caller in (other, narrow):
            for method, path, sent in (
                ("POST", of_account(api), {"name": "mine"}),
                ("GET", of_account(api), None),
                ("PUT", f"{GROUPS}/{group['id']}/members", body),
                ("DELETE", f"{GROUPS}/{group['id']}", None),
                ("GET", f"{GROUPS}/AccessGroupId-none", None),
            ):
                check_refused(await caller.send(method, path, sent), Reason.POLICY_FORBIDDEN)
        assert await members_of(admin, group) == []

    world.run(story())


def test_a_locked_service_id_joins_no_group(world: World) -> None:
    async def story() -> None:
        admin = await home_of_its_own(world)
        robot, group = await make_id(admin), await make_group(admin)
        assert (await admin.send("POST", f"/v1/serviceids/{robot['id']}/lock")).status == 200
        body = {"members": [{"iam_id": robot["iam_id"], "type": "service"}]}
        answer = await admin.send("PUT", f"{GROUPS}/{group['id']}/members", body)
        check_refused(answer, Reason.POLICY_REFUSED)

    world.run(story())


@pytest.mark.parametrize("counting", ["service", "storage"])
def test_there_is_an_end_to_everything(world: World, monkeypatch: pytest.MonkeyPatch, counting: str) -> None:
    """Each limit holds in the command, which says it, and in the store, where requests meet."""

    async def story() -> None:
        admin = await home_of_its_own(world)
        robots = [(await make_id(admin))["iam_id"] for _ in range(3)]
        groups = [await make_group(admin) for _ in range(3)]
        if counting == "service":
            modules = {"MOST_ACCESS_GROUPS": access_groups, "MOST_MEMBERS": add_members}
            monkeypatch.setattr(add_members, "MOST_MEMBERSHIPS", 2)
        else:
            modules = {"MOST_ACCESS_GROUPS": memberships, "MOST_MEMBERS": memberships}
            monkeypatch.setattr(memberships, "MOST_MEMBERSHIPS", 2)
        for name, module in modules.items():
            monkeypatch.setattr(module, name, {"MOST_ACCESS_GROUPS": 3, "MOST_MEMBERS": 2}[name])
        one_more = await admin.send("POST", of_account(admin), {"name": "one more"})
        path = f"{GROUPS}/{groups[0]['id']}/members"
        await add(admin, groups[0], *robots[:2])
        third = await admin.send("PUT", path, {"members": [{"iam_id": robots[2], "type": "service"}]})
        await add(admin, groups[1], robots[0])
        body = {"members": [{"iam_id": robots[0], "type": "service"}]}
        another = await admin.send("PUT", f"{GROUPS}/{groups[2]['id']}/members", body)
        for answer in (one_more, third, another):
            assert answer.status == 409, answer.body
            code = "request_not_processed" if counting == "service" else "policy_conflict_error"
            check_form(answer, 409, code)

    world.run(story())


def test_of_those_who_want_one_name_one_gets_it(world: World) -> None:
    async def story() -> None:
        admin = await home_of_its_own(world)
        asked = [admin.send("POST", of_account(admin), {"name": "Payroll"}) for _ in range(5)]
        answers = await asyncio.gather(*asked)
        assert sorted(it.status for it in answers) == [201, 409, 409, 409, 409]

    world.run(story())
