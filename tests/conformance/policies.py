"""Bodies and calls that the tests of policies share."""

from typing import Any

from api import Api
from conformance.world import raw
from http_peer import Answer

POLICY_TYPE = "application/vnd.ibm.kms.policy+json"
KEY_PHRASE = "Policy could not be created"
INSTANCE_PHRASE = "Instance policy could not be created"


def policies(*resources: object) -> dict[str, Any]:
    """Return a collection of policies."""
    return {
        "metadata": {"collectionType": POLICY_TYPE, "collectionTotal": len(resources)},
        "resources": list(resources),
    }


def instance_policy(kind: str, *, enabled: bool = True, **attributes: object) -> dict[str, Any]:
    """Return one policy of an instance; without *attributes* there is no such member."""
    data: dict[str, Any] = {"enabled": enabled}
    if attributes:
        data["attributes"] = attributes
    return {"policy_type": kind, "policy_data": data}


async def put(api: Api, key: str, *resources: object, query: str = "", **headers: str) -> Answer:
    """Set policies of a key."""
    return await api.send("PUT", f"/keys/{key}/policies{query}", policies(*resources), headers)


async def put_instance(api: Api, *resources: object, query: str = "") -> Answer:
    """Set policies of the instance."""
    return await api.send("PUT", f"/instance/policies{query}", policies(*resources))


async def enable(api: Api, kind: str, **attributes: object) -> None:
    """Turn one policy of the instance on."""
    done = await put_instance(api, instance_policy(kind, enabled=True, **attributes))
    assert done.status == 204, done.body


async def got(api: Api, path: str) -> list[Any]:
    """Return the resources of a collection of policies."""
    answer = await api.send("GET", path)
    assert answer.status == 200, answer.body
    resources = answer.json["resources"]
    assert answer.json["metadata"] == {"collectionType": POLICY_TYPE, "collectionTotal": len(resources)}
    return list(resources)


async def of_key(api: Api, key: str, query: str = "") -> list[Any]:
    """Return the policies of a key."""
    return await got(api, f"/keys/{key}/policies{query}")


async def of_instance(api: Api, query: str = "") -> list[Any]:
    """Return the policies of the instance."""
    return await got(api, f"/instance/policies{query}")


async def from_address(
    api: Api, address: str | None, method: str, path: str, body: bytes = b"", **headers: bytes
) -> Answer:
    """Send a request that comes from *address*."""
    given = {name.replace("_", "-").encode(): value for name, value in headers.items()}
    return await raw(api, method, f"/api/v2{path}", body, given, address)
