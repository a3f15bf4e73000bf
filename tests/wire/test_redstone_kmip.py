"""`redstone` 0.6.2, unmodified, over TLS: KMIP adapters, certificates and objects (C38)."""

from certificates import a_certificate
from keystead.domain.ids import random_uuid
from wire.redstone_client import Redstone
from wire.test_redstone import refused


def test_adapters(redstone: Redstone) -> None:
    kms = redstone.kms
    key = kms.create_key("root", root=True)["id"]
    made = kms.kmip_adapter_create("native_1.0", {"crk_id": key}, description="vCenter")
    assert kms.kmip_adapter_get(made["id"]) == kms.kmip_adapter_get(made["name"]) == made
    named = kms.kmip_adapter_create("native_1.0", {"crk_id": key}, name="vc-prod")
    listed = kms.kmip_adapter_list(show_total=True, filters={"crk_id": key})
    assert listed["metadata"]["totalCount"] == 2
    assert listed["resources"] == sorted([made, named], key=lambda it: it["id"])
    with refused("KMIP_ADAPTER_DUPLICATE_NAME_ERR"):
        kms.kmip_adapter_create("native_1.0", {"crk_id": key}, name="vc-prod")
    with refused("NATIVE_CRK_ID_NOT_FOUND_ERR"):
        kms.kmip_adapter_create("native_1.0", {"crk_id": random_uuid()})
    with refused("PROTECTED_RESOURCE_ERR"):
        kms.delete_key(key)
    for name in (made["id"], "vc-prod"):
        kms.kmip_adapter_delete(name)
    kms.delete_key(key)


def test_certificates(redstone: Redstone) -> None:
    kms, text = redstone.kms, a_certificate()
    key = kms.create_key("root", root=True)["id"]
    adapter = kms.kmip_adapter_create("native_1.0", {"crk_id": key})["id"]
    made = kms.kmip_cert_create(adapter, text, "client")
    assert (made["name"], made["certificate"]) == ("client", text)
    assert kms.kmip_cert_get(adapter, made["id"]) == kms.kmip_cert_get(adapter, "client") == made
    (listed,) = kms.kmip_cert_list(adapter)["resources"]
    assert (listed["id"], "certificate" in listed) == (made["id"], False)
    with refused("KMIP_CERT_DUPLICATE_ERR"):
        kms.kmip_cert_create(adapter, text)
    with refused("KMIP_CERT_DUPLICATE_NAME_ERR"):
        kms.kmip_cert_create(adapter, a_certificate(), "client")
    kms.kmip_cert_delete(adapter, "client")
    assert kms.kmip_cert_list(adapter)["resources"] == []


def test_objects(redstone: Redstone) -> None:
    kms = redstone.kms
    adapter = kms.kmip_adapter_create("native_1.0", {"crk_id": kms.create_key("root", root=True)["id"]})["id"]
    assert kms.kmip_object_list(adapter, show_total=True)["metadata"]["totalCount"] == 0
    for ask in (kms.kmip_object_get, kms.kmip_object_delete):
        with refused("KMIP_OBJECT_NOT_FOUND_ERR"):
            ask(adapter, random_uuid())
