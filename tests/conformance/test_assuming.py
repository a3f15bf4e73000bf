"""Who may speak as somebody else, and for how long: sections 1.2, 1.3 and 8.1 of iam-and-provisioning.md."""

import base64
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from api import Api
from conformance.granting import V1, authorization, make, v1_body
from conformance.profiles import (
    CLUSTER,
    CLUSTER_CRN,
    PROFILES,
    STAFF,
    Realms,
    a_user,
    assume,
    below,
    exchange,
    link,
    make_profile,
    rule,
    scene,
    speaking,
    trust,
)
from conformance.services import a_service, register
from conformance.world import World
from http_peer import Answer
from keystead.domain.actions import Role
from keystead.domain.changes import Change
from keystead.domain.identities import ApiKey
from keystead.domain.ids import IamId, random_uuid
from keystead.domain.reasons import Reason


def said(answer: Answer) -> dict[str, Any]:
    """Return the claims of the token of *answer*."""
    assert answer.status == 200, answer.body
    part = answer.json["access_token"].split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(part + "==")))


def crns() -> tuple[str, str]:
    """Return the CRN of a service that is new, and the IAM id of a part of it."""
    instance = f"crn:v1:bluemix:public:cloud-object-storage:global:a/0a1b:{random_uuid()}"
    return f"{instance}::", f"crn-{instance}:bucket:ledger"


def is_refused(answer: Answer, reason: Reason = Reason.IAM_PROFILE) -> bool:
    return (answer.status, answer.json.get("errorCode")) == (400, str(reason))


async def key_of(api: Api) -> ApiKey:
    """Return the API key that *api* came with."""
    every = await api.service.store.api_keys(api.instance.account)
    return next(key for key in every if key.iam_id == api.iam_id)


def test_1_3_a_profile_is_assumed_and_both_are_named(world: World) -> None:
    async def story() -> None:
        admin, ada, profile = await scene(world)
        assert is_refused(await assume(ada, profile))
        await trust(admin, profile, ada)
        await make(admin, v1_body(admin, IamId(profile["iam_id"]), Role.MANAGER))
        account = admin.instance.account
        answers = [
            await exchange(ada, "assume", access_token=ada.token, **named)
            for named in (
                {"profile_id": profile["id"]},
                {"profile_id": profile["iam_id"]},
                {"profile_crn": profile["crn"]},
                {"profile_name": profile["name"], "account": account},
            )
        ]
        for answer in answers:
            claims = said(answer)
            assert answer.json["refresh_token"] == "not_supported"
            assert claims["exp"] == answer.json["expiration"] == claims["iat"] + answer.json["expires_in"]
            assert (claims["iam_id"], claims["sub"]) == (profile["iam_id"], profile["id"])
            assert claims["sub_type"] == "Profile"
            assert (claims["authn"]["iam_id"], claims["authn"]["sub_type"]) == (ada.iam_id, "ServiceId")
        one = speaking(ada, answers[0])
        assert (await one.send("GET", "/keys")).status == 200
        assert (await ada.send("GET", "/keys")).status == 401
        event = world.log.events[-2]
        assert (event.action, event.caller.iam_id) == ("kms.secrets.list", profile["iam_id"])
        assert event.caller.behind is not None
        assert event.caller.behind.iam_id == ada.iam_id
        for who in (ada.iam_id, profile["iam_id"]):
            found = (await one.send("GET", f"/audit_events?caller={who}&action=secrets.list")).json
            assert "success" in [it["outcome"] for it in found["resources"]], who
        issued = next(it for it in reversed(world.log.events) if it.action.endswith("token.issue"))
        assert (issued.caller.iam_id, issued.caller.person) == (profile["iam_id"], ada.iam_id)
        assert issued.request["apiKeyId"] == (await key_of(ada)).id

    world.run(story())


