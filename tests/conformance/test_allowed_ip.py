"""Sections 1.12 (step 5), 2.9 and 2.10 of kms-api.md: from where an instance may be asked, and U41."""

from collections.abc import Sequence

import pytest

from api import Api
from conformance.policies import (
    INSTANCE_PHRASE,
    enable,
    from_address,
    instance_policy,
    of_instance,
    policies,
    put_instance,
)
from conformance.world import World, check_error, raw
from http_peer import Answer
from keystead.domain.actions import Role
from unit.service.routes_asked import GUARDED, Asked

UNAUTHORIZED = "Unauthorized: The user does not have access to the specified resource"
HERE, ELSEWHERE = "127.0.0.1", "198.51.100.7"
PORT_TYPE = "application/vnd.ibm.kms.allowed_ip_metadata+json"
guarded = pytest.mark.parametrize("asked", GUARDED, ids=lambda asked: asked.name)


def check_unauthorized(answer: Answer) -> None:
    assert answer.status == 401
    if answer.body:
        assert answer.json["resources"] == [{"errorMsg": UNAUTHORIZED}]


def is_way_back(asked: Asked) -> bool:
    return asked.path == "/api/v2/instance/policies"


@guarded
def test_nothing_is_answered_to_an_address_that_is_not_on_the_list(world: World, asked: Asked) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = (await api.create())["id"]
        await enable(api, "allowedIP", allowed_ip=[HERE])
        before = len(world.log.events)
        check_unauthorized(await from_address(api, ELSEWHERE, asked.method, asked.of(key), b"{"))
        (event,) = world.log.events[before:]
        assert (event.outcome, event.reason_code, event.severity) == ("failure", 401, "critical")
        assert event.origin.address == ELSEWHERE
        assert event.log_source == api.instance.crn
        assert (await api.send("GET", f"/keys/{key}")).status == 200

    world.run(story())


@pytest.mark.parametrize(
    ("listed", "address", "allowed"),
    [
        (["192.0.2.4"], "192.0.2.4", True),
        (["192.0.2.4"], "192.0.2.5", False),
        (["192.0.2.0/24"], "192.0.2.0", True),
        (["192.0.2.0/24"], "192.0.2.255", True),
        (["192.0.2.0/24"], "192.0.3.0", False),
        (["192.0.2.0/24"], "192.0.1.255", False),
        (["192.0.2.77/24"], "192.0.2.1", True),
        (["192.0.2.0/24", "203.0.113.0/25"], "203.0.113.127", True),
        (["192.0.2.0/24", "203.0.113.0/25"], "203.0.113.128", False),
        (["2001:db8::/32"], "2001:db8:ffff::1", True),
        (["2001:db8::/32"], "2001:db9::1", False),
        (["2001:DB8::1"], "2001:db8:0:0::1", True),
        (["192.0.2.0/24"], "::ffff:192.0.2.9", True),
        (["192.0.2.0/24"], "::ffff:192.0.3.9", False),
        (["::ffff:0:0/96"], "192.0.2.9", False),
        (["fe80::/10"], "fe80::1%eth0", True),
        (["0.0.0.0/0"], "2001:db8::1", False),
        (["0.0.0.0/0", "::/0"], None, False),
        (["0.0.0.0/0", "::/0"], "not an address", False),
    ],
)
def test_the_list(world: World, listed: Sequence[str], address: str | None, *, allowed: bool) -> None:
    async def story() -> None:
        api = await world.tenant()
        await enable(api, "allowedIP", allowed_ip=[HERE, *listed])
        answer = await from_address(api, address, "GET", "/keys")
        assert answer.status == (200 if allowed else 401)

    world.run(story())


