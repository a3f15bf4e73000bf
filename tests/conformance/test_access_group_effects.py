"""What is granted to an access group is granted to its members, at once and for as long as they are in it."""

from datetime import timedelta
from typing import Any

import pytest

from api import Api
from conformance.access_groups import GROUPS, add, for_group, grant, make_group
from conformance.granting import (
    V1,
    V2,
    check_refused,
    granted_everywhere,
    home_of_its_own,
    make,
    make_role,
    v1_body,
    v2_body,
)
from conformance.identities import make_id
from conformance.profiles import assume, make_profile, speaking, trust
from conformance.test_policy_times import span, start
from conformance.world import World, another_account
from keystead.domain.actions import Role
from keystead.domain.ids import IamId
from keystead.domain.reasons import Reason


async def wraps(caller: Api, key: str) -> int:
    return (await caller.act(key, "wrap")).status


async def scene(world: World) -> tuple[Api, Api, Api, Any, str]:
    """Return an owner, an Administrator, somebody, a group that he is in, and a key."""
    api = await another_account(world)
    owner = await granted_everywhere(api, Role.MANAGER)
    admin, caller = await granted_everywhere(api, Role.ADMINISTRATOR), await api.other()
    group = await make_group(admin)
    await add(admin, group, caller.iam_id)
    return api, admin, caller, group, (await owner.create())["id"]


@pytest.mark.parametrize("end", ["the membership", "all memberships", "the policy", "the group", "its state"])
def test_a_member_may_what_the_group_may_until_one_of_them_goes(world: World, end: str) -> None:
    async def story() -> None:
        api, admin, caller, group, key = await scene(world)
        assert await wraps(caller, key) == 401
        policy = await grant(admin, api, group, Role.READER)
        assert await wraps(caller, key) == 200
        later = await api.other()
        assert await wraps(later, key) == 401
        await add(admin, group, later.iam_id)
        assert await wraps(later, key) == 200
        account = api.instance.account
        method, path, body = {
            "the membership": ("DELETE", f"{GROUPS}/{group['id']}/members/{caller.iam_id}", None),
            "all memberships": (
                "DELETE",
                f"{GROUPS}/_allgroups/members/{caller.iam_id}?account_id={account}",
                None,
            ),
            "the policy": ("DELETE", f"{V1}/{policy['id']}", None),
            "the group": ("DELETE", f"{GROUPS}/{group['id']}?force=true", None),
            "its state": ("PATCH", f"{V1}/{policy['id']}", {"state": "deleted"}),
        }[end]
        done = await admin.send(method, path, body, {"if-match": "*"})
        assert done.status in (200, 204, 207), done.body
        assert await wraps(caller, key) == 401
        assert await wraps(later, key) == (200 if "membership" in end else 401)

    world.run(story())


def test_both_forms_of_a_policy_are_for_a_group(world: World) -> None:
    async def story() -> None:
        api, admin, caller, group, key = await scene(world)
        first = await grant(admin, api, group, Role.READER)
        whose = [{"attributes": [{"name": "access_group_id", "value": group["id"]}]}]
        assert first["subjects"] == whose
        second = (await admin.send("GET", f"{V2}/{first['id']}")).json
        who = {"key": "access_group_id", "operator": "stringEquals", "value": group["id"]}
        assert second["subject"] == {"attributes": [who]}
        await make(admin, for_group(v2_body(api, IamId(""), Role.WRITER), group["id"]), V2)
        assert await wraps(caller, key) == 200
        assert (await caller.send("POST", "/import_token", {})).status == 200
        account = api.instance.account
        of_group = f"{V1}?account_id={account}&access_group_id={group['id']}"
        assert len((await admin.send("GET", of_group)).json["policies"]) == 2
        for nothing in (
            f"{of_group}&iam_id={caller.iam_id}",
            f"{V1}?account_id={account}&iam_id={caller.iam_id}",
            f"{V1}?account_id={account}&iam_id={group['id']}",
            f"{V1}?account_id={account}&access_group_id={admin.iam_id}",
        ):
            assert (await admin.send("GET", nothing)).json["policies"] == []
        twice = for_group(v1_body(api, IamId(""), Role.READER), group["id"])
        check_refused(await admin.send("POST", V1, twice), Reason.POLICY_CONFLICT)
        other = for_group(v1_body(api, IamId(""), Role.READER), (await make_group(admin))["id"])
        moved = await admin.send("PUT", f"{V1}/{first['id']}", other, {"if-match": "*"})
        check_refused(moved, Reason.POLICY_BODY)

    world.run(story())


