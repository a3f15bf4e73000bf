"""Instances as the resource controller shows them: sections 5.1 and 5.2 of iam-and-provisioning.md."""

import itertools
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest

from api import Api
from conformance.granting import ROLES_OF_KMS
from conformance.provisioned import INSTANCES, check_refused
from conformance.world import ODD_NAMES, World, again, another_account, raw
from http_peer import Answer
from keystead.domain.actions import Role
from keystead.domain.changes import Change
from keystead.domain.crns import of_account
from keystead.domain.endpoints import Endpoints
from keystead.domain.grants import Grant, granted
from keystead.domain.ids import InstanceId, random_uuid

KMS = "ee41347f-b18e-4ca6-bf80-b5467c63f9a6"
TIERED = "eedd3585-90c6-4c8f-be3d-062069e99fc3"
PLATFORM = (Role.VIEWER, Role.OPERATOR, Role.EDITOR, Role.ADMINISTRATOR)
KEY = "b0d45c1e-3b7f-4a57-9d4e-0f7c2e0f3a11"


def read(world: World, api: Api, name: str, root: str = INSTANCES) -> Answer:
    return world.run(api.send("GET", f"{root}/{quote(name, safe='')}"))


def listed(world: World, api: Api, query: str = "", root: str = INSTANCES) -> list[Any]:
    """Return the instances of all pages."""
    found, path = [], f"{root}{query}"
    while path:
        answer = world.run(api.send("GET", path))
        assert answer.status == 200, answer.body
        assert answer.json["rows_count"] == len(answer.json["resources"])
        found += answer.json["resources"]
        path = answer.json["next_url"]
    return found


def guids(found: list[Any]) -> list[str]:
    return [one["guid"] for one in found]


@pytest.fixture
def api(world: World) -> Api:
    return world.run(world.tenant())


@pytest.fixture
def many(world: World) -> Api:
    """Somebody with a role in five instances, of which two are of HPCS."""
    return world.run(_many(world))


async def _many(world: World) -> Api:
    api = await another_account(world)
    change = Change()
    for number in range(4):
        service = "hs-crypto" if number < 2 else "kms"
        instance = replace(
            api.instance, id=InstanceId(random_uuid()), name=f"number {number % 3}", service=service
        )
        change.add(instance, a_grant(api, instance.id))
    await world.store.commit(change, None)
    return api


def a_grant(api: Api, instance: InstanceId | None, role: Role = Role.READER, **reach: Any) -> Grant:
    return granted(
        id=random_uuid(),
        subject=api.iam_id,
        account=api.instance.account,
        roles=(role,),
        instance=instance,
        **reach,
    )


def test_rc_1_an_instance_is_read_by_its_id_and_by_its_crn(world: World, api: Api) -> None:
    found = read(world, api, api.instance.id)
    assert found.status == 200
    assert read(world, api, api.instance.crn).json == found.json
    assert read(world, api, api.instance.id.upper()).json == found.json
    assert read(world, api, api.instance.id, "/v1/resource_instances").json == found.json
    event = world.log.events[-1]
    assert (event.action, event.target_id) == ("resource-controller.instance.read", api.instance.crn)


def test_rc_1_bluemix_go_leaves_the_colons(world: World, api: Api) -> None:
    name = quote(api.instance.crn, safe=":")  # Go's url.PathEscape
    assert world.run(raw(api, "GET", f"{INSTANCES}/{name}")).json["guid"] == api.instance.id


def test_rc_1_the_slash_of_a_crn_is_not_decoded_before_the_path_is_taken_apart(
    world: World, api: Api
) -> None:
    answer = world.run(raw(api, "GET", f"{INSTANCES}/{quote(api.instance.crn, safe=':/')}"))
    check_refused(answer, 404, "RC-NotFound")


