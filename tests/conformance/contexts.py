"""Callers of the doors to network zones and context rules, what they send, and what is answered."""

from dataclasses import replace
from typing import Any, Final

from api import Api
from conformance.granting import granted_everywhere, home_of_its_own
from conformance.world import World
from http_peer import Answer
from keystead.domain.actions import Role
from keystead.domain.changes import Change
from keystead.domain.ids import InstanceId, random_uuid
from keystead.domain.reasons import Reason

ZONES: Final = "/v1/zones"
RULES: Final = "/v1/rules"
HERE, ELSEWHERE = "127.0.0.1", "198.51.100.7"
EVAL: Final = "context-based-restrictions.policy.eval"


async def administrator(world: World) -> Api:
    """Return an Administrator of the account that tests share, with an instance of his own."""
    api = await world.tenant()
    return await granted_everywhere(api, Role.ADMINISTRATOR, Role.MANAGER)


async def of_service(api: Api, service: str) -> Api:
    """Return the same caller with a new instance of another *service*."""
    instance = replace(api.instance, id=InstanceId(random_uuid()), service=service)
    change = Change()
    change.add(instance)
    await api.service.store.commit(change, None)
    return replace(api, instance=instance)


def entry(text: str) -> dict[str, Any]:
    """Return an address of a zone."""
    kind = "ipRange" if "-" in text else "subnet" if "/" in text else "ipAddress"
    return {"type": kind, "value": text}


def zone_body(api: Api, *addresses: str, **more: Any) -> dict[str, Any]:
    """Return a zone of these addresses, by a name that no other has."""
    return {
        "name": f"zone {random_uuid()}",
        "account_id": api.instance.account,
        "addresses": [entry(it) for it in addresses],
        **more,
    }


def context(**attributes: str) -> dict[str, Any]:
    """Return a context of a rule."""
    return {"attributes": [{"name": name, "value": value} for name, value in attributes.items()]}


def about(api: Api, **more: str) -> list[dict[str, str]]:
    """Return the attributes of what a rule on the caller's instance is about; ``-`` leaves one out."""
    whole = {
        "accountId": api.instance.account,
        "serviceName": api.instance.service,
        "serviceInstance": str(api.instance.id),
        **more,
    }
    return [{"name": name, "value": value} for name, value in whole.items() if value != "-"]


def rule_body(api: Api, *contexts: dict[str, Any], mode: str | None = None, **more: str) -> dict[str, Any]:
    """Return a rule on the caller's instance."""
    body = {"resources": [{"attributes": about(api, **more)}], "contexts": list(contexts)}
    return body if mode is None else {**body, "enforcement_mode": mode}


async def make_zone(api: Api, *addresses: str, **more: Any) -> Any:
    """Make a zone and return what is shown, with its tag as ``etag``."""
    made = await api.send("POST", ZONES, zone_body(api, *addresses, **more))
    assert made.status == 201, made.body
    return {**made.json, "etag": made.headers["etag"]}


async def make_rule(api: Api, *contexts: dict[str, Any], mode: str | None = None, **more: str) -> Any:
    """Make a rule and return what is shown, with its tag as ``etag``."""
    made = await api.send("POST", RULES, rule_body(api, *contexts, mode=mode, **more))
    assert made.status == 201, made.body
    return {**made.json, "etag": made.headers["etag"]}


async def restrict(api: Api, *addresses: str, mode: str | None = None, **more: str) -> tuple[Any, Any]:
    """Let the caller's instance be asked from these addresses alone; return the zone and the rule."""
    zone = await make_zone(api, *addresses)
    return zone, await make_rule(api, context(networkZoneId=zone["id"]), mode=mode, **more)


async def forget(api: Api, *paths: str) -> None:
    """Delete rules and zones."""
    for path in paths:
        assert (await api.send("DELETE", path)).status == 204, path


async def _no_token(_: World, api: Api) -> Answer:
    return await api.send("GET", ZONES, None, {"authorization": "Bearer x"})


async def _no_role(_: World, api: Api) -> Answer:
    return await api.send("GET", f"{ZONES}?account_id={api.instance.account}")


async def _no_body(world: World, _: Api) -> Answer:
    return await (await administrator(world)).send("POST", ZONES, {})


async def _twice_the_same(world: World, _: Api) -> Answer:
    api = await administrator(world)
    twice = {"attributes": 2 * [{"name": "endpointType", "value": "public"}]}
    return await api.send("POST", RULES, rule_body(api, twice))


async def _stale(world: World, _: Api) -> Answer:
    api = await home_of_its_own(world)
    zone = await make_zone(api)
    return await api.send("PUT", f"{ZONES}/{zone['id']}", zone_body(api), {"if-match": '"0-stale"'})


async def _too_many_addresses(world: World, _: Api) -> Answer:
    api = await home_of_its_own(world)
    some = [f"10.{number >> 8}.{number & 255}.1" for number in range(501)]
    zones = [(await make_zone(api, *some))["id"] for _ in range(2)]
    return await api.send("POST", RULES, rule_body(api, context(networkZoneId=", ".join(zones))))


async def _no_zone(world: World, _: Api) -> Answer:
    return await (await administrator(world)).send("GET", f"{ZONES}/none")


async def _same_name(world: World, _: Api) -> Answer:
    api = await home_of_its_own(world)
    zone = await make_zone(api)
    return await api.send("POST", ZONES, zone_body(api, name=zone["name"]))


async def _in_use(world: World, _: Api) -> Answer:
    api = await home_of_its_own(world)
    zone, _ = await restrict(api, HERE)
    return await api.send("DELETE", f"{ZONES}/{zone['id']}")


async def _no_rule(world: World, _: Api) -> Answer:
    return await (await administrator(world)).send("GET", f"{RULES}/none")


async def _no_service(world: World, _: Api) -> Answer:
    return await (await administrator(world)).send("GET", f"{ZONES}/serviceref_targets/none")


STORIES: Final = {
    Reason.CONTEXT_TOKEN: (_no_token, ""),
    Reason.CONTEXT_FORBIDDEN: (_no_role, ""),
    Reason.CONTEXT_BODY: (_no_body, ""),
    Reason.CONTEXT_DUPLICATE: (_twice_the_same, ""),
    Reason.CONTEXT_CHANGED: (_stale, ""),
    Reason.CONTEXT_LIMIT: (_too_many_addresses, ""),
    Reason.ZONE_NOT_FOUND: (_no_zone, ""),
    Reason.ZONE_NOT_UNIQUE: (_same_name, ""),
    Reason.ZONE_IN_USE: (_in_use, ""),
    Reason.RULE_NOT_FOUND: (_no_rule, ""),
    Reason.SERVICE_REF_NOT_FOUND: (_no_service, ""),
}
"""How each refusal of these doors comes about."""
