"""Access groups over the network: what callers send, and how each refusal of these doors comes about."""

from collections.abc import Mapping
from typing import Any, Final

from api import Api
from conformance.granting import home_of_its_own, make, v1_body
from conformance.world import World
from http_peer import Answer
from keystead.domain.actions import Role
from keystead.domain.ids import IamId, random_uuid
from keystead.domain.reasons import Reason

GROUPS: Final = "/v2/groups"


def of_account(api: Api, more: str = "") -> str:
    """Return the path of all groups of the caller's account."""
    return f"{GROUPS}?account_id={api.instance.account}{more}"


def kind_of(iam_id: str) -> str:
    """Return what a member of this IAM id is called."""
    return {"iam-S": "service", "iam-P": "profile"}.get(iam_id[:5], "user")


async def make_group(api: Api, name: str = "", **more: object) -> Any:
    """Make a group and return what is shown, with its tag as ``etag``."""
    body = {"name": name or f"group {random_uuid()}", **more}
    made = await api.send("POST", of_account(api), body)
    assert made.status == 201, made.body
    return {**made.json, "etag": made.headers["etag"]}


async def add(api: Api, group: Mapping[str, Any], *iam_ids: str) -> Any:
    """Have these be members of *group*, and return what is shown."""
    members = [{"iam_id": it, "type": kind_of(it)} for it in iam_ids]
    done = await api.send("PUT", f"{GROUPS}/{group['id']}/members", {"members": members})
    assert done.status == 207, done.body
    return done.json


def for_group(body: dict[str, Any], group: str) -> dict[str, Any]:
    """Return a policy in either form for the access group with this id instead of somebody."""
    if "subject" in body:
        who = {"key": "access_group_id", "operator": "stringEquals", "value": group}
        return {**body, "subject": {"attributes": [who]}}
    return {**body, "subjects": [{"attributes": [{"name": "access_group_id", "value": group}]}]}


async def grant(admin: Api, api: Api, group: Mapping[str, Any], *roles: Role | str, **more: str) -> Any:
    """Grant *roles* on the instance of *api* to *group*, and return the policy with its ``etag``."""
    return await make(admin, for_group(v1_body(api, IamId(""), *roles, **more), group["id"]))


async def _no_group(world: World, _: Api) -> Answer:
    admin = await home_of_its_own(world)
    return await admin.send("GET", f"{GROUPS}/AccessGroupId-none")


async def _no_member(world: World, _: Api) -> Answer:
    admin = await home_of_its_own(world)
    group = await make_group(admin)
    return await admin.send("DELETE", f"{GROUPS}/{group['id']}/members/{admin.iam_id}")


async def _same_name(world: World, _: Api) -> Answer:
    admin = await home_of_its_own(world)
    await make_group(admin, "Payroll")
    return await admin.send("POST", of_account(admin), {"name": "payroll"})


STORIES: Final = {
    Reason.ACCESS_GROUP_NOT_FOUND: (_no_group, ""),
    Reason.MEMBER_NOT_FOUND: (_no_member, ""),
    Reason.ACCESS_GROUP_CONFLICT: (_same_name, ""),
}
"""How each refusal of these doors comes about."""