def test_who_had_assumed_a_profile_is_told_of_its_uses(world: World) -> None:
    """Of each day the last one: that there may be any number of them tells no uses apart."""

    async def story() -> None:
        now = world.clock()
        midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0)
        world.clock.advance(seconds=(midnight - now).total_seconds() - 20)
        admin, ada, profile = await scene(world)
        await make(admin, v1_body(admin, IamId(profile["iam_id"]), Role.MANAGER))
        asker = await admin.other(Role.MANAGER)
        key = (await asker.create())["id"]
        people = [ada, *[await admin.other() for _ in range(2)]]
        tokens = []
        for one in people:
            await trust(admin, profile, one)
            tokens.append(speaking(one, await assume(one, profile)))
        for one in tokens:
            assert (await one.act(key, "wrap")).status == 200
            world.clock.advance(seconds=15)
        names = [people[2].iam_id, people[1].iam_id]  # the first was not the last one of his day
        (version,) = (await asker.send("GET", f"/keys/{key}/usage")).resource["versions"]
        assert (version["lastUsedBy"], version["lastUsedAuthnId"]) == (profile["iam_id"], names[0])
        (use,) = version["uses"]
        assert (use["iamId"], use["authnIds"], use["count"]) == (profile["iam_id"], names, 3)
        assert (await asker.send("GET", f"/keys/{key}/impact")).resource["callers"] == [use]
        report = (await asker.send("GET", "/key_usage_report")).json["result"]["kms_instances"][0]
        (told,) = (it for it in report["keys"] if it["id"] == key)
        assert (told["last_used_by"], told["last_used_authn_id"]) == (profile["iam_id"], names[0])
        assert told["caller_count"] == 1
        table = (await asker.send("GET", "/key_usage_report.csv")).body.decode()
        (row,) = (line for line in table.splitlines() if key in line)
        assert row.endswith(f"{profile['iam_id']},{names[0]},kms")

    world.run(story())


def test_a_service_of_the_account_assumes_a_profile_by_its_crn(world: World) -> None:
    async def story() -> None:
        admin, ada, profile = await scene(world)
        crn, part = crns()
        service = await a_service(admin, crn, role=None)
        await make(admin, v1_body(admin, IamId(profile["iam_id"]), Role.READER))
        await make(admin, authorization(admin, "cloud-object-storage", Role.MANAGER))
        place = f"{PROFILES}/{profile['id']}/identities"
        assert is_refused(await assume(service, profile))
        for wrong in (part.removeprefix("crn-"), crn[:-1], ada.iam_id, profile["iam_id"]):
            body = {"identifier": wrong, "type": "crn"}
            assert (await admin.send("POST", f"{place}/crn", body)).status == 400, wrong
        body = {"identifier": crn, "type": "crn", "description": "the ledger's store"}
        added = await admin.send("POST", f"{place}/crn", body)
        assert added.json == {**body, "iam_id": f"crn-{crn}"}
        one = f"{place}/crn/{quote(crn, safe='')}"
        assert (await admin.send("GET", one)).json == added.json
        answer = await assume(service, profile)
        claims = said(answer)
        assert (claims["sub_type"], claims["authn"]["iam_id"]) == ("Profile", f"crn-{crn}")
        as_profile = speaking(service, answer)
        key = (await (await admin.other(Role.MANAGER)).create())["id"]
        assert (await as_profile.act(key, "wrap")).status == 200
        assert (await as_profile.act(key, "rotate")).status == 401  # what services may do, a profile may not
        assert (await register(as_profile, key, f"{crn[:-2]}:bucket:ledger")).status in (401, 403)
        piece = await exchange(service, "iam-authz", access_token=service.token, desired_iam_id=part)
        assert is_refused(await assume(speaking(service, piece), profile))
        assert is_refused(await assume(ada, profile))
        assert (await admin.send("DELETE", one)).status == 204
        assert (await as_profile.act(key, "wrap")).status == 401
        assert is_refused(await assume(service, profile))

    world.run(story())


def test_a_service_of_another_account_is_not_trusted(world: World) -> None:
    async def story() -> None:
        admin, _, profile = await scene(world)
        crn, _ = crns()
        await a_service(world.home, crn)
        body = {"identifier": crn, "type": "crn"}
        place = f"{PROFILES}/{profile['id']}/identities/crn"
        assert (await admin.send("POST", place, body)).status == 400
        assert (await admin.send("POST", place, {**body, "identifier": f"crn-{crn}"})).status == 400

    world.run(story())


