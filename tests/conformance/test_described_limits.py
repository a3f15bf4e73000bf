"""Every limit that the API document names for a request is the one that its reader holds it to.

For each member of each body, and each query parameter: what lies on the edge is taken, and what lies just
over it is refused by its name. So neither the document nor a reader can change alone.
"""

import json
from functools import partial
from typing import Any
from urllib.parse import urlencode

import pytest

from api import Api
from conformance import edges
from conformance.services import a_service
from conformance.world import World
from described import DOCUMENT, is_valid
from http_peer import Answer
from keystead.domain.actions import Action
from keystead.domain.permissions import PERMISSIONS

MALFORMED = {"BAD_BODY_ERR", "NO_BODY_ERR", "INVALID_FIELD_ERR", "COLLECTION_TOTAL_MISMATCH_ERR"}
# These are refused for more than a schema says: for each other, for the key, for the time.
MORE_TO_SAY = {
    "payload",
    "encryptedNonce",
    "iv",
    "encryptionAlgorithm",
    "interval_month",
    "dualAuthDelete",
    "allowed_ip",
    "collectionTotal",
    "certificate",
}
Described = dict[str, Any]
ALL = [
    (method.upper(), path, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
    if path.startswith("/api/")
]
# The older form of all actions is left out: their readers are those of the actions' own paths.
WITH_BODY = [one for one in ALL if "requestBody" in one[2] and not one[1].endswith("{key}")]
WITH_QUERY = [one for one in ALL if any(given["in"] == "query" for given in one[2]["parameters"])]


def named(cases: list[tuple[str, str, Described]]) -> list[Any]:
    return [pytest.param(*case, id=f"{case[0]} {case[1]}") for case in cases]


@pytest.mark.parametrize(("method", "path", "operation"), named(WITH_BODY))
def test_a_body_on_the_edge(world: World, method: str, path: str, operation: Described) -> None:
    async def story() -> None:
        api, target = await asked(world, path, operation)
        for schema in edges.alternatives(body_of(operation)):
            for way, spot in edges.spots(schema):
                for value in edges.within(spot):
                    body = edges.placed(schema, way, value)
                    if is_valid(schema, body):
                        check_taken(await api.send(method, target, body), way, body)

    world.run(story())


@pytest.mark.parametrize(("method", "path", "operation"), named(WITH_BODY))
def test_a_body_over_the_edge(world: World, method: str, path: str, operation: Described) -> None:
    async def story() -> None:
        api, target = await asked(world, path, operation)
        for schema in edges.alternatives(body_of(operation)):
            for way, spot in edges.spots(schema):
                bodies = [edges.placed(schema, way, value) for value in edges.beyond(spot)]
                wrong = [body for body in bodies if not is_valid(schema, body)]
                assert wrong, f"nothing is over the edge of {way}"
                for body in wrong:
                    answer = await api.send(method, target, body)
                    assert answer.status == 400, (way, body, answer.body)
                    assert answer.code in MALFORMED, (way, body, answer.body)

    world.run(story())


@pytest.mark.parametrize(("method", "path", "operation"), named(WITH_QUERY))
def test_a_query_on_the_edge_and_over_it(world: World, method: str, path: str, operation: Described) -> None:
    async def story() -> None:
        for name, schema in queries_of(operation):
            api, target = await asked(world, path, operation, without=name)
            one = schema.get("items", schema)
            for value in filter(partial(is_valid, one), edges.within(one)):
                answer = await api.send(method, with_query(target, name, value), minimal(operation))
                assert "INVALID_QUERY_PARAM" not in answer.body.decode(), (name, value, answer.body)
            for value in beyond_in_query(one):
                answer = await api.send(method, with_query(target, name, value), minimal(operation))
                assert answer.status == 400, (name, value, answer.body)
                if method != "HEAD":
                    assert answer.resource["reasons"][0]["target"] == {"type": "query_param", "name": name}

    world.run(story())


def beyond_in_query(schema: Described) -> list[object]:
    """Return values over the edge as a query says them, where everything is a text."""
    as_text = schema["type"] == "string"
    said = [
        json.dumps(value) if as_text and not isinstance(value, str) else value
        for value in edges.beyond(schema)
    ]
    return [value for value in said if isinstance(value, str | int) and not is_valid(schema, value)]


async def asked(world: World, path: str, operation: Described, without: str = "") -> tuple[Api, str]:
    """Return who may ask in an instance with one key, and the target of a request about that key."""
    api = await world.tenant()
    key = (await api.create())["id"]
    crn = "crn%3Av1%3Abluemix%3Apublic%3Acloud-object-storage%3Aglobal%3Aa%2F0a%3A77%3Abucket%3Aledger"
    target = path.removeprefix("/api/v2").replace("{key}", key).replace("{crn}", crn)
    for one in operation["parameters"]:
        if one["in"] == "query" and one["required"] and one["name"] != without:
            target = with_query(target, one["name"], edges.sample(one["schema"]))
    permission = PERMISSIONS[Action(operation["x-keystead-action"])]
    return (await a_service(api) if permission.services_only else api), target


def body_of(operation: Described) -> Described:
    (content,) = operation["requestBody"]["content"].values()
    schema: Described = content["schema"]
    return schema


def minimal(operation: Described) -> object:
    """Return the least that the operation takes, so that nothing but the query is wrong."""
    if "requestBody" not in operation:
        return None
    schema = body_of(operation)
    return edges.sample(edges.alternatives(schema)[0]) if "anyOf" not in schema else None


def queries_of(operation: Described) -> list[tuple[str, Described]]:
    return [(one["name"], one["schema"]) for one in operation["parameters"] if one["in"] == "query"]


def with_query(target: str, name: str, value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return f"{target}{'&' if '?' in target else '?'}{urlencode({name: text})}"


def check_taken(answer: Answer, way: edges.Spot, body: object) -> None:
    """Require that *answer* does not find the form of *body* wrong."""
    if answer.status < 400 or "reasons" not in answer.resource:
        return
    (reason,) = answer.resource["reasons"]
    named = reason.get("target", {}).get("name")
    if reason["code"] == "INVALID_FIELD_ERR":
        assert named in MORE_TO_SAY, (way, body, answer.body)
    else:
        assert reason["code"] not in MALFORMED or MORE_TO_SAY & set(way), (way, body, answer.body)
