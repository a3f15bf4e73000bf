"""Every reason of ``domain/reasons.py`` on the wire: a request that brings it about, status and form."""

import base64
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

import pytest

from api import Api, envelope
from conformance import access_groups, contexts, granting, identities, imports, kmip_refusals, provisioned
from conformance.imports import HYBRID, b64, fields, new_token, proof
from conformance.services import FOREIGN, a_receiver, a_service, change, notices, register
from conformance.world import World, again, check_error, in_seconds
from http_peer import Answer, ask
from keystead.domain.changes import Change
from keystead.domain.errors import Tampered
from keystead.domain.ids import InstanceId, KeyId, random_uuid
from keystead.domain.keys import Key
from keystead.domain.listing import MOST_SEARCHED
from keystead.domain.reasons import CODES, Reason
from keystead.domain.rings import MOST_RINGS
from keystead.service.limits import limits
from keystead.storage.memory import MemoryStore

Story = Callable[[World, Api], Awaitable[Answer]]
BARE: Final = {
    Reason.UNAUTHORIZED: "Unauthorized: The user does not have access to the specified resource",
    Reason.BAD_INSTANCE: (
        "Bad Request: Request requires valid Bluemix-Instance Header containing a valid UUID"
    ),
    Reason.ROUTE_NOT_FOUND: "Not Found: No such path",
    Reason.METHOD_NOT_ALLOWED: "Method Not Allowed: Method not allowed on this path",
    Reason.MALFORMED_REQUEST: "Bad Request: This is not an HTTP request",
    Reason.HEAD_TOO_LARGE: "Request Header Fields Too Large: The head has more than 200 headers",
    Reason.TOO_MANY: "Too Many Requests: Please wait a few minutes and try again.",
}
"""Errors without ``reasons``, whose text is all there is."""
MATERIAL = b64(bytes(range(32)))
GRANT = "grant_type=urn:ibm:params:oauth:grant-type:apikey"


async def form(api: Api, text: str, authorization: str | None = None) -> Answer:
    return await api.send("POST", "/identity/token", text.encode(), {"authorization": authorization})


async def bad_body(_: World, api: Api) -> Answer:
    return await api.send("POST", "/keys", b"{")


async def no_http(_: World, api: Api) -> Answer:
    answer = await ask(api.service, [b"hello\r\n\r\n"])
    assert answer is not None
    return answer


async def large_head(_: World, api: Api) -> Answer:
    return await api.send("GET", "/keys", None, {f"x-{number}": "1" for number in range(200)})


async def bad_instance(_: World, api: Api) -> Answer:
    return await api.send("GET", "/keys", None, {"bluemix-instance": "x"})


async def bad_bearer(_: World, api: Api) -> Answer:
    return await api.send("GET", "/keys", None, {"authorization": "Bearer x.y"})


async def bad_field(_: World, api: Api) -> Answer:
    return await api.send("POST", "/keys", envelope(name="x"))


async def bad_query(_: World, api: Api) -> Answer:
    return await api.send("GET", "/keys?limit=x")


async def other_policy(_: World, api: Api) -> Answer:
    return await api.send("PUT", "/instance/policies?policy=rotation", envelope(policy_type="metrics"))


async def wrong_total(_: World, api: Api) -> Answer:
    return await api.send("PUT", "/instance/policies", {"metadata": {"collectionTotal": 2}, "resources": []})


async def no_resource(_: World, api: Api) -> Answer:
    return await api.send("PUT", "/instance/policies?policy=metrics", {"metadata": {}, "resources": []})


async def no_body(_: World, api: Api) -> Answer:
    return await api.act((await api.create())["id"], "unwrap")


async def root_required(_: World, api: Api) -> Answer:
    return await api.act((await api.create(extractable=True))["id"], "wrap")


async def payload_required(_: World, api: Api) -> Answer:
    return await api.act((await api.create(payload=MATERIAL))["id"], "rotate")


async def destroyed(api: Api, **more: object) -> str:
    key = (await api.create(**more))["id"]  # type: ignore[arg-type]
    assert (await api.send("DELETE", f"/keys/{key}")).status == 204
    return str(key)


async def expired(world: World, api: Api) -> Answer:
    key = await destroyed(api, expirationDate=in_seconds(world, 30))
    world.clock.advance(seconds=30)
    return await api.send("POST", f"/keys/{key}/restore")