def test_a_profile_has_no_api_keys_no_codes_and_no_profile_of_its_own(world: World) -> None:
    async def story() -> None:
        admin, ada, profile = await scene(world)
        await trust(admin, profile, ada)
        one = speaking(ada, await assume(ada, profile))
        assert is_refused(await assume(one, profile))
        for caller in (one, admin):
            made = await caller.send("POST", "/v1/apikeys", {"name": "a", "iam_id": profile["iam_id"]})
            assert made.json["errorCode"] == str(Reason.IDENTITY_FORBIDDEN)
        assert (await one.send("POST", "/identity/passcode")).status == 403
        assert (await one.send("GET", "/v1/apikeys")).json["apikeys"] == []

    world.run(story())


def test_nobody_is_two_people_by_assuming_a_profile(world: World) -> None:
    async def story() -> None:
        admin, _, profile = await scene(world)
        ada = await admin.other(Role.MANAGER)
        await trust(admin, profile, ada)
        await make(admin, v1_body(admin, IamId(profile["iam_id"]), Role.MANAGER))
        policy = {"policy_type": "dualAuthDelete", "policy_data": {"enabled": True}}
        body = {"metadata": {"collectionTotal": 1}, "resources": [policy]}
        assert (await ada.send("PUT", "/instance/policies?policy=dualAuthDelete", body)).status == 204
        key = (await ada.create())["id"]
        one = speaking(ada, await assume(ada, profile))
        assert (await ada.act(key, "setKeyForDeletion")).status == 204
        assert (await one.send("DELETE", f"/keys/{key}")).status == 409
        assert (await (await admin.other(Role.MANAGER)).send("DELETE", f"/keys/{key}")).status == 204

    world.run(story())


def test_nobody_is_two_people_by_an_account_at_a_provider(world: World) -> None:
    async def story() -> None:
        admin, profile, realms = await federated(world)
        await below(admin, profile, "rules", rule(group="managers"))
        await make(admin, v1_body(admin, IamId(profile["iam_id"]), Role.MANAGER))
        ada = await admin.other(Role.MANAGER)  # who may be alice of the provider
        policy = {"policy_type": "dualAuthDelete", "policy_data": {"enabled": True}}
        body = {"metadata": {"collectionTotal": 1}, "resources": [policy]}
        assert (await ada.send("PUT", "/instance/policies?policy=dualAuthDelete", body)).status == 204
        alice, bob = [
            speaking(admin, await assume(admin, profile, realms.token(sub=name, group="managers")))
            for name in ("alice", "bob")
        ]
        for first, second, other in ((ada, alice, await admin.other(Role.MANAGER)), (alice, ada, bob)):
            key = (await ada.create())["id"]
            assert (await first.act(key, "setKeyForDeletion")).status == 204
            for alone in (first, second):
                refused = await alone.send("DELETE", f"/keys/{key}")
                assert (refused.status, refused.json["resources"][0]["reasons"][0]["code"]) == (
                    409,
                    str(Reason.AUTHORIZATIONS_NOT_MET),
                )
            assert (await other.send("DELETE", f"/keys/{key}")).status == 204

    world.run(story())


Ending = Callable[[Api, Api, Any, str], Awaitable[Any]]


async def _delete(admin: Api, _: Api, profile: Any, __: str) -> Answer:
    return await admin.send("DELETE", f"{PROFILES}/{profile['id']}")


async def _distrust(admin: Api, ada: Api, profile: Any, _: str) -> Answer:
    return await admin.send("DELETE", f"{PROFILES}/{profile['id']}/identities/serviceid/{ada.iam_id}")


async def _distrust_all(admin: Api, _: Api, profile: Any, __: str) -> Answer:
    path = f"{PROFILES}/{profile['id']}/identities"
    return await admin.send("PUT", path, {"identities": []}, {"if-match": "*"})


async def _lock_key(admin: Api, ada: Api, _: Any, __: str) -> Answer:
    return await admin.send("POST", f"/v1/apikeys/{(await key_of(ada)).id}/lock")


async def _delete_key(admin: Api, ada: Api, _: Any, __: str) -> Answer:
    return await admin.send("DELETE", f"/v1/apikeys/{(await key_of(ada)).id}")


async def _delete_assumer(admin: Api, ada: Api, _: Any, __: str) -> Answer:
    return await admin.send("DELETE", f"/v1/serviceids/{ada.iam_id}")


