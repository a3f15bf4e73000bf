"""`keyprotect` 3.0.1, unmodified, over TLS: KMIP adapters, certificates and objects (C38)."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from certificates import a_certificate
from keystead.app import open_service
from keystead.config import Settings
from keystead.domain.ids import IamId, InstanceId, random_uuid
from keystead.domain.kmip import ManagedObject, ObjectState, Touch
from servers import dev
from suites.store_placed import putting
from wire.generated import Generated, connected, only, refused

ADAPTER_TYPE = "application/vnd.ibm.kms.kmip_adapter+json"
CERTIFICATE_TYPE = "application/vnd.ibm.kms.kmip_client_certificate+json"


def an_adapter(sdk: Generated, key: str, *, allow_expiring_key: bool | None = None, **more: object) -> Any:
    metadata = {"collectionType": ADAPTER_TYPE, "collectionTotal": 1}
    wish = {"profile": "native_1.0", "profile_data": {"crk_id": key}, **more}
    made = sdk.api.create_kmip_adapter(sdk.instance, metadata, [wish], allow_expiring_key=allow_expiring_key)
    assert made.get_status_code() == 201
    return only(made)


def trust(sdk: Generated, adapter: str, **wish: object) -> Any:
    metadata = {"collectionType": CERTIFICATE_TYPE, "collectionTotal": 1}
    made = sdk.api.add_kmip_client_certificate(adapter, sdk.instance, metadata, [wish])
    assert made.get_status_code() == 201
    return only(made)


def listed(answer: Any) -> tuple[int, list[str]]:
    """Return how many there are in all, and the ids of those on the page."""
    result = answer.get_result()
    return result["metadata"]["totalCount"], [one["id"] for one in result["resources"]]


def test_adapters(sdk: Generated) -> None:
    key = sdk.create()["id"]
    made = an_adapter(sdk, key, name="vc-wire", description="vCenter")
    assert (made["name"], made["description"], made["profile_data"]) == (
        "vc-wire",
        "vCenter",
        {"crk_id": key},
    )
    for name in (made["id"], "vc-wire"):
        assert only(sdk.api.get_kmip_adapter(name, sdk.instance)) == made
    other = an_adapter(sdk, key)["id"]
    page = sdk.api.get_kmip_adapters(sdk.instance, crk_id=key, limit=1, offset=1, total_count=True)
    assert listed(page) == (2, [max(made["id"], other)])
    with refused(409, "KMIP_ADAPTER_DUPLICATE_NAME_ERR"):
        an_adapter(sdk, key, name="vc-wire")
    with refused(409, "PROTECTED_RESOURCE_ERR"):
        sdk.on("delete_key", key)
    for name in ("vc-wire", other):
        assert sdk.api.delete_kmip_adapter(name, sdk.instance).get_status_code() == 204
    with refused(404, "KMIP_ADAPTER_NOT_FOUND_ERR"):
        sdk.api.get_kmip_adapter("vc-wire", sdk.instance)


def test_an_adapter_of_a_key_that_expires(sdk: Generated) -> None:
    tomorrow = f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"
    key = sdk.create(expirationDate=tomorrow)["id"]
    for allowed in (None, False):
        with refused(409, "NATIVE_INVALID_CRK_ERR", "allowExpiringKey"):
            an_adapter(sdk, key, allow_expiring_key=allowed)
    assert an_adapter(sdk, key, allow_expiring_key=True)["profile_data"] == {"crk_id": key}


def test_certificates(sdk: Generated) -> None:
    adapter, text = an_adapter(sdk, sdk.create()["id"])["id"], a_certificate()
    made = trust(sdk, adapter, certificate=text, name="client")
    assert (made["name"], made["certificate"]) == ("client", text)
    for name in (made["id"], "client"):
        assert only(sdk.api.get_kmip_client_certificate(adapter, name, sdk.instance)) == made
    page = sdk.api.get_kmip_client_certificates(adapter, sdk.instance, limit=5, offset=0, total_count=True)
    assert listed(page) == (1, [made["id"]])
    assert "certificate" not in only(page)
    with refused(409, "KMIP_CERT_DUPLICATE_ERR"):
        trust(sdk, adapter, certificate=text)
    gone = sdk.api.delete_kmip_client_certificate(adapter, "client", sdk.instance)
    assert gone.get_status_code() == 204
    with refused(404, "KMIP_CERT_NOT_FOUND_ERR"):
        sdk.api.get_kmip_client_certificate(adapter, made["id"], sdk.instance)


def an_object_in(data: Path, instance: str, adapter: str) -> str:
    """Put an object into a server's database while it is off, as a KMIP client would have made it."""
    touch = Touch(at=datetime.now(UTC), by=IamId("IBMid-1"), certificate=random_uuid())
    made = ManagedObject(
        instance=InstanceId(instance),
        adapter=adapter,
        id=random_uuid(),
        state=ObjectState.ACTIVE,
        created=touch,
        updated=touch,
    )

    async def put() -> None:
        service = await open_service(Settings(data=data), ready_pairs=0)
        try:
            await service.store.commit(putting(made), None)
        finally:
            await service.close()

    asyncio.run(put())
    return made.id


def test_objects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with dev(tmp_path) as server:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", server.ca_file)
        with connected(server) as sdk:
            adapter = an_adapter(sdk, sdk.create()["id"])["id"]
        assert server.stop() == 0
    name = an_object_in(tmp_path / "data", server.instance, adapter)
    with dev(tmp_path) as server, connected(server) as sdk:
        shown = only(sdk.api.get_kmip_object(adapter, sdk.instance, name))
        assert (shown["id"], shown["kmip_object_type"], shown["state"]) == (name, 2, 2)
        page = sdk.api.get_kmip_objects(
            adapter, sdk.instance, limit=5, offset=0, total_count=True, state=[1, 2]
        )
        assert listed(page) == (1, [name])
        with refused(409, "KEY_ACTION_INVALID_STATE_ERR"):
            sdk.api.delete_kmip_object(adapter, sdk.instance, name)
        gone = sdk.api.delete_kmip_object(adapter, sdk.instance, name, force=True)
        assert gone.get_status_code() == 204
        assert only(sdk.api.get_kmip_object(adapter, sdk.instance, name))["state"] == 5
        with refused(410, "KMIP_OBJECT_DESTROYED_ERR"):
            sdk.api.delete_kmip_object(adapter, sdk.instance, name)
        with refused(404, "KMIP_OBJECT_NOT_FOUND_ERR"):
            sdk.api.get_kmip_object(adapter, sdk.instance, random_uuid())