def test_a_list_that_changes_counts_at_once(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        for listed, status in (([HERE], 401), ([HERE, ELSEWHERE], 200), ([HERE], 401)):
            await enable(api, "allowedIP", allowed_ip=listed)
            assert (await from_address(api, ELSEWHERE, "HEAD", "/keys")).status == status
        assert (await put_instance(api, instance_policy("allowedIP", enabled=False))).status == 204
        assert (await from_address(api, ELSEWHERE, "HEAD", "/keys")).status == 200
        assert (await from_address(api, None, "HEAD", "/keys")).status == 200
        await enable(await world.tenant(), "allowedIP", allowed_ip=[HERE])  # somebody else's
        assert (await from_address(api, ELSEWHERE, "HEAD", "/keys")).status == 200

    world.run(story())


def test_the_list_is_asked_before_the_role_and_after_the_token(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        await enable(api, "allowedIP", allowed_ip=[HERE])
        bad = await from_address(api, ELSEWHERE, "GET", "/keys", authorization=b"Bearer x.y")
        assert bad.code == "BEARER_SUB_EXTRACTION_ERR"
        nowhere = await from_address(api, ELSEWHERE, "GET", "/keys", bluemix_instance=b"x")
        assert nowhere.status == 400
        check_unauthorized(await from_address(await api.other(), ELSEWHERE, "PUT", "/instance/policies"))
        reader = await api.other(Role.READER)
        check_unauthorized(await from_address(reader, ELSEWHERE, "GET", "/keys?limit=x"))
        assert (await from_address(reader, HERE, "GET", "/keys?limit=x")).status == 400

    world.run(story())


def test_nobody_writes_the_list_from_where_it_does_not_let_him_in(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        await enable(api, "allowedIP", allowed_ip=[HERE])
        body = b'{"metadata":{},"resources":[{"policy_type":"allowedIP","policy_data":{"enabled":false}}]}'
        check_unauthorized(await from_address(api, ELSEWHERE, "PUT", "/instance/policies", body))
        check_unauthorized(await from_address(api, ELSEWHERE, "GET", "/instance/policies"))
        forwarded = {"x-forwarded-for": HERE, "forwarded": f"for={HERE}", "host": HERE}
        given = {name: value.encode() for name, value in forwarded.items()}
        check_unauthorized(await from_address(api, ELSEWHERE, "PUT", "/instance/policies", body, **given))
        (kept,) = await of_instance(api)
        assert kept["policy_data"] == {"enabled": True, "attributes": {"allowed_ip": [HERE]}}

    world.run(story())


@pytest.mark.parametrize("address", [ELSEWHERE, None])
def test_nobody_shuts_himself_out(world: World, address: str | None) -> None:
    """A server has no private endpoint from which such a list could be taken back."""

    async def story() -> None:
        api = await world.tenant()
        body = (
            b'{"metadata":{},"resources":[{"policy_type":"allowedIP","policy_data":'
            b'{"enabled":true,"attributes":{"allowed_ip":["127.0.0.1"]}}}]}'
        )
        answer = await from_address(api, address, "PUT", "/instance/policies", body)
        check_error(answer, 400, "INVALID_FIELD_ERR", INSTANCE_PHRASE)
        assert answer.resource["reasons"][0]["target"] == {"type": "field", "name": "allowed_ip"}
        assert await of_instance(api) == []
        off = body.replace(b"true", b"false")
        assert (await from_address(api, address, "PUT", "/instance/policies", off)).status == 204

    world.run(story())


def test_a_list_may_be_turned_on_again_only_from_within(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        await enable(api, "allowedIP", allowed_ip=[HERE])
        await put_instance(api, instance_policy("allowedIP", enabled=False, allowed_ip=[ELSEWHERE]))
        answer = await put_instance(api, instance_policy("allowedIP", enabled=True, allowed_ip=[ELSEWHERE]))
        assert answer.code == "INVALID_FIELD_ERR"

    world.run(story())


@guarded
def test_private_only_leaves_nothing_but_the_way_back(world: World, asked: Asked) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = (await api.create())["id"]
        await enable(api, "allowedNetwork", allowed_network="private-only")
        answer = await api.send(asked.method, asked.of(key), asked.body)
        if is_way_back(asked):
            assert answer.status == asked.success
        else:
            check_unauthorized(answer)
        for role in (Role.WRITER, Role.READER):
            other = await api.other(role)
            check_unauthorized(await other.send(asked.method, asked.of(key), asked.body))

    world.run(story())


def test_private_only_is_taken_back_by_who_set_it(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        await enable(api, "allowedNetwork", allowed_network="public-and-private")
        assert (await api.send("GET", "/keys")).status == 200
        await enable(api, "allowedNetwork", allowed_network="private-only")
        check_unauthorized(await api.send("GET", "/keys"))
        (shown,) = await of_instance(api)
        assert shown["policy_data"]["attributes"] == {"allowed_network": "private-only"}
        assert (await put_instance(api, instance_policy("allowedNetwork", enabled=False))).status == 204
        assert (await api.send("GET", "/keys")).status == 200

    world.run(story())


def test_the_way_back_is_none_around_the_list(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        private = instance_policy("allowedNetwork", allowed_network="private-only")
        listed = instance_policy("allowedIP", allowed_ip=[HERE])
        assert (await put_instance(api, private, listed)).status == 204
        for method in ("GET", "PUT"):
            check_unauthorized(await from_address(api, ELSEWHERE, method, "/instance/policies"))
        assert len(await of_instance(api)) == 2

    world.run(story())


def test_tokens_are_of_no_instance(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        await enable(api, "allowedIP", allowed_ip=[HERE])
        answer = await raw(api, "GET", "/identity/keys", address=ELSEWHERE)
        assert answer.status == 200

    world.run(story())


async def port(api: Api, host: str | None) -> list[object]:
    answer = await api.send("GET", "/instance/allowed_ip_port", None, {"host": host})
    assert answer.status == 200
    resources = list(answer.json["resources"])
    assert answer.json["metadata"] == {"collectionType": PORT_TYPE, "collectionTotal": len(resources)}
    return resources


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("kms.example", 443),
        ("kms.example:8443", 8443),
        ("192.0.2.1:65535", 65_535),
        ("[2001:db8::1]", 443),
        ("[2001:db8::1]:9000", 9000),
        ("kms.example:0", 443),
        ("kms.example:65536", 443),
        ("kms.example:99999999999", 443),
        ("kms.example:x", 443),
    ],
)
def test_the_port_is_the_one_that_was_used(world: World, host: str, expected: int) -> None:
    async def story() -> None:
        api = await world.tenant()
        assert await port(api, host) == []
        await enable(api, "allowedIP", allowed_ip=[HERE])
        assert await port(api, host) == [{"private_endpoint_port": expected}]
        await put_instance(api, instance_policy("allowedIP", enabled=False))
        assert await port(api, host) == []

    world.run(story())


def test_a_policy_without_list_restricts_nobody(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        every = ("metrics", "dualAuthDelete")
        assert (
            await api.send("PUT", "/instance/policies", policies(*map(instance_policy, every)))
        ).status == 204
        assert (await from_address(api, ELSEWHERE, "GET", "/keys")).status == 200

    world.run(story())