async def _delete_policy(admin: Api, _: Api, __: Any, policy: str) -> Answer:
    return await admin.send("DELETE", f"{V1}/{policy}")


@pytest.mark.parametrize(
    "end", [_delete, _distrust, _distrust_all, _lock_key, _delete_key, _delete_assumer, _delete_policy]
)
def test_whatever_is_taken_away_counts_at_once_in_every_process(world: World, end: Ending) -> None:
    async def story() -> None:
        admin, ada, profile = await scene(world)
        await trust(admin, profile, ada)
        policy = await make(admin, v1_body(admin, IamId(profile["iam_id"]), Role.READER))
        one = speaking(ada, await assume(ada, profile))
        both = (one, world.beside(one))
        for each in both:
            assert (await each.send("GET", "/keys")).status == 200
        assert (await end(admin, ada, profile, policy["id"])).status in (200, 204)
        for each in both:
            assert (await each.send("GET", "/keys")).status == 401
        if end is not _delete_policy:
            assert is_refused(await assume(ada, profile))

    world.run(story())


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, Reason.IAM_PARAMETER_MISSING),
        ({"profile_name": "a"}, Reason.IAM_PARAMETER_MISSING),
        ({"profile_id": "P", "access_token": ""}, Reason.IAM_PARAMETER_MISSING),
        ({"profile_id": "P", "access_token": "x"}, Reason.IAM_PROFILE),
        ({"profile_id": "P", "access_token": "x" * 9000}, Reason.IAM_PROFILE),
        ({"profile_id": "P", "access_token": "a b\0é"}, Reason.IAM_PROFILE),
        ({"profile_id": "P\0"}, Reason.IAM_PROFILE),
        ({"profile_crn": "crn:v1"}, Reason.IAM_PROFILE),
        ({"profile_name": "a", "account": "b"}, Reason.IAM_PROFILE),
    ],
)
def test_what_is_wrong_with_a_request_for_a_profile(
    world: World, fields: dict[str, str], reason: Reason
) -> None:
    async def story() -> None:
        answer = await exchange(world.home, "assume", **{"access_token": world.home.token, **fields})
        assert is_refused(answer, reason), answer.body

    world.run(story())


def test_a_profile_of_another_account_is_as_one_that_never_was(world: World) -> None:
    async def story() -> None:
        admin, ada, profile = await scene(world)
        await trust(admin, profile, ada)
        stranger = world.home
        known = await assume(stranger, profile)
        unknown = await assume(stranger, {"id": "Profile-none"})
        assert known.json["errorMessage"] == unknown.json["errorMessage"]
        named = {"profile_name": profile["name"], "account": admin.instance.account}
        assert is_refused(await exchange(stranger, "assume", access_token=stranger.token, **named))

    world.run(story())


async def federated(world: World) -> tuple[Api, Any, Realms]:
    """Return an Administrator where two providers are known, a profile that may read, and the providers."""
    admin, _, profile = await scene(world)
    realms = Realms(admin)
    await make(admin, v1_body(admin, IamId(profile["iam_id"]), Role.READER))
    return world.beside(admin, externals=realms.externals), profile, realms


def test_a_person_of_a_provider_is_trusted_by_a_rule(world: World) -> None:
    async def story() -> None:
        admin, profile, realms = await federated(world)
        made = await below(admin, profile, "rules", rule(group="auditors"))
        token = realms.token(group="auditors")
        assert (await replace(admin, token=token).send("GET", "/keys")).status == 401  # nobody here
        answer = await assume(admin, profile, token)
        claims = said(answer)
        assert claims["authn"] == {"sub": "alice", "iam_id": f"oidc-{STAFF}#alice", "name": "alice"}
        assert answer.json["expires_in"] == 600  # no longer than what the provider said
        one = speaking(admin, answer)
        assert (await one.send("GET", "/keys")).status == 200
        assert (await world.beside(one).send("GET", "/keys")).status == 401  # which knows no provider
        place, head = f"{PROFILES}/{profile['id']}/rules/{made['id']}", {"if-match": made["entity_tag"]}
        assert (await admin.send("PUT", place, rule(group="auditors"), head)).status == 200
        assert (await one.send("GET", "/keys")).status == 401  # by another rule than it was
        again = speaking(admin, await assume(admin, profile, token))
        assert (await again.send("GET", "/keys")).status == 200
        assert (await admin.send("DELETE", place)).status == 204
        assert (await again.send("GET", "/keys")).status == 401
        assert is_refused(await assume(admin, profile, token))

    world.run(story())


