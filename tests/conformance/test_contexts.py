"""Network zones and context rules over the network: section 4.2 of iam-and-provisioning.md."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from conformance.contexts import (
    HERE,
    RULES,
    ZONES,
    context,
    entry,
    forget,
    make_rule,
    make_zone,
    restrict,
    rule_body,
    zone_body,
)
from conformance.granting import check_form, check_refused, granted_everywhere, home_of_its_own
from conformance.services import OWNER, a_service
from conformance.world import World, another_account, raw
from keystead.domain.actions import Action, Role, Scope
from keystead.domain.context_rules import (
    ALL_PLATFORM_APIS,
    ALL_SERVICE_APIS,
    API_TYPES,
    DATA_PLANE,
    MOST_RULES,
)
from keystead.domain.permissions import PERMISSIONS
from keystead.domain.reasons import Reason
from keystead.domain.zones import MOST_ADDRESSES, MOST_TOGETHER, MOST_ZONES
from keystead.protocols.iam.context_bodies import BODY_OCTETS
from keystead.service import context_checks
from keystead.service import context_rules as rule_commands
from keystead.service import zones as zone_commands

STAMPS = {"created_at", "created_by_id", "last_modified_at", "last_modified_by_id"}
HEAD = {"id", "crn", "name", "description", "address_count", "excluded_count", "href"} | STAMPS
PLATFORM = (Role.VIEWER, Role.OPERATOR, Role.EDITOR, Role.ADMINISTRATOR)
Edit = Callable[[dict[str, Any]], object]


def test_the_life_of_a_zone(world: World) -> None:
    async def story() -> None:
        admin = await home_of_its_own(world)
        account = admin.instance.account
        body = zone_body(
            admin,
            "192.0.2.4",
            "192.0.2.9-192.0.2.11",
            "2001:db8::/32",
            "198.51.100.0/24",
            excluded=[{"type": "ipAddress", "value": "198.51.100.9"}],
            description="the office",
        )
        before = len(world.log.events)
        made = await admin.send("POST", ZONES, body)
        assert made.status == 201
        zone = made.json
        assert set(zone) == HEAD | {"account_id", "addresses", "excluded"}
        assert {name: zone[name] for name in body} == body
        assert (zone["address_count"], zone["excluded_count"]) == (4, 1)
        stem = f"crn:v1:bluemix:public:context-based-restrictions:global:a/{account}::zone:"
        assert (zone["crn"], len(zone["id"])) == (stem + zone["id"], 32)
        (event,) = world.log.events[before:]
        assert (event.action, event.response["zoneId"]) == (
            "context-based-restrictions.zone.create",
            zone["id"],
        )
        assert (await admin.send("GET", f"{ZONES}/{zone['id']}")).json == zone
        listed = (await admin.send("GET", f"{ZONES}?account_id={account}")).json
        assert listed["count"] == 1
        (one,) = listed["zones"]
        assert set(one) == HEAD | {"addresses_preview"}
        assert one["addresses_preview"] == zone["addresses"][:3]
        new = zone_body(admin, HERE, name="another name")
        done = await admin.send("PUT", f"{ZONES}/{zone['id']}", new, {"if-match": made.headers["etag"]})
        assert (done.status, done.json["name"], done.json["excluded"]) == (200, "another name", [])
        late = await admin.send("PUT", f"{ZONES}/{zone['id']}", new, {"if-match": made.headers["etag"]})
        check_refused(late, Reason.CONTEXT_CHANGED)
        assert done.headers["etag"] != made.headers["etag"]
        await forget(admin, f"{ZONES}/{zone['id']}")
        check_refused(await admin.send("GET", f"{ZONES}/{zone['id']}"), Reason.ZONE_NOT_FOUND)

    world.run(story())


def test_entries_keep_the_ids_that_they_were_given(world: World) -> None:
    """By them Terraform knows which entries of a zone each `ibm_cbr_zone_addresses` has made."""

    async def story() -> None:
        admin = await home_of_its_own(world)
        mine, other = {**entry("192.0.2.0/24"), "id": "TF-1"}, entry(HERE)
        service = {"type": "serviceRef", "ref": REF, "id": "TF-2"}
        zone = await make_zone(
            admin, addresses=[mine, other, service], excluded=[{**entry("192.0.2.9"), "id": "x"}]
        )
        where = f"{ZONES}/{zone['id']}"
        assert (await admin.send("GET", where)).json["addresses"] == [mine, other, service]
        assert zone["excluded"] == [{**entry("192.0.2.9"), "id": "x"}]
        body = {**zone_body(admin), "addresses": [other, mine]}
        assert (await admin.send("PUT", where, body, {"if-match": zone["etag"]})).json["addresses"] == [
            other,
            mine,
        ]

    world.run(story())


def test_the_life_of_a_rule(world: World) -> None:
    async def story() -> None:
        admin = await home_of_its_own(world)
        account = admin.instance.account
        zone = await make_zone(admin, HERE)
        tags = [{"name": "env", "value": "prod*", "operator": "stringMatch"}]
        body = rule_body(admin, context(networkZoneId=zone["id"], endpointType="public"))
        body["resources"][0]["tags"] = tags
        before = len(world.log.events)
        made = await admin.send("POST", RULES, {**body, "description": "only from the office"})
        assert made.status == 201
        rule = made.json
        assert set(rule) == {
            "id", "crn", "description", "contexts", "resources", "operations", "enforcement_mode", "href",
        } | STAMPS  # fmt: skip
        assert {name: rule[name] for name in body} == body
        assert rule["operations"] == {"api_types": [{"api_type_id": ALL_SERVICE_APIS}]}
        assert (rule["enforcement_mode"], rule["crn"].rpartition("::")[2]) == (
            "enabled",
            f"rule:{rule['id']}",
        )
        (event,) = world.log.events[before:]
        assert (event.action, event.severity) == ("context-based-restrictions.policy.create", "warning")
        assert event.response["ruleId"] == rule["id"]
        assert (await admin.send("GET", f"{RULES}/{rule['id']}")).json == rule
        listed = (await admin.send("GET", f"{RULES}?account_id={account}")).json
        assert listed == {"count": 1, "rules": [rule]}
        check_refused(await admin.send("DELETE", f"{ZONES}/{zone['id']}"), Reason.ZONE_IN_USE)
        types = [{"api_type_id": it} for it in (ALL_SERVICE_APIS, ALL_PLATFORM_APIS)]
        new = {**rule_body(admin, mode="report"), "operations": {"api_types": types}}
        done = await admin.send("PUT", f"{RULES}/{rule['id']}", new, {"if-match": made.headers["etag"]})
        assert done.status == 200
        assert {name: done.json[name] for name in new} == new
        late = await admin.send("PUT", f"{RULES}/{rule['id']}", new, {"if-match": made.headers["etag"]})
        check_refused(late, Reason.CONTEXT_CHANGED)
        await forget(admin, f"{ZONES}/{zone['id']}", f"{RULES}/{rule['id']}")
        check_refused(await admin.send("GET", f"{RULES}/{rule['id']}"), Reason.RULE_NOT_FOUND)

    world.run(story())


def test_listings(world: World) -> None:
    async def story() -> None:
        admin = await home_of_its_own(world)
        account = f"account_id={admin.instance.account}"
        first, second = [await make_zone(admin, HERE, name=name) for name in ("beta", "alpha")]
        one = await make_rule(admin, context(networkZoneId=first["id"]), region="us-south")
        other = await make_rule(admin, mode="disabled", serviceName="hs-crypto", serviceInstance="-")

        async def found(path: str, query: str) -> list[str]:
            answer = await admin.send("GET", f"{path}?{account}&{query}")
            assert answer.status == 200, answer.body
            (items,) = (it for name, it in answer.json.items() if name != "count")
            assert answer.json["count"] == len(items)
            return [it["id"] for it in items]

        assert await found(ZONES, "sort=name") == [second["id"], first["id"]]
        assert await found(ZONES, "sort=-name") == [first["id"], second["id"]]
        assert await found(ZONES, "name=alpha") == [second["id"]]
        assert sorted(await found(RULES, "sort=-created_at")) == sorted([one["id"], other["id"]])
        for query, ids in (
            ("service_name=kms", [one["id"]]),
            ("service_name=hs-crypto", [other["id"]]),
            (f"service_instance={admin.instance.id}", [one["id"]]),
            ("region=us-south", [one["id"]]),
            ("region=eu-de", []),
            ("resource_type=key", []),
            ("service_group_id=IAM", []),
            (f"zone_id={first['id']}", [one["id"]]),
            (f"zone_id={second['id']}", []),
            ("enforcement_mode=disabled", [other["id"]]),
        ):
            assert await found(RULES, query) == ids, query
        for path, query in (
            (ZONES, "sort=size"),
            (RULES, "sort=size"),
            (RULES, "enforcement_mode=strict"),
            (f"{ZONES}/serviceref_targets", "type=most"),
            ("/v1/operations", "service_name=kms&service_group_id=IAM"),
        ):
            check_form(await admin.send("GET", f"{path}?{account}&{query}"), 400, "invalid_request")
        for path in (ZONES, RULES):
            answer = await admin.send("GET", path)
            check_form(answer, 400, "invalid_request")
            assert answer.json["errors"][0]["target"] == {"type": "parameter", "name": "account_id"}

    world.run(story())


def test_what_may_be_said(world: World) -> None:
    async def story() -> None:
        admin = await home_of_its_own(world)
        where = f"/v1/account_settings/{admin.instance.account}"
        await restrict(admin, HERE)
        settings = (await admin.send("GET", where)).json
        assert settings["current_rule_count"] == settings["current_zone_count"] == 1
        assert settings["current_tags_rule_count"] == 0
        for service, modes in (("kms", 3), ("hs-crypto", 2)):
            found = (await admin.send("GET", f"/v1/operations?service_name={service}")).json["api_types"]
            assert [it["api_type_id"] for it in found] == list(API_TYPES)
            assert {len(it["enforcement_modes"]) for it in found} == {modes}
            actions = [it["action_id"] for it in found[0]["actions"]]
            assert f"{service}.secrets.wrap" in actions
        assert (await admin.send("GET", "/v1/operations?service_name=is")).json == {"api_types": []}
        targets = f"{ZONES}/serviceref_targets"
        assert (await admin.send("GET", targets)).json == {"count": 0, "targets": []}
        await a_service(admin, OWNER.replace("77aa", admin.instance.account))
        found = (await admin.send("GET", f"{targets}?type=all")).json
        assert [it["service_name"] for it in found["targets"]] == ["cloud-object-storage"]
        one = await admin.send("GET", f"{targets}/cloud-object-storage")
        assert one.json == found["targets"][0]
        assert (await admin.send("GET", f"{targets}?type=platform_service")).json["count"] == 0

    world.run(story())


def with_(**more: Any) -> Edit:
    return lambda body: body.update(more)


def addresses(*them: dict[str, Any]) -> Edit:
    return with_(addresses=list(them))


def ip(value: Any, kind: str = "ipAddress") -> Edit:
    return addresses({"type": kind, "value": value})


REF = {"account_id": "a", "service_name": "cloud-object-storage"}
BAD_ZONES: dict[str, Edit] = {
    "no name": lambda body: body.pop("name"),
    "an empty name": with_(name=""),
    "a name with an umlaut": with_(name="Büro"),
    "a long name": with_(name="a" * 129),
    "no account": lambda body: body.pop("account_id"),
    "a long description": with_(description="a" * 301),
    "a description of two lines": with_(description="a\nb"),
    "a description of others": with_(description="\u4e16"),
    "addresses that are none": with_(addresses="192.0.2.1"),
    "an address of no type": addresses({"value": "192.0.2.1"}),
    "an address of another type": ip("x", "instance"),
    "an address of four hundred": ip("192.0.2.400"),
    "an address with zeros": ip("192.0.02.1"),
    "an address with a scope": ip("fe80::1%eth0"),
    "a subnet with a scope": ip("fe80::1%eth0/64", "subnet"),
    "a mapped address": ip("::ffff:192.0.2.1"),
    "a mapped subnet": ip("::ffff:192.0.2.0/120", "subnet"),
    "a range into the mapped": ip("::fffe:0:0-::ffff:0:1", "ipRange"),
    "a name": ip("localhost"),
    "a number": ip("3221225985"),
    "no value": ip(None),
    "an empty value": ip(""),
    "a long value": ip("1" * 301),
    "a NUL": ip("192.0.2.1\x00"),
    "a subnet as address": ip("192.0.2.0/24"),
    "an address as subnet": ip("192.0.2.1", "subnet"),
    "a subnet with a mask": ip("192.0.2.0/255.255.255.0", "subnet"),
    "a subnet too long": ip("192.0.2.0/33", "subnet"),
    "half a range": ip("192.0.2.1-", "ipRange"),
    "a range backwards": ip("192.0.2.2-192.0.2.1", "ipRange"),
    "a range of two families": ip("192.0.2.2-2001:db8::1", "ipRange"),
    "three ends": ip("192.0.2.1-192.0.2.2-192.0.2.3", "ipRange"),
    "no VPC": ip("vpc", "vpc"),
    "a CRN of something else": ip("crn:v1:bluemix:public:kms:us-south:a/x:y::", "vpc"),
    "an id with a space": addresses({"type": "ipAddress", "value": HERE, "id": "TF 1"}),
    "an empty id": addresses({"type": "ipAddress", "value": HERE, "id": ""}),
    "a long id": addresses({"type": "ipAddress", "value": HERE, "id": "a" * 129}),
    "an address and a reference": addresses({"type": "ipAddress", "value": "192.0.2.1", "ref": REF}),
    "a reference and a value": addresses({"type": "serviceRef", "value": "x", "ref": REF}),
    "a reference to nothing": addresses({"type": "serviceRef"}),
    "a reference without a service": addresses({"type": "serviceRef", "ref": {"account_id": "a"}}),
    "a reference without an account": addresses({"type": "serviceRef", "ref": {"service_name": "a"}}),
    "a VPC excluded": with_(excluded=[{"type": "vpc", "value": "crn:v1:bluemix:public:is:x:a/x::vpc:y"}]),
    "a reference excluded": with_(excluded=[{"type": "serviceRef", "ref": REF}]),
    "too many": addresses(*({"type": "ipAddress", "value": HERE} for _ in range(MOST_ADDRESSES + 1))),
    "too many excluded": with_(excluded=[{"type": "ipAddress", "value": HERE}] * (MOST_ADDRESSES + 1)),
}


@pytest.mark.parametrize("edit", BAD_ZONES.values(), ids=BAD_ZONES)
def test_what_no_zone_can_be(world: World, edit: Edit) -> None:
    async def story() -> None:
        admin = await home_of_its_own(world)
        zone = await make_zone(admin, HERE)
        body = zone_body(admin, HERE)
        edit(body)
        check_refused(await admin.send("POST", ZONES, body), Reason.CONTEXT_BODY)
        where = f"{ZONES}/{zone['id']}"
        check_refused(await admin.send("PUT", where, body, {"if-match": "*"}), Reason.CONTEXT_BODY)
        assert (await admin.send("GET", where)).headers["etag"] == zone["etag"]

    world.run(story())


def resource(**more: str | None) -> Edit:
    """Return what puts attributes of these names in place of those there are; ``None`` leaves one out."""

    def edit(body: dict[str, Any]) -> None:
        attributes = body["resources"][0]["attributes"]
        attributes[:] = [it for it in attributes if it["name"] not in more]
        attributes += [{"name": name, "value": value} for name, value in more.items() if value is not None]

    return edit


def matching(name: str, operator: str = "stringMatch") -> Edit:
    def edit(body: dict[str, Any]) -> None:
        (attribute,) = (it for it in body["resources"][0]["attributes"] if it["name"] == name)
        attribute["operator"] = operator

    return edit


def contexts(*them: Any) -> Edit:
    return with_(contexts=list(them))


def operations(*types: str) -> Edit:
    return with_(operations={"api_types": [{"api_type_id": it} for it in types]})


BAD_RULES: dict[str, Edit] = {
    "no contexts": lambda body: body.pop("contexts"),
    "contexts that are none": with_(contexts={}),
    "a context of nothing": contexts({"attributes": []}),
    "a zone that is not there": contexts(context(networkZoneId="0" * 32)),
    "an empty zone": contexts(context(networkZoneId=",")),
    "an unknown endpoint": contexts(context(endpointType="secret")),
    "no endpoint": contexts(context(endpointType="public,")),
    "a second factor": contexts(context(mfa="LEVEL1")),
    "a long value": contexts(context(networkZoneId="0" * 1001)),
    "too many contexts": contexts(*[context(endpointType="public")] * 1001),
    "no resource": with_(resources=[]),
    "two resources": lambda body: body["resources"].append(body["resources"][0]),
    "no attributes": with_(resources=[{"attributes": []}]),
    "no account": resource(accountId=None),
    "another account": resource(accountId="b" * 32),
    "every account": matching("accountId"),
    "no service": resource(serviceName=None),
    "another service": resource(serviceName="context-based-restrictions"),
    "every service": matching("serviceName"),
    "another operator": matching("serviceInstance", "stringExists"),
    "an instance by its name": resource(serviceInstance="keystead"),
    "an instance in capitals": resource(serviceInstance="ABCDEF00-0000-4000-8000-000000000000"),
    "an unknown attribute": resource(color="red"),
    "a long pattern": lambda body: (resource(region="a" * 101)(body), matching("region")(body)),
    "an attribute twice": lambda body: body["resources"][0]["attributes"].append(
        {"name": "serviceName", "value": "hs-crypto"}
    ),
    "tags that are none": lambda body: body["resources"][0].update(tags=[{"name": "env"}]),
    "too many tags": lambda body: body["resources"][0].update(tags=[{"name": "a", "value": "b"}] * 11),
    "a long description": with_(description="a" * 301),
    "another mode": with_(enforcement_mode="strict"),
    "no operations": with_(operations={"api_types": []}),
    "an unknown operation": operations("crn:v1:bluemix:public:is::::api-type:x"),
    "what is not covered alone": operations(ALL_PLATFORM_APIS),
    "an operation without a name": with_(operations={"api_types": [{}]}),
}


@pytest.mark.parametrize("edit", BAD_RULES.values(), ids=BAD_RULES)
def test_what_no_rule_can_be(world: World, edit: Edit) -> None:
    async def story() -> None:
        admin = await home_of_its_own(world)
        rule = await make_rule(admin, context(endpointType="public"))
        body = rule_body(admin, context(endpointType="public"))
        edit(body)
        check_refused(await admin.send("POST", RULES, body), Reason.CONTEXT_BODY)
        where = f"{RULES}/{rule['id']}"
        check_refused(await admin.send("PUT", where, body, {"if-match": "*"}), Reason.CONTEXT_BODY)
        assert (await admin.send("GET", where)).headers["etag"] == rule["etag"]

    world.run(story())


def test_what_a_rule_may_be_about(world: World) -> None:
    async def story() -> None:
        admin = await home_of_its_own(world)
        for types in ((DATA_PLANE,), (ALL_SERVICE_APIS, DATA_PLANE, ALL_PLATFORM_APIS)):
            body = rule_body(admin, context(endpointType="public"))
            operations(*types)(body)
            made = await admin.send("POST", RULES, body)
            assert made.json["operations"] == body["operations"]

    world.run(story())


@pytest.mark.parametrize("path", [ZONES, RULES])
@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"\xff", b"[" * 9999, b'{"x":"' + b"x" * BODY_OCTETS + b'"}']
)
def test_bodies_that_are_none(world: World, path: str, body: bytes) -> None:
    async def story() -> None:
        admin = await home_of_its_own(world)
        check_refused(await raw(admin, "POST", path, body), Reason.CONTEXT_BODY)
        assert (await admin.send("GET", f"{path}?account_id={admin.instance.account}")).json["count"] == 0

    world.run(story())


@pytest.mark.parametrize("tag", [None, "", "abc", '"1-x', '"0-00"', 'W/"x"'])
def test_a_change_names_the_state_that_it_changes(world: World, tag: str | None) -> None:
    async def story() -> None:
        admin = await home_of_its_own(world)
        zone, rule = await restrict(admin, HERE)
        for where, body in (
            (f"{ZONES}/{zone['id']}", zone_body(admin)),
            (f"{RULES}/{rule['id']}", rule_body(admin)),
        ):
            answer = await admin.send("PUT", where, body, {"if-match": tag})
            check_refused(answer, Reason.CONTEXT_BODY if tag is None else Reason.CONTEXT_CHANGED)

    world.run(story())


def test_as_many_as_there_may_be(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        admin = await home_of_its_own(world)
        monkeypatch.setattr(zone_commands, "MOST_ZONES", 1)
        monkeypatch.setattr(rule_commands, "MOST_RULES", 1)
        await restrict(admin, HERE)
        check_refused(await admin.send("POST", ZONES, zone_body(admin)), Reason.CONTEXT_LIMIT)
        check_refused(await admin.send("POST", RULES, rule_body(admin)), Reason.CONTEXT_LIMIT)
        other = await home_of_its_own(world)
        monkeypatch.setattr(context_checks, "MOST_TOGETHER", 2)
        zone, rule = await restrict(other, HERE)
        await forget(other, f"{RULES}/{rule['id']}", f"{ZONES}/{zone['id']}")
        for path, body in (
            (ZONES, zone_body(other, HERE, HERE, excluded=[{"type": "ipAddress", "value": HERE}])),
            (RULES, rule_body(other, *[context(endpointType="public")] * 3)),
        ):
            check_refused(await other.send("POST", path, body), Reason.CONTEXT_LIMIT)
        zone, rule = await restrict(other, HERE)
        for where, body in (
            (f"{ZONES}/{zone['id']}", zone_body(other, HERE, HERE, HERE)),
            (f"{RULES}/{rule['id']}", rule_body(other, *[context(endpointType="public")] * 3)),
        ):
            check_refused(await other.send("PUT", where, body, {"if-match": "*"}), Reason.CONTEXT_LIMIT)

    world.run(story())
    assert (MOST_ZONES, MOST_RULES, MOST_TOGETHER) == (500, 200, 10_000)


def test_a_zone_grows_no_further_than_its_rules_allow(world: World) -> None:
    async def story() -> None:
        admin = await home_of_its_own(world)
        some = [f"10.{number >> 8}.{number & 255}.1" for number in range(MOST_ADDRESSES)]
        small, large = await make_zone(admin), await make_zone(admin, *some)
        await make_rule(admin, context(networkZoneId=f"{small['id']},{large['id']}"))
        grown = zone_body(admin, HERE, name=small["name"])
        answer = await admin.send("PUT", f"{ZONES}/{small['id']}", grown, {"if-match": "*"})
        check_refused(answer, Reason.CONTEXT_LIMIT)

    world.run(story())


def test_of_two_at_once_one_is_refused(world: World) -> None:
    """A zone goes or is named, and two of one name are never there."""

    async def story() -> None:
        admin = await home_of_its_own(world)
        zone = await make_zone(admin)
        named = rule_body(admin, context(networkZoneId=zone["id"]))
        deleted, made = await asyncio.gather(
            admin.send("DELETE", f"{ZONES}/{zone['id']}"), admin.send("POST", RULES, named)
        )
        assert sorted((deleted.status < 400, made.status < 400)) == [False, True]
        twins = [admin.send("POST", ZONES, zone_body(admin, name="one name")) for _ in range(3)]
        assert sorted(it.status for it in await asyncio.gather(*twins)) == [201, 409, 409]

    world.run(story())


ROUTES = """
GET    /v1/zones?account_id={account}         200 read
POST   /v1/zones                              201 write
GET    /v1/zones/{zone}                       200 read
PUT    /v1/zones/{zone}                       200 write
DELETE /v1/zones/{unused}                     204 write
GET    /v1/zones/serviceref_targets           200 read
GET    /v1/zones/serviceref_targets/x         404 read
GET    /v1/rules?account_id={account}         200 read
POST   /v1/rules                              201 write
GET    /v1/rules/{rule}                       200 read
PUT    /v1/rules/{rule}                       200 write
DELETE /v1/rules/{rule}                       204 write
GET    /v1/account_settings/{account}         200 read
GET    /v1/operations?service_name=kms        200 read
"""
ROWS = [line.split() for line in ROUTES.strip().splitlines()]


def test_who_may_do_what(world: World) -> None:
    """Section 3.4: platform roles on the whole account read, its Administrators write."""

    async def story() -> None:
        admin = await home_of_its_own(world)
        callers = {role: await granted_everywhere(admin, role) for role in Role}
        other = await home_of_its_own(world)
        narrow = await admin.other(Role.ADMINISTRATOR)
        for method, path, success, kind in ROWS:
            for role, caller in callers.items():
                allowed = role is Role.ADMINISTRATOR if kind == "write" else role in PLATFORM
                answer = await asked(admin, caller, method, path)
                if allowed:
                    assert answer.status == int(success), (role, path, answer.body)
                else:
                    check_refused(answer, Reason.CONTEXT_FORBIDDEN)
            check_refused(await asked(admin, narrow, method, path), Reason.CONTEXT_FORBIDDEN)
            foreign = await asked(admin, other, method, path)
            if "{" in path or method == "POST":
                assert foreign.status in (400, 403, 404), path

    async def asked(admin: Any, caller: Any, method: str, path: str) -> Any:
        zone, unused = await make_zone(admin), await make_zone(admin)
        rule = await make_rule(admin, context(networkZoneId=zone["id"]), mode="disabled")
        where = path.format(
            account=admin.instance.account, zone=zone["id"], unused=unused["id"], rule=rule["id"]
        )
        body = None
        if method in ("POST", "PUT"):
            body = zone_body(admin) if path.startswith(ZONES) else rule_body(admin, mode="disabled")
        return await caller.send(method, where, body, {"if-match": "*"})

    world.run(story())


def test_what_is_another_accounts_is_not_there(world: World) -> None:
    async def story() -> None:
        mine, theirs = await home_of_its_own(world), await home_of_its_own(world)
        zone, rule = await restrict(theirs, HERE)
        for path, body, never in (
            (f"{ZONES}/{zone['id']}", zone_body(mine), f"{ZONES}/{'0' * 32}"),
            (f"{RULES}/{rule['id']}", rule_body(mine), f"{RULES}/{'0' * 32}"),
        ):
            for method in ("GET", "PUT", "DELETE"):
                sent = body if method == "PUT" else None
                found = await mine.send(method, path, sent, {"if-match": "*"})
                absent = await mine.send(method, never, sent, {"if-match": "*"})
                assert (found.status, found.json["errors"]) == (404, absent.json["errors"])
        named = rule_body(mine, context(networkZoneId=zone["id"]))
        check_refused(await mine.send("POST", RULES, named), Reason.CONTEXT_BODY)
        for account in (theirs.instance.account, "0" * 32):
            for path in (ZONES, RULES):
                answer = await mine.send("GET", f"{path}?account_id={account}")
                check_refused(answer, Reason.CONTEXT_FORBIDDEN)
            check_refused(await mine.send("GET", f"/v1/account_settings/{account}"), Reason.CONTEXT_FORBIDDEN)
            body = {**zone_body(mine), "account_id": account}
            check_refused(await mine.send("POST", ZONES, body), Reason.CONTEXT_FORBIDDEN)
        assert (await theirs.send("GET", f"{RULES}/{rule['id']}")).headers["etag"] == rule["etag"]

    world.run(story())


def test_unknown_paths_are_refused_in_the_form_of_these_doors(world: World) -> None:
    async def story() -> None:
        admin = await another_account(world)
        check_form(await admin.send("GET", "/v1/zones/a/b/c/d"), 404, "not_found")
        check_form(await admin.send("PATCH", "/v1/rules/x"), 405, "method_not_allowed")

    world.run(story())


def test_every_action_of_these_doors_is_asked_for_above() -> None:
    named = [action for action in Action if PERMISSIONS[action].scope is Scope.CONTEXTS]
    assert len(named) == len(ROWS)
