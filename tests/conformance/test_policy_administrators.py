"""Who may do what with policies: section 3.4 and AUT-6 of iam-and-provisioning.md, as data."""

import asyncio
from typing import Any

import pytest

from api import Api
from conformance.granting import (
    ROLES,
    V1,
    check_form,
    check_refused,
    granted_everywhere,
    home_of_its_own,
    make,
    make_role,
    role_body,
    v1_body,
    v2_body,
)
from conformance.world import World, another_account
from keystead.domain.actions import Role
from keystead.domain.reasons import Reason

PLATFORM = (Role.VIEWER, Role.OPERATOR, Role.EDITOR, Role.ADMINISTRATOR)
# Method and path; statuses for an Administrator, for who may read, for who has another role, and for an
# Administrator of another account. Where nothing is shown, nothing is there.
MATRIX = """
GET    /v1/policies?account_id={account} 200 200 200 403
POST   /v1/policies                      201 403 403 403
GET    /v1/policies/{policy}             200 200 404 404
PUT    /v1/policies/{policy}             200 404 404 404
PATCH  /v1/policies/{policy}             200 404 404 404
DELETE /v1/policies/{policy}             204 404 404 404
GET    /v2/policies?account_id={account} 200 200 200 403
POST   /v2/policies                      201 403 403 403
GET    /v2/policies/{policy}             200 200 404 404
PUT    /v2/policies/{policy}             200 404 404 404
DELETE /v2/policies/{policy}             204 404 404 404
GET    /v2/roles?account_id={account}    200 200 200 403
POST   /v2/roles                         201 403 403 403
GET    /v2/roles/{role}                  200 200 200 404
PUT    /v2/roles/{role}                  200 403 403 404
DELETE /v2/roles/{role}                  204 403 403 404
"""
ROWS = [line.split() for line in MATRIX.strip().splitlines()]


async def asks(world: World, api: Api, row: list[str], caller: Api) -> int:
    """Ask for one route as *caller* does, and return the status."""
    method, path, *_ = row
    admin, who = await granted_everywhere(api, Role.ADMINISTRATOR), await api.other()
    policy = await make(admin, v1_body(api, who.iam_id, Role.READER))
    role = await make_role(admin, f"R{len(await world.store.custom_roles(api.instance.account))}")
    where = path.format(account=api.instance.account, policy=policy["id"], role=role["id"])
    body: Any = None
    if method in ("POST", "PUT"):
        body = (v1_body if path.startswith(V1) else v2_body)(api, who.iam_id, Role.WRITER)
    if path.startswith(ROLES):
        body = role_body(api, "Another", "kms.secrets.unwrap")
    if method == "PATCH":
        body = {"state": "deleted"}
    answer = await caller.send(method, where, body, {"if-match": "*"})
    if answer.status >= 400:
        check_form(answer, answer.status, None)
    listed = answer.json if answer.status == 200 and "?" in path else {}
    if "policies" in listed:
        shown = policy["id"] in {it["id"] for it in listed["policies"]}
        assert shown is await may_read(world, caller, api)
    return answer.status


async def may_read(world: World, caller: Api, api: Api) -> bool:
    grants = await world.store.grants(caller.iam_id)
    return any(it.has(PLATFORM) for it in grants if it.account == api.instance.account)


@pytest.mark.parametrize("row", ROWS, ids=" ".join)
@pytest.mark.parametrize("role", [*Role, None])
def test_route_by_role(world: World, row: list[str], role: Role | None) -> None:
    async def story() -> None:
        api = await another_account(world)
        caller = await granted_everywhere(api, *([] if role is None else [role]))
        column = 2 if role is Role.ADMINISTRATOR else 3 if role in PLATFORM else 4
        status = await asks(world, api, row, caller)
        if role is None and row[1] == "/v2/roles/{role}" and row[0] == "GET":
            assert status == 404  # who holds nothing is shown nothing
        else:
            assert status == int(row[column])

    world.run(story())


@pytest.mark.parametrize("row", ROWS, ids=" ".join)
def test_route_by_an_administrator_of_another_account(world: World, row: list[str]) -> None:
    async def story() -> None:
        api, foreign = await another_account(world), await home_of_its_own(world)
        assert await asks(world, api, row, foreign) == int(row[5])

    world.run(story())


@pytest.mark.parametrize("row", ROWS, ids=" ".join)
def test_route_without_a_token(world: World, row: list[str]) -> None:
    async def story() -> None:
        where = row[1].format(account="x", policy="x", role="x")
        for given in (None, "", "Basic Yng6Yng=", "Bearer", "Bearer x.y.z", world.home.token):
            answer = await world.home.send(row[0], where, None, {"authorization": given})
            check_refused(answer, Reason.POLICY_TOKEN)

    world.run(story())