def test_the_instance_object(world: World, api: Api) -> None:
    it = api.instance
    found = read(world, api, it.id).json
    url = f"{INSTANCES}/{quote(it.crn, safe='')}"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", found["created_at"])
    (group,) = world.run(api.send("GET", "/v2/resource_groups")).json["resources"]
    assert found == {
        "id": it.crn,
        "guid": it.id,
        "crn": it.crn,
        "url": url,
        "name": it.name,
        "region_id": "us-south",
        "account_id": it.account,
        "resource_id": KMS,
        "resource_plan_id": TIERED,
        "resource_group_id": group["id"],
        "resource_group_crn": group["crn"],
        "target_crn": f"crn:v1:bluemix:public:globalcatalog::::deployment:{TIERED}%3Aus-south",
        "parameters": {},
        "state": "active",
        "type": "service_instance",
        "sub_type": "kms",
        "allow_cleanup": False,
        "locked": False,
        "migrated": False,
        "onetime_credentials": False,
        "created_at": found["created_at"],
        "updated_at": found["created_at"],
        "last_operation": {
            "type": "create",
            "state": "succeeded",
            "async": False,
            "description": "Completed create instance operation",
            "cancelable": False,
            "poll": False,
        },
        "dashboard_url": "",
        "resource_keys_url": f"{url}/resource_keys",
        "plan_history": [{"resource_plan_id": TIERED, "start_date": found["created_at"]}],
        "extensions": {
            "endpoints": {"public": "https://127.0.0.1:8443", "private": "https://127.0.0.1:8443"}
        },
    }
    for name in ("crn", "resource_group_crn", "target_crn"):
        assert len(found[name].split(":")) == 10


def test_service_and_plan_of_an_instance_are_in_the_catalog(world: World, many: Api) -> None:
    names = set()
    for found in listed(world, many):
        service = world.run(many.send("GET", f"/api/v1/{found['resource_id']}")).json
        plan = world.run(many.send("GET", f"/api/v1/{found['resource_plan_id']}")).json
        assert found["crn"].split(":")[4] == service["name"]
        assert plan["parent_id"] == service["id"]
        names.add((service["name"], plan["name"], found["sub_type"]))
    assert names == {("kms", "tiered-pricing", "kms"), ("hs-crypto", "standard", "")}


def test_rc_9_endpoints_are_the_url_that_the_server_was_told(world: World, api: Api) -> None:
    beside = world.beside(api)
    dispatcher = beside.service.dispatcher
    dispatcher._tools = replace(dispatcher._tools, endpoints=Endpoints("https://keys.example.com"))
    for found in (read(world, beside, api.instance.id).json, *listed(world, beside)):
        assert set(found["extensions"]["endpoints"].values()) == {"https://keys.example.com"}


@pytest.mark.parametrize("name", [*ODD_NAMES, "nothing", "default", KEY, "a" * 255, "%41" * 250])
@pytest.mark.parametrize("more", ["", "/resource_keys"])
def test_an_instance_that_never_existed(world: World, api: Api, name: str, more: str) -> None:
    check_refused(world.run(raw(api, "GET", f"{INSTANCES}/{name}{more}")), 404, "RC-InstanceNotFound")


@pytest.mark.parametrize(
    "change",
    [
        lambda crn: crn.replace("us-south", "eu-de"),
        lambda crn: crn.replace(":kms:", ":hs-crypto:"),
        lambda crn: crn.replace(":a/", ":A/"),
        lambda crn: crn[:-1],
        lambda crn: crn + ":",
        lambda crn: crn[:-2] + ":key:" + KEY,
        lambda crn: crn.upper(),
        lambda crn: crn + "\x00",
        lambda crn: "crn:" + crn,
        lambda crn: ":" * 7 + crn.split(":")[7] + "::",
    ],
    ids=itertools.count(),
)
def test_a_crn_that_is_not_quite_an_instances(world: World, api: Api, change: Callable[[str], str]) -> None:
    check_refused(read(world, api, change(api.instance.crn)), 404, "RC-InstanceNotFound")


def test_what_belongs_to_another_account_is_as_if_it_never_existed(world: World, api: Api) -> None:
    there = world.run(another_account(world))
    unknown = read(world, api, random_uuid()).json
    for name in (there.instance.id, there.instance.crn):
        answer = read(world, api, name)
        check_refused(answer, 404, "RC-InstanceNotFound")
        assert {**answer.json, "transaction_id": ""} == {**unknown, "transaction_id": ""}
        mine = of_account("resource-controller", api.instance.account)
        assert world.log.events[-1].target_id == mine
    assert there.instance.id not in guids(listed(world, api))
    assert listed(world, api, f"?guid={there.instance.id}") == []
    assert guids(listed(world, there)) == [there.instance.id]


def test_a_grant_in_another_account_does_not_lead_there(world: World, api: Api) -> None:
    there = world.run(another_account(world))
    world.run(there.grant(api.iam_id, Role.ADMINISTRATOR))
    check_refused(read(world, api, there.instance.id), 404, "RC-InstanceNotFound")
    assert there.instance.id not in guids(listed(world, api))


