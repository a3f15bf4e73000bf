"""Instances as they are made: section 5.1 of iam-and-provisioning.md, and NET-3."""

import json
from typing import Any

import pytest

from api import Api
from conformance.provisioned import INSTANCES, TIERED, a_steward, a_wish, check_refused, made
from conformance.world import World, another_account, raw
from http_peer import Answer
from keystead.domain.actions import Role
from keystead.domain.catalog import REGIONS
from keystead.domain.errors import Conflict, Unavailable
from keystead.domain.instances import Instance
from keystead.domain.roles import crn_of
from keystead.protocols.http.exchange import MAX_BODY_OCTETS
from keystead.protocols.provisioning.writing_instances import MOST_PARAMETER_LEVELS, MOST_PARAMETER_OCTETS

CROSS = "4e853ad3-5820-49c7-8d07-a179fb15b9ee"
STANDARD = "4c5400c7-e4f7-4d5f-a645-e863f040c7f6"
DEPLOYMENT = "crn:v1:bluemix:public:globalcatalog::::deployment:"


@pytest.fixture
def steward(world: World) -> Api:
    """Somebody who may make instances, in an account with one of them."""
    return world.run(_steward(world))


async def _steward(world: World) -> Api:
    return await a_steward(await another_account(world), Role.EDITOR)


def create(world: World, api: Api, headers: dict[str, str] | None = None, **more: object) -> Answer:
    return world.run(api.send("POST", INSTANCES, a_wish(**more), headers))


def instances(world: World, api: Api) -> list[Instance]:
    found = world.run(world.store.instances())
    return [it for it in found if it.account == api.instance.account]


def within(found: Any) -> dict[str, str | None]:
    return {"bluemix-instance": found["guid"]}


def test_rc_5_an_instance_is_active_at_once(world: World, steward: Api) -> None:
    found = world.run(made(steward))
    assert world.run(steward.send("GET", f"{INSTANCES}/{found['guid']}")).json == found
    moment = found["created_at"]
    assert found["crn"] == f"crn:v1:bluemix:public:kms:eu-de:a/{steward.instance.account}:{found['guid']}::"
    wanted = {
        "id": found["crn"],
        "name": "payroll",
        "region_id": "eu-de",
        "resource_plan_id": TIERED,
        "target_crn": f"{DEPLOYMENT}{TIERED}%3Aeu-de",
        "state": "active",
        "parameters": {},
        "allow_cleanup": False,
        "locked": False,
        "created_by": steward.iam_id,
        "updated_at": moment,
        "plan_history": [{"resource_plan_id": TIERED, "start_date": moment}],
    }
    assert {name: found[name] for name in wanted} == wanted
    assert found["last_operation"]["type"] == "create"
    assert found["last_operation"]["state"] == "succeeded"
    assert found["last_operation"]["async"] is False
    assert not {"updated_by", "deleted_at", "deleted_by"} & set(found)


def test_a_new_instance_works_with_keys_at_once(world: World, steward: Api) -> None:
    found = world.run(made(steward))
    beside = world.beside(steward)
    for api in (steward, beside):
        key = world.run(
            api.send(
                "POST",
                "/keys",
                {"metadata": {}, "resources": [{"name": "in it", "extractable": False}]},
                within(found),
            )
        )
        assert key.status == 201, key.body
        wrapped = world.run(api.send("POST", f"/keys/{key.resource['id']}/actions/wrap", {}, within(found)))
        assert wrapped.status == 200
    rings = world.run(steward.send("GET", "/key_rings", None, within(found)))
    assert [ring["id"] for ring in rings.json["resources"]] == ["default"]
    other = world.run(steward.other(Role.MANAGER))
    assert world.run(other.send("GET", "/keys", None, within(found))).status == 401


def test_who_makes_an_instance_manages_it_and_purges_nothing(world: World, steward: Api) -> None:
    found = world.run(made(steward))
    grants = world.run(world.store.grants(steward.iam_id))
    assert [grant.roles for grant in grants if found["guid"] in {it.value for it in grant.resource}] == [
        (crn_of(Role.MANAGER),)
    ]


