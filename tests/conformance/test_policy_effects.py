"""What policies allow, at once: checks 4 to 6 of iam-and-provisioning.md section 9, made over the network."""

from dataclasses import replace
from typing import Any

import pytest

from api import Api, envelope
from conformance.granting import V1, granted_everywhere, home_of_its_own, make, v1_body
from conformance.provisioned import a_wish
from conformance.test_roles import BODIES, ROLES, rows
from conformance.world import World
from keystead.domain.actions import Role
from keystead.domain.changes import Change
from keystead.domain.ids import InstanceId, random_uuid


def matching(body: dict[str, Any], name: str, value: str) -> dict[str, Any]:
    """Return *body* with a pattern for one of the attributes of its resource."""
    attributes = [it for it in body["resources"][0]["attributes"] if it["name"] != name]
    pattern = {"name": name, "value": value, "operator": "stringMatch"}
    return {**body, "resources": [{"attributes": [*attributes, pattern]}]}


async def at(world: World, api: Api, **more: Any) -> Api:
    """Return the same caller at another instance of the same account."""
    instance = replace(api.instance, id=InstanceId(random_uuid()), **more)
    change = Change()
    change.add(instance)
    await world.store.commit(change, None)
    return replace(api, instance=instance)


@pytest.mark.parametrize("short", ROLES)
def test_check_4_each_role_alone_allows_its_rows_and_no_others(world: World, short: str) -> None:
    async def story() -> None:
        api = await world.tenant()
        admin = await granted_everywhere(api, Role.ADMINISTRATOR)
        caller = await api.other()
        await make(admin, v1_body(api, caller.iam_id, ROLES[short]))
        for method, path, allowed in rows():
            key = (await api.create())["id"]
            answer = await caller.send(method, path.format(key=key), BODIES.get(path))
            assert (answer.status != 401) is (short in allowed), (method, path, answer.body)

    world.run(story())


