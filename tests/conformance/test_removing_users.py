"""A user is removed from an account, with all that he had; as IBM's user management has it."""

import asyncio

import pytest

from api import Api, send
from conformance.access_groups import add, grant, make_group
from conformance.granting import make as make_policy
from conformance.granting import v1_body
from conformance.identities import administrator, check_refused, make, make_id, works
from conformance.profiles import a_user, assume, exchange, scene, speaking, trust
from conformance.world import World, another_account
from keystead.domain.actions import Role
from keystead.domain.changes import Change
from keystead.domain.errors import KeysteadError
from keystead.domain.grants import granted
from keystead.domain.ids import IamId, random_uuid
from keystead.domain.reasons import Reason
from keystead.service.case import Case
from keystead.service.removing import RemoveIdentity


def path(api: Api, iam_id: str) -> str:
    return f"/v2/accounts/{api.instance.account}/users/{iam_id}"


def test_with_a_user_go_keys_grants_groups_tokens_and_codes(world: World) -> None:
    async def story() -> None:
        admin, _, profile = await scene(world)
        ada = await a_user(admin)
        group = await make_group(admin)
        await add(admin, group, ada.iam_id)
        await grant(admin, admin, group, Role.MANAGER)
        await trust(admin, profile, ada)
        for role in (Role.READER, Role.WRITER):
            await make_policy(admin, v1_body(admin, ada.iam_id, role))
        more = await make(ada)
        as_profile = speaking(ada, await assume(ada, profile))
        code = (await ada.send("POST", "/identity/passcode")).json["passcode"]
        form = {"apikey": more["apikey"]}
        renewal = (await exchange(admin, "apikey", **form)).json["refresh_token"]
        mine = "/v1/apikeys"
        beside = world.beside(ada)
        assert [(await it.send("HEAD", "/keys")).status for it in (ada, beside)] == [200, 200]
        assert (await as_profile.send("GET", mine)).status == 200
        keys = [it for it in await world.store.api_keys(ada.instance.account) if it.iam_id == ada.iam_id]
        removed = await admin.send("DELETE", path(admin, ada.iam_id))
        assert (removed.status, removed.body) == (204, b"")
        for one in (ada, beside):
            assert [(await one.send("GET", it)).status for it in ("/keys", mine)] == [401, 401]
        assert (await as_profile.send("GET", mine)).status == 401
        assert not await works(admin, more["apikey"])
        used = await exchange(admin, "passcode", passcode=code)
        assert used.json["errorCode"] == str(Reason.IAM_PASSCODE)
        body = f"grant_type=refresh_token&refresh_token={renewal}".encode()
        assert (await send(admin.service, "POST", "/identity/token", body)).status == 400
        shown = (await admin.send("GET", f"/v2/groups/{group['id']}/members")).json
        assert shown["total_count"] == 0
        assert await world.store.grants(ada.iam_id) == ()
        assert await world.store.passcode_of(ada.iam_id) is None
        for method in ("GET", "DELETE"):
            check_refused(await admin.send(method, path(admin, ada.iam_id)), Reason.IDENTITY_NOT_FOUND)
        deletions = [it for it in world.log.events if it.action == "user-management.user.delete"]
        (event,) = [it for it in deletions if it.response.get("iamId") == ada.iam_id]
        assert event.response["name"]
        gone = {"apiKeys": len(keys), "policies": 2, "groupMemberships": 1}
        assert event.response.items() >= gone.items()
        assert keys
        assert (event.outcome, event.severity) == ("success", "critical")

    world.run(story())


def test_the_last_administrator_stays(world: World) -> None:
    async def story() -> None:
        ada, change = await a_user(await another_account(world)), Change()
        account, roles = ada.instance.account, (Role.ADMINISTRATOR,)
        change.add(granted(id=random_uuid(), subject=ada.iam_id, account=account, roles=roles))
        await world.store.commit(change, None)
        check_refused(await ada.send("DELETE", path(ada, ada.iam_id)), Reason.IDENTITY_NEEDED)
        other = await administrator(ada)
        answers = await asyncio.gather(
            other.send("DELETE", path(ada, ada.iam_id)), ada.send("DELETE", f"/v1/serviceids/{other.iam_id}")
        )
        one, another = sorted(it.status for it in answers)
        assert one == 204
        assert another in {401, 403, 404, 409}
        grants = await world.store.account_grants(ada.instance.account)
        assert len([it for it in grants if it.is_steward]) == 1

    world.run(story())


def test_only_administrators_remove_users_and_nobody_else(world: World) -> None:
    async def story() -> None:
        admin = await administrator(await another_account(world))
        ada, helper = await a_user(admin), await admin.other()
        stranger = await administrator(await another_account(world))
        there = path(admin, ada.iam_id)
        check_refused(await stranger.send("DELETE", there), Reason.IDENTITY_NOT_FOUND)
        check_refused(await stranger.send("DELETE", path(stranger, ada.iam_id)), Reason.IDENTITY_NOT_FOUND)
        for one in (helper, ada):
            assert (await one.send("DELETE", there)).status == 403
        assert (await helper.send("DELETE", there, None, {"authorization": "Bearer x"})).status == 401
        robot = await make_id(admin)
        check_refused(await admin.send("DELETE", path(admin, robot["iam_id"])), Reason.IDENTITY_NOT_FOUND)
        assert (await admin.send("GET", there)).status == 200

    world.run(story())


@pytest.mark.parametrize("named", ["address", "id"])
def test_the_operator_removes_by_address_or_id(world: World, named: str) -> None:
    async def story() -> None:
        admin, _, profile = await scene(world)
        ada = await a_user(admin)
        name = "Ada@Example.com" if named == "address" else ada.iam_id
        await removed(admin, name)
        assert (await ada.send("GET", "/v1/apikeys")).status == 401
        for wrong, says in ((name, "nothing was changed"), (profile["iam_id"], "trusted profile")):
            with pytest.raises(KeysteadError, match=says):
                await removed(admin, wrong)
        with pytest.raises(KeysteadError, match="last Administrator"):
            await removed(admin, admin.iam_id)
        both = [(await a_user(admin)).iam_id for _ in range(2)]
        with pytest.raises(KeysteadError, match="several users") as caught:
            await removed(admin, "ada@example.com")
        assert all(one in str(caught.value) for one in both)

    world.run(story())


async def removed(api: Api, name: str) -> IamId:
    """Do the operator's command as the dispatcher does."""
    case = Case(action=None, now=api.clock())  # type: ignore[arg-type]  # none is asked for
    case.is_in(api.instance)
    tools = api.service.dispatcher._tools
    gone = await RemoveIdentity(name).run(case, tools)
    await tools.store.commit(case.change, None)
    return gone.iam_id
