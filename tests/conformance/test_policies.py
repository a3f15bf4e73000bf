"""Policies over the network, in both forms: section 3.6 of iam-and-provisioning.md."""

import re
from types import ModuleType
from typing import Any

import pytest

from api import Api
from conformance.granting import (
    IAM,
    V1,
    V2,
    check_refused,
    granted_everywhere,
    home_of_its_own,
    make,
    v1_body,
    v2_body,
)
from conformance.world import World, another_account
from http_peer import Answer
from keystead.domain.actions import Role
from keystead.domain.grants import MOST_DELETED
from keystead.domain.reasons import Reason
from keystead.service import policy_rules
from keystead.storage import granting

HEAD = {"id", "type", "description", "state", "href", "created_at", "created_by_id", "last_modified_at"}
FIRST = HEAD | {"last_modified_by_id", "subjects", "roles", "resources"}
SECOND = HEAD | {"last_modified_by_id", "subject", "control", "resource"}


async def listed(api: Api, query: str = "", path: str = V1) -> list[Any]:
    answer = await api.send("GET", f"{path}?account_id={api.instance.account}{query}")
    assert answer.status == 200, answer.body
    return list(answer.json["policies"])


async def put(api: Api, policy: Any, body: object, tag: str | None = None, path: str = V1) -> Answer:
    head = {"if-match": tag or policy["etag"]}
    return await api.send("PUT", f"{path}/{policy['id']}", body, head)


async def set_state(api: Api, policy: Any, state: str, tag: str = "*") -> Answer:
    return await api.send("PATCH", f"{V1}/{policy['id']}", {"state": state}, {"if-match": tag})


def test_a_new_policy_is_shown_in_both_forms_as_it_was_sent(world: World) -> None:
    async def story() -> None:
        admin = await granted_everywhere(world.home, Role.ADMINISTRATOR)
        who = await world.home.other()
        body = {**v1_body(admin, who.iam_id, Role.READER, keyRing="ring-b"), "description": "reads"}
        made = await make(admin, body)
        assert set(made) == FIRST | {"etag"}
        assert re.fullmatch(r'"1-[0-9a-f]{32}"', made["etag"])
        assert made["roles"][0]["role_id"] == f"{IAM}serviceRole:Reader"
        assert (made["subjects"], made["description"]) == (body["subjects"], "reads")
        shown = [{k: it[k] for k in ("name", "value")} for it in made["resources"][0]["attributes"]]
        assert shown == body["resources"][0]["attributes"]
        assert (made["created_by_id"], made["state"]) == (admin.iam_id, "active")
        read = await admin.send("GET", f"{V1}/{made['id']}")
        assert {**read.json, "etag": read.headers["etag"]} == made
        other = (await admin.send("GET", f"{V2}/{made['id']}")).json
        assert set(other) == SECOND
        expected = v2_body(admin, who.iam_id, Role.READER, keyRing="ring-b")
        assert {name: other[name] for name in expected} == expected
        (event,) = (it for it in world.log.events[-4:] if it.action == "iam-am.policy.create")
        assert (event.response["policyId"], event.response["roles"]) == (made["id"], ["Reader"])
        assert event.response["subject"] == who.iam_id

    world.run(story())


@pytest.mark.parametrize("service", ["iam", "kms", "hs-crypto"])
@pytest.mark.parametrize("kind", ["serviceRole", "role"])
def test_aut_7a_a_role_id_reads_back_as_it_was_sent(world: World, service: str, kind: str) -> None:
    async def story() -> None:
        admin = await granted_everywhere(world.home, Role.ADMINISTRATOR)
        caller = await world.home.other()
        sent = f"crn:v1:bluemix:public:{service}::::{kind}:Reader"
        made = await make(admin, v1_body(admin, caller.iam_id, sent))
        assert [role["role_id"] for role in made["roles"]] == [sent]
        assert (await caller.send("GET", "/keys")).status == 200

    world.run(story())


@pytest.mark.parametrize(("path", "body"), [(V1, v1_body), (V2, v2_body)])
def test_a_policy_is_replaced_in_the_state_that_is_known(world: World, path: str, body: Any) -> None:
    async def story() -> None:
        admin = await granted_everywhere(world.home, Role.ADMINISTRATOR)
        caller = await world.home.other()
        made = await make(admin, body(admin, caller.iam_id, Role.READER), path)
        again = await put(admin, made, body(admin, caller.iam_id, Role.READER), path=path)
        assert (again.status, again.headers["etag"]) == (200, made["etag"])  # nothing was changed
        new = await put(admin, made, body(admin, caller.iam_id, Role.WRITER), path=path)
        assert (new.status, new.headers["etag"] == made["etag"]) == (200, False)
        check_refused(await put(admin, made, body(admin, caller.iam_id), path=path), Reason.POLICY_BODY)
        late = await put(admin, made, body(admin, caller.iam_id, Role.MANAGER), path=path)
        check_refused(late, Reason.POLICY_CONFLICT)
        bare = await admin.send("PUT", f"{path}/{made['id']}", body(admin, caller.iam_id, Role.MANAGER))
        check_refused(bare, Reason.POLICY_BODY)
        other = body(admin, admin.iam_id, Role.WRITER)
        check_refused(await put(admin, made, other, "*", path), Reason.POLICY_BODY)

    world.run(story())


