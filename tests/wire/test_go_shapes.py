"""Requests as IBM's Go, Java and Node clients send them.

Source: kms-api.md sections 1.6, 6.2, 6.4 and 6.7.
"""

import base64
import json
import uuid
from collections.abc import Iterator

import pytest

from servers import Server
from wire.raw import Answer, Raw, connected

GRANT = "urn:ibm:params:oauth:grant-type:apikey"
FORM = {"content-type": "application/x-www-form-urlencoded"}
KEYS = "/api/v2/keys"
DEK = base64.b64encode(bytes(range(32))).decode()


@pytest.fixture
def go(server: Server) -> Iterator[Raw]:
    """The Go client: lower-case headers, a correlation id, `Accept`, and never a Content-Type."""
    with connected(server) as raw:
        form = f"grant_type={GRANT}&apikey={server.apikey}".encode()
        answer = raw.send("POST", "/oidc/token", form, FORM)
        token = answer.json
        authorization = f"{token['token_type']} {token['access_token']}"
    headers = {
        "accept": "application/json",
        "authorization": authorization,
        "bluemix-instance": server.instance,
        "correlation-id": str(uuid.uuid4()),
    }
    with connected(server, headers) as raw:
        yield raw


def create(raw: Raw, **fields: object) -> str:
    """Create a key as the Go client does, and return its id."""
    answer = raw.send("POST", KEYS, envelope(**fields))
    assert answer.status == 201, answer.body
    return str(answer.resource["id"])


def envelope(**fields: object) -> bytes:
    kind = "application/vnd.ibm.kms.key+json"
    resource = {"name": "go key", "type": kind, "extractable": False, **fields}
    metadata = {"collectionType": kind, "collectionTotal": 1}
    return json.dumps({"metadata": metadata, "resources": [resource]}).encode()


def code(answer: Answer) -> str:
    return str(answer.resource["reasons"][0]["code"])


def test_create_with_tags_and_local_time(go: Raw) -> None:
    fields = {"Tags": ["one"], "expirationDate": "2099-01-02T03:04:05.678901234+02:00", "description": ""}
    answer = go.send("POST", KEYS, envelope(**fields))
    assert answer.status == 201
    made = answer.resource
    assert made["tags"] == ["one"]
    assert made["expirationDate"] == "2099-01-02T01:04:05Z"
    assert not {"lastUpdateDate", "lastRotateDate"} & set(made)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["correlation-id"] == go.headers["correlation-id"]


@pytest.mark.parametrize("body", [b"null", b"{}", b"", None])
def test_actions_without_a_payload(go: Raw, body: bytes | None) -> None:
    key = create(go)
    for action in ("rotate", "disable", "enable"):
        answer = go.send("POST", f"{KEYS}/{key}/actions/{action}", body)
        assert (answer.status, answer.body) == (204, b"")
    assert go.send("POST", f"{KEYS}/{key}/actions/wrap", body).json["plaintext"]
    for action in ("unwrap", "rewrap"):
        assert go.send("POST", f"{KEYS}/{key}/actions/{action}", body).status == 400
    # Without any body, a deprecated action of 204 has none to answer with either.
    assert go.send("POST", f"{KEYS}/{key}?action=disable", body).status == 204


@pytest.mark.parametrize("prefer", [{}, {"prefer": "return=minimal"}, {"prefer": "whatever"}])
def test_delete_and_purge_are_empty(go: Raw, prefer: dict[str, str]) -> None:
    key = create(go)
    for path in (f"{KEYS}/{key}", f"{KEYS}/{key}/purge"):
        answer = go.send("DELETE", path, headers=prefer)
        assert (answer.status, answer.body) == (204, b"")


def test_delete_and_purge_with_representation(go: Raw) -> None:
    key = create(go)
    for path in (f"{KEYS}/{key}?force=false", f"{KEYS}/{key}/purge"):
        answer = go.send("DELETE", path, headers={"prefer": "return=representation"})
        assert (answer.status, answer.resource["id"]) == (200, key)
        assert answer.resource["state"] == 5
    assert go.send("DELETE", f"{KEYS}/{key}/purge", headers={"prefer": "return=minimal"}).status == 404


def test_restore_without_body(go: Raw) -> None:
    key = create(go)
    go.send("DELETE", f"{KEYS}/{key}", headers={"prefer": "return=minimal"})
    answer = go.send("POST", f"{KEYS}/{key}/restore")
    assert (answer.status, answer.resource["state"]) == (201, 1)