def test_check_5_purge_takes_the_role_for_it(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        admin = await granted_everywhere(api, Role.ADMINISTRATOR)
        caller = await api.other()
        await make(admin, v1_body(api, caller.iam_id, Role.MANAGER))
        key = (await caller.create())["id"]
        await caller.send("DELETE", f"/keys/{key}")
        world.clock.advance(hours=4)
        assert (await caller.send("DELETE", f"/keys/{key}/purge")).status == 401
        await make(admin, v1_body(api, caller.iam_id, Role.MANAGER, Role.KEY_PURGE))
        assert (await caller.send("DELETE", f"/keys/{key}/purge")).status == 204

    world.run(story())


async def with_rings(world: World) -> tuple[Api, Api, Api, dict[str, str]]:
    """Return an owner, an Administrator, somebody, and a key in each of three rings."""
    api = await world.tenant()
    keys = {"default": (await api.create())["id"]}
    for ring in ("team-a", "team-b"):
        await api.add_ring(ring)
        body = envelope(name="inside", extractable=False)
        keys[ring] = (await api.send("POST", "/keys", body, {"x-kms-key-ring": ring})).resource["id"]
    return api, await granted_everywhere(api, Role.ADMINISTRATOR), await api.other(), keys


async def seen(caller: Api) -> set[str]:
    answer = await caller.send("GET", "/keys")
    assert answer.status == 200, answer.body
    assert int((await caller.send("HEAD", "/keys")).headers["key-total"]) == len(answer.json["resources"])
    return {key["id"] for key in answer.json["resources"]}


def test_check_6_a_reader_of_a_ring_sees_that_ring(world: World) -> None:
    async def story() -> None:
        api, admin, caller, keys = await with_rings(world)
        await make(admin, v1_body(api, caller.iam_id, Role.READER, keyRing="team-a"))
        assert await seen(caller) == {keys["team-a"]}
        assert (await caller.act(keys["team-a"], "wrap")).status == 200
        assert (await caller.act(keys["team-b"], "wrap")).status == 401
        assert (await caller.send("GET", "/key_rings")).status == 401  # AUT-3

    world.run(story())


def test_check_6_a_reader_of_a_key_sees_nothing_and_wraps_with_it(world: World) -> None:
    async def story() -> None:
        api, admin, caller, keys = await with_rings(world)
        one = keys["team-b"]
        await make(admin, v1_body(api, caller.iam_id, Role.READER, resourceType="key", resource=one))
        assert await seen(caller) == set()
        assert (await caller.act(one, "wrap")).status == 200
        assert (await caller.act(keys["team-a"], "wrap")).status == 401

    world.run(story())


@pytest.mark.parametrize(
    ("pattern", "fitting"),
    [
        ("team-*", {"team-a", "team-b"}),
        ("team-?", {"team-a", "team-b"}),
        ("*", {"team-a", "team-b", "default"}),
        ("?????a?", {"default"} - {"default"}),
        ("*a*", {"team-a", "team-b", "default"}),
        ("*-a", {"team-a"}),
        ("TEAM-*", set()),
        ("team-[ab]", set()),
    ],
)
def test_aut_1_a_pattern_of_rings(world: World, pattern: str, fitting: set[str]) -> None:
    async def story() -> None:
        api, admin, caller, keys = await with_rings(world)
        body = v1_body(api, caller.iam_id, Role.READER)
        await make(admin, matching(body, "keyRing", pattern))
        assert await seen(caller) == {keys[ring] for ring in fitting}
        for ring, key in keys.items():
            assert ((await caller.act(key, "wrap")).status == 200) is (ring in fitting)

    world.run(story())


# What a policy is on, whether it reaches an instance of kms in us-south, and another one in eu-de.
ON: tuple[tuple[dict[str, str], bool, bool], ...] = (
    ({}, True, False),
    ({"serviceInstance": "-"}, True, True),
    ({"serviceInstance": "-", "serviceName": "-"}, True, True),
    ({"serviceInstance": "-", "serviceName": "-", "serviceType": "service"}, True, True),
    ({"serviceInstance": "-", "region": "us-south"}, True, False),
    ({"serviceInstance": "-", "region": "eu-de"}, False, True),
    ({"serviceName": "-", "region": "us-south"}, True, False),
    ({"region": "eu-de"}, False, False),
    ({"serviceName": "hs-crypto"}, False, False),
    ({"serviceName": "hs-crypto", "serviceInstance": "-"}, False, False),
    ({"serviceInstance": "b0d45c1e-3b7f-4a57-9d4e-0f7c2e0f3a11"}, False, False),
    ({"serviceInstance": "-", "resourceGroupId": "0" * 32}, False, False),
)


@pytest.mark.parametrize(("more", "reaches", "other"), ON)
def test_aut_1_what_a_policy_names_must_be_so(
    world: World, more: dict[str, str], reaches: bool, other: bool
) -> None:
    async def story() -> None:
        api = await world.tenant()
        admin = await granted_everywhere(api, Role.ADMINISTRATOR)
        caller = await api.other()
        await make(admin, v1_body(api, caller.iam_id, Role.MANAGER, Role.EDITOR, **more))
        assert (await caller.send("GET", "/keys")).status == (200 if reaches else 401)
        shown = await caller.send("GET", f"/v2/resource_instances/{api.instance.id}")
        assert shown.status == (200 if reaches else 404)
        elsewhere = await at(world, caller, region="eu-de")
        assert (await elsewhere.send("GET", "/keys")).status == (200 if other else 401)

    world.run(story())


def test_the_group_of_the_account_is_named_by_its_id(world: World) -> None:
    async def story() -> None:
        admin = await home_of_its_own(world)
        (group,) = (await admin.send("GET", "/v2/resource_groups")).json["resources"]
        caller = await admin.other()
        body = v1_body(admin, caller.iam_id, Role.READER, serviceInstance="-", resourceGroupId=group["id"])
        await make(admin, body)
        assert (await caller.send("GET", "/keys")).status == 200

    world.run(story())


def test_a_policy_on_a_service_lets_make_instances_of_it_alone(world: World) -> None:
    async def story() -> None:
        admin = await home_of_its_own(world)
        caller = await admin.other()
        others = {"serviceInstance": "-", "serviceName": "hs-crypto"}
        await make(admin, v1_body(admin, caller.iam_id, Role.EDITOR, **others))
        refused = await caller.send("POST", "/v2/resource_instances", a_wish())
        assert refused.status == 401, refused.body
        await make(admin, v1_body(admin, caller.iam_id, Role.EDITOR, serviceInstance="-"))
        made = await caller.send("POST", "/v2/resource_instances", a_wish())
        assert made.status == 201, made.body

    world.run(story())


def test_a_policy_counts_at_once_with_a_token_that_was_there_before(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        admin = await granted_everywhere(api, Role.ADMINISTRATOR)
        caller = await api.other()
        key = (await api.create())["id"]
        other = world.beside(caller)  # another server over the same records
        for one in (caller, other):
            assert (await one.act(key, "wrap")).status == 401
        policy = await make(admin, v1_body(api, caller.iam_id, Role.READER))
        for one in (caller, other):
            assert (await one.act(key, "wrap")).status == 200
            assert (await one.act(key, "rotate")).status == 401
        body = v1_body(api, caller.iam_id, Role.WRITER, keyRing="elsewhere")
        head = {"if-match": policy["etag"]}
        assert (await admin.send("PUT", f"{V1}/{policy['id']}", body, head)).status == 200
        for one in (caller, other):
            assert (await one.act(key, "wrap")).status == 401
        assert (await admin.send("DELETE", f"{V1}/{policy['id']}")).status == 204

    world.run(story())
