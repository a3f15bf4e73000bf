"""Instances as they are changed, locked and removed: sections 5.1 and 5.2 of iam-and-provisioning.md."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from api import Api, envelope
from conformance.granting import ROLES_OF_KMS
from conformance.provisioned import INSTANCES, TIERED, a_steward, check_refused, made
from conformance.test_making_instances import BODIES
from conformance.world import World, again, another_account, raw
from http_peer import Answer
from keystead.domain.actions import Role
from keystead.domain.changes import Change
from keystead.domain.errors import Conflict
from keystead.domain.keys import KeyState
from keystead.domain.provisioning import MOST_PLANS
from keystead.protocols.provisioning.writing_instances import MOST_PARAMETER_OCTETS

CROSS = "4e853ad3-5820-49c7-8d07-a179fb15b9ee"
DEDICATED = "0de9f7ec-10b8-4627-88db-82bced5b7dfc"
STANDARD = "4c5400c7-e4f7-4d5f-a645-e863f040c7f6"
CHANGES: list[dict[str, Any]] = [
    {"name": "another"},
    {"parameters": {"service-endpoints": "private"}},
    {"allow_cleanup": True},
    {"name": "another", "parameters": {"a": 1}, "allow_cleanup": True},
]


@pytest.fixture
def steward(world: World) -> Api:
    """An Administrator of an account, with an instance of his own as what is called."""
    return world.run(_steward(world))


async def _steward(world: World) -> Api:
    steward = await a_steward(await another_account(world))
    found = await made(steward)
    instance = await world.store.instance(found["guid"])
    assert instance is not None
    return replace(steward, instance=instance)


def place(api: Api) -> str:
    return f"{INSTANCES}/{api.instance.id}"


def patch(world: World, api: Api, **fields: object) -> Answer:
    return world.run(api.send("PATCH", place(api), fields))


def delete(world: World, api: Api, query: str = "") -> Answer:
    return world.run(api.send("DELETE", f"{place(api)}{query}"))


def read(world: World, api: Api) -> Any:
    answer = world.run(api.send("GET", place(api)))
    assert answer.status == 200
    return answer.json


@pytest.mark.parametrize("fields", CHANGES)
def test_what_is_patched_is_what_is_read(world: World, steward: Api, fields: dict[str, Any]) -> None:
    before = read(world, steward)
    world.clock.advance(seconds=90)
    answer = patch(world, steward, **fields)
    assert answer.status == 200
    after = answer.json
    assert after == read(world, steward)
    changed = {"updated_at": f"{world.clock():%Y-%m-%dT%H:%M:%SZ}", "updated_by": steward.iam_id, **fields}
    operation = {**before["last_operation"], "type": "update"}
    operation["description"] = "Completed update instance operation"
    assert after == {**before, **changed, "last_operation": operation}
    event = world.log.events[-2]
    assert (event.action, event.request["changed"]) == ("kms.instance.update", sorted(fields))
    assert event.target_id == after["crn"]


def test_what_was_changed_is_listed_on_the_day_of_the_change(world: World, steward: Api) -> None:
    world.clock.advance(days=2)
    renewed = world.run(a_steward(steward))
    day = f"{world.clock():%Y-%m-%d}"
    path = f"{INSTANCES}?updated_from={day}&guid={steward.instance.id}"
    assert world.run(renewed.send("GET", path)).json["resources"] == []
    assert patch(world, renewed, name="another").status == 200
    assert len(world.run(renewed.send("GET", path)).json["resources"]) == 1


@pytest.mark.parametrize("fields", [{}, {"name": None}, {"name": "payroll"}, {"resource_plan_id": TIERED}])
def test_a_patch_that_changes_nothing(world: World, steward: Api, fields: dict[str, Any]) -> None:
    before = read(world, steward)
    assert patch(world, steward, **fields).json == before == read(world, steward)


@pytest.mark.parametrize("body", [it for it in BODIES[:-1] if it != b"{}"])
def test_a_body_that_cannot_be_read_changes_nothing(world: World, steward: Api, body: bytes | None) -> None:
    before = read(world, steward)
    check_refused(world.run(raw(steward, "PATCH", place(steward), body)), 400, "RC-BadRequest")
    assert read(world, steward) == before


@pytest.mark.parametrize(
    "fields",
    [
        {"name": ""},
        {"name": "a/b"},
        {"name": "x" * 181},
        {"name": 1},
        {"parameters": []},
        {"parameters": {"a": "x" * MOST_PARAMETER_OCTETS}},
        {"parameters": {"allowed_network": "private-only"}},
        {"allow_cleanup": "x"},
        {"resource_plan_id": "x"},
        {"resource_plan_id": CROSS},  # not to be had in eu-gb
        {"resource_plan_id": STANDARD},
    ],
    ids=str,
)
def test_a_patch_that_cannot_be_had_changes_nothing(
    world: World, steward: Api, fields: dict[str, Any]
) -> None:
    if fields.get("resource_plan_id") == CROSS:
        gb = world.run(made(steward, target="eu-gb"))
        steward = replace(steward, instance=replace(steward.instance, id=gb["guid"]))
    before = read(world, steward)
    for more in ({}, {"name": "another"}):
        check_refused(patch(world, steward, **{**more, **fields}), 400, "RC-BadRequest")
    assert read(world, steward) == before


def test_parameters_may_repeat_the_network_of_the_birth(world: World, steward: Api) -> None:
    parameters = {"allowed_network": "private-only"}
    guid = world.run(made(steward, parameters=parameters))["guid"]
    more = {**parameters, "service-endpoints": "private"}
    answer = world.run(steward.send("PATCH", f"{INSTANCES}/{guid}", {"parameters": more}))
    assert (answer.status, answer.json["parameters"]) == (200, more)


def test_another_plan_and_the_history_of_plans(world: World, steward: Api) -> None:
    start = read(world, steward)["created_at"]
    world.clock.advance(seconds=60)
    found = patch(world, steward, resource_plan_id=DEDICATED).json
    then = f"{world.clock():%Y-%m-%dT%H:%M:%SZ}"
    assert found["resource_plan_id"] == DEDICATED
    assert found["plan_history"] == [
        {"resource_plan_id": TIERED, "start_date": start},
        {"resource_plan_id": DEDICATED, "start_date": then},
    ]
    assert patch(world, steward, resource_plan_id=CROSS).status == 200  # eu-de has it
    for number in range(MOST_PLANS + 3):
        patch(world, steward, resource_plan_id=(TIERED, DEDICATED)[number % 2])
    assert len(read(world, steward)["plan_history"]) == MOST_PLANS


@pytest.mark.parametrize("role", ROLES_OF_KMS)
def test_3_4_who_may_change_an_instance(world: World, steward: Api, role: Role) -> None:
    caller = world.run(steward.other(role))
    editor = role in (Role.EDITOR, Role.ADMINISTRATOR)
    before = read(world, steward)
    for fields, may in (
        ({"name": "another"}, editor or role is Role.OPERATOR),
        ({"parameters": {"a": 1}}, editor or role is Role.OPERATOR),
        ({"allow_cleanup": True}, editor or role is Role.OPERATOR),
        ({"name": "more", "resource_plan_id": DEDICATED}, editor),
    ):
        answer = patch(world, caller, **fields)
        assert answer.status == (200 if may else 401), (role, fields)
        if not may:
            check_refused(answer, 401, "RC-Unauthorized")
            assert read(world, steward) == before
        before = read(world, steward)
    for method in ("POST", "DELETE"):
        answer = world.run(caller.send(method, f"{place(steward)}/lock"))
        assert answer.status == (200 if editor else 401)
    assert delete(world, caller).status == (204 if editor else 401)


@pytest.mark.parametrize(("ring", "key"), [("mine", None), (None, "b0d45c1e-3b7f-4a57-9d4e-0f7c2e0f3a11")])
def test_a_role_on_a_part_of_an_instance_changes_nothing(
    world: World, steward: Api, ring: str | None, key: str | None
) -> None:
    caller = world.run(steward.other(Role.ADMINISTRATOR, ring=ring, key=key))
    before = read(world, steward)
    check_refused(patch(world, caller, name="another"), 401, "RC-Unauthorized")
    check_refused(delete(world, caller), 401, "RC-Unauthorized")
    assert read(world, steward) == before


def test_nobody_changes_what_belongs_to_another_account(world: World, steward: Api) -> None:
    there = world.run(_steward(world))
    before = read(world, there)
    for method, more in (("PATCH", ""), ("DELETE", ""), ("POST", "/lock"), ("DELETE", "/lock")):
        answer = world.run(steward.send(method, f"{place(there)}{more}", {"name": "mine"}))
        check_refused(answer, 404, "RC-InstanceNotFound")
    assert read(world, there) == before


def test_a_locked_instance_stays_as_it_is(world: World, steward: Api) -> None:
    lock = f"{place(steward)}/lock"
    for _ in range(2):
        answer = world.run(steward.send("POST", lock))
        assert (answer.status, answer.json["locked"]) == (200, True)
    before = read(world, steward)
    for fields in CHANGES:
        check_refused(patch(world, steward, **fields), 409, "RC-InstanceLocked")
    check_refused(delete(world, steward), 409, "RC-InstanceLocked")
    assert read(world, steward) == before
    assert world.run(steward.send("POST", "/keys", envelope(name="a key", extractable=False))).status == 201
    for _ in range(2):
        answer = world.run(steward.send("DELETE", lock))
        assert (answer.status, answer.json["locked"]) == (200, False)
        assert world.log.events[-1].action == "kms.instance.update"
    assert patch(world, steward, name="another").status == 200


@pytest.mark.parametrize("query", ["", "?recursive=true", "?recursive=false", "?recursive="])
def test_rc_10_a_removed_instance_stays_readable(world: World, steward: Api, query: str) -> None:
    before = read(world, steward)
    world.clock.advance(seconds=60)
    answer = delete(world, steward, query)
    assert (answer.status, answer.body) == (204, b"")
    event = world.log.events[-1]
    assert (event.action, event.severity, event.outcome) == ("kms.instance.delete", "critical", "success")
    assert (event.target_id, event.reason_code) == (before["crn"], 204)
    found = read(world, steward)
    now = f"{world.clock():%Y-%m-%dT%H:%M:%SZ}"
    assert found == {
        **before,
        "state": "removed",
        "updated_at": now,
        "deleted_at": now,
        "deleted_by": steward.iam_id,
        "last_operation": {
            **before["last_operation"],
            "type": "delete",
            "description": "Completed delete instance operation",
        },
    }
    world.clock.advance(hours=23)
    assert read(world, steward) == found
    assert world.run(steward.send("GET", f"{INSTANCES}/{found['crn'].replace('/', '%2F')}")).json == found


def test_net_2_no_network_rule_keeps_an_instance_from_its_end(world: World, steward: Api) -> None:
    guid = world.run(made(steward, parameters={"allowed_network": "private-only"}))["guid"]
    assert world.run(steward.send("GET", "/keys", None, {"bluemix-instance": guid})).status == 401
    assert world.run(steward.send("DELETE", f"{INSTANCES}/{guid}")).status == 204


def test_rc_11_a_removed_instance_is_listed_to_who_asks_for_it(world: World, steward: Api) -> None:
    delete(world, steward)
    for query, there in (
        ("", False),
        ("?state=active", False),
        ("?state=removed", True),
        (f"?guid={steward.instance.id}", False),
        (f"?guid={steward.instance.id}&state=removed", True),
    ):
        found = world.run(steward.send("GET", f"{INSTANCES}{query}")).json["resources"]
        assert (steward.instance.id in [it["guid"] for it in found]) is there, query


def test_rc_12_an_instance_is_removed_once(world: World, steward: Api) -> None:
    delete(world, steward)
    found = read(world, steward)
    check_refused(delete(world, steward), 410, "RC-InstanceRemoved")
    check_refused(patch(world, steward, name="another"), 410, "RC-InstanceRemoved")
    for method in ("POST", "DELETE"):
        check_refused(world.run(steward.send(method, f"{place(steward)}/lock")), 410, "RC-InstanceRemoved")
    assert read(world, steward) == found
    for name in ("nothing", "b0d45c1e-3b7f-4a57-9d4e-0f7c2e0f3a11"):
        check_refused(world.run(steward.send("DELETE", f"{INSTANCES}/{name}")), 404, "RC-InstanceNotFound")


def test_a_recursion_that_is_neither_true_nor_false(world: World, steward: Api) -> None:
    check_refused(delete(world, steward, "?recursive=yes"), 400, "RC-BadRequest")
    assert read(world, steward)["state"] == "active"


@pytest.mark.parametrize("state", ["active", "suspended", "deactivated", "pre-active"])
def test_rc_14_an_instance_with_keys_is_not_removed(world: World, steward: Api, state: str) -> None:
    key = world.run(steward.create())["id"]
    other = world.run(steward.create("another"))["id"]
    if state == "suspended":
        world.run(steward.act(key, "disable"))
    if state in ("deactivated", "pre-active"):
        stored = world.run(world.store.key(steward.instance.id, key))
        change = Change()
        to = KeyState.DEACTIVATED if state == "deactivated" else KeyState.PRE_ACTIVE
        change.save(replace(stored, state=to, revision=stored.revision + 1), was=stored)
        world.run(world.store.commit(change, None))
    answer = delete(world, steward, "?recursive=true")
    check_refused(answer, 409, "RC-ServiceBrokerErrorResponse")
    assert "2 active keys" in answer.json["message"]
    world.run(steward.send("DELETE", f"/keys/{other}"))
    assert "1 active key:" in delete(world, steward).json["message"]
    assert read(world, steward)["state"] == "active"
    assert world.run(steward.send("GET", f"/keys/{key}/metadata")).status == 200


def test_tf_5_a_destroyed_key_does_not_keep_its_instance(world: World, steward: Api) -> None:
    key = world.run(steward.create())["id"]
    assert world.run(steward.send("DELETE", f"/keys/{key}")).status in (200, 204)
    assert delete(world, steward, "?recursive=true").status == 204


def test_a_destroyed_key_of_a_removed_instance_is_purged_in_its_time(world: World, steward: Api) -> None:
    key = world.run(steward.create())["id"]
    world.run(steward.send("DELETE", f"/keys/{key}"))
    delete(world, steward)
    world.clock.advance(days=91)
    assert world.run(steward.service.rounds.make())["kms.secrets.purge"] >= 1
    assert (steward.instance.id, key) not in world.store._keys


@pytest.mark.parametrize("beside", [False, True])
def test_aut_15_a_removed_instance_is_as_unknown_as_one_that_never_was(
    world: World, steward: Api, beside: bool
) -> None:
    api = world.beside(steward) if beside else steward
    key = world.run(api.create())["id"]
    calls = [
        ("GET", "/keys", None),
        ("POST", "/keys", envelope(name="late", extractable=False)),
        ("GET", f"/keys/{key}/metadata", None),
        ("POST", f"/keys/{key}/restore", None),
        ("DELETE", f"/keys/{key}/purge", None),
        ("GET", "/instance/policies", None),
        ("POST", "/key_rings/late", None),
        ("POST", "/import_token", {}),
    ]
    for method, path, body in calls[:3]:  # what the caller may do is remembered from now on
        assert world.run(api.send(method, path, body)).status < 300
    for found in world.run(api.send("GET", "/keys")).json["resources"]:
        world.run(api.send("DELETE", f"/keys/{found['id']}"))
    assert delete(world, steward).status == 204
    never = {"bluemix-instance": "b0d45c1e-3b7f-4a57-9d4e-0f7c2e0f3a11"}
    for method, path, body in calls:
        answer = world.run(api.send(method, path, body))
        assert answer.status == 401
        assert answer.body == world.run(api.send(method, path, body, never)).body


def test_a_key_that_is_made_while_its_instance_goes(world: World) -> None:
    """Whichever is first: there is no usable key in a removed instance, and nobody sees a failure of ours."""

    async def story() -> None:
        steward = await again(await _steward(world))
        boss = await a_steward(steward)
        making = [
            steward.send("POST", "/keys", envelope(name=f"key {number}", extractable=False))
            for number in range(4)
        ]
        gone, *made_keys = await asyncio.gather(boss.send("DELETE", place(steward)), *making)
        keys = [it for it in world.store._keys.values() if it.instance == steward.instance.id]
        assert {it.status for it in made_keys} <= {201, 401}
        assert gone.status == (409 if keys else 204)
        assert len(keys) == sum(it.status == 201 for it in made_keys)

    for _ in range(10):
        world.run(story())


@pytest.mark.parametrize("locked", [False, True])
def test_a_change_that_lost_a_race_is_made_of_what_is_there(
    world: World, steward: Api, locked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between reading and writing somebody else renames, or locks: neither change is lost."""
    commit = world.store.commit
    ran: list[bool] = []

    async def late(change: Change, event: Any) -> None:
        if change.records and not ran:
            ran.append(True)
            was = await world.store.instance(steward.instance.id)
            assert was is not None
            first = Change()
            first.put(replace(was, name="first", locked=locked), was=was)
            await commit(first, None)
        await commit(change, event)

    monkeypatch.setattr(world.store, "commit", late)
    answer = patch(world, steward, allow_cleanup=True)
    monkeypatch.undo()
    assert answer.status == (409 if locked else 200)
    found = read(world, steward)
    assert (found["name"], found["allow_cleanup"]) == ("first", not locked)


def test_a_removal_that_cannot_be_written_removes_nothing(
    world: World, steward: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def commit(*_: object) -> None:
        raise Conflict("x")

    with monkeypatch.context() as patched:
        patched.setattr(world.store, "commit", commit)
        check_refused(delete(world, steward), 409, "RC-Conflict")
    assert read(world, steward)["state"] == "active"
    assert world.run(steward.send("GET", "/keys")).status == 200
