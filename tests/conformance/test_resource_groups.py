"""Resource groups that an account makes: sections 3.4 and 5.4 of iam-and-provisioning.md."""

import re
from typing import Any

import pytest

from api import Api
from conformance.granting import granted_everywhere, home_of_its_own, make, v1_body
from conformance.provisioned import GROUPS, INSTANCES, a_group, a_wish, check_refused, made
from conformance.world import ODD_NAMES, World
from keystead.domain.actions import Role
from keystead.domain.resource_groups import MOST_GROUPS


@pytest.fixture
def steward(world: World) -> Api:
    """The Administrator of an account of its own."""
    return world.run(home_of_its_own(world))


async def groups(api: Api, query: str = "") -> list[Any]:
    answer = await api.send("GET", f"{GROUPS}{query}")
    assert answer.status == 200, answer.body
    return list(answer.json["resources"])


def names(found: list[Any]) -> list[str]:
    return [it["name"] for it in found]


def test_rg_2_the_life_of_a_group(world: World, steward: Api) -> None:
    async def story() -> None:
        account = steward.instance.account
        answer = await steward.send("POST", GROUPS, {"name": "Payroll EU", "account_id": account})
        assert answer.status == 201
        assert set(answer.json) == {"id", "crn"}
        group = answer.json["id"]
        assert re.fullmatch("[0-9a-f]{32}", group)
        assert world.log.events[-1].action == "resource-controller.group.create"
        default, shown = await groups(steward)
        assert set(shown) == set(default)
        assert (default["default"], shown["default"], shown["state"]) == (True, False, "ACTIVE")
        assert (shown["crn"], shown["name"]) == (answer.json["crn"], "Payroll EU")
        assert (await steward.send("GET", f"{GROUPS}/{group}")).json == shown
        world.clock.advance(seconds=90)
        patched = await steward.send("PATCH", f"{GROUPS}/{group}", {"name": "payroll eu", "state": "ACTIVE"})
        assert patched.status == 200
        now = f"{world.clock():%Y-%m-%dT%H:%M:%SZ}"
        assert patched.json == {**shown, "name": "payroll eu", "updated_at": now}
        assert (await steward.send("PATCH", f"{GROUPS}/{group}", {})).json == patched.json
        gone = await steward.send("DELETE", f"{GROUPS}/{group}")
        assert (gone.status, gone.body) == (204, b"")
        event = world.log.events[-1]
        assert (event.action, event.severity) == ("resource-controller.group.delete", "critical")
        assert names(await groups(steward)) == ["default"]
        check_refused(await steward.send("DELETE", f"{GROUPS}/{group}"), 404, "RC-ResourceGroupNotFound")

    world.run(story())


def test_rg_3_a_name_is_found_and_taken_in_any_case(world: World, steward: Api) -> None:
    async def story() -> None:
        group, other = await a_group(steward, "Payroll"), await a_group(steward, "other")
        for name in ("Payroll", "payroll", "PAYROLL"):
            assert [it["id"] for it in await groups(steward, f"?name={name}")] == [group]
            for taken in (name, "Default", "OTHER"):
                answer = await steward.send("POST", GROUPS, {"name": taken})
                check_refused(answer, 409, "RC-ResourceGroupNotUnique")
            answer = await steward.send("PATCH", f"{GROUPS}/{other}", {"name": name})
            check_refused(answer, 409, "RC-ResourceGroupNotUnique")
        assert names(await groups(steward, "?default=false")) in (["Payroll", "other"], ["other", "Payroll"])
        assert names(await groups(steward, "?default=true")) == ["default"]

    world.run(story())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        {},
        *({"name": name} for name in (None, 1, "", "x" * 41, "a/b", "é", " a", "a ", "a\n", "a\0")),
        {"name": "mine", "account_id": 1},
        {"name": "mine", "account_id": "0a1b"},
    ],
    ids=repr,
)
def test_what_cannot_be_made(world: World, steward: Api, body: object) -> None:
    check_refused(world.run(steward.send("POST", GROUPS, body)), 400, "RC-BadRequest")
    assert names(world.run(groups(steward))) == ["default"]