def test_a_rule_says_how_long_at_most(world: World) -> None:
    async def story() -> None:
        admin, profile, realms = await federated(world)
        await below(admin, profile, "rules", {**rule(group="a"), "expiration": 120})
        answer = await assume(admin, profile, realms.token(group="a"))
        assert answer.json["expires_in"] == 120
        one = speaking(admin, answer)
        world.clock.advance(seconds=121)
        assert (await one.send("GET", "/keys")).status == 401

    world.run(story())


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"group": "auditor"},
        {"group": ["auditors"]},
        {"group": None},
        {"group": True},
        {"group": "auditors", "aud": "another"},
        {"group": "auditors", "sub": None},
        {"group": "auditors", "sub": "a" * 257},
        {"group": "auditors", "sub": "\U0001f511" * 100},
        {"group": "auditors", "sub": "ada\0"},
        {"group": "auditors", "sub": "\ud800"},
        {"group": "auditors", "sub": "ada\nBearer x"},
        {"group": "\ud800auditors"},
        {"group": "auditors", "realm": CLUSTER},
        {"group": "auditors", "iss": "https://idp.example/nobody"},
    ],
)
def test_whoever_does_not_have_the_claims_is_not_trusted(world: World, claims: dict[str, Any]) -> None:
    async def story() -> None:
        admin, profile, realms = await federated(world)
        await below(admin, profile, "rules", rule(group="auditors"))
        assert is_refused(await assume(admin, profile, realms.token(**claims)))

    world.run(story())


@pytest.mark.parametrize(
    ("said_of_it", "expected"),
    [({"email_verified": True}, 200), ({"email_verified": "true"}, 400), ({}, 400)],
)
def test_an_address_that_the_provider_has_not_verified_is_none(
    world: World, said_of_it: dict[str, Any], expected: int
) -> None:
    async def story() -> None:
        admin, ada, profile = await scene(world)
        realms = Realms(admin, ada=ada.iam_id)
        admin = world.beside(admin, externals=realms.externals)
        await below(admin, profile, "rules", rule(email="boss@example.com"))
        for who in ("ada", "mallory"):
            token = realms.token(sub=who, email="boss@example.com", **said_of_it)
            assert (await assume(admin, profile, token)).status == expected

    world.run(story())


def test_somebody_with_an_identity_here_is_trusted_as_that(world: World) -> None:
    async def story() -> None:
        admin, _, profile = await scene(world)
        ada = await a_user(admin)
        realms = Realms(admin, alice=ada.iam_id)
        admin = world.beside(admin, externals=realms.externals)
        await trust(admin, profile, ada)
        claims = said(await assume(admin, profile, realms.token()))
        assert (claims["authn"]["iam_id"], "sub_type" in claims["authn"]) == (ada.iam_id, False)
        assert is_refused(await assume(admin, profile, realms.token(sub="bob")))

    world.run(story())


async def _by_link(admin: Api, profile: Any) -> str:
    return f"links/{(await below(admin, profile, 'links', link()))['id']}"


async def _by_rule(admin: Api, profile: Any) -> str:
    conditions = {"namespace": "prod", "name": "vault", "crn": CLUSTER_CRN}
    made = await below(admin, profile, "rules", rule("Profile-CR", None, **conditions))
    return f"rules/{made['id']}"