def test_the_event_of_a_new_instance(world: World, steward: Api) -> None:
    found = world.run(made(steward))
    event = world.log.events[-1]
    assert (event.action, event.outcome, event.reason_code) == ("kms.instance.create", "success", 201)
    assert (event.target_id, event.log_source) == (found["crn"], found["crn"])
    assert event.request["instanceID"] == found["guid"]
    assert event.caller.iam_id == steward.iam_id


@pytest.mark.parametrize("region", REGIONS)
def test_rc_2_a_target_is_a_region(world: World, steward: Api, region: str) -> None:
    for target in (region, f"{DEPLOYMENT}{TIERED}%3A{region}", f"{DEPLOYMENT}{TIERED}%3a{region}"):
        assert world.run(made(steward, target=target))["region_id"] == region


def test_rc_2_a_target_is_a_deployment_as_the_catalog_names_it(world: World, steward: Api) -> None:
    found = world.run(steward.send("GET", f"/api/v1/{TIERED}/deployment?include=*")).json["resources"]
    for name in (found[0]["catalog_crn"], found[0]["metadata"]["deployment"]["target_crn"]):
        assert world.run(made(steward, target=name))["target_crn"] == name


def test_the_names_of_older_clients(world: World, steward: Api) -> None:
    (group,) = world.run(steward.send("GET", "/v2/resource_groups")).json["resources"]
    body = {"name": "old", "target_crn": "us-south", "resource_plan_id": TIERED}
    for more in ({"resource_group_id": group["id"]}, {"resource_group": group["id"]}):
        answer = world.run(steward.send("POST", "/v1/resource_instances", {**body, **more}))
        assert answer.status == 201
        assert answer.json["resource_group_id"] == group["id"]


@pytest.mark.parametrize(
    ("plan", "region", "service"),
    [(CROSS, "jp-tok", "kms"), (STANDARD, "us-east", "hs-crypto"), (TIERED, "eu-gb", "kms")],
)
def test_the_plan_says_which_service(
    world: World, steward: Api, plan: str, region: str, service: str
) -> None:
    found = world.run(made(steward, resource_plan_id=plan, target=region))
    assert found["crn"].split(":")[4] == service
    assert found["resource_plan_id"] == plan


def test_rc_7_names_need_not_be_unique(world: World, steward: Api) -> None:
    assert world.run(made(steward))["guid"] != world.run(made(steward))["guid"]


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"service-endpoints": "private"},
        {"allowed_network": "public-and-private", "crypto_units": "3", "units": 2},
        {"a": None, "b": [1, 2.5, -0.0, True, {"c": {}}], "é": "\x00 \u2028", "": "", "A": 1, "big": 2**70},
        {"deep": json.loads("[" * (MOST_PARAMETER_LEVELS - 2) + "1" + "]" * (MOST_PARAMETER_LEVELS - 2))},
        {"long": "x" * (MOST_PARAMETER_OCTETS - 20)},
    ],
)
def test_rc_3_parameters_come_back_unchanged(world: World, steward: Api, parameters: Any) -> None:
    found = world.run(made(steward, parameters=parameters))
    assert found["parameters"] == parameters
    assert world.run(steward.send("GET", f"{INSTANCES}/{found['guid']}")).json["parameters"] == parameters
    listed = world.run(steward.send("GET", f"{INSTANCES}?guid={found['guid']}")).json["resources"]
    assert listed == [found]


@pytest.mark.parametrize(("given", "locked"), [("true", True), ("false", False), ("TRUE", True)])
def test_an_instance_can_be_locked_from_its_birth(
    world: World, steward: Api, given: str, locked: bool
) -> None:
    answer = create(world, steward, {"entity-lock": given}, allow_cleanup=True, tags=["a", "b"])
    assert (answer.status, answer.json["locked"], answer.json["allow_cleanup"]) == (201, locked, True)


