"""The read side of provisioning: sections 5.1 to 5.6 of iam-and-provisioning.md."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from api import Api
from conformance.provisioned import GROUPS, check_refused
from conformance.world import ODD_NAMES, World, another_account
from http_peer import Answer
from keystead.domain.catalog import ENTRIES, PLANS, REGIONS, SERVICES

NOBODY = {"authorization": None, "bluemix-instance": None}
TIERED = "eedd3585-90c6-4c8f-be3d-062069e99fc3"
CROSS = "4e853ad3-5820-49c7-8d07-a179fb15b9ee"
REGION_NAMES = (
    "us-south us-east eu-gb eu-de eu-es au-syd jp-tok jp-osa ca-tor ca-mon br-sao in-che in-mum".split()
)


def asked(world: World, path: str, **headers: str | None) -> Answer:
    """Ask for *path* as somebody without a token."""
    return world.run(world.home.send("GET", path, headers={**NOBODY, **headers}))


def resources(world: World, path: str) -> list[Any]:
    answer = asked(world, path)
    assert answer.status == 200, answer.body
    found = answer.json["resources"]
    assert answer.json["count"] == len(found)
    assert answer.json["next"] == ""
    return list(found)


def crns(value: object) -> Iterator[str]:
    """Yield every CRN anywhere in *value*."""
    if isinstance(value, str) and value.startswith("crn:"):
        yield value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in inner:
        yield from crns(one)


@pytest.mark.parametrize("name", ["kms", "hs-crypto"])
def test_a_service_is_found_by_name_and_leads_to_what_terraform_needs(world: World, name: str) -> None:
    # 5.5: bluemix-go takes what has the name, goes on to its plans, and from a plan to its deployments.
    (service,) = resources(world, f"/api/v1/?q={name}&include=*")
    assert (service["kind"], service["name"]) == ("service", name)
    assert service["metadata"]["service"]["rc_provisionable"] is True
    assert asked(world, f"/api/v1/{service['id']}").json == service
    for plan in resources(world, f"/api/v1/{service['id']}/plan?include=*"):
        assert plan["kind"] == "plan"
        assert asked(world, f"/api/v1/{plan['id']}").json == plan
        for deployment in resources(world, f"/api/v1/{plan['id']}/deployment?include=*"):
            assert deployment["metadata"]["rc_compatible"] is True
            assert deployment["metadata"]["deployment"]["location"] in REGION_NAMES
            shown = asked(world, f"/api/v1/{quote(deployment['id'], safe='')}")
            assert shown.json == deployment


def test_plans_have_the_names_and_ids_of_5_3(world: World) -> None:
    (kms,) = resources(world, "/api/v1/?q=kms")
    (hpcs,) = resources(world, "/api/v1/?q=hs-crypto")
    plans = {plan["name"]: plan["id"] for plan in resources(world, f"/api/v1/{kms['id']}/plan")}
    assert set(plans) == {"tiered-pricing", "cross-region-resiliency", "dedicated"}
    assert (plans["tiered-pricing"], plans["cross-region-resiliency"]) == (TIERED, CROSS)
    names = {plan["name"] for plan in resources(world, f"/api/v1/{hpcs['id']}/plan")}
    assert names == {"standard", "hpcs-hourly-uko"}


def test_gc_1_every_crn_has_ten_segments_and_no_scope(world: World) -> None:
    paths = [
        f"/api/v1/{one.id}{more}" for one in (*SERVICES, *PLANS) for more in ("", "/plan", "/deployment")
    ]
    found = [crn for path in ("/api/v1/", *paths) for crn in crns(asked(world, path).json)]
    assert len(found) > len(REGION_NAMES)
    for crn in found:
        parts = crn.split(":")
        assert len(parts) == 10, crn
        assert parts[6] == "", crn


def test_gc_3_every_region_has_a_deployment(world: World) -> None:
    for plan in PLANS:
        found = resources(world, f"/api/v1/{plan.id}/deployment")
        places = [one["metadata"]["deployment"]["location"] for one in found]
        assert places == (["us-south", "eu-de", "jp-tok"] if plan.id == CROSS else REGION_NAMES)
    assert REGIONS == REGION_NAMES


def test_gc_3_the_target_is_the_name_that_older_clients_put_together(world: World) -> None:
    found = resources(world, f"/api/v1/{TIERED}/deployment")
    (south,) = [one for one in found if one["metadata"]["deployment"]["location"] == "us-south"]
    target = f"crn:v1:bluemix:public:globalcatalog::::deployment:{TIERED}%3Aus-south"
    assert south["catalog_crn"] == target
    assert south["metadata"]["deployment"]["target_crn"] == target


def test_gc_4_no_token_is_needed_and_none_does_harm(world: World) -> None:
    for token in (None, f"Bearer {world.home.token}", "Bearer nonsense", "Basic Yng6Yng="):
        assert asked(world, "/api/v1/?q=kms", authorization=token).status == 200
    assert world.log.events[-1].action == "globalcatalog.entry.search"


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["kms", "hs-crypto"]),
        ("?q=", ["kms", "hs-crypto"]),
        ("?q=KMS", ["kms"]),
        ("?q=protect", ["kms", "hs-crypto"]),
        ("?q=key+protect", ["kms"]),
        ("?q=kind:service+hyper", ["hs-crypto"]),
        ("?q=cloudant", []),
        ("?q=%00", []),
        ("?q=" + "k" * 9000, []),
    ],
)
def test_what_a_search_finds(world: World, query: str, names: list[str]) -> None:
    assert [one["name"] for one in resources(world, f"/api/v1/{query}")] == names


@pytest.mark.parametrize(
    ("more", "names"),
    [
        ("/*", {"tiered-pricing", "cross-region-resiliency", "dedicated"}),
        (
            "/%2A?q=kms",
            set(),
        ),  # Terraform asks this when it looks an instance up by name, to go on with the service
        ("/%2A?q=PRICING", {"tiered-pricing"}),
        ("/plan?q=region", {"cross-region-resiliency"}),
        ("/plan?q=cloudant", set()),
    ],
)
def test_the_children_of_any_kind_that_words_find(world: World, more: str, names: set[str]) -> None:
    (kms,) = resources(world, "/api/v1/?q=kms")
    assert {one["name"] for one in resources(world, f"/api/v1/{kms['id']}{more}")} == names


def test_the_children_of_a_plan_are_where_it_is_to_be_had(world: World) -> None:
    assert resources(world, f"/api/v1/{CROSS}/*") == resources(world, f"/api/v1/{CROSS}/deployment")


def test_what_has_no_such_children_has_none(world: World) -> None:
    (kms,) = resources(world, "/api/v1/?q=kms")
    assert resources(world, f"/api/v1/{kms['id']}/deployment") == []
    assert resources(world, f"/api/v1/{TIERED}/plan") == []


@pytest.mark.parametrize("name", [*ODD_NAMES, "kms", "a" * 255, quote(f"{TIERED}:mars", safe="")])
@pytest.mark.parametrize("more", ["", "/plan", "/deployment", "/*", "/%2A"])
def test_an_entry_that_is_not_there(world: World, name: str, more: str) -> None:
    check_refused(asked(world, f"/api/v1/{name}{more}"), 404, "RC-CatalogEntryNotFound")


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1",
        "/api/v1/x/alias",
        "/api/v1/x/**",
        "/api/v1/%FF",
        "/api/v1/x/plan/",
        "/api/v1/" + "a" * 2048,
        "/v1/x",
        "/v2/x",
        "/v3/x",
        "/v2/",
    ],
)
def test_rc_16_a_path_that_is_not_there(world: World, path: str) -> None:
    check_refused(asked(world, path), 404, "RC-NotFound")


@pytest.mark.parametrize("query", ["?" + "q=a&" * 300, "?q=" + "x" * 17_000])
def test_rc_16_a_query_that_is_too_large(world: World, query: str) -> None:
    check_refused(asked(world, f"/api/v1/{query}"), 400, "RC-BadRequest")


def test_rc_16_another_method(world: World) -> None:
    answer = world.run(world.home.send("DELETE", "/api/v1/x"))
    check_refused(answer, 405, "RC-MethodNotAllowed")
    assert answer.headers["allow"] == "GET"


@pytest.mark.parametrize(
    ("given", "mirrored"),
    [("a-1_B", True), (None, False), ("", False), ("a b", False), ("x" * 65, False), ("é", False)],
)
def test_rc_16_the_transaction_id_is_mirrored(world: World, given: str | None, mirrored: bool) -> None:
    for path in ("/api/v1/", "/api/v1/x"):
        answer = asked(world, path, **{"transaction-id": given})
        found = answer.headers["transaction-id"]
        assert found == (given if mirrored else answer.headers["correlation-id"])
        assert answer.json.get("transaction_id", found) == found


def test_nothing_in_the_catalog_has_the_name_of_another() -> None:
    assert len(ENTRIES) == len({entry.crn for entry in ENTRIES.values()}) == 2 + 5 + 3 + 4 * 13


def groups(world: World, query: str = "", api: Api | None = None) -> list[Any]:
    answer = world.run((api or world.home).send("GET", f"{GROUPS}{query}"))
    assert answer.status == 200, answer.body
    return list(answer.json["resources"])


def test_rg_1_an_account_has_one_group(world: World) -> None:
    (group,) = groups(world)
    account = world.home.instance.account
    assert set(group) == {
        "id",
        "crn",
        "account_id",
        "name",
        "state",
        "default",
        "quota_id",
        "quota_url",
        "payment_methods_url",
        "resource_linkages",
        "teams_url",
        "created_at",
        "updated_at",
    }
    assert (group["account_id"], group["state"], group["default"]) == (account, "ACTIVE", True)
    assert re.fullmatch("[0-9a-f]{32}", group["id"])
    assert len(group["crn"].split(":")) == 10
    assert group["crn"].split(":")[6] == f"a/{account}"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", group["created_at"])


def test_rg_1_the_id_follows_from_the_account(world: World) -> None:
    there = world.run(another_account(world))
    (mine,), (theirs,) = groups(world), groups(world, api=there)
    assert mine["id"] != theirs["id"]
    assert groups(world, api=world.run(world.tenant())) == [mine]  # of another instance in the same account
    assert theirs["account_id"] == there.instance.account


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?account_id={account}", True),
        ("?account_id={account}&name=default&default=true&date=2026-11&include_deleted=false", True),
        ("?default=True", True),
        ("?default=false", False),
        ("?account_id=0a1b", False),
        ("?account_id=%00", False),
        ("?name=", True),
    ],
)
def test_rg_1_what_is_asked_for(world: World, query: str, found: bool) -> None:
    assert bool(groups(world, query.format(account=world.home.instance.account))) is found


def test_rg_2_one_group_and_the_quota(world: World) -> None:
    (group,) = groups(world)
    assert world.run(world.home.send("GET", f"{GROUPS}/{group['id']}")).json == group
    (quota,) = world.run(world.home.send("GET", "/v2/quota_definitions")).json["resources"]
    assert quota["id"] == group["quota_id"]
    assert world.run(world.home.send("GET", group["quota_url"])).json == quota


@pytest.mark.parametrize("name", [*ODD_NAMES, "default", "0" * 32])
def test_rg_2_another_group_is_not_there(world: World, name: str) -> None:
    answer = world.run(world.home.send("GET", f"{GROUPS}/{name}"))
    check_refused(answer, 404, "RC-ResourceGroupNotFound")


def test_rg_2_the_group_of_another_account_is_not_there(world: World) -> None:
    there = world.run(another_account(world))
    (theirs,) = groups(world, api=there)
    answer = world.run(world.home.send("GET", f"{GROUPS}/{theirs['id']}"))
    check_refused(answer, 404, "RC-ResourceGroupNotFound")
    assert groups(world, f"?account_id={there.instance.account}") == []


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("default", True),
        ("Default", True),
        ("DEFAULT", True),
        ("defaults", False),
        ("default2", False),
        ("*", False),
        ("%00", False),
        ("%FF", False),
        ("d" * 9000, False),
    ],
)
def test_rg_3_the_case_of_the_name_does_not_matter(world: World, name: str, found: bool) -> None:
    assert [group["name"] for group in groups(world, f"?name={name}")] == ["default"] * found


@pytest.mark.parametrize(
    "query", ["?default=maybe", "?default=1", "?" + "name=a&" * 300, "?name=" + "x" * 17_000]
)
def test_rc_16_a_query_for_groups_that_cannot_be_read(world: World, query: str) -> None:
    check_refused(world.run(world.home.send("GET", f"{GROUPS}{query}")), 400, "RC-BadRequest")
