"""Key rings and aliases through IBM's two Python clients, unmodified, over TLS."""

import pytest

from wire import test_redstone
from wire.generated import Generated, only, refused, stream
from wire.redstone_client import Redstone


def rings(sdk: Generated) -> dict[str, dict[str, str]]:
    listed = sdk.api.list_key_rings(sdk.instance).get_result()["resources"]
    return {ring["id"]: ring for ring in listed}


def test_the_generated_client_has_rings(sdk: Generated) -> None:
    made = sdk.api.create_key_ring("wire-ring", sdk.instance)
    assert made.get_status_code() == 201
    with refused(409, "KEY_RING_NOT_UNIQUE_ERR"):
        sdk.api.create_key_ring("wire-ring", sdk.instance)
    with refused(400, "INVALID_FIELD_ERR"):
        sdk.api.create_key_ring("wire_ring", sdk.instance)
    assert set(rings(sdk)["default"]) == {"id"}
    assert set(rings(sdk)["wire-ring"]) == {"id", "creationDate", "createdBy"}
    page = sdk.api.list_key_rings(sdk.instance, limit=1, offset=0, total_count=True).get_result()
    assert page["metadata"]["totalCount"] == len(rings(sdk))
    assert page["metadata"]["collectionTotal"] == 1
    assert sdk.api.delete_key_ring("wire-ring", sdk.instance).get_status_code() == 204
    assert "wire-ring" not in rings(sdk)
    with refused(404, "KEY_RING_NOT_FOUND_ERR"):
        sdk.api.delete_key_ring("wire-ring", sdk.instance, force=True)


def test_the_generated_client_moves_keys(sdk: Generated) -> None:
    sdk.api.create_key_ring("wire-move", sdk.instance)
    key = sdk.create("to be moved")["id"]
    moved = sdk.on("patch_key", key, key_patch_body=stream({"keyRingID": "wire-move"}))
    assert (moved.get_status_code(), only(moved)["keyRingID"]) == (200, "wire-move")
    with refused(404, "KEY_NOT_FOUND_ERR"):
        sdk.on("get_key_metadata", key, x_kms_key_ring="default")
    with refused(404, "KEY_RING_NOT_FOUND_ERR"):
        sdk.on("patch_key", key, key_patch_body=stream({"keyRingID": "nowhere"}))
    for force in (False, True):
        with refused(409, "KEY_RING_NOT_EMPTY_ERR"):
            sdk.api.delete_key_ring("wire-move", sdk.instance, force=force)
    sdk.on("delete_key", key)
    with refused(409, "KEY_RING_NOT_EMPTY_ERR"):
        sdk.api.delete_key_ring("wire-move", sdk.instance)
    assert sdk.api.delete_key_ring("wire-move", sdk.instance, force=True).get_status_code() == 204
    assert only(sdk.on("get_key_metadata", key))["keyRingID"] == "default"
    with refused(410, "KEY_DELETED_ERR"):
        sdk.on("patch_key", key, key_patch_body=stream({"keyRingID": "default"}))


def test_the_generated_client_has_aliases(sdk: Generated) -> None:
    key = sdk.create("named later")["id"]
    made = sdk.api.create_key_alias(key, "wire-named", sdk.instance)
    assert made.get_status_code() == 201
    assert (only(made)["keyId"], only(made)["alias"]) == (key, "wire-named")
    assert only(sdk.on("get_key_metadata", "wire-named"))["aliases"] == ["wire-named"]
    with refused(409, "KEY_ALIAS_NOT_UNIQUE_ERR"):
        sdk.api.create_key_alias(key, "wire-named", sdk.instance)
    for number in range(4):
        sdk.api.create_key_alias("wire-named", f"wire-named-{number}", sdk.instance)
    with refused(409, "KEY_ALIAS_QUOTA_ERR"):
        sdk.api.create_key_alias(key, "wire-named-5", sdk.instance)
    with refused(400, "INVALID_FIELD_ERR"):
        sdk.api.create_key_alias(key, "registrations", sdk.instance)
    assert sdk.api.delete_key_alias(key, "wire-named", sdk.instance).get_status_code() == 204
    with refused(404, "KEY_ALIAS_NOT_FOUND_ERR"):
        sdk.api.delete_key_alias(key, "wire-named", sdk.instance)


def test_the_older_client_has_rings_and_moves_keys(redstone: Redstone) -> None:
    kms = redstone.kms
    kms.create_key_ring("redstone-ring")
    with test_redstone.refused("KEY_RING_NOT_UNIQUE_ERR"):
        kms.create_key_ring("redstone-ring")
    assert {"default", "redstone-ring"} <= {ring["id"] for ring in kms.get_key_rings()["resources"]}
    key = kms.create_key("root", root=True)["id"]
    kms.set_key_ring(key, "default", "redstone-ring")
    assert kms.get_key(key)["keyRingID"] == "redstone-ring"
    with test_redstone.refused("KEY_NOT_FOUND_ERR"):
        kms.set_key_ring(key, "default", "redstone-ring")
    with test_redstone.refused("KEY_RING_NOT_EMPTY_ERR"):
        kms.delete_key_ring("redstone-ring")
    kms.set_key_ring(key, "redstone-ring", "default")
    kms.delete_key_ring("redstone-ring")
    assert "redstone-ring" not in {ring["id"] for ring in kms.get_key_rings()["resources"]}


@pytest.mark.parametrize("by", ["id", "alias"])
def test_the_older_client_has_aliases(redstone: Redstone, by: str) -> None:
    kms = redstone.kms
    key = kms.create_key("root", root=True, alias_list=[f"redstone-{by}"])["id"]
    name = key if by == "id" else f"redstone-{by}"
    (made,) = kms.create_key_alias(name, f"redstone-second-{by}")["resources"]
    assert (made["keyId"], made["alias"]) == (key, f"redstone-second-{by}")
    assert kms.get_key(f"redstone-second-{by}")["id"] == key
    with test_redstone.refused("KEY_ALIAS_NOT_UNIQUE_ERR"):
        kms.create_key_alias(name, f"redstone-second-{by}")
    kms.delete_key_alias(name, f"redstone-second-{by}")
    with test_redstone.refused("KEY_NOT_FOUND_ERR"):
        kms.get_key(f"redstone-second-{by}")