@pytest.mark.parametrize(
    ("network", "status"), [("private-only", 401), ("public-and-private", 200), (None, 200)]
)
def test_net_3_the_network_is_a_policy_from_birth(
    world: World, steward: Api, network: str | None, status: int
) -> None:
    found = world.run(made(steward, parameters={} if network is None else {"allowed_network": network}))
    assert world.run(steward.send("GET", "/keys", None, within(found))).status == status
    policies = world.run(world.store.policies(found["guid"]))
    named = (
        [] if policies is None else [(it.kind, it.enabled, it.allowed_network) for it in policies.policies]
    )
    assert named == ([] if network is None else [("allowedNetwork", True, network)])


@pytest.mark.parametrize("role", Role)
def test_3_4_editors_and_administrators_of_the_account_make_instances(world: World, role: Role) -> None:
    account = world.run(another_account(world))
    everywhere, here = world.run(a_steward(account, role)), world.run(account.other(role))
    assert create(world, everywhere).status == (201 if role in (Role.EDITOR, Role.ADMINISTRATOR) else 401)
    before = instances(world, account)
    check_refused(create(world, here), 401, "RC-Unauthorized")  # a role in one instance makes no other
    assert instances(world, account) == before
    assert (world.log.events[-1].action, world.log.events[-1].outcome) == ("kms.instance.create", "failure")


def test_a_stranger_learns_nothing_of_how_bodies_are_judged(world: World, steward: Api) -> None:
    nobody = world.run(steward.other(Role.MANAGER))
    for body in (b"{", b"", b'{"name":1}'):
        check_refused(world.run(nobody.send("POST", INSTANCES, body)), 401, "RC-Unauthorized")


DEEP = b"[" * 100_000 + b"]" * 100_000
WHOLE = json.dumps(a_wish()).encode()
BODIES = [
    b"",
    b"null",
    b"[]",
    b'"x"',
    b"{",
    b"{}",
    b"\xff",
    DEEP,
    b'{"name":' * 100_000,
    WHOLE[:-1] + b',"parameters":' + DEEP + b"}",
    WHOLE[:-1] + b',"parameters":' + b'{"a":' * 20 + b"1" + b"}" * 20 + b"}",
    WHOLE[:-1] + b',"parameters":{"a":1e999}}',
    WHOLE[:-1] + b',"parameters":{"a":' + b"9" * 10_000 + b"}}",
    WHOLE[:-1] + b',"parameters":{"a":"\\ud800"}}',
    WHOLE[:-1] + b',"parameters":{"a":NaN}}',
    WHOLE[:-1] + b',"name":"a\\u0000b"}',
    WHOLE[:-1] + b',"name":7}',
    None,
    WHOLE[:-1] + b',"name":"payroll","name":null}',
]


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_a_body_that_cannot_be_read_makes_nothing(world: World, steward: Api, body: bytes | None) -> None:
    before = instances(world, steward)
    answer = world.run(raw(steward, "POST", INSTANCES, body))
    check_refused(answer, 400, "RC-BadRequest")
    assert instances(world, steward) == before


def test_of_a_member_that_is_there_twice_the_last_one_counts(world: World, steward: Api) -> None:
    body = WHOLE[:-1] + b',"name":"last","parameters":{"a":1},"parameters":{"b":1,"b":2}}'
    answer = world.run(raw(steward, "POST", INSTANCES, body))
    assert (answer.json["name"], answer.json["parameters"]) == ("last", {"b": 2})


