"""`redstone` 0.6.2, unmodified, over TLS: the client behind `keyprotect` 2, and its envelope encryption."""

import base64
import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from redstone import crypto
from redstone.auth import TokenManager
from redstone.client import KeyProtect

from conformance.imports import HPCS, KEY_PROTECT, Challenge, Form, fields
from servers import Server
from wire.redstone_client import Redstone

DEK = bytes(range(32))


@contextmanager
def refused(code: str) -> Iterator[None]:
    """Expect an error whose text, all that this client shows, ends with the reason code."""
    with pytest.raises(KeyProtect.KeyProtectError) as caught:
        yield
    assert str(caught.value).endswith(f"({code})")


@pytest.mark.parametrize("size", [16, 24, 32])
def test_imported_root_keys(redstone: Redstone, size: int) -> None:
    material = bytes(range(size))
    key = redstone.kms.create_key("imported", payload=material, root=True)
    assert (key["imported"], key["extractable"]) == (True, False)
    assert "payload" not in redstone.kms.get_key(key["id"])
    raw = redstone.kms.create_key("raw", raw_payload=base64.b64encode(material).decode(), root=True)
    wrapped = redstone.kms.wrap(key["id"], DEK)
    assert redstone.kms.unwrap(raw["id"], wrapped["ciphertext"]) == DEK


def test_create_get_list_delete(redstone: Redstone) -> None:
    kms = redstone.kms
    standard = kms.create_key("standard", payload=b"octets")
    assert base64.b64decode(kms.get_key(standard["id"])["payload"]) == b"octets"
    root = kms.create_key("root", root=True, alias_list=["redstone-root"])
    assert kms.get_key("redstone-root")["id"] == root["id"]
    assert {standard["id"], root["id"]} <= {key["id"] for key in kms.list_keys()}
    for key in (standard, root):
        kms.delete_key(key["id"])
    assert not {standard["id"], root["id"]} & {key["id"] for key in kms.list_keys()}
    assert kms.get_key(root["id"])["state"] == 5


def test_search_sort_and_filter(redstone: Redstone) -> None:
    kms = redstone.kms
    made = [kms.create_key(f"redstone list {number}", root=bool(number))["id"] for number in range(3)]
    # The client's `list_keys` takes no parameters; its session sends them with its own headers and login.
    query = {"search": "Redstone List", "sort": "-extractable,-id", "filter": "state=1 deletionDate=none"}
    answer = kms.session.get(f"{kms.endpoint_url}/api/v2/keys", params=query)
    found = [key["id"] for key in answer.json()["resources"]]
    assert found == [made[0], *sorted(made[1:], reverse=True)]
    answer = kms.session.get(f"{kms.endpoint_url}/api/v2/keys", params=query | {"filter": "state=4"})
    assert answer.json()["resources"][0]["errorMsg"].endswith("(INVALID_QUERY_PARAM_ERR)")


def test_wrap_unwrap_rewrap(redstone: Redstone) -> None:
    kms = redstone.kms
    key = kms.create_key("root", root=True)["id"]
    made = kms.wrap(key, b"")
    assert kms.unwrap(key, made["ciphertext"]) == base64.b64decode(made["plaintext"])
    given = kms.wrap(key, DEK, aad=["bucket", "object"])
    assert "plaintext" not in given
    assert kms.unwrap(key, given["ciphertext"].encode(), aad=["bucket", "object"]) == DEK
    again = kms.rewrap(key, given["ciphertext"], aad=["bucket", "object"])
    assert kms.unwrap(key, again["ciphertext"], aad=["bucket", "object"]) == DEK
    assert again["rewrappedKeyVersion"] == again["keyVersion"]


def test_rotation(redstone: Redstone) -> None:
    kms = redstone.kms
    generated = kms.create_key("root", root=True)["id"]
    imported = kms.create_key("root", payload=bytes(32), root=True)["id"]
    old = {key: kms.wrap(key, DEK)["ciphertext"] for key in (generated, imported)}
    assert kms.rotate_key(generated) is None
    assert kms.rotate_key(imported, payload=DEK) is None
    for key, ciphertext in old.items():
        assert kms.unwrap(key, ciphertext) == DEK
        again = kms.rewrap(key, ciphertext)
        assert again["rewrappedKeyVersion"] != again["keyVersion"]


def test_the_life_of_a_key(redstone: Redstone) -> None:
    kms = redstone.kms
    key = kms.create_key("root", root=True)["id"]
    wrapped = kms.wrap(key, DEK)["ciphertext"]
    kms.disable_key(key)
    with refused("KEY_ACTION_INVALID_STATE_ERR"):
        kms.wrap(key, DEK)
    with refused("KEY_ACTION_INVALID_STATE_ERR"):
        kms.unwrap(key, wrapped)
    kms.enable_key(key)
    with refused("KEY_ACTION_INVALID_STATE_ERR"):
        kms.enable_key(key)
    assert kms.unwrap(key, wrapped) == DEK
    kms.delete_key(key)
    with refused("KEY_DELETED_ERR"):
        kms.unwrap(key, wrapped)
    with refused("KEY_DELETED_ERR"):
        kms.delete_key(key)
    kms.restore_key(key)
    assert kms.unwrap(key, wrapped) == DEK


