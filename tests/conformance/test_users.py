"""Users of an account, as IBM's user management shows them."""

from urllib.parse import quote

import pytest

from conformance.identities import a_user, administrator, check_refused, make_id
from conformance.world import World, another_account
from keystead.domain.ids import IamId
from keystead.domain.reasons import Reason

SHOWN = {
    "id", "iam_id", "realm", "user_id", "firstname", "lastname", "state", "email", "phonenumber",
    "altphonenumber", "photo", "account_id", "added_on",
}  # fmt: skip


def users(account: object) -> str:
    return f"/v2/accounts/{account}/users"


def test_users_are_shown_and_nobody_else(world: World) -> None:
    async def story() -> None:
        admin = await administrator(await another_account(world))
        account = admin.instance.account
        await make_id(admin)
        who = await a_user(admin, "Ada@Example.com")
        listed = (await admin.send("GET", users(account))).json
        (one,) = [it for it in listed["resources"] if it["iam_id"] == who.iam_id]
        assert set(one) == SHOWN
        assert (one["email"], one["user_id"], one["state"]) == (
            "Ada@Example.com",
            "Ada@Example.com",
            "ACTIVE",
        )
        assert (one["account_id"], one["id"], one["realm"]) == (account, who.iam_id, "IBMid")
        assert listed["total_results"] == len(listed["resources"])
        assert all(it["iam_id"].startswith("IBMid-") for it in listed["resources"])
        read = await admin.send("GET", f"{users(account)}/{who.iam_id}")
        assert (read.status, read.json) == (200, one)
        actions = [(it.action, it.response) for it in world.log.events[-2:]]
        assert actions == [
            ("user-management.user.list", {"totalResources": listed["total_results"]}),
            ("user-management.user.read", {"iamId": who.iam_id}),
        ]
        found = await admin.send("GET", f"{users(account)}?user_id={quote('ada@example.COM')}")
        assert found.json["resources"] == [one]
        assert (await admin.send("GET", f"{users(account)}?user_id=ada")).json["total_results"] == 0

    world.run(story())


def test_pages_follow_one_another(world: World) -> None:
    async def story() -> None:
        admin = await administrator(await another_account(world))
        made = {(await a_user(admin, f"{number}@example.com")).iam_id for number in range(3)}
        path: str | None = f"{users(admin.instance.account)}?limit=2"
        found: list[IamId] = []
        totals: set[int] = set()
        while path is not None:
            page = (await admin.send("GET", path)).json
            assert (page["limit"], len(page["resources"]) <= 2) == (2, True)
            assert page["first_url"] == f"{users(admin.instance.account)}?limit=2"
            found += [it["iam_id"] for it in page["resources"]]
            totals.add(page["total_results"])
            path = page.get("next_url")
        assert found == sorted(set(found))
        assert made <= set(found)
        assert totals == {len(found)}

    world.run(story())


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "_start=%00", "search=email%3Aada"])
def test_what_cannot_be_asked(world: World, query: str) -> None:
    async def story() -> None:
        admin = await administrator(world.home)
        answer = await admin.send("GET", f"{users(admin.instance.account)}?{query}")
        assert answer.status == 400
        check_refused(answer, Reason.IAM_PARAMETER_MISSING)

    world.run(story())


def test_only_administrators_see_users_and_only_their_own(world: World) -> None:
    async def story() -> None:
        admin = await administrator(await another_account(world))
        who = await a_user(admin)
        stranger, helper = await administrator(await another_account(world)), await admin.other()
        there = users(admin.instance.account)
        for path in (there, f"{there}/{who.iam_id}", f"{users(stranger.instance.account)}/{who.iam_id}"):
            check_refused(await stranger.send("GET", path), Reason.IDENTITY_NOT_FOUND)
        for path in (there, f"{there}/{who.iam_id}"):
            assert (await helper.send("GET", path)).status == 403
            assert (await helper.send("GET", path, None, {"authorization": "Bearer x"})).status == 401
        robot = await make_id(admin)
        check_refused(await admin.send("GET", f"{there}/{robot['iam_id']}"), Reason.IDENTITY_NOT_FOUND)

    world.run(story())
