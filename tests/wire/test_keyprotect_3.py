"""`keyprotect` 3.0.1, unmodified, over TLS: keys, their use, and their life."""

import base64
from datetime import datetime
from typing import Any

import pytest

from wire.generated import Generated, b64, only

DEK = b64(bytes(range(32)))


@pytest.mark.parametrize("size", [16, 24, 32])
def test_an_imported_root_key(sdk: Generated, size: int) -> None:
    key = sdk.create("imported root", payload=b64(bytes(range(size))))
    assert (key["imported"], key["extractable"], key["state"]) == (True, False, 1)
    read = only(sdk.on("get_key", key["id"]))
    assert "payload" not in read
    assert read["algorithmBitSize"] == size * 8


def test_a_generated_root_key(sdk: Generated) -> None:
    key = sdk.create("generated root", description="for the test", tags=["one", "two"])
    assert (key["imported"], key["extractable"], key["name"]) == (False, False, "generated root")
    assert len(key["crn"].split(":")) == 10
    assert key["crn"].split(":")[7] == sdk.instance
    read = only(sdk.on("get_key", key["id"]))
    assert (read["description"], read["tags"]) == ("for the test", ["one", "two"])
    assert "payload" not in read


def test_standard_keys(sdk: Generated) -> None:
    imported = sdk.create("standard", root=False, payload=b64(b"any octets at all"))
    assert only(sdk.on("get_key", imported["id"]))["payload"] == b64(b"any octets at all")
    assert "payload" not in only(sdk.on("get_key_metadata", imported["id"]))
    generated = sdk.create("standard", root=False)
    assert len(base64.b64decode(only(sdk.on("get_key", generated["id"]))["payload"])) == 32


def test_a_key_answers_to_its_alias(sdk: Generated) -> None:
    key = sdk.create("with alias", aliases=["wire-alias"])
    assert only(sdk.on("get_key_metadata", "wire-alias"))["id"] == key["id"]
    opened = sdk.act("wrap", "wire-alias", {"plaintext": DEK})
    assert sdk.act("unwrap", key["id"], opened)["plaintext"] == DEK


def test_list_and_count(sdk: Generated) -> None:
    mine = [sdk.create(f"listed {number}")["id"] for number in range(3)]
    sdk.act("disable", mine[0])
    whole = sdk.api.get_keys(sdk.instance, limit=5000)
    ids = [key["id"] for key in whole.get_result()["resources"]]
    assert set(mine) <= set(ids)
    assert ids == sorted(ids)
    pages = [
        sdk.api.get_keys(sdk.instance, limit=2, offset=offset).get_result()["resources"]
        for offset in range(0, len(ids), 2)
    ]
    assert [key["id"] for page in pages for key in page] == ids
    suspended = sdk.api.get_keys(sdk.instance, state=[2], limit=5000).get_result()["resources"]
    assert mine[0] in [key["id"] for key in suspended]
    assert {key["state"] for key in suspended} == {2}
    head = sdk.api.get_key_collection_metadata(sdk.instance)
    assert (head.get_status_code(), head.get_headers()["Key-Total"]) == (200, str(len(ids)))
    head = sdk.api.get_key_collection_metadata(sdk.instance, state=[2])
    assert head.get_headers()["Key-Total"] == str(len(suspended))


def test_search_sort_and_filter(sdk: Generated) -> None:
    first = sdk.create("Lohn eins", aliases=["wire-lohn"], expirationDate="2999-01-01T00:00:00Z")
    second = sdk.create("LOHN zwei", root=False)
    found = sdk.api.get_keys(sdk.instance, search="lohn", sort="-extractable,id").get_result()
    assert [key["id"] for key in found["resources"]] == [second["id"], first["id"]]
    asked = {"query": "lohn", "scopes": ["name", "alias"], "not": False, "exact": False}
    assert (found["metadata"]["searchQuery"], found["metadata"]["incompleteSearch"]) == (asked, False)
    found = sdk.api.get_keys(sdk.instance, search="exact:alias:WIRE-lohn").get_result()
    assert [key["id"] for key in found["resources"]] == [first["id"]]
    late = 'expirationDate=gt:"2998-12-31T23:59:59.999999999Z"'
    terms = f'creationDate=gte:"{first["creationDate"]}" {late} state=1'
    found = sdk.api.get_keys(sdk.instance, filter=terms).get_result()
    assert [key["id"] for key in found["resources"]] == [first["id"]]
    head = sdk.api.get_key_collection_metadata(sdk.instance, filter=terms, extractable=False)
    assert head.get_headers()["Key-Total"] == "1"


def test_wrap_unwrap_rewrap(sdk: Generated) -> None:
    created = sdk.create()
    key, version = created["id"], {"id": created["keyVersion"]["id"]}
    made = sdk.act("wrap", key, {})
    assert len(base64.b64decode(made["plaintext"])) == 32
    body = {"ciphertext": made["ciphertext"]}
    assert sdk.act("unwrap", key, body)["plaintext"] == made["plaintext"]
    given = sdk.act("wrap", key, {"plaintext": DEK, "aad": ["bucket", "object"]})
    assert "plaintext" not in given
    with_aad = {"ciphertext": given["ciphertext"], "aad": ["bucket", "object"]}
    assert sdk.act("unwrap", key, with_aad) == {"plaintext": DEK, "keyVersion": version}
    again = sdk.act("rewrap", key, with_aad)
    assert "plaintext" not in again
    assert again["ciphertext"] != given["ciphertext"]
    assert again["keyVersion"] == again["rewrappedKeyVersion"] == version


