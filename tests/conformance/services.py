"""Services that register the resources which a key protects."""

from dataclasses import replace
from urllib.parse import quote

from api import Api, log_in
from http_peer import Answer
from keystead.domain.changes import Change
from keystead.domain.grants import granted
from keystead.domain.identities import ApiKey, Identity
from keystead.domain.ids import IamId, random_uuid
from keystead.domain.permissions import Role
from keystead.identity.api_keys import digest, new_api_key

OWNER = "crn:v1:bluemix:public:cloud-object-storage:global:a/0a1b:77aa::"
BUCKET = "crn:v1:bluemix:public:cloud-object-storage:global:a/0a1b:77aa:bucket:ledger"
OTHER = "crn:v1:bluemix:public:cloud-object-storage:global:a/0a1b:77aa:bucket:payroll"
FOREIGN = "crn:v1:bluemix:public:databases-for-postgresql:eu-de:a/0a1b:77aa:disk:one"


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
