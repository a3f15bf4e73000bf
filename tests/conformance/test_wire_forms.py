"""Answers octet for octet, with what is random replaced: kms-api.md 1.5, 1.9, 1.11, 2.2; iam 1.3, 3.7."""

import base64
import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from api import APIKEY_GRANT, Api, send
from conformance.world import World, again, another_api_key
from http_peer import Answer

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
NOW = datetime(2099, 12, 31, 23, 59, 58, 987_654, tzinfo=UTC)


def test_the_401(world: World) -> None:
    answer = world.run(world.home.send("GET", "/keys", None, {"authorization": None}))
    assert answer.body == (
        b'{"metadata":{"collectionType":"application/vnd.ibm.kms.error+json","collectionTotal":1},'
        b'"resources":[{"errorMsg":"Unauthorized: The user does not have access to the specified resource"}]}'
    )
    assert dict(answer.headers) == {
        "correlation-id": answer.headers["correlation-id"],
        "content-length": str(len(answer.body)),
        "cache-control": "no-cache, no-store",
        "date": answer.headers["date"],
        "content-type": "application/json",
        "www-authenticate": "Bearer",
    }


def test_an_error_with_everything(world: World) -> None:
    answer = world.run(world.home.send("GET", "/keys?limit=0"))
    assert answer.body == (
        b'{"metadata":{"collectionType":"application/vnd.ibm.kms.error+json","collectionTotal":1},"resources":['
        b'{"errorMsg":"Bad Request: Keys could not be retrieved: Please see `reasons` for more details '
        b'(INVALID_QUERY_PARAM_ERR)","reasons":[{"code":"INVALID_QUERY_PARAM_ERR","message":"The query_param '
        b'`limit` must be: an integer between 1 and 5000 (inclusive)","status":400,'
        b'"moreInfo":"https://cloud.ibm.com/apidocs/key-protect","target":{"type":"query_param","name":"limit"}}]}]}'
    )


def test_the_error_of_the_specification(world: World) -> None:
    async def story() -> Answer:
        key = (await world.home.create())["id"]
        await world.home.send("DELETE", f"/keys/{key}")
        return await world.home.send("DELETE", f"/keys/{key}/purge")

    assert world.run(story()).json == {
        "metadata": {"collectionType": "application/vnd.ibm.kms.error+json", "collectionTotal": 1},
        "resources": [
            {
                "errorMsg": "Conflict: Key could not be purged: Please see `reasons` for more details "
                "(REQ_TOO_EARLY_ERR)",
                "reasons": [
                    {
                        "code": "REQ_TOO_EARLY_ERR",
                        "message": "The key was updated recently: Please wait and try again: "
                        "Purge operation is allowed 4h0m0s after key is deleted",
                        "status": 409,
                        "moreInfo": "https://cloud.ibm.com/apidocs/key-protect",
                    }
                ],
            }
        ],
    }


def at_the_end_of_a_year(world: World, api: Api) -> Any:
    """Create at a fixed moment with a fraction of a second, and give the clock its time back."""

    async def story() -> tuple[Any, Any, Any]:
        before, world.clock.now = world.clock.now, NOW
        try:
            owner = await again(api)
            made = (
                await owner.create(description="what for", aliases=["golden"], tags=["t"]),
                await owner.create(extractable=True, payload="QUI="),
            )
            shown = (await owner.send("GET", f"/keys/{made[0]['id']}")).resource
        finally:
            world.clock.now = before
        return (*made, shown)

    return world.run(story())


def test_key_objects(world: World) -> None:
    api = world.run(world.tenant())
    root, standard, shown = at_the_end_of_a_year(world, api)
    moment = "2099-12-31T23:59:58Z"
    crn = f"crn:v1:bluemix:public:kms:us-south:a/{api.instance.account}:{api.instance.id}:key:"
    common = {
        "type": "application/vnd.ibm.kms.key+json",
        "name": "a key",
        "state": 1,
        "keyRingID": "default",
        "creationDate": moment,
        "createdBy": root["createdBy"],
        "deleted": False,
    }
    assert standard == {
        **common,
        "id": standard["id"],
        "extractable": True,
        "imported": True,
        "crn": crn + standard["id"],
    }
    column_c = {
        **common,
        "id": root["id"],
        "extractable": False,
        "imported": False,
        "crn": crn + root["id"],
        "aliases": ["golden"],
        "description": "what for",
        "tags": ["t"],
        "keyVersion": {"id": root["keyVersion"]["id"], "creationDate": moment},
    }
    assert root == column_c
    assert shown == {
        **column_c,
        "algorithmType": "Deprecated",
        "algorithmMetadata": {"bitLength": "256", "mode": "Deprecated"},
        "algorithmBitSize": 256,
        "algorithmMode": "Deprecated",
        "lastUpdateDate": moment,
    }
    assert root["createdBy"].startswith("iam-ServiceId-")
    assert len(root["crn"].split(":")) == 10
    for one in (root["id"], standard["id"], root["keyVersion"]["id"]):
        assert UUID.fullmatch(one)