@pytest.mark.parametrize("role", ROLES_OF_KMS)
@pytest.mark.parametrize(("ring", "key"), [(None, None), ("mine", None), (None, KEY)])
def test_any_role_in_an_instance_opens_it_and_no_other(
    world: World, api: Api, role: Role, ring: str | None, key: str | None
) -> None:
    other = world.run(world.tenant())
    caller = world.run(api.other(role, ring=ring, key=key))
    assert read(world, caller, api.instance.id).status == 200
    assert read(world, caller, f"{api.instance.id}").json["crn"] == api.instance.crn
    check_refused(read(world, caller, other.instance.id), 404, "RC-InstanceNotFound")
    assert guids(listed(world, caller)) == [api.instance.id]


@pytest.mark.parametrize("role", PLATFORM)
def test_a_platform_role_opens_no_key(world: World, api: Api, role: Role) -> None:
    caller = world.run(api.other(role))
    key = world.run(api.create())["id"]
    for method, path in (("GET", "/keys"), ("GET", f"/keys/{key}"), ("POST", f"/keys/{key}/actions/wrap")):
        assert world.run(caller.send(method, path)).status == 401


def test_a_grant_in_the_whole_account_opens_all_of_it(world: World) -> None:
    there = world.run(another_account(world))
    second = replace(there.instance, id=InstanceId(random_uuid()))
    caller = world.run(there.other())
    change = Change()
    change.add(second, a_grant(caller, None, Role.VIEWER))
    world.run(world.store.commit(change, None))
    assert sorted(guids(listed(world, caller))) == sorted([there.instance.id, second.id])
    assert read(world, caller, second.id).status == 200


def test_a_grant_that_is_gone_counts_at_once(world: World, api: Api) -> None:
    assert read(world, api, api.instance.id).status == 200
    world.store._granted[api.iam_id] = ()
    world.store._mark = object()
    check_refused(read(world, api, api.instance.id), 401, "RC-Unauthorized")
    check_refused(world.run(api.send("GET", INSTANCES)), 401, "RC-Unauthorized")


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 5),
        ("?name=number+0", 2),
        ("?name=number+1", 1),
        ("?name=Number+1", 0),
        ("?name=number", 0),
        ("?name=%00", 0),
        ("?guid={guid}", 1),
        ("?guid={GUID}", 1),
        ("?guid=x", 0),
        ("?resource_group_id={group}", 5),
        ("?resource_group_id=0a1b", 0),
        (f"?resource_id={KMS}", 3),
        ("?resource_id=kms", 0),
        (f"?resource_plan_id={TIERED}", 3),
        (f"?resource_plan_id={KMS}", 0),
        ("?type=service_instance", 5),
        ("?type=composite_instance", 0),
        ("?sub_type=kms", 3),
        ("?sub_type=other", 0),
        ("?state=active", 5),
        ("?state=removed", 0),
        ("?state=%FF", 0),
        ("?name=number+0&sub_type=kms", 1),
        ("?name=number+1&name=number+0", 2),
        ("?limit=100", 5),
        ("?limit=1", 5),
        ("?limit=2&sub_type=kms", 3),
        ("?unknown=1", 5),
        ("?updated_from=2031-05-04&updated_to=9999-12-31", 5),
        ("?updated_from=9999-12-31", 0),
        ("?updated_to=2031-05-03T23:59:59Z", 0),
        ("?updated_to=0001-01-01", 0),
    ],
)
def test_what_is_listed(world: World, many: Api, query: str, count: int) -> None:
    guid = many.instance.id
    (group,) = world.run(many.send("GET", "/v2/resource_groups")).json["resources"]
    whole = query.format(guid=guid, GUID=guid.upper(), group=group["id"])
    for root in (INSTANCES, "/v1/resource_instances"):
        found = guids(listed(world, many, whole, root))
        assert len(set(found)) == len(found) == count


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 6])
def test_rc_6_pages_hold_everything_once_and_the_last_one_says_so(
    world: World, many: Api, limit: int
) -> None:
    pages, path = [], f"{INSTANCES}?limit={limit}&type=service_instance"
    while path:
        body = world.run(many.send("GET", path)).json
        pages.append(guids(body["resources"]))
        path = body["next_url"]
        assert path is None or path.startswith("/v2/resource_instances?")
        assert path is None or "type=service_instance" in path
    assert [len(page) for page in pages] == [min(limit, 5 - at) for at in range(0, 5, limit)]
    assert [guid for page in pages for guid in page] == guids(listed(world, many))


