"""What the doors around instances answer."""

import re
from typing import Final

from api import Api
from conformance.world import World
from http_peer import Answer
from keystead.domain.reasons import Reason

INSTANCES: Final = "/v2/resource_instances"
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


async def _new_group(_: World, api: Api) -> Answer:
    return await api.send("POST", GROUPS, {"name": "mine"})


async def _no_quota(_: World, api: Api) -> Answer:
    return await api.send("GET", "/v2/quota_definitions/nothing")


async def _uaa(_: World, api: Api) -> Answer:
    return await api.send("POST", "/oauth/token", b"grant_type=password&username=apikey&password=mine")


STORIES: Final = {
    Reason.UAA_CREDENTIALS: (_uaa, ""),
    Reason.CATALOG_ENTRY_NOT_FOUND: (_no_entry, "Catalog could not be read"),
    Reason.INSTANCE_NOT_FOUND: (_no_instance, "Resource instance could not be retrieved"),
    Reason.GROUP_NOT_FOUND: (_no_group, "Resource group could not be retrieved"),
    Reason.GROUPS_FIXED: (_new_group, "Resource group could not be created"),
    Reason.QUOTA_NOT_FOUND: (_no_quota, "Quota could not be retrieved"),
}
"""How each refusal of these doors comes about, and what it says could not be done."""
