"""`keyprotect` 3.0.1, unmodified: what an `ApiException` says of every refusal."""

import pytest
from ibm_cloud_sdk_core import ApiException

from servers import Server
from wire.generated import Generated, b64, connected, refused, stream

UNKNOWN = "00000000-0000-4000-8000-000000000000"
ON_ROOT_KEYS = ("wrap", "unwrap", "rewrap", "rotate", "disable", "enable")


@pytest.mark.parametrize("action", ON_ROOT_KEYS)
def test_a_standard_key_does_not_wrap(sdk: Generated, action: str) -> None:
    key = sdk.create(root=False)["id"]
    with refused(400, "KEY_ROOT_REQ_ERR", "can only be completed with a root key"):
        sdk.act(action, key, body(action))


@pytest.mark.parametrize("action", ON_ROOT_KEYS)
def test_an_unknown_key(sdk: Generated, action: str) -> None:
    with refused(404, "KEY_NOT_FOUND_ERR", "key does not exist"):
        sdk.act(action, UNKNOWN, body(action))


@pytest.mark.parametrize(
    "operation",
    ["get_key", "get_key_metadata", "get_key_versions", "delete_key", "purge_key", "restore_key"],
)
def test_an_unknown_key_has_nothing(sdk: Generated, operation: str) -> None:
    with refused(404, "KEY_NOT_FOUND_ERR", "key does not exist"):
        sdk.on(operation, UNKNOWN)


@pytest.mark.parametrize("action", [name for name in ON_ROOT_KEYS if name != "enable"])
def test_a_suspended_key(sdk: Generated, action: str) -> None:
    key = sdk.create()["id"]
    sdk.act("disable", key)
    with refused(409, "KEY_ACTION_INVALID_STATE_ERR", "Key is not in a valid state"):
        sdk.act(action, key, body(action))


@pytest.mark.parametrize("action", ON_ROOT_KEYS)
def test_a_destroyed_key(sdk: Generated, action: str) -> None:
    key = sdk.create()["id"]
    sdk.on("delete_key", key)
    with refused(410, "KEY_DELETED_ERR", "Key has already been deleted"):
        sdk.act(action, key, body(action))


def test_a_destroyed_key_is_not_destroyed_twice(sdk: Generated) -> None:
    key = sdk.create()["id"]
    sdk.on("delete_key", key)
    with refused(410, "KEY_DELETED_ERR"):
        sdk.on("delete_key", key)
    sdk.on("purge_key", key)
    with refused(404, "KEY_NOT_FOUND_ERR"):
        sdk.on("restore_key", key)


def test_wrong_states(sdk: Generated) -> None:
    key = sdk.create()["id"]
    for operation in ("enable_key", "restore_key", "purge_key"):
        with refused(409, "KEY_ACTION_INVALID_STATE_ERR"):
            sdk.on(operation, key)


def test_waiting_times(strict_sdk: Generated) -> None:
    key = strict_sdk.create()["id"]
    strict_sdk.act("rotate", key)
    with refused(409, "KEY_ROTATION_NOT_PERMITTED", "within the last hour"):
        strict_sdk.act("rotate", key)
    strict_sdk.act("disable", key)
    with refused(409, "REQ_TOO_EARLY_ERR", "Please wait and try again"):
        strict_sdk.act("enable", key)
    strict_sdk.on("delete_key", key)
    with refused(409, "REQ_TOO_EARLY_ERR", "Please wait and try again"):
        strict_sdk.on("restore_key", key)
    with refused(409, "REQ_TOO_EARLY_ERR", "4h0m0s after key is deleted"):
        strict_sdk.on("purge_key", key)


def test_ciphertexts_that_do_not_open(sdk: Generated) -> None:
    key = sdk.create()["id"]
    ciphertext = sdk.act("wrap", key, {"plaintext": b64(bytes(32)), "aad": ["a"]})["ciphertext"]
    other = sdk.create()["id"]
    for target, aad in ((key, []), (key, ["b"]), (key, ["a", ""]), (other, ["a"])):
        for action in ("unwrap", "rewrap"):
            with refused(422, "UNPROCESSABLE_CIPHERTEXT_ERR", "invalid or corrupted"):
                sdk.act(action, target, {"ciphertext": ciphertext, "aad": aad})
    for action in ("unwrap", "rewrap"):
        with refused(400, "INVALID_FIELD_ERR", "ciphertext"):
            sdk.act(action, key, {"ciphertext": "not base64!"})


def test_material_that_does_not_fit(sdk: Generated) -> None:
    generated, imported = sdk.create()["id"], sdk.create(payload=b64(bytes(32)))["id"]
    with refused(400, "INVALID_QUERY_PARAM_ERR", "provided only if key is imported"):
        sdk.act("rotate", generated, {"payload": b64(bytes(32))})
    with refused(400, "KEY_PAYLOAD_REQ_ERR", "Key material is required"):
        sdk.act("rotate", imported)
    with refused(400, "INVALID_FIELD_ERR", "payload"):
        sdk.act("rotate", imported, {"payload": b64(bytes(31))})
    with refused(400, "INVALID_FIELD_ERR", "payload"):
        sdk.create(payload=b64(bytes(31)))
    with refused(400, "INVALID_FIELD_ERR", "illegal base64 data"):
        sdk.create(payload="####")
    with refused(400, "INVALID_FIELD_ERR", "plaintext"):
        sdk.act("wrap", generated, {"plaintext": "####"})


def test_bodies_and_queries(sdk: Generated) -> None:
    with refused(400, "BAD_BODY_ERR", "Invalid body data was passed"):
        sdk.api.create_key(sdk.instance, stream([]))
    with refused(400, "BAD_BODY_ERR", "CollectionMetadata is empty"):
        sdk.api.create_key(sdk.instance, stream({"resources": [{"name": "no metadata"}]}))
    with refused(400, "INVALID_FIELD_ERR"):
        sdk.create("x" * 91)
    with refused(400, "INVALID_QUERY_PARAM_ERR", "limit"):
        sdk.api.get_keys(sdk.instance, limit=5001)
    with refused(400, "INVALID_QUERY_PARAM_ERR", "action"):
        sdk.on("action_on_key", UNKNOWN, action="explode", key_action_body=b"{}")


def test_aliases_are_unique(sdk: Generated) -> None:
    sdk.create(aliases=["wire-once"])
    with refused(409, "KEY_ALIAS_NOT_UNIQUE_ERR"):
        sdk.create(aliases=["wire-once"])


def test_a_foreign_instance_is_unauthorized(sdk: Generated) -> None:
    with pytest.raises(ApiException) as caught:
        sdk.api.get_keys(UNKNOWN)
    assert caught.value.status_code == 401
    assert "Unauthorized" in caught.value.message
    with pytest.raises(ApiException) as caught:
        sdk.api.get_keys("no uuid")
    assert caught.value.status_code == 400


def test_a_wrong_api_key(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", server.ca_file)
    stranger = Server(server.process, server.log, {**server.exports, "KEYSTEAD_API_KEY": "none of yours"})
    with connected(stranger) as client, pytest.raises(ApiException) as caught:
        client.create()
    assert caught.value.status_code == 400
    assert "Provided API key could not be found" in caught.value.message


def body(action: str) -> object:
    return {"ciphertext": b64(bytes(64))} if action in ("unwrap", "rewrap") else None