async def restore_expired(world: World, api: Api) -> Answer:
    key = await destroyed(api)
    world.clock.advance(days=30)
    return await (await again(api)).send("POST", f"/keys/{key}/restore")


async def broad_search(world: World, api: Api) -> Answer:
    stored = await world.store.key(api.instance.id, (await api.create())["id"])
    change = Change()
    for _ in range(MOST_SEARCHED):
        change.save(replace(stored, id=KeyId(random_uuid())), was=None)
    await world.store.commit(change, None)
    return await api.send("GET", "/keys?search=key")


async def other_nonce(_: World, api: Api) -> Answer:
    iv = bytes(12)
    changes = {"iv": b64(iv), "encryptedNonce": b64(proof(bytes(32), iv, bytes(12)))}
    return await imports.create(api, fields(await new_token(api, HYBRID), HYBRID, bytes(32), **changes))


async def unopened_nonce(_: World, api: Api) -> Answer:
    given = fields(await new_token(api, HYBRID), HYBRID, bytes(32), encryptedNonce=b64(bytes(28)))
    return await imports.create(api, given)


async def unauthorized(_: World, api: Api) -> Answer:
    return await api.send("GET", "/keys", None, {"authorization": None})


async def no_route(_: World, api: Api) -> Answer:
    return await api.send("GET", "/nothing")


async def no_method(_: World, api: Api) -> Answer:
    return await api.send("PUT", "/keys")


async def no_key(_: World, api: Api) -> Answer:
    return await api.send("GET", "/keys/none")


async def no_ring(_: World, api: Api) -> Answer:
    return await api.send("POST", "/keys", envelope(name="key"), {"x-kms-key-ring": "none"})


async def no_token(_: World, api: Api) -> Answer:
    return await api.send("GET", "/import_token")


async def wrong_state(_: World, api: Api) -> Answer:
    return await api.act((await api.create())["id"], "enable")


async def too_early(_: World, api: Api) -> Answer:
    return await api.send("DELETE", f"/keys/{await destroyed(api)}/purge")


async def rotated_just_now(_: World, api: Api) -> Answer:
    key = (await api.create())["id"]
    await api.act(key, "rotate")
    return await api.act(key, "rotate")


async def not_approved(_: World, api: Api) -> Answer:
    dual = envelope(name="key", dualAuthDelete={"enabled": True})
    key = (await api.send("POST", "/keys_with_policy_overrides", dual)).resource["id"]
    return await api.send("DELETE", f"/keys/{key}")


async def not_dual_auth(_: World, api: Api) -> Answer:
    return await api.act((await api.create())["id"], "setKeyForDeletion")


async def not_to_be_created(_: World, api: Api) -> Answer:
    data = {"enabled": True, "attributes": {"create_root_key": False}}
    policy = envelope(policy_type="keyCreateImportAccess", policy_data=data)
    assert (await api.send("PUT", "/instance/policies", policy)).status == 204
    return await api.send("POST", "/keys", envelope(name="key", extractable=False))


async def token_used_up(_: World, api: Api) -> Answer:
    await new_token(api, HYBRID)
    return await api.send("GET", "/import_token")


async def alias_taken(_: World, api: Api) -> Answer:
    await api.create(aliases=["taken"])
    return await api.send("POST", "/keys", envelope(name="key", aliases=["taken"]))


async def sixth_alias(_: World, api: Api) -> Answer:
    key = (await api.create(aliases=[f"alias-{number}" for number in range(5)]))["id"]
    return await api.send("POST", f"/keys/{key}/aliases/alias-5")


async def no_alias(_: World, api: Api) -> Answer:
    return await api.send("DELETE", f"/keys/{(await api.create())['id']}/aliases/none")


async def full_ring(_: World, api: Api) -> Answer:
    await api.add_ring("full")
    await api.send("POST", "/keys", envelope(name="key"), {"x-kms-key-ring": "full"})
    return await api.send("DELETE", "/key_rings/full?force=true")


async def second_ring(_: World, api: Api) -> Answer:
    await api.add_ring("once")
    return await api.send("POST", "/key_rings/once")


async def too_many_rings(_: World, api: Api) -> Answer:
    for number in range(MOST_RINGS):
        await api.add_ring(f"ring-{number}")
    return await api.send("POST", "/key_rings/one-more")


async def deleted(_: World, api: Api) -> Answer:
    return await api.act(await destroyed(api), "wrap")


