"""Services that register the resources which a key protects."""

from dataclasses import replace
from typing import Any
from urllib.parse import quote

from api import Api, log_in
from http_peer import Answer
from keystead.domain.actions import Role
from keystead.domain.changes import Change
from keystead.domain.grants import granted
from keystead.domain.identities import ApiKey, Identity
from keystead.domain.ids import IamId, random_uuid
from keystead.domain.material import KeyMaterial
from keystead.domain.notices import Notice, NoticeState
from keystead.domain.receivers import Receiver, seal_label
from keystead.identity.api_keys import digest, new_api_key

OWNER = "crn:v1:bluemix:public:cloud-object-storage:global:a/0a1b:77aa::"
BUCKET = "crn:v1:bluemix:public:cloud-object-storage:global:a/0a1b:77aa:bucket:ledger"
OTHER = "crn:v1:bluemix:public:cloud-object-storage:global:a/0a1b:77aa:bucket:payroll"
FOREIGN = "crn:v1:bluemix:public:databases-for-postgresql:eu-de:a/0a1b:77aa:disk:one"
SECRET = KeyMaterial(b"a-secret-of-a-receiver-that-signs")


async def a_service(api: Api, crn: str = OWNER, role: Role | None = Role.READER) -> Api:
    """Return a service with a token of its own; without *role* it was granted nothing itself."""
    text, change = new_api_key(), Change()
    subject = IamId(f"crn-{crn}")
    if await api.service.store.identity(subject) is None:
        change.add(
            Identity(
                iam_id=subject,
                account=api.instance.account,
                kind="service",
                name=crn,
                display_name="a service",
                created_at=api.clock(),
            )
        )
    change.add(
        ApiKey(
            id=f"ApiKey-{random_uuid()}",
            iam_id=subject,
            account=api.instance.account,
            name="test",
            digest=digest(api.service.unit, text),
            created_at=api.clock(),
        ),
        granted(
            id=random_uuid(),
            subject=subject,
            account=api.instance.account,
            roles=() if role is None else (role,),
            instance=api.instance.id,
        ),
    )
    await api.service.store.commit(change, None)
    return replace(api, token=await log_in(api.service, text.reveal().decode()))


async def register(api: Api, key: str, crn: str = BUCKET, **resource: object) -> Answer:
    body = {"metadata": {}, "resources": [resource]}
    return await api.send("POST", f"/keys/{key}/registrations/{quote(crn, safe='')}", body)


async def change(
    api: Api, method: str, key: str, tag: str | None, crn: str = BUCKET, **resource: object
) -> Answer:
    path = f"/keys/{key}/registrations/{quote(crn, safe='')}"
    return await api.send(method, path, {"resources": [resource]}, {"if-match": tag})


async def a_receiver(api: Api, service: str = "cloud-object-storage", **fields: Any) -> Receiver:
    """Have a service hear of keys, as the operator does; what was there is replaced."""
    was = {it.service: it for it in await api.service.store.receivers()}.get(service)
    whole: dict[str, Any] = {
        "service": service,
        "url": "https://receiver.example/keys",
        "authority": None,
        "sealed_secret": api.service.unit.seal(seal_label(service), SECRET),
        "created_at": api.clock(),
        "revision": 1 if was is None else was.revision + 1,
    }
    made, put = Receiver(**whole | fields), Change()
    put.put(made, was=was)
    await api.service.store.commit(put, None)
    return made


async def notices(api: Api) -> list[Notice]:
    """Return what there is to tell of keys of this instance, the newest first."""
    found = await api.service.store.notices(frozenset(NoticeState), 10_000)
    return [it for it in found if it.instance == api.instance.id]