def test_a_deleted_policy_can_be_restored(world: World) -> None:
    async def story() -> None:
        admin = await granted_everywhere(world.home, Role.ADMINISTRATOR)
        caller = await world.home.other()
        mine = f"&iam_id={caller.iam_id}"
        made = await make(admin, v1_body(admin, caller.iam_id, Role.READER))
        assert (await caller.send("GET", "/keys")).status == 200
        gone = await admin.send("DELETE", f"{V1}/{made['id']}")
        assert (gone.status, gone.body) == (204, b"")
        assert (await caller.send("GET", "/keys")).status == 401
        assert await listed(admin, mine) == []
        (shown,) = await listed(admin, f"{mine}&state=deleted")
        assert (shown["id"], shown["state"]) == (made["id"], "deleted")
        check_refused(await admin.send("DELETE", f"{V1}/{made['id']}"), Reason.POLICY_NOT_FOUND)
        body = v1_body(admin, caller.iam_id, Role.READER)
        check_refused(await put(admin, made, body, "*"), Reason.POLICY_NOT_FOUND)
        check_refused(await set_state(admin, made, "active", made["etag"]), Reason.POLICY_CONFLICT)
        check_refused(await set_state(admin, made, "suspended"), Reason.POLICY_BODY)
        tag = (await admin.send("GET", f"{V1}/{made['id']}")).headers["etag"]
        back = await set_state(admin, made, "active", tag)
        assert (back.status, back.json["state"]) == (200, "active")
        assert (await caller.send("GET", "/keys")).status == 200
        assert (await set_state(admin, made, "deleted")).json["state"] == "deleted"
        assert (await caller.send("GET", "/keys")).status == 401
        twin = await make(admin, body)
        check_refused(await set_state(admin, made, "active"), Reason.POLICY_CONFLICT)
        assert (await admin.send("DELETE", f"{V2}/{twin['id']}")).status == 204

    world.run(story())


def test_an_account_keeps_so_many_deleted_policies(world: World) -> None:
    async def story() -> None:
        admin = await home_of_its_own(world)
        first = None
        for number in range(MOST_DELETED + 1):
            world.clock.advance(seconds=1)
            made = await make(admin, v1_body(admin, admin.iam_id, Role.READER, keyRing=f"ring-{number}"))
            first = first or made
            await admin.send("DELETE", f"{V1}/{made['id']}")
        kept = {it["id"] for it in await listed(admin, "&state=deleted")}
        assert (len(kept), first is not None and first["id"] in kept) == (MOST_DELETED, False)

    world.run(story())


def test_listings_are_filtered_sorted_and_cut(world: World) -> None:
    async def story() -> None:
        admin = await home_of_its_own(world)
        who = await admin.other()
        rings = [f"ring-{name}" for name in "cab"]
        made = [await make(admin, v1_body(admin, who.iam_id, Role.READER, keyRing=ring)) for ring in rings]
        mine = f"&iam_id={who.iam_id}"
        ids = sorted(it["id"] for it in made)
        assert [it["id"] for it in await listed(admin, f"{mine}&sort=id&type=access")] == ids
        assert [it["id"] for it in await listed(admin, f"{mine}&sort=-id", V2)] == ids[::-1]
        assert len(await listed(admin, f"{mine}&service_name=kms")) == 3
        for nothing in ("type=authorization", "service_name=hs-crypto", "access_group_id=x", "tag_name=y"):
            assert await listed(admin, f"{mine}&{nothing}") == []
        found, path = [], f"{V1}?account_id={admin.instance.account}{mine}&limit=2"
        while path:
            page = (await admin.send("GET", path)).json
            found += [it["id"] for it in page["policies"]]
            path = page.get("next", {}).get("href", "")
        assert found == ids
        for bad in ("sort=name", "state=gone", "type=x", "limit=0", "limit=x", "start=none"):
            answer = await admin.send("GET", f"{V1}?account_id={admin.instance.account}&{bad}")
            check_refused(answer, Reason.POLICY_BODY)
        check_refused(await admin.send("GET", V1), Reason.POLICY_BODY)
        there = await another_account(world)
        foreign = await admin.send("GET", f"{V1}?account_id={there.instance.account}")
        check_refused(foreign, Reason.POLICY_FORBIDDEN)

    world.run(story())


@pytest.mark.parametrize("counting", [policy_rules, granting])
def test_an_account_has_so_many_policies(
    world: World, counting: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story() -> None:
        admin = await home_of_its_own(world)
        there = len([it for it in await world.store.account_grants(admin.instance.account) if it.is_active])
        made = await make(admin, v1_body(admin, admin.iam_id, Role.READER))
        monkeypatch.setattr(counting, "MOST_GRANTS", there + 1)
        last = await admin.send("POST", V1, v1_body(admin, admin.iam_id, Role.WRITER))
        assert (last.status, await listed(admin, f"&iam_id={admin.iam_id}&service_name=kms")) == (
            409,
            [it(made)],
        )
        assert (await admin.send("DELETE", f"{V1}/{made['id']}")).status == 204
        assert (await admin.send("POST", V1, v1_body(admin, admin.iam_id, Role.WRITER))).status == 201

    def it(made: Any) -> Any:
        return {name: value for name, value in made.items() if name != "etag"}

    world.run(story())


def test_a_subject_is_somebody_of_the_account_who_is_not_locked(world: World) -> None:
    async def story() -> None:
        admin = await home_of_its_own(world)
        for nobody in ("IBMid-nobody", world.home.iam_id, "services:kms"):
            answer = await admin.send("POST", V1, v1_body(admin, nobody, Role.READER))  # type: ignore[arg-type]
            check_refused(answer, Reason.POLICY_BODY)
        who = await admin.other()
        assert (await admin.send("POST", f"/v1/serviceids/{who.iam_id}/lock")).status == 200
        locked = await admin.send("POST", V1, v1_body(admin, who.iam_id, Role.READER))
        check_refused(locked, Reason.POLICY_REFUSED)

    world.run(story())
