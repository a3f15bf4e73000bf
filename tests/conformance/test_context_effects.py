"""Section 4.2 of iam-and-provisioning.md: what context rules let through, and what the audit log says."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from api import Api
from conformance.contexts import (
    ELSEWHERE,
    EVAL,
    HERE,
    RULES,
    ZONES,
    about,
    administrator,
    context,
    forget,
    make_rule,
    make_zone,
    of_service,
    restrict,
    rule_body,
    zone_body,
)
from conformance.policies import enable, from_address
from conformance.services import FOREIGN, OWNER, a_service
from conformance.world import World
from http_peer import Answer
from keystead.domain.actions import Role
from keystead.domain.errors import Unavailable
from unit.service.routes_asked import GUARDED, Asked

UNAUTHORIZED = "Unauthorized: The user does not have access to the specified resource"
guarded = pytest.mark.parametrize("asked", GUARDED, ids=lambda asked: asked.name)


async def status(api: Api, address: str | None, method: str = "HEAD", path: str = "/keys") -> int:
    """Return how a request from *address* is answered."""
    return (await from_address(api, address, method, path)).status


def check_unauthorized(answer: Answer) -> None:
    assert answer.status == 401
    if answer.body:
        assert answer.json["resources"] == [{"errorMsg": UNAUTHORIZED}]


@guarded
def test_nothing_is_answered_to_who_comes_from_elsewhere(world: World, asked: Asked) -> None:
    async def story() -> None:
        api = await administrator(world)
        key = (await api.create())["id"]
        zone, rule = await restrict(api, HERE)
        before = len(world.log.events)
        check_unauthorized(await from_address(api, ELSEWHERE, asked.method, asked.of(key), b"{"))
        told, event = world.log.events[before:]
        assert (event.outcome, event.reason_code, event.severity) == ("failure", 401, "critical")
        assert (told.action, told.outcome, told.severity) == (EVAL, "failure", "critical")
        assert told.response == {"decision": "Deny", "isEnforced": True, "rules": [rule["id"]]}
        assert told.request["action"] == asked.event
        assert told.request["environment"] == {"ipAddress": ELSEWHERE, "networkType": "public"}
        assert told.origin.correlation_id == event.origin.correlation_id
        assert told.log_source == api.instance.crn
        assert await status(api, HERE, "GET", f"/keys/{key}") == 200
        await forget(api, f"{RULES}/{rule['id']}", f"{ZONES}/{zone['id']}")

    world.run(story())


@pytest.mark.parametrize(
    ("listed", "excluded", "address", "allowed"),
    [
        (["192.0.2.4"], [], "192.0.2.4", True),
        (["192.0.2.4"], [], "192.0.2.5", False),
        (["192.0.2.0/24"], [], "192.0.2.255", True),
        (["192.0.2.0/24"], [], "192.0.3.0", False),
        (["192.0.2.9-192.0.2.11"], [], "192.0.2.9", True),
        (["192.0.2.9-192.0.2.11"], [], "192.0.2.11", True),
        (["192.0.2.9-192.0.2.11"], [], "192.0.2.12", False),
        (["192.0.2.9-192.0.2.11"], [], "192.0.2.8", False),
        (["192.0.2.0/24"], ["192.0.2.7"], "192.0.2.7", False),
        (["192.0.2.0/24"], ["192.0.2.7"], "192.0.2.8", True),
        (["192.0.2.0/24"], ["192.0.2.7"], "::ffff:192.0.2.7", False),
        (["192.0.2.7"], ["192.0.2.0/24"], "192.0.2.7", False),
        (["2001:db8::/32"], [], "2001:db8:ffff::1", True),
        (["2001:db8::/32"], ["2001:db8::1-2001:db8::5"], "2001:db8::5", False),
        (["2001:db8::/32"], [], "2001:db9::1", False),
        (["192.0.2.0/24"], [], "::ffff:192.0.2.9", True),
        (["0.0.0.0/0"], [], "2001:db8::1", False),
        (["::/0"], [], "192.0.2.1", False),
        (["::/0"], [], "::ffff:192.0.2.1", False),
        (["0.0.0.0/0", "::/0"], [], None, False),
        (["0.0.0.0/0", "::/0"], [], "not an address", False),
        ([], [], HERE, False),
    ],
)
def test_a_zone(
    world: World, listed: Sequence[str], excluded: Sequence[str], address: str | None, *, allowed: bool
) -> None:
    async def story() -> None:
        api = await administrator(world)
        without = [{"type": _kind(it), "value": it} for it in excluded]
        zone = await make_zone(api, *listed, excluded=without)
        rule = await make_rule(api, context(networkZoneId=zone["id"]))
        assert await status(api, address) == (200 if allowed else 401)
        await forget(api, f"{RULES}/{rule['id']}", f"{ZONES}/{zone['id']}")
        assert await status(api, address) == 200

    world.run(story())


def _kind(text: str) -> str:
    return "ipRange" if "-" in text else "subnet" if "/" in text else "ipAddress"


VPC = "crn:v1:bluemix:public:is:us-south:a/0a1b::vpc:r134-1"
NEVER: list[dict[str, Any]] = [
    {"type": "vpc", "value": VPC},
    {"type": "serviceRef", "ref": {"account_id": "{account}", "service_type": "platform_service"}},
    {"type": "serviceRef", "ref": {"account_id": "{account}", "service_name": "cloud-object-storage"}},
]


@pytest.mark.parametrize("address", NEVER, ids=["vpc", "type", "service"])
def test_what_cannot_be_known_here_opens_nothing(world: World, address: dict[str, Any]) -> None:
    async def story() -> None:
        api = await administrator(world)
        body = zone_body(api)
        ref = {**address.get("ref", {}), "account_id": api.instance.account}
        body["addresses"] = [address if "value" in address else {**address, "ref": ref}]
        zone = (await api.send("POST", ZONES, body)).json
        assert zone["addresses"] == body["addresses"]
        await make_rule(api, context(networkZoneId=zone["id"]))
        assert [await status(api, it) for it in (HERE, ELSEWHERE, None)] == [401] * 3

    world.run(story())


def test_a_reference_means_who_calls_as_that_service(world: World) -> None:
    async def story() -> None:
        api = await administrator(world)
        ref = {"account_id": api.instance.account, "service_name": "cloud-object-storage"}
        theirs = {**ref, "service_instance": "77aa", "location": "global"}
        for said, allowed in (
            (ref, 200),
            (theirs, 200),
            ({**ref, "service_instance": "88bb"}, 401),
            ({**ref, "location": "eu-de"}, 401),
            ({**ref, "account_id": "another"}, 401),
        ):
            body = zone_body(api)
            body["addresses"] = [{"type": "serviceRef", "ref": said}]
            zone = (await api.send("POST", ZONES, body)).json
            rule = await make_rule(api, context(networkZoneId=zone["id"]))
            assert await status(await a_service(api, OWNER), ELSEWHERE) == allowed
            assert await status(await a_service(api, FOREIGN), ELSEWHERE) == 401
            assert await status(api, ELSEWHERE) == 401
            await forget(api, f"{RULES}/{rule['id']}")

    world.run(story())


@pytest.mark.parametrize(
    ("contexts", "here", "elsewhere"),
    [
        ([], 401, 401),
        ([{"endpointType": "public"}], 200, 200),
        ([{"endpointType": "private"}], 401, 401),
        ([{"endpointType": "private, public"}], 200, 200),
        ([{"endpointType": "direct"}, {"networkZoneId": "{zone}"}], 200, 401),
        ([{"endpointType": "public", "networkZoneId": "{zone}"}], 200, 401),
        ([{"endpointType": "private", "networkZoneId": "{zone}"}], 401, 401),
        ([{"networkZoneId": "{zone},{other}"}], 200, 200),
        ([{"networkZoneId": "{zone}"}, {"networkZoneId": "{other}"}], 200, 200),
    ],
)
def test_contexts(world: World, contexts: list[dict[str, str]], here: int, elsewhere: int) -> None:
    async def story() -> None:
        api = await administrator(world)
        zone, other = (await make_zone(api, HERE))["id"], (await make_zone(api, ELSEWHERE))["id"]
        them = [{name: it.format(zone=zone, other=other) for name, it in one.items()} for one in contexts]
        await make_rule(api, *(context(**one) for one in them))
        assert (await status(api, HERE), await status(api, ELSEWHERE)) == (here, elsewhere)

    world.run(story())


@pytest.mark.parametrize(
    ("named", "reached"),
    [
        ({"serviceInstance": "-"}, True),
        ({"serviceName": "hs-crypto", "serviceInstance": "-"}, False),
        ({"serviceInstance": "00000000-0000-4000-8000-000000000000"}, False),
        ({"region": "us-south"}, True),
        ({"region": "eu-de"}, False),
        ({"resourceGroupId": "0" * 32}, False),
    ],
)
def test_what_a_rule_is_about(world: World, named: dict[str, str], *, reached: bool) -> None:
    async def story() -> None:
        api = await administrator(world)
        zone, rule = await restrict(api, HERE, **named)
        assert await status(api, ELSEWHERE) == (401 if reached else 200)
        await forget(api, f"{RULES}/{rule['id']}", f"{ZONES}/{zone['id']}")

    world.run(story())


def test_patterns(world: World) -> None:
    async def story() -> None:
        api = await administrator(world)
        for pattern, reached in ((f"{api.instance.id[:8]}*", True), ("x*", False), ("?" * 36, True)):
            body = rule_body(api)
            where = body["resources"][0]["attributes"][2]
            where.update(value=pattern, operator="stringMatch")
            made = await api.send("POST", RULES, body)
            assert made.json["resources"][0]["attributes"][2] == where
            assert await status(api, HERE) == (401 if reached else 200)
            await forget(api, f"{RULES}/{made.json['id']}")

    world.run(story())


def test_all_rules_and_the_policies_of_the_instance_must_be_met(world: World) -> None:
    async def story() -> None:
        api = await administrator(world)
        await restrict(api, HERE, ELSEWHERE)
        assert await status(api, ELSEWHERE) == 200
        zone, rule = await restrict(api, HERE)
        assert (await status(api, HERE), await status(api, ELSEWHERE)) == (200, 401)
        await forget(api, f"{RULES}/{rule['id']}", f"{ZONES}/{zone['id']}")
        await enable(api, "allowedIP", allowed_ip=[HERE])
        assert (await status(api, HERE), await status(api, ELSEWHERE)) == (200, 401)

    world.run(story())


def test_changes_count_at_once(world: World) -> None:
    async def story() -> None:
        api = await administrator(world)
        zone, rule = await restrict(api, HERE)
        assert await status(api, ELSEWHERE) == 401
        wider = zone_body(api, HERE, ELSEWHERE, name=zone["name"])
        done = await api.send("PUT", f"{ZONES}/{zone['id']}", wider, {"if-match": zone["etag"]})
        assert done.status == 200
        assert await status(api, ELSEWHERE) == 200
        for mode, expected in (("disabled", 200), ("enabled", 401)):
            body = rule_body(api, mode=mode)
            done = await api.send("PUT", f"{RULES}/{rule['id']}", body, {"if-match": rule["etag"]})
            assert done.status == 200
            rule["etag"] = done.headers["etag"]
            assert await status(api, HERE) == expected
        await forget(api, f"{RULES}/{rule['id']}")
        assert await status(api, HERE) == 200

    world.run(story())


def test_a_report_lets_pass_and_tells(world: World) -> None:
    async def story() -> None:
        api = await administrator(world)
        key = (await api.create())["id"]
        _, rule = await restrict(api, HERE, mode="report")
        before = len(world.log.events)
        assert await status(api, ELSEWHERE, "POST", f"/keys/{key}/actions/wrap") == 200
        told, event = world.log.events[before:]
        assert (told.action, told.outcome, told.severity) == (EVAL, "success", "warning")
        assert told.response == {"decision": "Deny", "isEnforced": False, "rules": [rule["id"]]}
        assert (event.action, event.outcome) == ("kms.secrets.wrap", "success")
        before = len(world.log.events)
        assert await status(api, HERE, "POST", f"/keys/{key}/actions/wrap") == 200
        assert [it.action for it in world.log.events[before:]] == ["kms.secrets.wrap"]

    world.run(story())


def test_what_is_not_to_be_told_is_not_done(world: World) -> None:
    """A report that cannot be written keeps the command from being done."""

    async def story() -> None:
        api = await administrator(world)
        key = (await api.create())["id"]
        await restrict(api, HERE, mode="report")
        world.log.broken = True
        try:
            assert await status(api, ELSEWHERE, "POST", f"/keys/{key}/actions/disable") == 503
        finally:
            world.log.broken = False
        assert (await api.send("GET", f"/keys/{key}")).resource["state"] == 1

    world.run(story())


def test_both_kinds_of_rules_are_told_apart(world: World) -> None:
    async def story() -> None:
        api = await administrator(world)
        _, reported = await restrict(api, HERE, mode="report")
        _, enforced = await restrict(api, HERE)
        before = len(world.log.events)
        assert await status(api, ELSEWHERE) == 401
        told = [it.response for it in world.log.events[before:-1]]
        assert told == [
            {"decision": "Deny", "isEnforced": True, "rules": [enforced["id"]]},
            {"decision": "Deny", "isEnforced": False, "rules": [reported["id"]]},
        ]

    world.run(story())


def test_a_rule_on_a_ring(world: World) -> None:
    async def story() -> None:
        api = await administrator(world)
        assert (await api.send("POST", "/key_rings/finance")).status == 201
        inside = replace(api, headers={"x-kms-key-ring": "finance"})
        kept, open_one = (await inside.create(aliases=["kept"]))["id"], (await api.create())["id"]
        await restrict(api, HERE, keyRing="finance")
        for method, path, expected in (
            ("GET", f"/keys/{kept}", 401),
            ("GET", "/keys/kept", 401),
            ("GET", f"/keys/{open_one}", 200),
            ("GET", "/keys/nobody", 401),  # as forbidden as the rest
            ("GET", "/keys", 401),  # what is in every ring
            ("GET", "/keys/registrations", 401),
            ("GET", "/key_usage_report", 401),
            ("GET", "/key_usage_report.csv", 401),
            ("GET", "/audit_events", 401),
            ("GET", "/key_rings", 200),
            ("GET", "/instance/policies", 200),
        ):
            assert await status(api, ELSEWHERE, method, path) == expected, path
            assert await status(api, HERE, method, path) == (404 if "nobody" in path else 200), path
        for ring, expected in ((b"finance", 401), (b"default", 200)):
            answer = await from_address(api, ELSEWHERE, "GET", "/keys", x_kms_key_ring=ring)
            assert answer.status == expected
        for path in ("/key_usage_report", "/audit_events"):  # which show all rings, whatever a header says
            answer = await from_address(api, ELSEWHERE, "GET", path, x_kms_key_ring=b"default")
            assert answer.status == 401
        for headers in ({}, {"x_kms_key_ring": b"default"}):  # what a header says makes it no other key
            answer = await from_address(api, ELSEWHERE, "GET", f"/keys/{kept}", **headers)
            assert answer.status == 401
        move = b'{"keyRingID": "finance"}'
        check_unauthorized(await from_address(api, ELSEWHERE, "PATCH", f"/keys/{open_one}", move))
        assert (await from_address(api, HERE, "PATCH", f"/keys/{open_one}", move)).status == 200
        assert await status(api, ELSEWHERE, "GET", f"/keys/{open_one}") == 401

    world.run(story())


def test_an_adapter_for_a_key_in_such_a_ring(world: World) -> None:
    async def story() -> None:
        api = await administrator(world)
        assert (await api.send("POST", "/key_rings/finance")).status == 201
        key = (await replace(api, headers={"x-kms-key-ring": "finance"}).create())["id"]
        await restrict(api, HERE, keyRing="finance")
        body = (
            b'{"metadata":{"collectionType":"application/vnd.ibm.kms.kmip_adapter+json","collectionTotal":1},'
            b'"resources":[{"profile":"native_1.0","profile_data":{"crk_id":"%s"}}]}' % key.encode()
        )
        check_unauthorized(await from_address(api, ELSEWHERE, "POST", "/kmip_adapters", body))
        assert (await from_address(api, HERE, "POST", "/kmip_adapters", body)).status == 201

    world.run(story())


def test_hyper_protect(world: World) -> None:
    """Its IPv6 entries and references are ignored, and no rule on it is only reported (hs-crypto's page)."""

    async def story() -> None:
        api = await of_service(await administrator(world), "hs-crypto")
        manager = await api.other(Role.MANAGER)
        _, rule = await restrict(api, HERE, "2001:db8::/32", "::/0")
        assert await status(manager, HERE) == 200
        assert await status(manager, "2001:db8::1") == 401
        report = rule_body(api, mode="report")
        refused = await api.send("POST", RULES, report)
        assert (refused.status, refused.json["errors"][0]["code"]) == (400, "invalid_request")
        refused = await api.send("PUT", f"{RULES}/{rule['id']}", report, {"if-match": rule["etag"]})
        assert refused.status == 400

    world.run(story())


def test_provisioning_is_not_covered_nor_are_the_rules_themselves(world: World) -> None:
    async def story() -> None:
        api = await administrator(world)
        rule = await make_rule(api)
        where = f"/v2/resource_instances/{api.instance.id}"
        assert await status(api, HERE) == 401
        assert (await api.send("GET", where)).status == 200
        assert (await api.send("DELETE", f"{RULES}/{rule['id']}")).status == 204
        await make_rule(api)
        assert (await api.send("DELETE", where)).status in (202, 204)

    world.run(story())


def test_another_account_is_not_touched(world: World) -> None:
    async def story() -> None:
        api, other = await administrator(world), await world.tenant()
        await make_rule(api)
        assert (await status(api, HERE), await status(other, HERE)) == (401, 200)
        assert about(api)[0]["value"] == other.instance.account

    world.run(story())


def test_the_store_out_of_reach_opens_nothing(world: World) -> None:
    async def story() -> None:
        api = await administrator(world)
        store = world.store

        async def gone(_: object) -> object:
            raise Unavailable("the store is out of reach")

        proxy: Any = type(
            "Proxy", (), {"__getattr__": lambda _, name: getattr(store, name), "perimeter": gone}
        )()
        proxy.perimeter = gone
        assert await status(world.beside(api, store=proxy), HERE) == 503

    world.run(story())