async def not_wrapped_here(_: World, api: Api) -> Answer:
    return await api.act((await api.create())["id"], "unwrap", {"ciphertext": "QUJD"})


async def unwrapped_too_often(world: World, api: Api) -> Answer:
    key = (await api.create())["id"]
    wrapped = {"ciphertext": (await api.act(key, "wrap")).json["ciphertext"]}
    narrow = world.beside(api, narrow=limits(wrong_per_minute=1, unwraps_per_second=1))
    assert (await narrow.act(key, "unwrap", wrapped)).status == 200
    assert (await narrow.send("POST", f"/keys/{key}?action=unwrap", wrapped)).status == 429
    return await narrow.act(key, "unwrap", wrapped)


class Corrupted(MemoryStore):
    """A store whose keys were written by somebody else."""

    async def key(self, instance: InstanceId, key: KeyId) -> Key:
        raise Tampered(f"key {key} of {instance}")


async def corrupted(world: World, api: Api) -> Answer:
    key = (await api.create())["id"]
    store = Corrupted()
    store.__dict__.update(world.store.__dict__)
    return await world.beside(api, store=store).send("GET", f"/keys/{key}")


async def iam_unknown_key(_: World, api: Api) -> Answer:
    return await form(api, f"{GRANT}&apikey=unknown")


async def iam_guesses(world: World, api: Api) -> Answer:
    narrow = world.beside(api, narrow=limits(wrong_per_minute=1))
    await form(narrow, f"{GRANT}&apikey=unknown")
    return await form(narrow, f"{GRANT}&apikey=unknown, too")


async def iam_no_key(_: World, api: Api) -> Answer:
    return await form(api, GRANT)


async def iam_no_grant(_: World, api: Api) -> Answer:
    return await form(api, "grant_type=password&apikey=x")


async def iam_refresh(_: World, api: Api) -> Answer:
    return await form(api, "grant_type=refresh_token&refresh_token=not_supported")


async def iam_profile(_: World, api: Api) -> Answer:
    grant = "grant_type=urn:ibm:params:oauth:grant-type:assume"
    return await form(api, f"{grant}&access_token={api.token}&profile_id=Profile-none")


async def iam_passcode(_: World, api: Api) -> Answer:
    return await form(api, "grant_type=urn:ibm:params:oauth:grant-type:passcode&passcode=none")


async def iam_client(_: World, api: Api) -> Answer:
    wrong = base64.b64encode(b"bx:wrong").decode()
    return await form(api, f"{GRANT}&apikey=x", f"Basic {wrong}")


async def no_service(_: World, api: Api) -> Answer:
    return await register(api, (await api.create())["id"])


async def another_owner(_: World, api: Api) -> Answer:
    return await register(await a_service(api), (await api.create())["id"], FOREIGN)


def acknowledged(event_id: str, said: str) -> object:
    moment = "2031-05-04T09:08:07Z"
    return envelope(eventId=event_id, adopterKeyState=said, timestamp=moment)


async def no_such_event(_: World, api: Api) -> Answer:
    return await (await a_service(api)).send("POST", "/event_ack", acknowledged(random_uuid(), "DEK_OTHER"))


async def acknowledged_twice(_: World, api: Api) -> Answer:
    await a_receiver(api)
    key, service = (await api.create())["id"], await a_service(api)
    await register(service, key)
    await api.act(key, "disable")
    (told,) = await notices(api)
    await service.send("POST", "/event_ack", acknowledged(told.id, "DEK_DISABLED"))
    return await service.send("POST", "/event_ack", acknowledged(told.id, "DEK_OTHER"))


async def registered_twice(_: World, api: Api) -> Answer:
    key, service = (await api.create())["id"], await a_service(api)
    await register(service, key)
    return await register(service, key)


async def registered_by_nobody(_: World, api: Api) -> Answer:
    return await change(await a_service(api), "PATCH", (await api.create())["id"], "*")


async def registered_otherwise(_: World, api: Api) -> Answer:
    key, service = (await api.create())["id"], await a_service(api)
    await register(service, key)
    return await change(service, "PATCH", key, 'W/"other"')


async def registered_standard_key(_: World, api: Api) -> Answer:
    return await register(await a_service(api), (await api.create(extractable=True))["id"])


async def registered_disabled_key(_: World, api: Api) -> Answer:
    key = (await api.create())["id"]
    await api.act(key, "disable")
    return await register(await a_service(api), key)


