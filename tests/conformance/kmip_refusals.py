"""Requests that bring about each reason of KMIP, and what could not be done."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from api import Api
from certificates import a_certificate
from conformance.test_kmip import MADE, TRUSTED, an_adapter_of, an_object, make, trust
from conformance.world import World
from http_peer import Answer
from keystead.domain.changes import Change
from keystead.domain.ids import random_uuid
from keystead.domain.kmip import MOST_ADAPTERS, MOST_CERTIFICATES, Adapter, ObjectState
from keystead.domain.reasons import Reason
from suites.kmip_samples import a_client_of, an_adapter

Story = Callable[[World, Api], Awaitable[Answer]]


async def adapter_of(api: Api, **more: object) -> str:
    return str((await an_adapter_of(api, (await api.create())["id"], **more))["id"])


async def no_crk(_: World, api: Api) -> Answer:
    return await make(api, random_uuid())


async def bad_crk(_: World, api: Api) -> Answer:
    return await make(api, (await api.create(extractable=True))["id"])


async def no_adapter(_: World, api: Api) -> Answer:
    return await api.send("GET", "/kmip_adapters/nobody")


async def adapter_twice(_: World, api: Api) -> Answer:
    await adapter_of(api, name="one")
    return await make(api, (await api.create())["id"], name="one")


async def adapters_full(_: World, api: Api) -> Answer:
    change = Change()
    for number in range(MOST_ADAPTERS):
        change.put(an_adapter(api.instance.id, f"a-{number}"), was=None)
    await api.service.store.commit(change, None)
    return await make(api, (await api.create())["id"])


async def no_certificate(_: World, api: Api) -> Answer:
    return await api.send("GET", f"/kmip_adapters/{await adapter_of(api)}/certificates/nobody")


async def certificate_twice(_: World, api: Api) -> Answer:
    text = a_certificate()
    await trust(api, await adapter_of(api), text)
    return await trust(api, await adapter_of(api), text)


async def certificate_name_twice(_: World, api: Api) -> Answer:
    adapter = await adapter_of(api)
    await trust(api, adapter, name="one")
    return await trust(api, adapter, name="one")


async def certificates_full(_: World, api: Api) -> Answer:
    adapter, change = await api.service.store.adapter(api.instance.id, await adapter_of(api)), Change()
    assert isinstance(adapter, Adapter)
    for number in range(MOST_CERTIFICATES):
        change.put(a_client_of(adapter, f"c-{number}"), was=None)
    await api.service.store.commit(change, None)
    return await trust(api, adapter.id)


async def no_object(_: World, api: Api) -> Answer:
    return await api.send("GET", f"/kmip_adapters/{await adapter_of(api)}/kmip_objects/{random_uuid()}")


async def object_destroyed(_: World, api: Api) -> Answer:
    adapter = await adapter_of(api)
    name = await an_object(api, adapter, ObjectState.DESTROYED)
    return await api.send("DELETE", f"/kmip_adapters/{adapter}/kmip_objects/{name}")


STORIES: Final[Mapping[Reason, tuple[Story, str]]] = {
    Reason.CRK_NOT_FOUND: (no_crk, MADE),
    Reason.CRK_INVALID: (bad_crk, MADE),
    Reason.ADAPTER_NOT_FOUND: (no_adapter, "KMIP adapter could not be retrieved"),
    Reason.ADAPTER_NOT_UNIQUE: (adapter_twice, MADE),
    Reason.ADAPTER_QUOTA: (adapters_full, MADE),
    Reason.CERTIFICATE_NOT_FOUND: (no_certificate, "KMIP client certificate could not be retrieved"),
    Reason.CERTIFICATE_NOT_UNIQUE: (certificate_twice, TRUSTED),
    Reason.CERTIFICATE_NAME_NOT_UNIQUE: (certificate_name_twice, TRUSTED),
    Reason.CERTIFICATE_QUOTA: (certificates_full, TRUSTED),
    Reason.OBJECT_NOT_FOUND: (no_object, "KMIP object could not be retrieved"),
    Reason.OBJECT_DESTROYED: (object_destroyed, "KMIP object could not be deleted"),
}