def test_empty_text_means_absent(go: Raw) -> None:
    key = create(go)
    wrapped = go.send("POST", f"{KEYS}/{key}/actions/wrap", b'{"plaintext": "", "aad": null}')
    assert len(base64.b64decode(wrapped.json["plaintext"])) == 32
    assert go.send("POST", f"{KEYS}/{key}/actions/rotate", b'{"payload": ""}').status == 204


def test_names_in_any_case(go: Raw) -> None:
    key = create(go)
    body = json.dumps({"Plaintext": DEK, "AAD": ["a"]}).encode()
    wrapped = go.send("POST", f"{KEYS}/{key}/actions/wrap", body).json["ciphertext"]
    body = json.dumps({"CipherText": wrapped, "Aad": ["a"]}).encode()
    assert go.send("POST", f"{KEYS}/{key}/actions/unwrap", body).json["plaintext"] == DEK


@pytest.mark.parametrize("body", [b'{"expiration": 600.0, "maxAllowedRetrievals": 3.0}', None])
def test_an_import_token_of_java(go: Raw, body: bytes | None) -> None:
    answer = go.send("POST", "/api/v2/import_token", body)
    assert answer.status == 200
    # A fraction in an integer would not decode in Go.
    assert answer.json["maxAllowedRetrievals"] == (1 if body is None else 3)
    assert b".0" not in answer.body
    assert go.send("POST", "/api/v2/import_token", b'{"expiration": 600.5}').status == 400


def test_chunked_bodies(go: Raw) -> None:
    body = envelope()
    answer = go.send("POST", KEYS, [body[:1], body[1:40], body[40:]])
    assert answer.status == 201
    key = answer.resource["id"]
    wrapped = go.send("POST", f"{KEYS}/{key}/actions/wrap", [b'{"plaintext": "', DEK.encode(), b'"}'])
    again = [json.dumps({"ciphertext": wrapped.json["ciphertext"]}).encode()]
    assert go.send("POST", f"{KEYS}/{key}/actions/unwrap", again).json["plaintext"] == DEK


@pytest.mark.parametrize("kind", ["text/plain", "application/vnd.ibm.kms.key+json", "nonsense"])
def test_any_content_type_and_accept(go: Raw, kind: str) -> None:
    headers = {"content-type": kind, "accept": kind, "X-Request-ID": "mine", "Bluemix-Org": "old"}
    answer = go.send("POST", KEYS, envelope(), headers)
    assert (answer.status, answer.headers["content-type"]) == (201, "application/json")


def test_lists_as_go_asks_for_them(go: Raw) -> None:
    key = create(go)
    query = "limit=2000&offset=0&state=0,1&state=2&extractable=False&unknown=1"
    answer = go.send("GET", f"{KEYS}?{query}")
    assert key in [one["id"] for one in answer.json["resources"]]
    assert answer.json["metadata"]["collectionTotal"] == len(answer.json["resources"])
    far = go.send("GET", f"{KEYS}?offset=100000").json
    assert (far["resources"], far["metadata"]["collectionTotal"]) == ([], 0)
    head = go.send("HEAD", f"{KEYS}?state=0,1,2&extractable=f")
    assert (head.status, head.body) == (200, b"")
    assert int(head.headers["key-total"]) == len(answer.json["resources"])
    versions = go.send("GET", f"{KEYS}/{key}/versions?limit=5&offset=0&totalCount=True&allKeyStates=true")
    assert versions.json["metadata"]["totalCount"] == 1


def test_errors_are_what_go_looks_for(go: Raw) -> None:
    answer = go.send("POST", f"{KEYS}/{uuid.uuid4()}/actions/disable", b"null")
    assert (answer.status, code(answer)) == (404, "KEY_NOT_FOUND_ERR")
    assert b'"errorMsg"' in answer.body
    reason = answer.resource["reasons"][0]
    assert set(reason) >= {"code", "message", "status", "moreInfo"}
    key = create(go)
    unwrapped = go.send("POST", f"{KEYS}/{key}/actions/unwrap", b'{"ciphertext": "A A"}')
    assert "illegal base64 data at input byte" in unwrapped.resource["reasons"][0]["message"]