@pytest.mark.parametrize(
    "query",
    [
        "?limit=0",
        "?limit=101",
        "?limit=-1",
        "?limit=1.0",
        "?limit=" + "9" * 400,
        "?limit=%D9%A1",
        "?limit=%00",
        "?limit=x",
        "?updated_from=x",
        "?updated_from=2031-02-30",
        "?updated_to=0000-01-01",
        "?updated_to=20310504",
        "?updated_to=2031-05-04x",
        "?updated_to=2031-05-04%00",
        "?start=x",
        "?start=%00",
        "?start=" + "a" * 9000,
        f"?start={KEY}%0A",
        f"?start={KEY}x",
        "?" + "name=a&" * 300,
        "?name=" + "x" * 17_000,
    ],
)
def test_rc_16_a_query_that_cannot_be_read(world: World, api: Api, query: str) -> None:
    check_refused(world.run(raw(api, "GET", f"{INSTANCES}{query}")), 400, "RC-BadRequest")


def test_a_page_that_starts_behind_the_last_instance_is_empty(world: World, many: Api) -> None:
    body = world.run(many.send("GET", f"{INSTANCES}?start=ffffffff-ffff-ffff-ffff-ffffffffffff")).json
    assert body == {"rows_count": 0, "next_url": None, "resources": []}


def test_the_days_of_a_span_belong_to_it(world: World) -> None:
    api = world.run(another_account(world))
    day = f"{world.clock():%Y-%m-%d}"
    (found,) = listed(world, api)
    assert found["updated_at"][:10] <= day
    day = found["updated_at"][:10]
    assert listed(world, api, f"?updated_from={day}&updated_to={day}") == [found]
    assert listed(world, api, f"?updated_from={day}T00:00:00Z") == [found]
    world.clock.advance(days=1)
    later = f"{world.clock():%Y-%m-%d}"
    assert listed(world, world.run(again(api)), f"?updated_from={later}") == []


def test_rc_7_two_instances_may_have_one_name(world: World, many: Api) -> None:
    found = listed(world, many, "?name=number+0")
    assert len({one["crn"] for one in found}) == 2


@pytest.mark.parametrize("path", ["/v2/resource_keys", f"{INSTANCES}/{{guid}}/resource_keys"])
def test_there_are_no_resource_keys(world: World, api: Api, path: str) -> None:
    answer = world.run(api.send("GET", path.format(guid=api.instance.id)))
    assert (answer.status, answer.json) == (200, {"rows_count": 0, "next_url": None, "resources": []})


def test_the_path_to_resource_keys_in_an_instance_leads_there(world: World, api: Api) -> None:
    url = read(world, api, api.instance.id).json["resource_keys_url"]
    assert world.run(api.send("GET", url)).status == 200


def test_rc_13_there_are_no_reclamations(world: World, api: Api) -> None:
    answer = world.run(api.send("GET", f"/v1/reclamations?account_id={api.instance.account}&x=%00"))
    assert (answer.status, answer.json) == (200, {"resources": []})


def test_the_address_that_an_instance_allows_does_not_matter_here(world: World, api: Api) -> None:
    # Section 4.1: instance policies are about the key API.
    body = {
        "metadata": {},
        "resources": [
            {
                "policy_type": "allowedIP",
                "policy_data": {"enabled": True, "attributes": {"allowed_ip": ["127.0.0.1"]}},
            }
        ],
    }
    assert world.run(api.send("PUT", "/instance/policies", body)).status == 204
    path = f"{INSTANCES}/{api.instance.id}"
    assert world.run(raw(api, "GET", path, address="198.51.100.7")).status == 200
    assert world.run(raw(api, "GET", "/api/v2/keys", address="198.51.100.7")).status == 401


@pytest.mark.parametrize("path", [INSTANCES, f"{INSTANCES}/{{guid}}", "/v2/resource_groups"])
def test_rc_16_a_store_that_is_out_of_reach(world: World, api: Api, path: str) -> None:
    class Away:
        def __getattr__(self, name: str) -> object:
            raise AssertionError("the text of this must not travel")

    beside = world.beside(world.run(again(api)))
    admission = beside.service.dispatcher._admission._account
    admission._store = admission._granting = Away()  # type: ignore[assignment]
    answer = world.run(beside.send("GET", path.format(guid=api.instance.id)))
    check_refused(answer, 500, "RC-InternalServerError")
    assert "travel" not in answer.body.decode()