def test_a_trusted_profile_may_what_its_groups_may(world: World) -> None:
    async def story() -> None:
        api, admin, caller, group, key = await scene(world)
        profile = await make_profile(admin)
        await trust(admin, profile, caller)
        await grant(admin, api, group, Role.READER)
        acting = speaking(caller, await assume(caller, profile))
        assert await wraps(acting, key) == 401  # who assumed it is in the group, and not the profile
        await add(admin, group, profile["iam_id"])
        assert await wraps(acting, key) == 200
        gone = await admin.send("DELETE", f"{GROUPS}/{group['id']}/members/{profile['iam_id']}")
        assert gone.status == 204
        assert await wraps(acting, key) == 401

    world.run(story())


def test_a_ring_and_a_role_of_the_account(world: World) -> None:
    async def story() -> None:
        api, admin, caller, group, key = await scene(world)
        role = await make_role(admin, "Wrapper", "kms.secrets.wrap")
        await grant(admin, api, group, role["crn"], keyRing="elsewhere")
        assert await wraps(caller, key) == 401
        await grant(admin, api, group, role["crn"], keyRing="default")
        assert await wraps(caller, key) == 200
        assert (await caller.send("GET", "/keys")).status == 401

    world.run(story())


def test_a_group_may_something_for_a_while(world: World) -> None:
    async def story() -> None:
        api, admin, caller, group, key = await scene(world)
        begin = start(world) + timedelta(minutes=1)
        timed = {**v2_body(api, IamId(""), Role.READER), **span(begin, begin + timedelta(minutes=1))}
        await make(admin, for_group(timed, group["id"]), V2)
        seen = []
        for minutes in (0, 1.5, 2):
            world.clock.advance(minutes=minutes)
            seen.append(await wraps(caller, key))
        assert seen == [401, 200, 401]

    world.run(story())


def test_administrators_by_a_group_administer(world: World) -> None:
    """What reaches far enough in the account counts whoever it was granted to."""

    async def story() -> None:
        api, admin, caller, group, _ = await scene(world)
        whole = {"serviceName": "-", "serviceInstance": "-"}
        policy = await grant(admin, api, group, Role.ADMINISTRATOR, **whole)
        mine = await make_group(caller)
        assert (await caller.send("DELETE", f"{V1}/{policy['id']}")).status == 204
        check_refused(await caller.send("GET", f"{GROUPS}/{mine['id']}"), Reason.POLICY_FORBIDDEN)

    world.run(story())


def test_a_group_is_no_last_administrator(world: World) -> None:
    """Else the account would have none any more once its members are gone."""

    async def story() -> None:
        admin = await home_of_its_own(world)
        group, robot = await make_group(admin), await make_id(admin)
        await add(admin, group, robot["iam_id"])
        await grant(admin, admin, group, Role.ADMINISTRATOR, serviceName="-", serviceInstance="-")
        own = f"{V1}?account_id={admin.instance.account}&iam_id={admin.iam_id}"
        (policy,) = (await admin.send("GET", own)).json["policies"]
        check_refused(await admin.send("DELETE", f"{V1}/{policy['id']}"), Reason.POLICY_REFUSED)
        reader = v1_body(admin, admin.iam_id, Role.READER)
        narrowed = await admin.send("PUT", f"{V1}/{policy['id']}", reader, {"if-match": "*"})
        check_refused(narrowed, Reason.POLICY_REFUSED)

    world.run(story())


def test_an_administrator_of_one_instance_grants_to_groups_what_he_may(world: World) -> None:
    async def story() -> None:
        api, admin, caller, group, key = await scene(world)
        narrow = await api.other()
        await make(admin, v1_body(api, narrow.iam_id, Role.ADMINISTRATOR))
        await grant(narrow, api, group, Role.READER)
        assert await wraps(caller, key) == 200
        wider = for_group(v1_body(api, IamId(""), Role.READER, serviceInstance="-"), group["id"])
        check_refused(await narrow.send("POST", V1, wider), Reason.POLICY_FORBIDDEN)

    world.run(story())


def test_somebody_who_goes_leaves_his_groups(world: World) -> None:
    async def story() -> None:
        admin = await home_of_its_own(world)
        robot, group = await make_id(admin), await make_group(admin)
        await add(admin, group, robot["iam_id"])
        assert (await admin.send("DELETE", f"/v1/serviceids/{robot['id']}")).status == 204
        members = await admin.send("GET", f"{GROUPS}/{group['id']}/members")
        assert (members.json["total_count"], members.json["members"]) == (0, [])
        assert (await admin.send("DELETE", f"{GROUPS}/{group['id']}")).status == 204

    world.run(story())