@pytest.mark.parametrize(
    "more",
    [
        {"name": None},
        {"name": ""},
        {"name": "x" * 181},
        {"name": "a\nb"},
        {"name": "a/b"},
        {"name": "a\u202eb"},
        {"name": ["a"]},
        {"name": {"a": 1}},
        {"name": True},
        {"target": None},
        {"target": ""},
        {"target": "mars"},
        {"target": "US-SOUTH"},
        {"target": "us-south\x00"},
        {"target": "us-south\n"},
        {"target": 7},
        {"target": ["us-south"]},
        {"target": "x" * 100_000},
        {"target": f"{DEPLOYMENT}{TIERED}%3Amars"},
        {"target": f"{DEPLOYMENT}{TIERED}:us-south"},
        {"target": f"{DEPLOYMENT}{CROSS}%3Aus-south"},
        {"target": f"{DEPLOYMENT}{TIERED}%3A"},
        {"target": f"{DEPLOYMENT}%3Aus-south"},
        {"target": DEPLOYMENT},
        {"resource_plan_id": None},
        {"resource_plan_id": "tiered-pricing"},
        {"resource_plan_id": "ee41347f-b18e-4ca6-bf80-b5467c63f9a6"},  # a service
        {"resource_plan_id": f"{TIERED}:us-south"},
        {"resource_plan_id": 1},
        {"resource_plan_id": CROSS, "target": "eu-gb"},
        {"parameters": "x"},
        {"parameters": ["x"]},
        {"parameters": 1},
        {"parameters": {"a": "x" * MOST_PARAMETER_OCTETS}},
        {"parameters": {"allowed_network": "none"}},
        {"parameters": {"allowed_network": 1}},
        {"parameters": {"allowed_network": ["private-only"]}},
        {"allow_cleanup": "yes"},
        {"allow_cleanup": 1},
        {"tags": "x"},
        {"tags": [1]},
        {"tags": ["x"] * 101},
        {"resource_group": 1},
    ],
    ids=str,
)
def test_a_wish_that_cannot_be_had_makes_nothing(world: World, steward: Api, more: Any) -> None:
    before = instances(world, steward)
    check_refused(create(world, steward, **more), 400, "RC-BadRequest")
    assert instances(world, steward) == before


def test_a_body_that_is_too_large_makes_nothing(world: World, steward: Api) -> None:
    before = instances(world, steward)
    large = a_wish(parameters={"a": "x" * MAX_BODY_OCTETS})
    check_refused(world.run(steward.send("POST", INSTANCES, large)), 400, "RC-BadRequest")
    assert instances(world, steward) == before


@pytest.mark.parametrize("given", ["yes", "1", "true,true", "\xa0"])
def test_a_lock_that_is_neither_true_nor_false(world: World, steward: Api, given: str) -> None:
    before = instances(world, steward)
    answer = world.run(raw(steward, "POST", INSTANCES, WHOLE, {b"entity-lock": given.encode("latin-1")}))
    check_refused(answer, 400, "RC-BadRequest")
    assert instances(world, steward) == before


def test_the_group_of_another_account(world: World, steward: Api) -> None:
    there = world.run(another_account(world))
    (group,) = world.run(there.send("GET", "/v2/resource_groups")).json["resources"]
    check_refused(create(world, steward, resource_group=group["id"]), 404, "RC-ResourceGroupNotFound")


def test_a_region_of_ones_own_is_as_good_as_ibms(world: World) -> None:
    steward = world.run(_steward(world))
    own = Instance(
        id=steward.instance.id,
        account=steward.instance.account,
        name="own",
        service="kms",
        region="cellar",
        created_at=world.clock(),
    )
    world.store._instances[own.id] = own
    assert world.run(made(steward, target="cellar"))["region_id"] == "cellar"
    check_refused(create(world, world.run(_steward(world)), target="cellar"), 400, "RC-BadRequest")


def test_an_account_has_so_many_instances_at_most(
    world: World, steward: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("keystead.service.create_instance.MOST_INSTANCES", 3)
    first, _ = world.run(made(steward)), world.run(made(steward))
    check_refused(create(world, steward), 409, "RC-InstanceQuotaExceeded")
    assert "3 instances" in create(world, steward).json["message"]
    assert world.run(steward.send("DELETE", f"{INSTANCES}/{first['guid']}")).status == 204
    assert create(world, steward).status == 201


@pytest.mark.parametrize(("error", "status"), [(Conflict("x"), 409), (Unavailable("x"), 503)])
def test_what_cannot_be_written_is_not_made(
    world: World, steward: Api, error: Exception, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def commit(*_: object) -> None:
        raise error

    before = instances(world, steward)
    with monkeypatch.context() as patch:
        patch.setattr(world.store, "commit", commit)
        check_refused(create(world, steward), status)
    assert instances(world, steward) == before
    assert world.run(world.store.grants(steward.iam_id))[0].roles == (crn_of(Role.EDITOR),)
