"""What the doors around instances answer."""

import re
from typing import Any, Final

import pytest

from api import Api
from conformance.world import World
from http_peer import Answer
from keystead.domain.actions import Role
from keystead.domain.changes import Change
from keystead.domain.grants import granted
from keystead.domain.ids import random_uuid
from keystead.domain.reasons import Reason

INSTANCES: Final = "/v2/resource_instances"
TIERED: Final = "eedd3585-90c6-4c8f-be3d-062069e99fc3"
GROUPS: Final = "/v2/resource_groups"
CODE = re.compile(r"RC-[A-Z][A-Za-z]+\Z")


def check_refused(answer: Answer, status: int, code: str | None = None) -> None:
    """Check that *answer* is an error in exactly the resource controller's form (RC-16)."""
    assert answer.status == status, answer.body
    assert answer.headers["content-type"] == "application/json"
    body = answer.json
    assert set(body) == {"message", "details", "status_code", "error_code", "transaction_id"}
    assert body["message"]
    assert isinstance(body["details"], str)
    assert body["status_code"] == status
    assert CODE.match(body["error_code"])
    assert code in (None, body["error_code"]), body
    assert body["transaction_id"] == answer.headers["transaction-id"]


def check_uaa(answer: Answer) -> None:
    """Check that *answer* is exactly the refusal of TOK-20."""
    assert answer.status == 401
    assert answer.headers["content-type"] == "application/json"
    assert answer.json == {"error": "unauthorized", "error_description": "Bad credentials"}


async def _no_entry(_: World, api: Api) -> Answer:
    return await api.send("GET", "/api/v1/nothing")


async def _no_instance(_: World, api: Api) -> Answer:
    return await api.send("GET", f"{INSTANCES}/nothing")


async def _no_group(_: World, api: Api) -> Answer:
    return await api.send("GET", f"{GROUPS}/nothing")


async def _default_group(_: World, api: Api) -> Answer:
    steward = await a_steward(api)
    (group,) = (await steward.send("GET", f"{GROUPS}?default=true")).json["resources"]
    return await steward.send("PATCH", f"{GROUPS}/{group['id']}", {"name": "mine"})


async def _same_name(_: World, api: Api) -> Answer:
    return await (await a_steward(api)).send("POST", GROUPS, {"name": "DEFAULT"})


async def _full_group(_: World, api: Api) -> Answer:
    steward = await a_steward(api)
    group = await a_group(steward, "full")
    instance = await made(steward, resource_group=group)
    refused = await steward.send("DELETE", f"{GROUPS}/{group}")
    assert (await steward.send("DELETE", f"{INSTANCES}/{instance['guid']}")).status == 204
    assert (await steward.send("DELETE", f"{GROUPS}/{group}")).status == 204
    return refused


async def _too_many_groups(_: World, api: Api) -> Answer:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("keystead.service.resource_groups.MOST_GROUPS", 0)
        return await (await a_steward(api)).send("POST", GROUPS, {"name": "one more"})


async def _nothing_to_cancel(_: World, api: Api) -> Answer:
    return await (await a_steward(api)).send("DELETE", f"{INSTANCES}/{api.instance.id}/last_operation")


async def _no_reclamation(_: World, api: Api) -> Answer:
    return await (await a_steward(api)).send("POST", "/v1/reclamations/nothing/actions/restore")


async def _no_quota(_: World, api: Api) -> Answer:
    return await api.send("GET", "/v2/quota_definitions/nothing")


async def _uaa(_: World, api: Api) -> Answer:
    return await api.send("POST", "/oauth/token", b"grant_type=password&username=apikey&password=mine")


async def a_steward(api: Api, role: Role = Role.ADMINISTRATOR) -> Api:
    """Return somebody who holds *role* in the whole account."""
    caller, change = await api.other(), Change()
    change.add(granted(id=random_uuid(), subject=caller.iam_id, account=api.instance.account, roles=(role,)))
    await api.service.store.commit(change, None)
    return caller


async def a_group(api: Api, name: str) -> str:
    """Make a resource group and return its id."""
    answer = await api.send("POST", GROUPS, {"name": name})
    assert answer.status == 201, answer.body
    return str(answer.json["id"])


def a_wish(**more: object) -> dict[str, object]:
    """Return the body of a request for an instance."""
    return {"name": "payroll", "target": "eu-de", "resource_plan_id": TIERED, **more}


async def made(api: Api, **more: object) -> Any:
    """Make an instance and return its object."""
    answer = await api.send("POST", INSTANCES, a_wish(**more))
    assert answer.status == 201, answer.body
    return answer.json


async def _removed(_: World, api: Api) -> Answer:
    steward = await a_steward(api)
    place = f"{INSTANCES}/{api.instance.id}"
    assert (await steward.send("DELETE", place)).status == 204
    return await steward.send("DELETE", place)


async def _locked(_: World, api: Api) -> Answer:
    steward = await a_steward(api)
    place = f"{INSTANCES}/{api.instance.id}"
    assert (await steward.send("POST", f"{place}/lock")).status == 200
    return await steward.send("DELETE", place)


async def _not_empty(_: World, api: Api) -> Answer:
    await api.create()
    return await (await a_steward(api)).send("DELETE", f"{INSTANCES}/{api.instance.id}")


async def _one_too_many(_: World, api: Api) -> Answer:
    steward = await a_steward(api)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("keystead.service.create_instance.MOST_INSTANCES", 1)
        return await steward.send("POST", INSTANCES, a_wish())


STORIES: Final = {
    Reason.UAA_CREDENTIALS: (_uaa, ""),
    Reason.CATALOG_ENTRY_NOT_FOUND: (_no_entry, "Catalog could not be read"),
    Reason.INSTANCE_NOT_FOUND: (_no_instance, "Resource instance could not be retrieved"),
    Reason.INSTANCE_REMOVED: (_removed, "Resource instance could not be deleted"),
    Reason.INSTANCE_LOCKED: (_locked, "Resource instance could not be deleted"),
    Reason.INSTANCE_NOT_EMPTY: (_not_empty, "Resource instance could not be deleted"),
    Reason.INSTANCE_QUOTA: (_one_too_many, "Resource instance could not be created"),
    Reason.GROUP_NOT_FOUND: (_no_group, "Resource group could not be retrieved"),
    Reason.GROUP_FIXED: (_default_group, "Resource group could not be updated"),
    Reason.GROUP_NOT_UNIQUE: (_same_name, "Resource group could not be created"),
    Reason.GROUP_NOT_EMPTY: (_full_group, "Resource group could not be deleted"),
    Reason.GROUP_QUOTA: (_too_many_groups, "Resource group could not be created"),
    Reason.NOTHING_TO_CANCEL: (_nothing_to_cancel, "Resource instance could not be cancelled"),
    Reason.RECLAMATION_NOT_FOUND: (_no_reclamation, "Resource instance could not be restored"),
    Reason.QUOTA_NOT_FOUND: (_no_quota, "Quota could not be retrieved"),
}
"""How each refusal of these doors comes about, and what it says could not be done."""