@pytest.mark.parametrize("body", [b"", b"{", {"name": "a/b"}, {"name": 1}, {"state": "SUSPENDED"}], ids=repr)
def test_what_a_group_cannot_become(world: World, steward: Api, body: object) -> None:
    group = world.run(a_group(steward, "mine"))
    check_refused(world.run(steward.send("PATCH", f"{GROUPS}/{group}", body)), 400, "RC-BadRequest")
    assert names(world.run(groups(steward))) == ["default", "mine"]


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
@pytest.mark.parametrize("name", [*ODD_NAMES, "default", "0" * 32])
def test_another_group_is_not_changed(world: World, steward: Api, method: str, name: str) -> None:
    answer = world.run(steward.send(method, f"{GROUPS}/{name}", {"name": "mine"}))
    check_refused(answer, 404, "RC-ResourceGroupNotFound")


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_the_default_group_stays(world: World, steward: Api, method: str) -> None:
    (group,) = world.run(groups(steward))
    answer = world.run(steward.send(method, f"{GROUPS}/{group['id']}", {"name": "mine"}))
    check_refused(answer, 409, "RC-ResourceGroupFixed")
    assert world.run(groups(steward)) == [group]


def test_an_account_has_so_many_groups_at_most(
    world: World, steward: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert MOST_GROUPS == 100
    monkeypatch.setattr("keystead.service.resource_groups.MOST_GROUPS", 1)
    world.run(a_group(steward, "first"))
    answer = world.run(steward.send("POST", GROUPS, {"name": "second"}))
    check_refused(answer, 409, "RC-ResourceGroupQuotaExceeded")


def test_instances_are_made_in_a_group_and_listed_by_it(world: World, steward: Api) -> None:
    async def story() -> None:
        group = await a_group(steward, "Payroll")
        inside = await made(steward, resource_group=group)
        old = await made(steward, resource_group_id=group)
        (default,) = await groups(steward, "?default=true")
        outside = await made(steward, resource_group=default["id"])
        assert inside["resource_group_id"] == old["resource_group_id"] == group
        assert inside["resource_group_crn"].endswith(f"resource-group:{group}")
        assert outside["resource_group_id"] == default["id"]
        for wanted, there in ((group, {inside["guid"], old["guid"]}), (default["id"], {outside["guid"]})):
            found = (await steward.send("GET", f"{INSTANCES}?resource_group_id={wanted}")).json["resources"]
            assert {it["guid"] for it in found} - {steward.instance.id} == there
        for gone in ("0" * 32, "Payroll", default["crn"]):
            answer = await steward.send("POST", INSTANCES, a_wish(resource_group=gone))
            check_refused(answer, 404, "RC-ResourceGroupNotFound")
        full = await steward.send("DELETE", f"{GROUPS}/{group}")
        check_refused(full, 409, "RC-ResourceGroupNotEmpty")
        for it in (inside, old):
            assert (await steward.send("DELETE", f"{INSTANCES}/{it['guid']}")).status == 204
        assert (await steward.send("DELETE", f"{GROUPS}/{group}")).status == 204
        tombstone = (await steward.send("GET", f"{INSTANCES}/{inside['guid']}")).json
        assert (tombstone["state"], tombstone["resource_group_id"]) == ("removed", group)

    world.run(story())


def test_3_4_who_may_change_groups(world: World, steward: Api) -> None:
    async def story() -> None:
        group = await a_group(steward, "mine")
        for role in Role:
            editor = role in (Role.EDITOR, Role.ADMINISTRATOR)
            here = await steward.other(role)
            caller = await granted_everywhere(steward, role)
            for who, may in ((here, False), (caller, editor)):
                answer = await who.send("POST", GROUPS, {"name": f"by {role}"})
                assert answer.status == (201 if may else 401), role
                if may:
                    assert (await steward.send("DELETE", f"{GROUPS}/{answer.json['id']}")).status == 204
            may = editor or role is Role.OPERATOR
            answer = await caller.send("PATCH", f"{GROUPS}/{group}", {"name": "mine"})
            assert answer.status == (200 if may else 401), role
            another = await a_group(steward, "another")
            answer = await caller.send("DELETE", f"{GROUPS}/{another}")
            assert answer.status == (204 if role is Role.ADMINISTRATOR else 401), role
            if answer.status != 204:
                check_refused(answer, 401, "RC-Unauthorized")
                await steward.send("DELETE", f"{GROUPS}/{another}")

    world.run(story())


def test_a_policy_on_a_group_reaches_what_is_in_it_and_that_alone(world: World, steward: Api) -> None:
    async def story() -> None:
        group, other = await a_group(steward, "Payroll"), await a_group(steward, "other")
        inside = await made(steward, resource_group=group)
        outside = await made(steward, resource_group=other)
        caller = await steward.other()
        everywhere = {"serviceInstance": "-", "serviceName": "-", "resourceGroupId": group}
        await make(steward, v1_body(steward, caller.iam_id, Role.EDITOR, Role.READER, **everywhere))
        found = (await caller.send("GET", INSTANCES)).json["resources"]
        assert [it["guid"] for it in found] == [inside["guid"]]
        assert names(await groups(caller)) == ["default", "Payroll"]
        for place, reached in ((inside, True), (outside, False)):
            listed = await caller.send("GET", "/keys", None, {"bluemix-instance": place["guid"]})
            assert listed.status == (200 if reached else 401)
            patched = await caller.send("PATCH", f"{INSTANCES}/{place['guid']}", {"name": "renamed"})
            assert patched.status == (200 if reached else 404)
        assert (await caller.send("POST", INSTANCES, a_wish(resource_group=group))).status == 201
        for elsewhere in ({"resource_group": other}, {}):
            answer = await caller.send("POST", INSTANCES, a_wish(**elsewhere))
            check_refused(answer, 401, "RC-Unauthorized")
        # The group is his to rename, another is not there for him, and he makes none.
        assert (await caller.send("PATCH", f"{GROUPS}/{group}", {"name": "pay"})).status == 200
        hidden = await caller.send("PATCH", f"{GROUPS}/{other}", {"name": "pay2"})
        check_refused(hidden, 404, "RC-ResourceGroupNotFound")
        check_refused(await caller.send("POST", GROUPS, {"name": "new"}), 401, "RC-Unauthorized")
        (default,) = await groups(caller, "?default=true")
        answer = await caller.send("PATCH", f"{GROUPS}/{default['id']}", {"name": "pay3"})
        check_refused(answer, 401, "RC-Unauthorized")

    world.run(story())


@pytest.mark.parametrize("more", [{"serviceName": "kms"}, {"serviceName": "-", "region": "eu-de"}])
def test_a_policy_on_a_service_or_region_changes_no_group(
    world: World, steward: Api, more: dict[str, str]
) -> None:
    async def story() -> None:
        group, caller = await a_group(steward, "mine"), await steward.other()
        body = v1_body(steward, caller.iam_id, Role.ADMINISTRATOR, serviceInstance="-", **more)
        await make(steward, body)
        for method, path in (
            ("POST", GROUPS),
            ("PATCH", f"{GROUPS}/{group}"),
            ("DELETE", f"{GROUPS}/{group}"),
        ):
            check_refused(await caller.send(method, path, {"name": "his"}), 401, "RC-Unauthorized")

    world.run(story())


def test_nothing_of_another_account_is_there(world: World, steward: Api) -> None:
    async def story() -> None:
        there = await home_of_its_own(world)
        theirs = await a_group(there, "theirs")
        for method, path in (
            ("GET", f"{GROUPS}/{theirs}"),
            ("PATCH", f"{GROUPS}/{theirs}"),
            ("DELETE", f"{GROUPS}/{theirs}"),
        ):
            answer = await steward.send(method, path, {"name": "mine"})
            check_refused(answer, 404, "RC-ResourceGroupNotFound")
        answer = await steward.send("POST", INSTANCES, a_wish(resource_group=theirs))
        check_refused(answer, 404, "RC-ResourceGroupNotFound")
        assert names(await groups(steward)) == ["default"]
        assert (await steward.send("POST", GROUPS, {"name": "theirs"})).status == 201
        assert names(await groups(there)) == ["default", "theirs"]

    world.run(story())
