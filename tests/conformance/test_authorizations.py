"""Authorizations between services: section 8.1 and INT-1 of iam-and-provisioning.md."""

from typing import Any

import pytest

from api import Api
from conformance.granting import (
    V1,
    V2,
    authorization,
    check_refused,
    granted_everywhere,
    home_of_its_own,
    make,
    v1_body,
)
from conformance.services import BUCKET, OWNER, a_service, register
from conformance.world import World
from keystead.domain.actions import Role
from keystead.domain.ids import random_uuid
from keystead.domain.reasons import Reason

SERVICE, INSTANCE = "cloud-object-storage", "77aa"


async def scene(world: World) -> tuple[Api, Api, str]:
    """Return an Administrator, a service that nobody granted anything, and a key."""
    api = await world.tenant()
    return (
        await granted_everywhere(api, Role.ADMINISTRATOR),
        await a_service(api, OWNER, None),
        (await api.create())["id"],
    )


# What an authorization names of its source, and whether the service of `BUCKET` is meant.
SOURCES: tuple[tuple[dict[str, str], bool], ...] = (
    ({}, True),
    ({"serviceInstance": INSTANCE}, True),
    ({"serviceInstance": "other"}, False),
    ({"serviceName": "cloudant"}, False),
    ({"region": "global"}, True),
    ({"region": "eu-de"}, False),
    ({"resourceType": "bucket"}, False),
)


@pytest.mark.parametrize(("source", "meant"), SOURCES)
def test_8_1_the_service_that_is_named_wraps_and_unwraps(
    world: World, source: dict[str, str], meant: bool
) -> None:
    async def story() -> None:
        admin, service, key = await scene(world)
        assert (await service.act(key, "wrap")).status == 401
        await make(admin, authorization(admin, SERVICE, Role.READER, **source))
        wrapped = await service.act(key, "wrap")
        assert wrapped.status == (200 if meant else 401)
        if meant:
            body = {"ciphertext": wrapped.json["ciphertext"]}
            assert (await service.act(key, "unwrap", body)).status == 200
            assert (await service.send("GET", f"/keys/{key}/metadata")).status == 200
            assert (await service.act(key, "rotate")).status == 401

    world.run(story())


def test_8_1_nobody_else_gains_by_it(world: World) -> None:
    async def story() -> None:
        admin, _, key = await scene(world)
        nobody = await admin.other()
        await make(admin, authorization(admin, SERVICE, Role.MANAGER))
        assert (await nobody.act(key, "wrap")).status == 401
        foreign = await home_of_its_own(world)
        theirs = await a_service(foreign, OWNER.replace("77aa", random_uuid()), None)
        there = Api(theirs.service, theirs.clock, admin.instance, theirs.token)
        assert (await there.act(key, "wrap")).status == 401

    world.run(story())


def test_int_1_without_it_the_service_is_refused_and_registrations_stay(world: World) -> None:
    async def story() -> None:
        admin, service, key = await scene(world)
        policy = await make(admin, authorization(admin, SERVICE, Role.READER, serviceInstance=INSTANCE))
        assert (await register(service, key)).status == 200
        assert (await admin.send("DELETE", f"{V1}/{policy['id']}")).status == 204
        for action in ("wrap", "unwrap"):
            assert (await service.act(key, action)).status == 401
        owner = await admin.other(Role.MANAGER)
        found = (await owner.send("GET", f"/keys/{key}/registrations")).json["resources"]
        assert [it["resourceCrn"] for it in found] == [BUCKET]
        assert (await owner.send("GET", f"/keys/{key}/metadata")).resource["state"] == 1

    world.run(story())


def test_an_authorization_is_shown_in_both_forms_and_listed_as_one(world: World) -> None:
    async def story() -> None:
        admin = await home_of_its_own(world)
        body = authorization(admin, SERVICE, Role.READER, serviceInstance=INSTANCE)
        made = await make(admin, body)
        assert (made["type"], made["subjects"]) == ("authorization", body["subjects"])
        account = f"account_id={admin.instance.account}"
        for query, there in (("type=authorization", True), ("type=access", False)):
            found = (await admin.send("GET", f"{V1}?{account}&{query}")).json["policies"]
            assert (made["id"] in {it["id"] for it in found}) is there
        other = (await admin.send("GET", f"{V2}/{made['id']}")).json["subject"]["attributes"]
        assert {(it["key"], it["value"]) for it in other} == {
            ("accountId", admin.instance.account),
            ("serviceName", SERVICE),
            ("serviceInstance", INSTANCE),
        }
        access = v1_body(admin, admin.iam_id, Role.READER)
        changed = await admin.send("PUT", f"{V1}/{made['id']}", access, {"if-match": "*"})
        check_refused(changed, Reason.POLICY_BODY)

    world.run(story())


def edited(body: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {**body, **more}


@pytest.mark.parametrize(
    ("roles", "source", "reason"),
    [
        ((Role.ADMINISTRATOR,), {}, Reason.POLICY_BODY),
        ((Role.VIEWER,), {}, Reason.POLICY_BODY),
        ((Role.READER, Role.KEY_PURGE), {}, Reason.POLICY_BODY),
        ((Role.READER,), {"serviceName": "-"}, Reason.POLICY_BODY),
        ((Role.READER,), {"accountId": "-"}, Reason.POLICY_BODY),
        ((Role.READER,), {"iam_id": "IBMid-1"}, Reason.POLICY_BODY),
        ((Role.READER,), {"resourceGroupId": "x"}, Reason.POLICY_BODY),
        ((Role.READER,), {"accountId": "f" * 32}, Reason.POLICY_FORBIDDEN),
    ],
)
def test_what_no_authorization_can_be(
    world: World, roles: tuple[Role, ...], source: dict[str, str], reason: Reason
) -> None:
    async def story() -> None:
        admin = await home_of_its_own(world)
        check_refused(await admin.send("POST", V1, authorization(admin, SERVICE, *roles, **source)), reason)

    world.run(story())


def test_aut_6_who_administers_a_part_authorizes_for_that_part(world: World) -> None:
    async def story() -> None:
        admin = await home_of_its_own(world)
        part = await admin.other()
        await make(admin, v1_body(admin, part.iam_id, Role.ADMINISTRATOR))
        assert (await part.send("POST", V1, authorization(admin, SERVICE, Role.READER))).status == 201
        wide = authorization(admin, SERVICE, Role.READER)
        wide["resources"][0]["attributes"].pop()  # the instance
        check_refused(await part.send("POST", V1, wide), Reason.POLICY_FORBIDDEN)
        check_refused(await (await admin.other()).send("POST", V1, wide), Reason.POLICY_FORBIDDEN)

    world.run(story())
