"""C1 to C4 of kms-api.md section 8: headers, errors and bodies of any request."""

import json

import pytest

from api import envelope
from conformance.world import World
from http_peer import Answer, Peer, chunked, request
from http_peer import ask as ask_octets

CORRELATION = "7d0a1c5e-3b7f-4a57-9d4e-0f7c2e0f3a11"
UNAUTHORIZED = {
    "metadata": {"collectionType": "application/vnd.ibm.kms.error+json", "collectionTotal": 1},
    "resources": [{"errorMsg": "Unauthorized: The user does not have access to the specified resource"}],
}


def ask(world: World, method: str, path: str, body: object = None, **headers: str | None) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return world.run(world.home.send(method, path, body, named))


@pytest.mark.parametrize("given", [None, "", "not-a-uuid", "7d0a1c5e3b7f4a579d4e0f7c2e0f3a11"])
@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/keys"), ("DELETE", "/keys/some-key"), ("POST", "/keys")]
)
def test_c1_missing_bluemix_instance_is_400(world: World, method: str, path: str, given: str | None) -> None:
    answer = ask(world, method, path, bluemix_instance=given)
    assert answer.status == 400
    assert answer.resource == {
        "errorMsg": "Bad Request: Request requires valid Bluemix-Instance Header containing a valid UUID"
    }


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[]", b"\x00" * (1 << 20)])
@pytest.mark.parametrize("given", [None, "", "Basic Yng6Yng=", "Bearer", "Bearer  "])
def test_c1_missing_authorization_is_401_and_wins_over_a_malformed_body(
    world: World, body: bytes, given: str | None
) -> None:
    answer = ask(world, "POST", "/keys", body, authorization=given)
    assert answer.status == 401
    assert answer.json == UNAUTHORIZED
    assert answer.headers["www-authenticate"] == "Bearer"


def test_c1_an_unknown_instance_is_401(world: World) -> None:
    answer = ask(world, "GET", "/keys", bluemix_instance=CORRELATION)
    assert (answer.status, answer.json) == (401, UNAUTHORIZED)


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "Bearer"])
def test_c1_the_scheme_and_the_instance_match_in_any_case(world: World, scheme: str) -> None:
    home = world.home
    answer = ask(
        world,
        "GET",
        "/keys",
        authorization=f"{scheme} {home.token}",
        bluemix_instance=home.instance.id.upper(),
    )
    assert answer.status == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/keys", 200),
        ("HEAD", "/keys", 200),
        ("GET", "/keys/none", 404),
        ("GET", "/nothing/here", 404),
        ("PATCH", "/keys", 405),
        ("POST", "/keys", 400),
        ("POST", "/identity/token", 400),
        ("GET", "/identity/keys", 200),
    ],
)
def test_c2_every_response_carries_the_correlation_id_of_its_request(
    world: World, method: str, path: str, status: int
) -> None:
    token = {"authorization": None} if path.startswith("/identity") else {}
    given = ask(world, method, path, correlation_id=CORRELATION, **token)
    assert (given.status, given.headers["correlation-id"]) == (status, CORRELATION)
    made = [ask(world, method, path, correlation_id=bad, **token) for bad in (None, "x", "{}")]
    assert all(answer.status == status for answer in made)
    ids = {answer.headers["correlation-id"] for answer in made}
    assert len(ids) == 3
    assert all(len(one) == 36 for one in ids)


def test_c2_a_refusal_for_lack_of_credentials_carries_it_too(world: World) -> None:
    answer = ask(world, "GET", "/keys", authorization=None, correlation_id=CORRELATION)
    assert answer.headers["correlation-id"] == CORRELATION


def test_c3_an_error_can_be_read_the_way_clients_do(world: World) -> None:
    # redstone raises IndexError on empty resources and searches errorMsg; Go looks for the substring first.
    answer = ask(world, "GET", "/keys/none")
    assert b"errorMsg" in answer.body
    assert "(KEY_NOT_FOUND_ERR)" in answer.json["resources"][0]["errorMsg"]
    assert answer.json["resources"][0]["reasons"][0]["code"] == "KEY_NOT_FOUND_ERR"


def test_c4_a_body_without_content_type_with_other_spellings_floats_and_nulls(world: World) -> None:
    body = {
        "Metadata": {"collectionTotal": 1.0, "collectionType": None},
        "RESOURCES": [
            {"Name": "mixed", "Tags": ["a"], "description": None, "aliases": None, "payload": "", "iv": None}
        ],
    }
    answer = ask(world, "POST", "/keys", body)
    assert answer.status == 201, answer.body
    assert answer.resource["tags"] == ["a"]
    assert "description" not in answer.resource


def test_c4_whole_floats_are_integers_and_are_not_written_as_floats(world: World) -> None:
    answer = ask(world, "POST", "/import_token", {"expiration": 600.0, "maxAllowedRetrievals": 3.0})
    assert answer.status == 200
    assert b".0" not in answer.body
    assert answer.json["maxAllowedRetrievals"] == 3


def headers_of(world: World) -> dict[str, str]:
    return {"authorization": f"Bearer {world.home.token}", "bluemix-instance": world.home.instance.id}


def test_c4_chunked_bodies(world: World) -> None:
    whole = json.dumps(envelope(name="chunked", extractable=False)).encode()
    octets = chunked("POST", "/api/v2/keys", headers_of(world), [whole[:7], whole[7:30], whole[30:]])
    answer = world.run(ask_octets(world.home.service, octets))
    assert answer is not None
    assert answer.status == 201, answer.body


@pytest.mark.parametrize("arrived", [b"", b'{"payload":'])
def test_c4_a_connection_that_ends_early_rotates_nothing(world: World, arrived: bytes) -> None:
    async def story() -> None:
        key, before = await world.home.create(), len(world.log.events)
        path = f"/api/v2/keys/{key['id']}/actions/rotate"
        whole = request("POST", path, headers_of(world), b'{"payload":""}')
        peer = Peer(world.home.service.application.answer)
        peer.send(whole[: whole.index(b"\r\n\r\n") + 4], arrived)
        peer.hang_up()
        assert await peer.answer() is None
        assert len(world.log.events) == before
        versions = await world.home.send("GET", f"/keys/{key['id']}/versions")
        assert len(versions.json["resources"]) == 1

    world.run(story())