def test_the_instance_is_asked_for_everywhere(go: Raw) -> None:
    for method, path in (("GET", KEYS), ("HEAD", KEYS), ("DELETE", f"{KEYS}/{uuid.uuid4()}")):
        answer = go.send(method, path, headers={"bluemix-instance": ""})
        assert answer.status == 400
    answer = go.send("GET", KEYS, headers={"bluemix-instance": "no uuid"})
    assert "requires valid Bluemix-Instance Header" in answer.resource["errorMsg"]


def test_without_a_token(server: Server) -> None:
    with connected(server, {"bluemix-instance": server.instance}) as raw:
        answer = raw.send("POST", KEYS, b"this is no JSON")
    assert answer.status == 401
    assert answer.resource == {
        "errorMsg": "Unauthorized: The user does not have access to the specified resource"
    }


TOKEN_FORMS = {
    "Go": ("/oidc/token", f"grant_type={GRANT}&apikey=KEY", {}),
    "Terraform": ("/identity/token", f"grant_type={GRANT}&apikey=KEY", {}),
    "Python": (
        "/oidc/token",
        f"grant_type={GRANT}&apikey=KEY&response_type=cloud_iam&uaa_client_id=cf&uaa_client_secret=",
        {"authorization": "Basic Yng6Yng="},
    ),
    "Node": (
        "/identity/token",
        f"grant_type={GRANT.replace(':', '%3A')}&apikey=KEY&response_type=cloud_iam",
        {"authorization": "basic Yng6Yng="},
    ),
}


@pytest.mark.parametrize("form", TOKEN_FORMS.values(), ids=TOKEN_FORMS)
@pytest.mark.parametrize("kind", [{}, FORM])
def test_token_forms(server: Server, form: tuple[str, str, dict[str, str]], kind: dict[str, str]) -> None:
    path, body, headers = form
    with connected(server) as raw:
        answer = raw.send("POST", path, body.replace("KEY", server.apikey).encode(), kind | headers)
        assert answer.status == 200, answer.body
        token = answer.json
        assert (token["token_type"], token["expires_in"], token["scope"]) == ("Bearer", 3600, "ibm openid")
        assert isinstance(token["expiration"], int)
        claims = json.loads(base64.urlsafe_b64decode(token["access_token"].split(".")[1] + "=="))
        assert {"id", "account", "iss", "sub", "iat", "exp"} <= set(claims)
        assert claims["account"]["bss"]
        assert claims["exp"] == token["expiration"] == claims["iat"] + 3600
        wrong = raw.send("POST", path, body.replace("KEY", "nothing").encode(), kind | headers)
    assert (wrong.status, wrong.json["errorCode"]) == (400, "BXNIM0415E")
    assert wrong.json["errorMessage"]


def test_a_ring_and_its_key_as_terraform_has_them(go: Raw) -> None:
    ring = "/api/v2/key_rings/go-ring"
    made = go.send("POST", ring)
    assert (made.status, made.body) == (201, b"")
    assert {"id": "default"} in go.send("GET", "/api/v2/key_rings").json["resources"]
    body = envelope(payload=DEK, aliases=["go-ring-key"])
    key = go.send("POST", KEYS, body, {"x-kms-key-ring": "go-ring"}).resource["id"]
    assert go.send("GET", f"{KEYS}/{key}").resource["keyRingID"] == "go-ring"
    again = go.send("POST", f"{KEYS}/{key}/aliases/go-ring-key")
    assert (again.status, code(again)) == (409, "KEY_ALIAS_NOT_UNIQUE_ERR")
    moved = go.send("PATCH", f"{KEYS}/{key}", b'{"keyRingID":"default"}', {"x-kms-key-ring": "go-ring"})
    assert (moved.status, moved.resource["aliases"]) == (200, ["go-ring-key"])
    go.send("PATCH", f"{KEYS}/{key}", b'{"keyRingID":"go-ring"}')
    assert go.send("DELETE", f"{KEYS}/{key}", headers={"prefer": "return=minimal"}).status == 204
    gone = go.send("DELETE", f"{ring}?force=true")
    assert (gone.status, gone.body) == (204, b"")
    missing = go.send("POST", KEYS, envelope(), {"x-kms-key-ring": "go-ring"})
    assert (missing.status, code(missing)) == (404, "KEY_RING_NOT_FOUND_ERR")