@pytest.mark.parametrize("bond", [_by_link, _by_rule])
def test_a_workload_assumes_a_profile(world: World, bond: Callable[[Api, Any], Awaitable[str]]) -> None:
    async def story() -> None:
        admin, profile, realms = await federated(world)
        token = realms.workload()
        named = {"cr_token": token, "profile_name": profile["name"]}
        assert is_refused(await exchange(admin, "cr-token", **named))
        place = await bond(admin, profile)
        answer = await exchange(admin, "cr-token", **named)
        assert said(answer)["authn"]["sub"] == "system:serviceaccount:prod:vault"
        assert answer.json["refresh_token"] == "not_supported"
        one = speaking(admin, answer)
        assert (await one.send("GET", "/keys")).status == 200
        for wrong in (
            realms.workload("test"),
            realms.workload(name="other"),
            realms.token(CLUSTER, sub="system:node:prod:vault", namespace="prod"),
            realms.token(CLUSTER, sub="prod:vault"),
            realms.token(sub="system:serviceaccount:prod:vault", crn=CLUSTER_CRN, namespace="prod"),
            realms.workload(aud="another"),
            admin.token,
            "x",
        ):
            assert is_refused(await exchange(admin, "cr-token", cr_token=wrong, profile_id=profile["id"]))
        assert is_refused(await assume(admin, profile, token))  # that is for people
        assert (await admin.send("DELETE", f"{PROFILES}/{profile['id']}/{place}")).status == 204
        assert (await one.send("GET", "/keys")).status == 401

    world.run(story())


def test_a_cluster_of_another_crn_is_another_one(world: World) -> None:
    async def story() -> None:
        admin, profile, realms = await federated(world)
        await below(admin, profile, "links", link(crn=CLUSTER_CRN.replace(":c1:", ":c2:")))
        await below(admin, profile, "rules", rule("Profile-CR", STAFF, namespace="prod"))
        assert is_refused(
            await exchange(admin, "cr-token", cr_token=realms.workload(), profile_id=profile["id"])
        )
        assert is_refused(await exchange(admin, "cr-token", profile_id="P"), Reason.IAM_PARAMETER_MISSING)

    world.run(story())


def test_a_workload_is_no_person(world: World) -> None:
    async def story() -> None:
        admin, profile, realms = await federated(world)
        await below(admin, profile, "rules", rule(realm=CLUSTER, namespace="prod"))
        token = realms.token(CLUSTER, sub="system:serviceaccount:dev:vault", namespace="prod")
        assert is_refused(await assume(admin, profile, token))
        assert is_refused(await exchange(admin, "cr-token", cr_token=token, profile_id=profile["id"]))

    world.run(story())


def test_8_1_a_service_obtains_a_token_for_a_part_of_itself(world: World) -> None:
    async def story() -> None:
        admin, _, _ = await scene(world)
        whole, part_of = crns()
        service, key = await a_service(admin, whole), (await (await admin.other(Role.MANAGER)).create())["id"]
        asked = {"access_token": service.token, "desired_iam_id": part_of}
        assert is_refused(await exchange(service, "iam-authz", **asked))
        policy = await make(admin, authorization(admin, "cloud-object-storage", Role.READER))
        answer = await exchange(service, "iam-authz", **asked)
        claims = said(answer)
        assert (claims["iam_id"], claims["sub_type"], claims["realmid"]) == (part_of, "CRN", "crn")
        assert answer.json["refresh_token"] == "not_supported"
        part = speaking(service, answer)
        assert (await part.act(key, "wrap")).status == 200
        bucket = part_of.removeprefix("crn-")
        assert (await register(part, key, bucket)).status == 200
        assert (await register(part, key, bucket.replace("ledger", "payroll"))).status == 403
        assert (await register(service, key, bucket.replace("ledger", "payroll"))).status == 200
        wrong = [
            crns()[1],
            part_of.replace("global", "eu-de"),
            part_of.replace("a/0a1b", "a/other"),
            part_of.replace("cloud-object-storage", "cloudant"),
            "crn-" + ":".join(["x"] * 10),
            "IBMid-1",
            part_of + ":more",
            part_of + "\0",
            part_of + "\U0001f511" * 300,
            part_of * 9,
        ]
        for desired in wrong:
            assert is_refused(
                await exchange(service, "iam-authz", access_token=service.token, desired_iam_id=desired)
            )
        for token in (admin.token, part.token, "x"):
            assert is_refused(
                await exchange(service, "iam-authz", access_token=token, desired_iam_id=part_of)
            )
        assert (await admin.send("DELETE", f"{V1}/{policy['id']}")).status == 204
        for each in (part, world.beside(part)):
            assert (await each.act(key, "wrap")).status == 401
        assert (await service.act(key, "wrap")).status == 200  # by what was granted to itself

    world.run(story())


