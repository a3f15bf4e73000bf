"""Trusted profiles over the network: section 2 of iam-and-provisioning.md."""

import asyncio
import json

import pytest

from api import Api
from conformance.identities import administrator, check_refused
from conformance.profiles import (
    CLUSTER_CRN,
    PROFILES,
    STAFF,
    a_user,
    assume,
    below,
    link,
    make_profile,
    rule,
    scene,
    trust,
)
from conformance.world import World, another_account
from http_peer import Answer
from keystead.domain.ids import random_uuid
from keystead.domain.reasons import Reason
from keystead.domain.trust import MOST_IDENTITIES, MOST_LINKS, MOST_RULES
from keystead.service import profile_identities, profile_links, profile_rules, profiles

SHOWN = {"id", "iam_id", "entity_tag", "crn", "name", "created_at", "modified_at", "account_id"}


def code(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json["errorCode"]


def test_a_profile_from_its_first_day_to_its_last(world: World) -> None:
    async def story() -> None:
        admin = await administrator(await another_account(world))
        made = await make_profile(admin, "billing", description="pays", email="a@example.com")
        assert set(made) == SHOWN | {"description"}
        assert made["iam_id"] == f"iam-{made['id']}"
        assert made["crn"].endswith(f"::profile:{made['id']}")
        assert world.log.events[-1].response == {"iamId": made["iam_id"]}
        place = f"{PROFILES}/{made['id']}"
        for name in (made["id"], made["iam_id"]):
            assert (await admin.send("GET", f"{PROFILES}/{name}")).json == made
        twice = {"account_id": admin.instance.account, "name": "billing"}
        check_refused(await admin.send("POST", PROFILES, twice), Reason.IDENTITY_CHANGED)
        other = await make_profile(admin, "other")
        query = f"{PROFILES}?account_id={admin.instance.account}&pagesize=1"
        page = (await admin.send("GET", query)).json
        rest = (await admin.send("GET", page["next"])).json
        both = sorted((made, other), key=lambda it: str(it["id"]))
        assert [*page["profiles"], *rest["profiles"]] == both
        assert "next" not in rest
        assert (await admin.send("GET", f"{PROFILES}?name=other")).json["profiles"] == [other]
        head = {"if-match": made["entity_tag"]}
        check_refused(await admin.send("PUT", place, {"name": "other"}, head), Reason.IDENTITY_CHANGED)
        new = (await admin.send("PUT", place, {"name": "new", "description": ""}, head)).json
        assert (new["name"], "description" in new) == ("new", False)
        check_refused(await admin.send("PUT", place, {"name": "late"}, head), Reason.IDENTITY_CHANGED)
        assert (await admin.send("DELETE", place)).status == 204
        check_refused(await admin.send("GET", place), Reason.IDENTITY_NOT_FOUND)
        check_refused(await admin.send("DELETE", place), Reason.IDENTITY_NOT_FOUND)
        assert (await make_profile(admin, "new"))["id"] != made["id"]

    world.run(story())


def test_whom_a_profile_trusts(world: World) -> None:
    async def story() -> None:
        admin, robot, profile = await scene(world)
        ada, place = await a_user(admin), f"{PROFILES}/{profile['id']}/identities"
        await trust(admin, profile, ada)
        await trust(admin, profile, robot)
        assert world.log.events[-1].response == {"iamId": profile["iam_id"], "trusted": [robot.iam_id]}
        robots = robot.iam_id.removeprefix("iam-")
        hers = {
            "iam_id": ada.iam_id,
            "identifier": ada.iam_id,
            "type": "user",
            "accounts": [admin.instance.account],
        }
        its = {"iam_id": robot.iam_id, "identifier": robots, "type": "serviceid"}
        found = (await admin.send("GET", place)).json
        assert found["identities"] == [hers, its]
        assert (await admin.send("GET", f"{place}/user/{ada.iam_id}")).json == hers
        assert (await admin.send("GET", f"{place}/serviceid/{robots}")).json == its
        check_refused(await admin.send("GET", f"{place}/user/{robots}"), Reason.IDENTITY_NOT_FOUND)
        assert (await admin.send("DELETE", f"{place}/user/{ada.iam_id}")).status == 204
        check_refused(await admin.send("DELETE", f"{place}/user/{ada.iam_id}"), Reason.IDENTITY_NOT_FOUND)
        again = {"identities": [{"identifier": robots, "type": "serviceid", "description": "it"}]}
        stale = await admin.send("PUT", place, again, {"if-match": found["entity_tag"]})
        check_refused(stale, Reason.IDENTITY_CHANGED)
        check_refused(await admin.send("PUT", place, again), Reason.IAM_PARAMETER_MISSING)
        now = (await admin.send("GET", place)).json["entity_tag"]
        done = await admin.send("PUT", place, again, {"if-match": now})
        assert done.json["identities"] == [{**its, "description": "it"}]
        for nobody in (b"{}", b'{"identities": []}'):
            assert (await admin.send("PUT", place, nobody, {"if-match": "*"})).json["identities"] == []

    world.run(story())


def test_rules_and_links(world: World) -> None:
    async def story() -> None:
        admin, _, profile = await scene(world)
        place = f"{PROFILES}/{profile['id']}"
        made = await below(admin, profile, "rules", {**rule(group="a"), "name": "first"})
        assert {**rule(group="a"), "name": "first"}.items() <= made.items()
        assert (await admin.send("GET", f"{place}/rules")).json == {"rules": [made]}
        assert (await admin.send("GET", f"{place}/rules/{made['id']}")).json == made
        body, head = rule("Profile-CR", None, name="b"), {"if-match": made["entity_tag"]}
        new = (await admin.send("PUT", f"{place}/rules/{made['id']}", body, head)).json
        assert body.items() <= new.items()
        assert "realm_name" not in new
        late = await admin.send("PUT", f"{place}/rules/{made['id']}", body, head)
        check_refused(late, Reason.IDENTITY_CHANGED)
        assert (await admin.send("DELETE", f"{place}/rules/{made['id']}")).status == 204
        check_refused(await admin.send("GET", f"{place}/rules/{made['id']}"), Reason.IDENTITY_NOT_FOUND)
        one = await below(admin, profile, "links", {**link(), "name": "l"})
        two = await below(admin, profile, "links", link("test"))
        assert {**link(), "name": "l"}.items() <= one.items()
        assert (await admin.send("GET", f"{place}/links")).json == {"links": [one, two]}
        assert (await admin.send("GET", f"{place}/links/{two['id']}")).json == two
        check_refused(await admin.send("POST", f"{place}/links", link()), Reason.IDENTITY_CHANGED)
        assert (await admin.send("DELETE", f"{place}/links/{two['id']}")).status == 204
        named = f"{place}/links?type=IKS_SA&crn={CLUSTER_CRN}&namespace=prod&name=vault"
        assert (await admin.send("DELETE", named)).status == 204
        check_refused(await admin.send("DELETE", named), Reason.IDENTITY_NOT_FOUND)
        check_refused(await admin.send("DELETE", f"{place}/links"), Reason.IAM_PARAMETER_MISSING)
        assert (await admin.send("GET", f"{place}/links")).json == {"links": []}

    world.run(story())


RULE, LINK = rule(group="a"), link()
CONDITION = {"claim": "group", "operator": "EQUALS", "value": '"a"'}


def conditions(**changed: object) -> dict[str, object]:
    return {**RULE, "conditions": [{**CONDITION, **changed}]}


BAD: tuple[tuple[str, object], ...] = (
    ("", {"name": "", "account_id": "-"}),
    ("", {"name": "a" * 256, "account_id": "-"}),
    ("", {"name": "a"}),
    ("", []),
    ("rules", {**RULE, "type": "Profile-OIDC"}),
    ("rules", {**RULE, "conditions": []}),
    ("rules", {**RULE, "conditions": [CONDITION] * 11}),
    ("rules", {**RULE, "expiration": 119}),
    ("rules", {**RULE, "expiration": 86_401}),
    ("rules", {**RULE, "expiration": True}),
    ("rules", {**RULE, "expiration": 10**400}),
    ("rules", {**RULE, "realm_name": ""}),
    ("rules", {**RULE, "realm_name": None}),
    ("rules", {**RULE, "cr_type": "IKS_SA"}),
    ("rules", {**RULE, "type": "Profile-CR"}),
    ("rules", {**RULE, "type": "Profile-CR", "cr_type": "VSI"}),
    ("rules", conditions(operator="LIKE")),
    ("rules", conditions(claim="")),
    ("rules", conditions(value="a")),
    ("rules", conditions(value="1")),
    ("rules", conditions(value='["a"]')),
    ("rules", conditions(value="[" * 999)),
    ("rules", conditions(value='"' + "a" * 1000 + '"')),
    ("rules", conditions(operator="IN")),
    ("rules", conditions(operator="IN", value='["a", 1]')),
    ("rules", conditions(operator="CONTAINS", value="NaN")),
    ("links", {**LINK, "cr_type": "VSI"}),
    ("links", {**LINK, "is_cross_account": True}),
    ("links", {**LINK, "link": {}}),
    ("links", link(namespace="")),
    ("links", link(namespace="Prod")),
    ("links", link(name="a:b")),
    ("links", link(crn="")),
    ("links", link(crn="c" * 513)),
    ("identities/user", {"identifier": "IBMid-nobody", "type": "user"}),
    ("identities/user", {"identifier": "IBMid-nobody", "type": "serviceid"}),
    ("identities/crn", {"identifier": "crn:v1", "type": "crn"}),
    ("identities/crn", {"identifier": CLUSTER_CRN, "type": "crn"}),
    ("identities/service", {"identifier": CLUSTER_CRN, "type": "service"}),
    ("identities/user", {"type": "user"}),
)


@pytest.mark.parametrize("number", range(len(BAD)))
def test_what_a_body_must_not_be(world: World, number: int) -> None:
    async def story() -> None:
        what, body = BAD[number]
        admin, _, profile = await scene(world)
        place = f"{PROFILES}/{profile['id']}/{what}" if what else PROFILES
        answer = await admin.send("POST", place, json.dumps(body).encode())
        assert code(answer) == (400, str(Reason.IAM_PARAMETER_MISSING)), answer.body
        assert (await admin.send("GET", f"{PROFILES}/{profile['id']}")).json == profile

    world.run(story())


def test_nobody_of_another_account_is_trusted(world: World) -> None:
    async def story() -> None:
        admin, ada, profile = await scene(world)
        stranger = await world.home.other()
        place = f"{PROFILES}/{profile['id']}/identities"
        body = {"identifier": stranger.iam_id, "type": "serviceid"}
        assert (await admin.send("POST", f"{place}/serviceid", body)).status == 400
        mine = {"identifier": ada.iam_id, "type": "serviceid"}
        for several in ([mine, mine], [mine, body], [{**mine, "accounts": [world.home.instance.account]}]):
            answer = await admin.send("PUT", place, {"identities": several}, {"if-match": "*"})
            assert answer.status == 400, answer.body
        assert (await admin.send("GET", place)).json["identities"] == []

    world.run(story())


def test_who_is_no_administrator_of_the_account_has_no_business_with_profiles(world: World) -> None:
    async def story() -> None:
        admin, ada, profile = await scene(world)
        await trust(admin, profile, ada)
        other = await administrator(await another_account(world))
        for what in ("", "/identities", "/rules", "/links"):
            place = f"{PROFILES}/{profile['id']}{what}"
            check_refused(await ada.send("GET", place), Reason.IDENTITY_FORBIDDEN)
            check_refused(await other.send("GET", place), Reason.IDENTITY_NOT_FOUND)
        check_refused(await ada.send("DELETE", f"{PROFILES}/{profile['id']}"), Reason.IDENTITY_FORBIDDEN)
        check_refused(await other.send("DELETE", f"{PROFILES}/{profile['id']}"), Reason.IDENTITY_NOT_FOUND)
        assert (await assume(ada, profile)).status == 200

    world.run(story())


def test_there_are_limits(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (MOST_IDENTITIES, MOST_RULES, MOST_LINKS) == (100, 20, 20)
    monkeypatch.setattr(profiles, "MOST_PROFILES", 1)
    monkeypatch.setattr(profile_identities, "MOST_IDENTITIES", 1)
    monkeypatch.setattr(profile_rules, "MOST_RULES", 1)
    monkeypatch.setattr(profile_links, "MOST_LINKS", 1)

    async def story() -> None:
        admin, ada, profile = await scene(world)
        await trust(admin, profile, ada)
        await trust(admin, profile, ada)  # once more is no more
        await below(admin, profile, "rules", RULE)
        await below(admin, profile, "links", LINK)
        place, another = f"{PROFILES}/{profile['id']}", await admin.other()
        for path, body in (
            (PROFILES, {"account_id": admin.instance.account, "name": random_uuid()}),
            (f"{place}/identities/serviceid", {"identifier": another.iam_id, "type": "serviceid"}),
            (f"{place}/rules", RULE),
            (f"{place}/links", link("test")),
        ):
            check_refused(await admin.send("POST", path, body), Reason.IDENTITY_LIMIT)

    world.run(story())


def test_all_that_a_profile_trusts_takes_at_most_so_much(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = {"claim": "c" * 256, "operator": "EQUALS", "value": json.dumps("ä" * 998, ensure_ascii=False)}
    full = {**RULE, "conditions": [long] * 10}  # 22,560 octets and some

    async def story() -> None:
        admin, ada, profile = await scene(world)
        place = f"{PROFILES}/{profile['id']}"
        rules = [await below(admin, profile, "rules", full) for _ in range(2)]
        little = await below(admin, profile, "rules", RULE)
        for method, path, body in (
            ("POST", f"{place}/rules", full),
            ("PUT", f"{place}/rules/{little['id']}", full),
        ):
            answer = await admin.send(method, path, body, {"if-match": "*"})
            check_refused(answer, Reason.IDENTITY_LIMIT)
            assert "65536 octets" in answer.json["errorMessage"]
        monkeypatch.setattr(profiles, "MOST_TRUST", 20_000)  # as if it was made before there was a limit
        for one in rules:
            check_refused(await admin.send("POST", f"{place}/links", LINK), Reason.IDENTITY_LIMIT)
            assert (await admin.send("DELETE", f"{place}/rules/{one['id']}")).status == 204
        await below(admin, profile, "links", LINK)
        await trust(admin, profile, ada)

    world.run(story())


def test_of_two_who_make_a_profile_of_one_name_at_once_one_does(world: World) -> None:
    async def story() -> None:
        admin = await administrator(await another_account(world))
        body = {"account_id": admin.instance.account, "name": "same"}
        each: list[Api] = [admin, world.beside(admin)] * 2
        made = await asyncio.gather(*(it.send("POST", PROFILES, body) for it in each))
        assert sorted(it.status for it in made) == [201, 409, 409, 409]

    world.run(story())


def test_a_profile_does_not_stand_in_for_the_last_administrator(world: World) -> None:
    async def story() -> None:
        admin, _, profile = await scene(world)
        everything = [{"attributes": [{"name": "accountId", "value": admin.instance.account}]}]
        policy = {
            "type": "access",
            "subjects": [{"attributes": [{"name": "iam_id", "value": profile["iam_id"]}]}],
            "roles": [{"role_id": "crn:v1:bluemix:public:iam::::role:Administrator"}],
            "resources": everything,
        }
        assert (await admin.send("POST", "/v1/policies", policy)).status == 201
        check_refused(await admin.send("DELETE", f"/v1/serviceids/{admin.iam_id}"), Reason.IDENTITY_NEEDED)

    world.run(story())


def test_the_audit_log_says_whom_a_rule_or_link_trusts(world: World) -> None:
    async def story() -> None:
        admin, _, profile = await scene(world)
        root = f"{PROFILES}/{profile['id']}"
        made = await below(admin, profile, "rules", rule(group="auditors"))
        said = {
            "iamId": profile["iam_id"],
            "ruleId": made["id"],
            "ruleType": "Profile-SAML",
            "realmName": STAFF,
            "expiration": 3600,
            "conditions": ['group EQUALS "auditors"'],
        }
        assert world.log.events[-1].response == said
        assert (await admin.send("DELETE", f"{root}/rules/{made['id']}")).status == 204
        assert world.log.events[-1].response == said
        linked = await below(admin, profile, "links", link())
        workload = {"crn": CLUSTER_CRN, "namespace": "prod", "name": "vault"}
        said = {"iamId": profile["iam_id"], "linkId": linked["id"], "link": workload}
        assert world.log.events[-1].response == said
        assert (await admin.send("DELETE", f"{root}/links/{linked['id']}")).status == 204
        assert world.log.events[-1].response == said

    world.run(story())