@pytest.mark.parametrize("form", [KEY_PROTECT, HPCS], ids=["Key Protect", "HPCS"])
def test_import_tokens(redstone: Redstone, form: Form) -> None:
    kms = redstone.kms
    made = kms.create_import_token(expiration=300, max_allowed_retrievals=1)
    assert made["remainingRetrievals"] == 1
    token = kms.get_import_token()
    with refused("IMPORT_TOKEN_EXPIRED_ERR"):
        kms.get_import_token()
    to = Challenge(base64.b64decode(token["payload"]), base64.b64decode(token["nonce"]))
    # The client has no method for the upload itself; its session sends it with its own headers and login.
    material = os.urandom(32)
    envelope = {
        "metadata": {"collectionType": "application/vnd.ibm.kms.key+json", "collectionTotal": 1},
        "resources": [{"name": "secret", "extractable": False, **fields(to, form, material)}],
    }
    answer = kms.session.post(f"{kms.endpoint_url}/api/v2/keys", json=envelope)
    assert answer.status_code == 201, answer.text
    key = answer.json()["resources"][0]["id"]
    twin = kms.create_key("twin", payload=material, root=True)["id"]
    assert kms.unwrap(twin, kms.wrap(key, DEK)["ciphertext"]) == DEK


def test_refusals_name_their_reason(redstone: Redstone) -> None:
    kms = redstone.kms
    root = kms.create_key("root", root=True)["id"]
    imported = kms.create_key("root", payload=bytes(32), root=True)["id"]
    standard = kms.create_key("standard")["id"]
    ciphertext = kms.wrap(root, DEK, aad=["a"])["ciphertext"]
    with refused("KEY_NOT_FOUND_ERR"):
        kms.get_key("00000000-0000-4000-8000-000000000000")
    with refused("KEY_ROOT_REQ_ERR"):
        kms.wrap(standard, DEK)
    with refused("UNPROCESSABLE_CIPHERTEXT_ERR"):
        kms.unwrap(root, ciphertext, aad=["b"])
    with refused("UNPROCESSABLE_CIPHERTEXT_ERR"):
        kms.rewrap(root, ciphertext)
    with refused("INVALID_FIELD_ERR"):
        kms.unwrap(root, "*")
    with refused("INVALID_QUERY_PARAM_ERR"):
        kms.rotate_key(root, payload=DEK)
    with refused("KEY_PAYLOAD_REQ_ERR"):
        kms.rotate_key(imported)
    with refused("INVALID_FIELD_ERR"):
        kms.create_key("root", payload=bytes(31), root=True)
    with refused("INVALID_FIELD_ERR"):
        kms.create_import_token(expiration=1)
    kms.create_key("root", root=True, alias_list=["redstone-once"])
    with refused("KEY_ALIAS_NOT_UNIQUE_ERR"):
        kms.create_key("root", root=True, alias_list=["redstone-once"])


def test_waiting_times(strict_redstone: Redstone) -> None:
    kms = strict_redstone.kms
    key = kms.create_key("root", root=True)["id"]
    kms.rotate_key(key)
    with refused("KEY_ROTATION_NOT_PERMITTED"):
        kms.rotate_key(key)
    kms.disable_key(key)
    with refused("REQ_TOO_EARLY_ERR"):
        kms.enable_key(key)
    kms.delete_key(key)
    with refused("REQ_TOO_EARLY_ERR"):
        kms.restore_key(key)


def test_a_wrong_instance_and_a_wrong_api_key(
    redstone: Redstone, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    redstone.kms.session.headers["Bluemix-Instance"] = "00000000-0000-4000-8000-000000000000"
    with pytest.raises(KeyProtect.KeyProtectError, match="Unauthorized: The user does not have access"):
        redstone.kms.list_keys()
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", server.ca_file)
    with pytest.raises(Exception, match="BXNIM0415E"):
        TokenManager("none of yours", iam_endpoint=server.url).get_token()


@pytest.mark.parametrize("aad", [None, "context"])
def test_envelope_encryption(redstone: Redstone, aad: str | None) -> None:
    kms = redstone.kms
    keys = [kms.create_key("root", root=True) for _ in range(2)]
    crns = [key["crn"] for key in keys]
    message, header = crypto.encrypt(b"salaries", crns, aad=aad, session=redstone.session)
    assert [one["key_crn"] for one in header.data_keys] == crns
    assert crypto.decrypt(message, session=redstone.session)[0] == b"salaries"
    kms.disable_key(keys[0]["id"])
    assert crypto.decrypt(message, session=redstone.session)[0] == b"salaries"  # by the second key
    kms.disable_key(keys[1]["id"])
    with pytest.raises(Exception, match="Failed to unwrap any keys"):
        crypto.decrypt(message, session=redstone.session)
