"""Section 4.1 (NET-1, NET-4) and 4.2 of iam-and-provisioning.md: what comes over a private endpoint."""

import json

import pytest

from api import Api
from conformance.contexts import ELSEWHERE, EVAL, HERE, administrator, context, make_rule, make_zone
from conformance.granting import granted_everywhere
from conformance.policies import enable, instance_policy, policies
from conformance.test_allowed_ip import check_unauthorized, guarded, is_way_back
from conformance.world import World, raw
from http_peer import Answer
from keystead.audit.encoding import encode
from keystead.domain.actions import Role
from keystead.domain.endpoints import PRIVATE, PUBLIC, Endpoint
from unit.service.routes_asked import Asked

URL = "https://private.keys.example:8444"


def with_both(world: World, api: Api) -> Api:
    """Return *api* at a server that has a private endpoint as well."""
    return world.beside(api, private_url=URL)


async def over(
    api: Api, endpoint: Endpoint, method: str, path: str, body: bytes = b"", address: str = HERE
) -> Answer:
    """Send a request over *endpoint*."""
    return await raw(api, method, f"/api/v2{path}", body, None, address, endpoint)


async def status(api: Api, endpoint: Endpoint, address: str = HERE) -> int:
    return (await over(api, endpoint, "GET", "/keys", address=address)).status


@guarded
def test_private_only_opens_the_private_endpoint_alone(world: World, asked: Asked) -> None:
    """There is a way to take it back, so nothing is left open on the public one."""

    async def story() -> None:
        api = await world.tenant()
        key = (await api.create())["id"]
        await enable(api, "allowedNetwork", allowed_network="private-only")
        both = with_both(world, api)
        check_unauthorized(await over(both, PUBLIC, asked.method, asked.of(key), b"{"))
        answer = await over(both, PRIVATE, asked.method, asked.of(key), b"{")
        assert answer.status != 401
        other = await both.other(Role.READER)
        if is_way_back(asked):
            assert (await over(other, PRIVATE, "GET", "/instance/policies")).status == 401

    world.run(story())


def test_private_only_is_taken_back_over_the_private_endpoint(world: World) -> None:
    async def story() -> None:
        both = with_both(world, await world.tenant())
        for network, after in (("private-only", 401), ("public-and-private", 200)):
            wish = policies(instance_policy("allowedNetwork", allowed_network=network))
            body = json.dumps(wish).encode()
            assert (await over(both, PRIVATE, "PUT", "/instance/policies", body)).status == 204
            assert [await status(both, it) for it in (PUBLIC, PRIVATE)] == [after, 200]

    world.run(story())


def test_a_list_of_addresses_holds_for_both(world: World) -> None:
    async def story() -> None:
        both = with_both(world, await world.tenant())
        await enable(both, "allowedIP", allowed_ip=[HERE])
        assert [await status(both, it) for it in (PUBLIC, PRIVATE)] == [200, 200]
        assert [await status(both, it, ELSEWHERE) for it in (PUBLIC, PRIVATE)] == [401, 401]

    world.run(story())


def test_net_1_the_port_is_that_of_the_private_endpoint(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        both = with_both(world, api)
        assert (await both.send("GET", "/instance/allowed_ip_port")).json["resources"] == []
        await enable(both, "allowedIP", allowed_ip=[HERE])
        plain = world.beside(api, private_url="https://private.keys.example")
        for server, port in ((both, 8444), (plain, 443)):
            answer = await server.send("GET", "/instance/allowed_ip_port", None, {"host": "keys:9000"})
            assert answer.json["resources"] == [{"private_endpoint_port": port}]

    world.run(story())


@pytest.mark.parametrize(
    ("contexts", "expected"),
    [
        ([{"endpointType": "private"}], [401, 401, 200, 200]),
        ([{"endpointType": "public"}], [200, 200, 401, 401]),
        ([{"endpointType": "public,private"}], [200, 200, 200, 200]),
        ([{"endpointType": "direct"}], [401, 401, 401, 401]),
        ([{"networkZoneId": "{zone}"}], [200, 401, 200, 401]),
        ([{"endpointType": "private", "networkZoneId": "{zone}"}], [401, 401, 200, 401]),
        ([{"endpointType": "private"}, {"networkZoneId": "{zone}"}], [200, 401, 200, 200]),
        ([], [401, 401, 401, 401]),
    ],
)
def test_contexts(world: World, contexts: list[dict[str, str]], expected: list[int]) -> None:
    async def story() -> None:
        api = await administrator(world)
        zone = (await make_zone(api, HERE))["id"]
        them = [{name: it.format(zone=zone) for name, it in one.items()} for one in contexts]
        await make_rule(api, *(context(**one) for one in them))
        both = with_both(world, api)
        found = [await status(both, it, at) for it in (PUBLIC, PRIVATE) for at in (HERE, ELSEWHERE)]
        assert found == expected

    world.run(story())


def test_at_1_events_name_no_private_address(world: World) -> None:
    async def story() -> None:
        api = await administrator(world)
        await make_rule(api, context(endpointType="public"))
        both = with_both(world, api)
        before = len(world.log.events)
        assert [await status(both, it) for it in (PUBLIC, PRIVATE)] == [200, 401]
        public, denied, private = [json.loads(encode(it, "h")) for it in world.log.events[before:]]
        assert public["initiator"]["host"]["address"] == HERE
        assert [it["initiator"]["host"] for it in (denied, private)] == [{}, {}]
        assert denied["action"] == EVAL
        assert denied["requestData"]["environment"] == {"ipAddress": HERE, "networkType": "private"}

    world.run(story())


def test_rc_9_an_instance_says_where_both_are(world: World) -> None:
    async def story() -> None:
        api = await granted_everywhere(await world.tenant(), Role.VIEWER, Role.MANAGER)
        both = with_both(world, api)
        shown = (await both.send("GET", f"/v2/resource_instances/{api.instance.id}")).json
        public = both.service.settings.endpoint
        assert shown["extensions"] == {"endpoints": {"public": public, "private": URL}}
        report = (await both.send("GET", "/key_usage_report")).json["result"]["kms_instances"][0]
        assert (report["public_endpoint"], report["private_endpoint"]) == (public, URL)

    world.run(story())


def test_what_a_header_says_of_the_endpoint_is_not_believed(world: World) -> None:
    async def story() -> None:
        both = with_both(world, await world.tenant())
        await enable(both, "allowedNetwork", allowed_network="private-only")
        for host in (URL.removeprefix("https://"), "private.keys.example"):
            answer = await raw(both, "GET", "/api/v2/keys", b"", {b"host": host.encode()})
            check_unauthorized(answer)

    world.run(story())
