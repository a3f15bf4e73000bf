"""Adapters, the certificates of their clients, and objects, each a new one."""

from dataclasses import replace
from hashlib import sha256

from keystead.domain.ids import IamId, InstanceId, KeyId, random_uuid
from keystead.domain.kmip import GONE, Adapter, ClientCertificate, ManagedObject, ObjectState, Touch
from suites.store_samples import NOW

SOMEBODY = IamId("IBMid-1")
TOUCH = Touch(at=NOW, by=SOMEBODY, certificate=None)


def an_adapter(instance: InstanceId, name: str = "vc-prod", key: str = "1b7e0d6a") -> Adapter:
    return Adapter(
        instance=instance,
        id=random_uuid(),
        name=name,
        description="vCenter",
        key=KeyId(key),
        created_at=NOW,
        created_by=SOMEBODY,
        updated_at=NOW,
        updated_by=SOMEBODY,
    )


def a_client_of(adapter: Adapter, name: str = "client", seed: str | None = None) -> ClientCertificate:
    return ClientCertificate(
        instance=adapter.instance,
        adapter=adapter.id,
        id=random_uuid(),
        name=name,
        pem="-----BEGIN CERTIFICATE-----\n",
        fingerprint=sha256((seed or random_uuid()).encode()).digest(),
        created_at=NOW,
        created_by=SOMEBODY,
    )


def an_object_of(adapter: Adapter, state: ObjectState = ObjectState.ACTIVE) -> ManagedObject:
    return ManagedObject(
        instance=adapter.instance,
        adapter=adapter.id,
        id=random_uuid(),
        state=state,
        created=replace(TOUCH, certificate=random_uuid()),
        updated=TOUCH,
        destroyed=TOUCH if state in GONE else None,
    )
