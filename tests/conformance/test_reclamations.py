"""Deleted instances that can be had back for a while: RC-13 of iam-and-provisioning.md."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from api import Api, envelope
from conformance.granting import ROLES_OF_KMS, home_of_its_own, make, v1_body
from conformance.provisioned import GROUPS, INSTANCES, a_group, a_steward, a_wish, check_refused, made
from conformance.world import ODD_NAMES, World, again
from http_peer import Answer
from keystead.domain.actions import Role
from keystead.domain.keys import Windows

RECLAMATIONS = "/v1/reclamations"
A_WEEK = Windows(reclaim_after=timedelta(days=7))


@pytest.fixture
def steward(world: World) -> Api:
    """An Administrator where deleted instances can be had back for a week, with one of his own."""

    async def story() -> Api:
        there = world.beside(await home_of_its_own(world), windows=A_WEEK)
        instance = await world.store.instance((await made(there))["guid"])
        assert instance is not None
        return replace(there, instance=instance)

    return world.run(story())


async def pending(api: Api, query: str = "") -> list[Any]:
    answer = await api.send("GET", f"{RECLAMATIONS}{query}")
    assert answer.status == 200, answer.body
    return list(answer.json["resources"])


async def delete(api: Api) -> Any:
    """Delete the instance and return its reclamation."""
    answer = await api.send("DELETE", f"{INSTANCES}/{api.instance.id}")
    assert (answer.status, answer.body) == (204, b"")
    (found,) = await pending(api)
    return found


async def end(api: Api, way: str, found: Any, body: object = None) -> Answer:
    return await api.send("POST", f"{RECLAMATIONS}/{found['id']}/actions/{way}", body)


async def read(api: Api) -> Any:
    return (await api.send("GET", f"{INSTANCES}/{api.instance.id}")).json


def test_a_deleted_instance_waits_and_is_unusable_at_once(world: World, steward: Api) -> None:
    async def story() -> None:
        key = (await steward.create())["id"]
        check_refused(
            await steward.send("DELETE", f"{INSTANCES}/{steward.instance.id}"),
            409,
            "RC-ServiceBrokerErrorResponse",
        )  # RC-14 stays
        assert (await steward.send("DELETE", f"/keys/{key}")).status == 204
        before = await read(steward)
        world.clock.advance(seconds=60)
        found = await delete(steward)
        now = f"{world.clock():%Y-%m-%dT%H:%M:%SZ}"
        event = world.log.events[-2]
        assert (event.action, event.response["instanceState"]) == (
            "kms.instance.delete",
            "pending_reclamation",
        )
        shown = await read(steward)
        assert shown == {
            **before,
            "state": "pending_reclamation",
            "updated_at": now,
            "scheduled_reclaim_at": now,
            "scheduled_reclaim_by": steward.iam_id,
            "last_operation": {
                **before["last_operation"],
                "type": "delete",
                "description": "Completed delete instance operation",
            },
        }
        assert found == {
            "id": found["id"],
            "entity_id": steward.instance.id,
            "entity_type_id": before["resource_id"],
            "entity_crn": before["crn"],
            "resource_instance_id": steward.instance.id,
            "resource_group_id": before["resource_group_id"],
            "account_id": steward.instance.account,
            "state": "SCHEDULED",
            "target_time": f"{world.clock() + timedelta(days=7):%Y-%m-%dT%H:%M:%SZ}",
            "created_at": now,
            "created_by": steward.iam_id,
            "updated_at": now,
            "updated_by": steward.iam_id,
        }
        for api in (steward, world.beside(steward)):
            for method, path, body in (
                ("GET", "/keys", None),
                ("POST", "/keys", envelope(name="late", extractable=False)),
                ("POST", f"/keys/{key}/restore", None),
                ("GET", "/instance/policies", None),
            ):
                assert (await api.send(method, path, body)).status == 401, path

    world.run(story())


def test_a_pending_instance_is_not_changed_and_not_deleted_again(world: World, steward: Api) -> None:
    async def story() -> None:
        await delete(steward)
        place = f"{INSTANCES}/{steward.instance.id}"
        before = await read(steward)
        for method, path in (
            ("PATCH", place),
            ("DELETE", place),
            ("POST", f"{place}/lock"),
            ("DELETE", f"{place}/lock"),
            ("DELETE", f"{place}/last_operation"),
        ):
            check_refused(await steward.send(method, path, {"name": "x"}), 410, "RC-InstanceRemoved")
        assert await read(steward) == before
        for query, there in (("", False), ("?state=pending_reclamation", True), ("?state=removed", False)):
            found = (await steward.send("GET", f"{INSTANCES}{query}")).json["resources"]
            assert (steward.instance.id in [it["guid"] for it in found]) is there

    world.run(story())


def test_what_is_restored_is_as_it_was(world: World, steward: Api) -> None:
    async def story() -> None:
        key = (await steward.create(payload="AAECAwQFBgcICQoLDA0ODw=="))["id"]
        ciphertext = (await steward.act(key, "wrap")).json["ciphertext"]
        assert (await steward.send("DELETE", f"/keys/{key}")).status == 204
        before = await read(steward)
        found = await delete(steward)
        world.clock.advance(days=6, hours=23)
        renewed = await a_steward(steward)
        answer = await end(renewed, "restore", found, {"request_by": "x", "comment": "by mistake"})
        now = f"{world.clock():%Y-%m-%dT%H:%M:%SZ}"
        assert (answer.status, answer.json) == (200, {**found, "state": "RESTORED"})
        event = world.log.events[-1]
        assert (event.action, event.target_id) == ("kms.instance.restore", before["crn"])
        shown = await read(renewed)
        who = renewed.iam_id
        times = {"updated_at": now, "updated_by": who, "restored_at": now, "restored_by": who}
        operation = {"type": "update", "description": "Completed update instance operation"}
        assert shown == {
            **before,
            **times,
            "last_operation": {**before["last_operation"], **operation},
        }
        assert await pending(renewed) == []
        manager = await again(replace(renewed, instance=steward.instance))
        assert (await manager.send("POST", f"/keys/{key}/restore")).status == 201
        world.clock.advance(days=30)
        await manager.service.rounds.make()
        assert (await (await again(manager)).act(key, "unwrap", {"ciphertext": ciphertext})).status == 200
        for way in ("restore", "reclaim"):
            check_refused(await end(await a_steward(steward), way, found), 404, "RC-ReclamationNotFound")

    world.run(story())


def test_what_is_reclaimed_is_removed_for_good(world: World, steward: Api) -> None:
    async def story() -> None:
        found = await delete(steward)
        world.clock.advance(seconds=60)
        answer = await end(steward, "reclaim", found)
        assert (answer.status, answer.json["state"]) == (200, "RECLAIMED")
        event = world.log.events[-1]
        assert (event.action, event.severity) == ("kms.instance.delete", "critical")
        shown = await read(steward)
        now = f"{world.clock():%Y-%m-%dT%H:%M:%SZ}"
        assert (shown["state"], shown["deleted_at"], shown["deleted_by"]) == ("removed", now, steward.iam_id)
        assert await pending(steward) == []
        for way in ("restore", "reclaim"):
            again = await end(steward, way, found)
            check_refused(again, 404, "RC-ReclamationNotFound")
            assert again.json["details"] == f"Resource instance could not be {way.removesuffix('e')}ed"

    world.run(story())


def test_time_removes_it_once_and_not_before(world: World, steward: Api) -> None:
    async def story() -> None:
        found = await delete(steward)
        world.clock.advance(days=6, hours=23, minutes=59)
        await steward.service.rounds.make()
        assert (await read(await a_steward(steward)))["state"] == "pending_reclamation"
        world.clock.advance(minutes=1)
        fresh = await a_steward(steward)
        check_refused(await end(fresh, "restore", found), 404, "RC-ReclamationNotFound")
        others = [world.beside(fresh).service.rounds for _ in range(2)]  # whatever their windows are by now
        await asyncio.gather(*(rounds.make() for rounds in (fresh.service.rounds, *others)))
        events = [it for it in world.log.events if it.caller.iam_id == steward.instance.crn]
        assert [(it.action, it.outcome, it.target_id) for it in events] == [
            ("kms.instance.delete", "success", steward.instance.crn)
        ]
        shown = await read(fresh)
        assert (shown["state"], shown["deleted_by"]) == ("removed", steward.instance.crn)
        assert await pending(fresh) == []

    world.run(story())


def test_what_a_list_is_narrowed_by(world: World, steward: Api) -> None:
    async def story() -> None:
        group = await a_group(steward, "Payroll")
        there = (await made(steward, resource_group=group))["guid"]
        await delete(steward)
        assert (await steward.send("DELETE", f"{INSTANCES}/{there}")).status == 204
        here, account = steward.instance.id, steward.instance.account
        for query, wanted in (
            ("", {here, there}),
            (f"?account_id={account}", {here, there}),
            ("?account_id=0a1b", set()),
            (f"?resource_instance_id={there.upper()}", {there}),
            (f"?resource_instance_id={steward.instance.crn.replace('/', '%2F')}", {here}),
            ("?resource_instance_id=nothing", set()),
            (f"?resource_group_id={group}", {there}),
            (f"?resource_group_id={group}&resource_instance_id={here}", set()),
        ):
            assert {it["entity_id"] for it in await pending(steward, query)} == wanted, query
        full = await steward.send("DELETE", f"{GROUPS}/{group}")
        check_refused(full, 409, "RC-ResourceGroupNotEmpty")

    world.run(story())


def test_3_4_who_may_end_a_reclamation(world: World, steward: Api) -> None:
    async def story() -> None:
        for role in ROLES_OF_KMS:
            editor = role in (Role.EDITOR, Role.ADMINISTRATOR)
            guid = (await made(steward))["guid"]
            instance = await world.store.instance(guid)
            assert instance is not None
            here = await replace(steward, instance=instance).other(role)
            ring = await replace(steward, instance=instance).other(role, ring="mine")
            assert (await steward.send("DELETE", f"{INSTANCES}/{guid}")).status == 204
            (found,) = await pending(here)
            assert found["entity_id"] == guid
            assert (await end(ring, "restore", found)).status == (404 if editor else 401), role
            assert (await end(here, "restore", found)).status == (200 if editor else 401), role
            elsewhere = await steward.other(Role.EDITOR)
            assert await pending(elsewhere) == []
            if not editor:
                check_refused(await end(elsewhere, "reclaim", found), 404, "RC-ReclamationNotFound")

    world.run(story())


def test_nothing_of_another_account_is_there(world: World, steward: Api) -> None:
    async def story() -> None:
        found = await delete(steward)
        stranger = world.beside(await home_of_its_own(world), windows=A_WEEK)
        assert await pending(stranger) == []
        for way in ("restore", "reclaim"):
            check_refused(await end(stranger, way, found), 404, "RC-ReclamationNotFound")
        assert await pending(steward) == [found]

    world.run(story())


@pytest.mark.parametrize("name", [*ODD_NAMES, "nothing", "b0d45c1e-3b7f-4a57-9d4e-0f7c2e0f3a11"])
def test_a_reclamation_that_is_not_there(world: World, steward: Api, name: str) -> None:
    answer = world.run(steward.send("POST", f"{RECLAMATIONS}/{name}/actions/restore"))
    check_refused(answer, 404, "RC-ReclamationNotFound")


@pytest.mark.parametrize("body", [b"{", b"[]", {"request_by": 1}, {"comment": []}], ids=repr)
def test_a_body_that_cannot_be_read(world: World, steward: Api, body: object) -> None:
    found = world.run(delete(steward))
    check_refused(world.run(end(steward, "restore", found, body)), 400, "RC-BadRequest")
    assert world.run(pending(steward)) == [found]


def test_an_action_that_there_is_none_of(world: World, steward: Api) -> None:
    found = world.run(delete(steward))
    check_refused(world.run(end(steward, "destroy", found)), 404, "RC-NotFound")


def test_pending_instances_count_to_the_limit(
    world: World, steward: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.run(delete(steward))
    monkeypatch.setattr("keystead.service.create_instance.MOST_INSTANCES", 2)  # with that of the beginning
    check_refused(world.run(steward.send("POST", INSTANCES, a_wish())), 409, "RC-InstanceQuotaExceeded")


def test_a_policy_of_a_custom_role_is_not_more_than_its_actions(world: World, steward: Api) -> None:
    async def story() -> None:
        found = await delete(steward)
        caller = await steward.other()
        await make(steward, v1_body(steward, caller.iam_id, Role.VIEWER))
        check_refused(await end(caller, "restore", found), 401, "RC-Unauthorized")
        assert await pending(caller) == [found]

    world.run(story())