def test_rotate_a_generated_key(sdk: Generated) -> None:
    key = sdk.create()["id"]
    old = sdk.act("wrap", key, {"plaintext": DEK, "aad": ["a"]})
    assert sdk.on("rotate_key", key).get_status_code() == 204
    listed = sdk.on("get_key_versions", key, limit=10, total_count=True).get_result()
    assert listed["metadata"]["totalCount"] == 2
    # Times have whole seconds, so the order is not in them.
    versions = {version["id"] for version in listed["resources"]}
    current = only(sdk.on("get_key_metadata", key))["keyVersion"]["id"]
    assert versions == {old["keyVersion"]["id"], current}
    opened = sdk.act("unwrap", key, {"ciphertext": old["ciphertext"], "aad": ["a"]})
    assert opened["plaintext"] == DEK
    assert opened["keyVersion"] == old["keyVersion"]
    assert opened["rewrappedKeyVersion"] == {"id": current}
    fresh = sdk.act("unwrap", key, {"ciphertext": opened["ciphertext"], "aad": ["a"]})
    assert fresh == {"plaintext": DEK, "keyVersion": {"id": current}}
    again = sdk.act("rewrap", key, {"ciphertext": old["ciphertext"], "aad": ["a"]})
    assert (again["keyVersion"], again["rewrappedKeyVersion"]) == (old["keyVersion"], {"id": current})


def test_rotate_an_imported_key(sdk: Generated) -> None:
    key = sdk.create(payload=b64(bytes(32)))["id"]
    old = sdk.act("wrap", key, {"plaintext": DEK})
    assert sdk.act("rotate", key, {"payload": b64(bytes(range(24)))}) is None
    read = only(sdk.on("get_key", key))
    assert datetime.fromisoformat(read["lastRotateDate"])
    assert sdk.act("unwrap", key, {"ciphertext": old["ciphertext"]})["plaintext"] == DEK


def test_disable_and_enable(sdk: Generated) -> None:
    key = sdk.create()["id"]
    assert sdk.on("disable_key", key).get_status_code() == 204
    assert sdk.state(key) == 2
    assert sdk.on("enable_key", key).get_status_code() == 204
    assert sdk.state(key) == 1
    assert sdk.act("wrap", key, {})["ciphertext"]


@pytest.mark.parametrize(
    ("prefer", "status"), [(None, 204), ("return=minimal", 204), ("return=representation", 200)]
)
def test_delete_restore_purge(sdk: Generated, prefer: str | None, status: int) -> None:
    key = sdk.create()["id"]
    wrapped = sdk.act("wrap", key, {"plaintext": DEK})
    gone = sdk.on("delete_key", key, prefer=prefer, force=True)
    assert gone.get_status_code() == status
    if status == 200:
        deleted = only(gone)
        assert (deleted["id"], deleted["state"], deleted["deleted"]) == (key, 5, True)
    assert sdk.state(key) == 5
    restored = sdk.on("restore_key", key, prefer=prefer)
    assert restored.get_status_code() == 201
    assert only(restored)["id"] == key
    assert sdk.act("unwrap", key, {"ciphertext": wrapped["ciphertext"]})["plaintext"] == DEK
    sdk.on("delete_key", key)
    purged = sdk.on("purge_key", key, prefer=prefer)
    assert purged.get_status_code() == status
    listed = sdk.api.get_keys(sdk.instance, state=[0, 1, 2, 3, 5], limit=5000).get_result()["resources"]
    assert key not in [one["id"] for one in listed]


def test_deprecated_actions(sdk: Generated) -> None:
    key = sdk.create(payload=b64(bytes(16)))["id"]
    wrapped = act(sdk, key, "wrap", b'{"plaintext": "%s"}' % DEK.encode()).get_result()
    body = b'{"ciphertext": "%s"}' % wrapped["ciphertext"].encode()
    assert act(sdk, key, "unwrap", body).get_result()["plaintext"] == DEK
    assert act(sdk, key, "rewrap", body).get_result()["ciphertext"]
    assert act(sdk, key, "rotate", b'{"payload": "%s"}' % DEK.encode()).get_status_code() == 204
    assert act(sdk, key, "disable").get_status_code() == 204
    assert act(sdk, key, "enable").get_status_code() == 204
    sdk.on("delete_key", key)
    restored = act(sdk, key, "restore")
    assert (restored.get_status_code(), only(restored)["state"]) == (201, 1)


def act(sdk: Generated, key: str, action: str, body: bytes = b"{}") -> Any:
    return sdk.on("action_on_key", key, action=action, key_action_body=body)


def test_a_correlation_id_comes_back(sdk: Generated) -> None:
    mine = "3f0e7a52-7c41-4b1e-9a3e-5d2c1f0b8e77"
    answer = sdk.api.get_keys(sdk.instance, correlation_id=mine)
    assert answer.get_headers()["Correlation-Id"] == mine