# What an Administrator is one of, what he grants, and whether he may (AUT-6): no more than what he is one of.
A_KEY, ANOTHER = "b0d45c1e-3b7f-4a57-9d4e-0f7c2e0f3a11", "c0d45c1e-3b7f-4a57-9d4e-0f7c2e0f3a11"
WHOLE = {"serviceName": "-", "serviceInstance": "-"}
SERVICES = {**WHOLE, "serviceType": "service"}
REACH: tuple[tuple[dict[str, str], dict[str, str], bool], ...] = (
    (WHOLE, WHOLE, True),
    (WHOLE, {}, True),
    ({"serviceInstance": "-"}, {}, True),
    ({"serviceInstance": "-"}, {"serviceInstance": "-"}, True),
    ({"serviceInstance": "-"}, WHOLE, False),
    ({"serviceInstance": "-"}, {"serviceName": "hs-crypto"}, False),
    ({"serviceInstance": "-"}, {"serviceName": "-"}, False),
    ({}, {}, True),
    ({}, {"keyRing": "ring-b"}, True),
    ({}, {"resourceType": "key", "resource": A_KEY}, True),
    ({}, {"serviceInstance": "-"}, False),
    ({}, {"serviceInstance": ANOTHER}, False),
    ({}, WHOLE, False),
    ({"keyRing": "ring-b"}, {"keyRing": "ring-b"}, True),
    ({"keyRing": "ring-b"}, {"keyRing": "ring-c"}, False),
    ({"keyRing": "ring-b"}, {}, False),
    ({"region": "us-south"}, {}, False),
    ({"region": "us-south"}, {"region": "us-south", "keyRing": "ring-b"}, True),
    (SERVICES, {}, True),
    (SERVICES, {"serviceInstance": "-"}, True),
    (SERVICES, {"serviceName": "-", "keyRing": "ring-b"}, True),
    (SERVICES, SERVICES, True),
    (SERVICES, WHOLE, False),
    ({}, SERVICES, False),
)


@pytest.mark.parametrize(("held", "wanted", "may"), REACH)
def test_aut_6_nobody_grants_more_than_he_administers(
    world: World, held: dict[str, str], wanted: dict[str, str], may: bool
) -> None:
    async def story() -> None:
        owner = await home_of_its_own(world)
        part, who = await owner.other(), await owner.other()
        await make(owner, v1_body(owner, part.iam_id, Role.ADMINISTRATOR, **held))
        wider = v1_body(owner, who.iam_id, Role.READER, **wanted)
        answer = await part.send("POST", V1, wider)
        if may:
            assert answer.status == 201, answer.body
            return
        check_refused(answer, Reason.POLICY_FORBIDDEN)
        policy = await make(owner, wider)
        mine = f"{V1}/{policy['id']}"
        check_refused(await part.send("DELETE", mine), Reason.POLICY_NOT_FOUND)
        narrow = await make(part, v1_body(owner, who.iam_id, Role.WRITER, **held))
        away = await part.send("PUT", f"{V1}/{narrow['id']}", wider, {"if-match": "*"})
        check_refused(away, Reason.POLICY_FORBIDDEN)
        in_hand = await part.send(
            "PUT", mine, v1_body(owner, who.iam_id, Role.READER, **held), {"if-match": "*"}
        )
        check_refused(in_hand, Reason.POLICY_NOT_FOUND)

    world.run(story())


def test_the_last_administrator_stays_whatever_is_tried(world: World) -> None:
    async def story() -> None:
        owner = await home_of_its_own(world)
        account = f"?account_id={owner.instance.account}"
        (only,) = (await owner.send("GET", f"{V1}{account}&iam_id={owner.iam_id}")).json["policies"]
        mine, any_state = f"{V1}/{only['id']}", {"if-match": "*"}
        smaller = v1_body(owner, owner.iam_id, Role.ADMINISTRATOR)
        lower = v1_body(owner, owner.iam_id, Role.EDITOR, **WHOLE)
        for answer in (
            await owner.send("DELETE", mine),
            await owner.send("PATCH", mine, {"state": "deleted"}, any_state),
            await owner.send("PUT", mine, smaller, any_state),
            await owner.send("PUT", mine, lower, any_state),
        ):
            check_refused(answer, Reason.POLICY_REFUSED)
        gone = await owner.send("DELETE", f"/v1/serviceids/{owner.iam_id}")
        assert (gone.status, gone.json["errorCode"]) == (409, "BXNIM0424E")
        second = await owner.other()
        await make(owner, v1_body(owner, second.iam_id, Role.ADMINISTRATOR, **WHOLE))
        assert (await second.send("DELETE", mine)).status == 204

    world.run(story())


def test_two_administrators_who_delete_each_other_at_once(world: World) -> None:
    async def story() -> None:
        owner = await home_of_its_own(world)
        account = f"?account_id={owner.instance.account}"
        (first,) = (await owner.send("GET", f"{V1}{account}&iam_id={owner.iam_id}")).json["policies"]
        second = await owner.other()
        other = await make(owner, v1_body(owner, second.iam_id, Role.ADMINISTRATOR, **WHOLE))
        beside = world.beside(second)
        answers = await asyncio.gather(
            owner.send("DELETE", f"{V1}/{other['id']}"), beside.send("DELETE", f"{V1}/{first['id']}")
        )
        statuses = sorted(answer.status for answer in answers)
        assert statuses[0] == 204
        assert statuses[1] in (404, 409)
        grants = await world.store.account_grants(owner.instance.account)
        assert sum(it.is_steward for it in grants) == 1

    world.run(story())