def test_base64_on_the_wire_is_standard_and_padded(world: World) -> None:
    async def story() -> None:
        seen = set()
        key = (await world.home.create())["id"]
        for size in range(1, 60):
            dek = base64.b64encode(b"\xfb\xff" * size).decode()
            answer = (await world.home.act(key, "wrap", {"plaintext": dek})).json
            opened = (await world.home.act(key, "unwrap", {"ciphertext": answer["ciphertext"]})).json
            assert opened["plaintext"] == dek
            assert base64.b64encode(base64.b64decode(answer["ciphertext"])).decode() == answer["ciphertext"]
            seen |= set(answer["ciphertext"])
        assert {"+", "/", "="} <= seen
        assert not {"-", "_", "\n"} & seen

    world.run(story())


@pytest.mark.parametrize("action", ["rotate", "disable"])
def test_a_204_has_neither_body_nor_length_nor_type(world: World, action: str) -> None:
    async def story() -> Answer:
        return await world.home.act((await world.home.create())["id"], action)

    answer = world.run(story())
    assert (answer.status, answer.body) == (204, b"")
    assert set(answer.headers) == {"correlation-id", "cache-control", "date"}


@pytest.mark.parametrize("path", ["/identity/token", "/oidc/token"])
@pytest.mark.parametrize("authorization", [None, "Basic Yng6Yng=", "basic Yng6Yng="])
def test_a_token(world: World, path: str, authorization: str | None) -> None:
    async def story() -> Answer:
        await world.home.send("HEAD", "/keys")
        text = await another_api_key(world, world.log.events[-1].caller.iam_id)
        form = f"grant_type={APIKEY_GRANT}&apikey={text}&response_type=cloud_iam"
        form += "&uaa_client_id=cf&uaa_client_secret="
        headers = {} if authorization is None else {"authorization": authorization}
        return await send(world.home.service, "POST", path, form.encode(), headers)

    answer = world.run(story())
    assert answer.status == 200
    assert answer.headers["transaction-id"] == answer.headers["correlation-id"]
    assert "no-store" in answer.headers["cache-control"]
    now = int(world.clock().timestamp())
    token, renewal = answer.json["access_token"], answer.json["refresh_token"]
    assert answer.json == {
        "access_token": token,
        "refresh_token": renewal,
        "token_type": "Bearer",
        "expires_in": 86_400,
        "expiration": now + 86_400,
        "scope": "ibm openid",
    }
    header, claims = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in token.split(".")[:2])
    assert (header["alg"], header["typ"]) == ("RS256", "JWT")
    assert claims["client_id"] == ("default" if authorization is None else "bx")
    assert (claims["iat"], claims["exp"]) == (now, now + 86_400)
    form = f"grant_type=refresh_token&refresh_token={renewal}"
    again = world.run(send(world.home.service, "POST", path, form.encode(), {}))
    assert (again.status, again.json["refresh_token"]) == (200, renewal)
    for wrong, code in (("", "BXNIM0109E"), ("not_supported", "BXNIM0408E"), ("x" * 9000, "BXNIM0408E")):
        form = f"grant_type=refresh_token&refresh_token={wrong}"
        refused = world.run(send(world.home.service, "POST", path, form.encode(), {}))
        assert (refused.status, refused.json["errorCode"]) == (400, code)


def test_the_keys_that_verify_tokens(world: World) -> None:
    answer = world.run(send(world.home.service, "GET", "/identity/keys"))
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    for one in answer.json["keys"]:
        assert (one["kty"], one["alg"], one["e"]) == ("RSA", "RS256", "AQAB")
        assert not {"d", "p", "q", "dp", "dq", "qi"} & set(one)


def test_tok_17_where_tokens_are_issued(world: World) -> None:
    answer = world.run(send(world.home.service, "GET", "/identity/.well-known/openid-configuration"))
    assert answer.status == 200
    endpoint = world.home.service.settings.endpoint
    assert answer.json["issuer"] == "https://iam.cloud.ibm.com/identity"
    assert answer.json["token_endpoint"] == f"{endpoint}/identity/token"
    assert answer.json["jwks_uri"] == f"{endpoint}/identity/keys"
    assert answer.json["passcode_endpoint"].startswith(endpoint)
    assert answer.json["id_token_signing_alg_values_supported"] == ["RS256"]
    for grant in answer.json["grant_types_supported"]:
        form = f"grant_type={grant}".encode()
        missing = world.run(send(world.home.service, "POST", "/identity/token", form))
        assert missing.json["errorCode"] == "BXNIM0109E"  # the grant is known, and only its text is missing


@pytest.mark.parametrize(
    "authorization",
    ["Basic é", "Basic ????", "Basic " + base64.b64encode(b"\xff:\xfe").decode(), "Bearer x", ""],
)
def test_an_unreadable_client_is_a_wrong_one(world: World, authorization: str) -> None:
    headers = {"authorization": authorization}
    answer = world.run(send(world.home.service, "POST", "/identity/token", b"", headers))
    assert (answer.status, answer.json["errorCode"]) == (401, "BXNIM0107E")