async def registered_backwards(_: World, api: Api) -> Answer:
    key, service = await api.create(), await a_service(api)
    await api.act(key["id"], "rotate")
    tag = (await register(service, key["id"])).headers["etag"]
    return await change(service, "PATCH", key["id"], tag, keyVersionId=key["keyVersion"]["id"])


async def protecting(_: World, api: Api) -> Answer:
    key = (await api.create())["id"]
    await register(await a_service(api), key)
    return await api.send("DELETE", f"/keys/{key}")


async def prevented(_: World, api: Api) -> Answer:
    key = (await api.create())["id"]
    await register(await a_service(api), key, preventKeyDeletion=True)
    return await api.send("DELETE", f"/keys/{key}?force=true")


STORIES: Final[dict[Reason, tuple[Story, str]]] = {
    **kmip_refusals.STORIES,
    **provisioned.STORIES,
    **identities.STORIES,
    **granting.STORIES,
    **access_groups.STORIES,
    **contexts.STORIES,
    Reason.BAD_BODY: (bad_body, "Key could not be created"),
    Reason.BAD_INSTANCE: (bad_instance, ""),
    Reason.BEARER_SUB_EXTRACTION: (bad_bearer, "Keys could not be retrieved"),
    Reason.BODY_QUERY_MISMATCH: (other_policy, "Instance policy could not be created"),
    Reason.COLLECTION_TOTAL: (wrong_total, "Instance policy could not be created"),
    Reason.COLLECTION_RESOURCES: (no_resource, "Instance policy could not be created"),
    Reason.INVALID_FIELD: (bad_field, "Key could not be created"),
    Reason.INVALID_QUERY_PARAM: (bad_query, "Keys could not be retrieved"),
    Reason.NO_BODY: (no_body, "Unwrap with key could not be performed"),
    Reason.KEY_ROOT_REQUIRED: (root_required, "Wrap with key could not be performed"),
    Reason.KEY_PAYLOAD_REQUIRED: (payload_required, "Key could not be rotated"),
    Reason.KEY_EXPIRED: (expired, "Key could not be restored"),
    Reason.KEY_RESTORE_EXPIRED: (restore_expired, "Key could not be restored"),
    Reason.SEARCH_TOO_BROAD: (broad_search, "Keys could not be retrieved"),
    Reason.INCORRECT_NONCE: (other_nonce, "Key could not be created"),
    Reason.INCORRECT_NONCE_IV: (unopened_nonce, "Key could not be created"),
    Reason.UNAUTHORIZED: (unauthorized, ""),
    Reason.ROUTE_NOT_FOUND: (no_route, ""),
    Reason.METHOD_NOT_ALLOWED: (no_method, ""),
    Reason.MALFORMED_REQUEST: (no_http, ""),
    Reason.HEAD_TOO_LARGE: (large_head, ""),
    Reason.KEY_NOT_FOUND: (no_key, "Key could not be retrieved"),
    Reason.KEY_RING_NOT_FOUND: (no_ring, "Key could not be created"),
    Reason.IMPORT_TOKEN_NOT_FOUND: (no_token, "Import Token could not be retrieved"),
    Reason.KEY_STATE: (wrong_state, "Key is not in suspended state: Key could not be enabled"),
    Reason.TOO_EARLY: (too_early, "Key could not be purged"),
    Reason.ROTATION_NOT_PERMITTED: (rotated_just_now, "Key could not be rotated"),
    Reason.AUTHORIZATIONS_NOT_MET: (
        not_approved,
        "1 prior authorization(s) are required for deletion: Key could not be deleted",
    ),
    Reason.NOT_DUAL_AUTH: (not_dual_auth, "Action could not be performed on key"),
    Reason.IMPORT_ACCESS: (not_to_be_created, "Key could not be created"),
    Reason.IMPORT_TOKEN_EXPIRED: (token_used_up, "Import Token could not be retrieved"),
    Reason.ALIAS_NOT_UNIQUE: (alias_taken, "Key could not be created"),
    Reason.ALIAS_QUOTA: (sixth_alias, "Key alias could not be created"),
    Reason.ALIAS_NOT_FOUND: (no_alias, "Key alias could not be deleted"),
    Reason.KEY_RING_NOT_EMPTY: (full_ring, "Key ring could not be deleted"),
    Reason.KEY_RING_NOT_UNIQUE: (second_ring, "Key ring could not be created"),
    Reason.KEY_RING_QUOTA: (too_many_rings, "Key ring could not be created"),
    Reason.KEY_DELETED: (deleted, "Wrap with key could not be performed"),
    Reason.CIPHERTEXT: (not_wrapped_here, "Unwrap with key could not be performed"),
    Reason.RECORD_CORRUPTED: (corrupted, "Key could not be retrieved"),
    Reason.SERVICE_ONLY: (no_service, "Registration could not be created"),
    Reason.RESOURCE_OWNER: (another_owner, "Registration could not be created"),
    Reason.EVENT_NOT_FOUND: (no_such_event, "Event could not be acknowledged"),
    Reason.EVENT_CONFLICT: (acknowledged_twice, "Event could not be acknowledged"),
    Reason.REGISTRATION_NOT_UNIQUE: (registered_twice, "Registration could not be created"),
    Reason.REGISTRATION_NOT_FOUND: (registered_by_nobody, "Registration could not be updated"),
    Reason.PRECONDITION_FAILED: (registered_otherwise, "Registration could not be updated"),
    Reason.KEY_ROOT_REGISTRATION: (registered_standard_key, "Registration could not be created"),
    Reason.KEY_STATE_REGISTRATION: (registered_disabled_key, "Registration could not be created"),
    Reason.KEY_VERSION_INVALID: (registered_backwards, "Registration could not be updated"),
    Reason.PROTECTED_RESOURCE: (protecting, "Key could not be deleted"),
    Reason.PREVENTED_BY_REGISTRATION: (prevented, "Key could not be deleted"),
    Reason.IAM_KEY_NOT_FOUND: (iam_unknown_key, ""),
    Reason.IAM_PARAMETER_MISSING: (iam_no_key, ""),
    Reason.IAM_GRANT_UNKNOWN: (iam_no_grant, ""),
    Reason.IAM_REFRESH_TOKEN: (iam_refresh, ""),
    Reason.IAM_PROFILE: (iam_profile, ""),
    Reason.IAM_PASSCODE: (iam_passcode, ""),
    Reason.IAM_CLIENT: (iam_client, ""),
    Reason.IAM_TOO_MANY: (iam_guesses, ""),
    Reason.TOO_MANY: (unwrapped_too_often, ""),
}