def test_a_person_of_a_provider_is_no_service(world: World) -> None:
    async def story() -> None:
        admin, _, realms = await federated(world)
        for token in (realms.token(sub="ada"), realms.token(sub="\0"), realms.workload()):
            asked = {"access_token": token, "desired_iam_id": crns()[1]}
            assert is_refused(await exchange(admin, "iam-authz", **asked))

    world.run(story())


def test_a_part_of_a_service_has_no_grants_of_its_own_and_ends_with_the_key_behind_it(world: World) -> None:
    async def story() -> None:
        admin, _, _ = await scene(world)
        owner, part_of = crns()
        whole = await a_service(admin, owner, None)
        await a_service(
            admin, part_of.removeprefix("crn-"), Role.MANAGER
        )  # what others granted to that identity
        await make(admin, authorization(admin, "cloud-object-storage", Role.READER))
        answer = await exchange(whole, "iam-authz", access_token=whole.token, desired_iam_id=part_of)
        part = speaking(whole, answer)
        assert (await part.send("GET", "/keys")).status == 200
        assert (await part.send("GET", "/key_rings")).status == 200
        assert (await part.send("POST", "/key_rings/a-ring")).status == 401
        key, change = await key_of(whole), Change()
        change.put(replace(key, disabled=True, revision=key.revision + 1), was=key)
        await world.store.commit(change, None)
        assert (await part.send("GET", "/keys")).status == 401

    world.run(story())


def test_a_part_of_a_service_has_no_api_keys(world: World) -> None:
    """With one it would be the service that has this CRN, whatever that was granted."""

    async def story() -> None:
        admin, _, _ = await scene(world)
        owner, part_of = crns()
        whole = await a_service(admin, owner, None)
        other = await a_service(admin, part_of.removeprefix("crn-"), Role.MANAGER)
        theirs = f"/v1/apikeys/{(await key_of(other)).id}"
        await make(admin, authorization(admin, "cloud-object-storage", Role.READER))
        for desired in (part_of, owner):
            answer = await exchange(whole, "iam-authz", access_token=whole.token, desired_iam_id=desired)
            part = speaking(whole, answer)
            for method, path, body in (
                ("POST", "/v1/apikeys", {"name": "mine", "iam_id": part.iam_id}),
                ("GET", "/v1/apikeys", None),
                ("GET", theirs, None),
                ("POST", f"{theirs}/disable", None),
                ("DELETE", theirs, None),
            ):
                assert (await part.send(method, path, body)).status == 404, (method, path)
        assert (await other.send("GET", "/v1/apikeys")).status == 200

    world.run(story())


def test_nobody_has_a_password(world: World) -> None:
    async def story() -> None:
        answer = await exchange(world.home, "password", username="ada@example.com", password="x")
        assert is_refused(answer, Reason.IAM_GRANT_UNKNOWN)
        assert "password" in answer.json["errorMessage"]

    world.run(story())


def test_only_for_a_name_all_profiles_are_read(world: World) -> None:
    async def story() -> None:
        admin, ada, profile = await scene(world)
        await trust(admin, profile, ada)
        store: Any = _Counting(world)
        beside = world.beside(ada, store=store)
        for named in ({"profile_id": profile["id"]}, {"profile_crn": profile["crn"]}, {"profile_id": "P"}):
            await exchange(beside, "assume", access_token=ada.token, **named)
        assert store.read == 0
        named = {"profile_name": profile["name"], "account": admin.instance.account}
        assert (await exchange(beside, "assume", access_token=ada.token, **named)).status == 200
        assert store.read == 1

    world.run(story())


class _Counting:
    """A store that counts how often all identities of an account are read."""

    def __init__(self, world: World) -> None:
        self._store, self.read = world.store, 0

    def __getattr__(self, name: str) -> Any:
        self.read += name == "identities"
        return getattr(self._store, name)


def test_a_profile_that_another_may_not_have_is_not_looked_for_twice(world: World) -> None:
    async def story() -> None:
        admin, ada, profile = await scene(world)
        await trust(admin, profile, ada)
        other = await make_profile(admin)
        named = {
            "profile_id": profile["id"],
            "profile_name": other["name"],
            "account": admin.instance.account,
        }
        assert is_refused(await exchange(ada, "assume", access_token=ada.token, **named))

    world.run(story())
