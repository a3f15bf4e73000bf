"""Roles of ``hs-crypto``, and of actions without a route: sections 3.2 and 3.5 of iam-and-provisioning.md."""

from dataclasses import replace

import pytest

from api import Api
from conformance.granting import (
    ROLES,
    V1,
    V2,
    check_refused,
    home_of_its_own,
    make,
    role_body,
    v1_body,
    v2_body,
)
from conformance.world import World
from keystead.domain.actions import Role
from keystead.domain.changes import Change
from keystead.domain.ids import InstanceId, random_uuid
from keystead.domain.instances import Instance
from keystead.domain.reasons import Reason
from keystead.domain.role_tables import ONLY_HPCS, ServiceName
from keystead.domain.roles import crn_of

HPCS = sorted(ONLY_HPCS)


async def administrator(world: World, service: ServiceName) -> Api:
    """Return the Administrator of a new account with a new instance of *service*."""
    admin = await home_of_its_own(world)
    return replace(admin, instance=await new_instance(world, admin, service))


async def new_instance(world: World, admin: Api, service: ServiceName) -> Instance:
    """Return a new instance of *service* in the account of *admin*."""
    change, instance = Change(), replace(admin.instance, id=InstanceId(random_uuid()), service=service)
    change.add(instance)
    await world.store.commit(change, None)
    return instance


@pytest.mark.parametrize("role", HPCS)
def test_a_role_of_hs_crypto_is_granted_there_and_reads_back_as_it_was_sent(world: World, role: Role) -> None:
    async def story() -> None:
        admin = await administrator(world, "hs-crypto")
        caller = await admin.other()
        crn = crn_of(role).replace(":iam:", ":hs-crypto:")
        first = await make(admin, v1_body(admin, caller.iam_id, crn, serviceName="hs-crypto"))
        assert first["roles"][0]["role_id"] == crn
        shown = (await admin.send("GET", f"{V2}/{first['id']}")).json
        assert shown["control"]["grant"]["roles"] == [{"role_id": crn}]
        lists = (await caller.send("GET", "/keys")).status == 200
        assert lists is (role is Role.VMWARE_KMIP_MANAGER)

    world.run(story())


async def seen(caller: Api) -> set[str]:
    """Return the instances that *caller* finds in lists, and those that he reads."""
    found = {it["guid"] for it in (await caller.send("GET", "/v2/resource_instances")).json["resources"]}
    search = await caller.send("POST", "/v3/resources/search", {"query": "*", "fields": ["crn"]})
    assert {it["crn"].split(":")[7] for it in search.json["items"]} == found
    return found


@pytest.mark.parametrize("role", HPCS)
def test_a_role_of_hs_crypto_shows_instances_of_that_service_alone(world: World, role: Role) -> None:
    async def story() -> None:
        admin = await administrator(world, "hs-crypto")
        kms = (await new_instance(world, admin, "kms")).id
        caller, where = await admin.other(), f"/v2/resource_instances/{kms}"
        await make(admin, v1_body(admin, caller.iam_id, role, serviceName="-", serviceInstance="-"))
        assert await seen(caller) == {str(admin.instance.id)}
        assert (await caller.send("GET", f"/v2/resource_instances/{admin.instance.id}")).status == 200
        for path in (where, f"{where}/resource_keys", f"/crypto_v2/instances/{kms}"):
            assert (await caller.send("GET", path)).status == 404
        for method, body in (("PATCH", {"name": "another"}), ("DELETE", None)):
            assert (await caller.send(method, where, body)).status == 404
        both = v1_body(admin, caller.iam_id, role, Role.READER, serviceName="-", serviceInstance=str(kms))
        await make(admin, both)
        assert await seen(caller) == {str(admin.instance.id), str(kms)}
        assert (await caller.send("GET", where)).status == 200

    world.run(story())


@pytest.mark.parametrize("role", HPCS)
def test_a_role_of_hs_crypto_is_none_of_kms_and_opens_no_key_there(world: World, role: Role) -> None:
    async def story() -> None:
        admin = await administrator(world, "kms")
        caller = await admin.other()
        for path, body in ((V1, v1_body), (V2, v2_body)):
            check_refused(
                await admin.send("POST", path, body(admin, caller.iam_id, role)), Reason.POLICY_BODY
            )
        await make(admin, v1_body(admin, caller.iam_id, role, serviceName="-", serviceInstance="-"))
        assert (await caller.send("GET", "/keys")).status == 401

    world.run(story())


def test_a_key_manager_is_one_of_both_services(world: World) -> None:
    async def story() -> None:
        for service in ("kms", "hs-crypto"):
            admin = await administrator(world, service)
            caller = await admin.other()
            await make(admin, v1_body(admin, caller.iam_id, Role.KEY_MANAGER, serviceName=service))
            assert (await caller.send("GET", "/v2/resource_keys")).status == 200
            assert (await caller.send("GET", "/keys")).status == 401

    world.run(story())


@pytest.mark.parametrize(
    ("service", "action"),
    [
        ("hs-crypto", "hs-crypto.ep11.use"),
        ("hs-crypto", "hs-crypto.crypto.sign"),
        ("kms", "kms.governance.configread"),
        ("kms", "kms.secrets-migration-intent.read"),
        ("kms", "kms.crypto-unit.zeroize"),
    ],
)
def test_a_role_of_an_action_without_a_route_is_made_and_opens_no_key(
    world: World, service: ServiceName, action: str
) -> None:
    async def story() -> None:
        admin = await administrator(world, service)
        made = await admin.send("POST", ROLES, role_body(admin, "Later", action, service_name=service))
        assert (made.status, made.json["actions"]) == (201, [action]), made.body
        caller = await admin.other()
        await make(admin, v1_body(admin, caller.iam_id, made.json["crn"], serviceName=service))
        assert (await caller.send("GET", f"/v2/resource_instances/{admin.instance.id}")).status == 200
        assert (await caller.send("GET", "/keys")).status == 401

    world.run(story())