def test_every_reason_is_here() -> None:
    assert set(STORIES) == set(Reason)


@pytest.mark.parametrize("reason", STORIES)
def test_a_reason_on_the_wire(world: World, reason: Reason) -> None:
    story, phrase = STORIES[reason]

    async def told() -> Answer:
        return await story(world, await world.tenant())

    answer = world.run(told())
    if reason in BARE:
        check_bare(answer, reason)
    elif reason.name.startswith("IAM_"):
        check_iam(answer, reason)
    elif reason.name.startswith("IDENTITY_"):
        identities.check_refused(answer, reason)
    elif reason in (*granting.STORIES, *access_groups.STORIES, *contexts.STORIES):
        granting.check_refused(answer, reason)
    elif reason is Reason.UAA_CREDENTIALS:
        provisioned.check_uaa(answer)
    elif reason.startswith("RC-"):
        provisioned.check_refused(answer, CODES[reason], reason.value)
        assert answer.json["details"] == phrase
    else:
        check_error(answer, CODES[reason], reason.value, phrase)
        assert str(answer.resource["errorMsg"]).count(": ") == 2 + phrase.count(": ")


def check_bare(answer: Answer, reason: Reason) -> None:
    assert answer.status == CODES[reason]
    assert answer.json == {
        "metadata": {"collectionType": "application/vnd.ibm.kms.error+json", "collectionTotal": 1},
        "resources": [{"errorMsg": BARE[reason]}],
    }


def check_iam(answer: Answer, reason: Reason) -> None:
    assert answer.status == CODES[reason]
    assert set(answer.json) == {"errorCode", "errorMessage", "context"}
    assert answer.json["errorCode"] == reason.value
    assert answer.json["errorMessage"]
    context = answer.json["context"]
    assert all(isinstance(value, str) for value in context.values())
    assert context["requestId"] == answer.headers["correlation-id"] == answer.headers["transaction-id"]
    assert context["requestType"] == "incoming.Identity_Token"
    assert context["url"].endswith("/identity/token")
