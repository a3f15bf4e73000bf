"""Promise 4: a request leaves exactly one audit event, whatever becomes of it, and no secret in it."""

import base64
import os
from collections import Counter
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from typing import cast

import pytest

from api import APIKEY_GRANT, Api, send, with_api
from conformance.imports import HYBRID, b64, create, fields, new_token
from conformance.world import World, another_api_key, in_seconds
from http_peer import Answer
from keystead.audit.encoding import encode
from keystead.audit.tail import tail
from keystead.domain.actions import Action, Role
from keystead.domain.events import AuditEvent
from keystead.domain.ports.unit import CryptoUnit
from unit.service.routes_asked import AROUND, ASKED, BY_QUERY, GUARDED, OF_PEOPLE, Asked

CRITICAL = (401, 403, 500, 503)
WARNING = (400, 409)
CORRELATION = "7d0a1c5e-3b7f-4a57-9d4e-0f7c2e0f3a11"
routes = pytest.mark.parametrize("asked", [*ASKED, *BY_QUERY], ids=lambda asked: asked.name)
guarded = pytest.mark.parametrize("asked", GUARDED, ids=lambda asked: asked.name)


def severity(asked: Asked, status: int) -> str:
    """Return what AT-5 says of a request that ended with *status*."""
    if status in CRITICAL:
        return "critical"
    return "warning" if status in WARNING else asked.severity


def counts(api: Api) -> Counter[tuple[Action, int]]:
    """Return what the service has counted, by action and code."""
    served = api.service.dispatcher.usage.served
    return Counter({(action, code): n for action in served for code, n in served[action].codes.items()})


async def watched(
    world: World, api: Api, asked: Asked, key: str, **headers: str | None
) -> tuple[Answer, AuditEvent]:
    """Ask, and return the answer with the one event that it left."""
    before, counted = len(world.log.events), counts(api)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if not asked.roles and asked.path.startswith(("/identity", "/oidc")):
        named = {"authorization": None, "bluemix-instance": None, **named}
    answer = await api.send(asked.method, asked.of(key), asked.body, {"correlation-id": CORRELATION, **named})
    (event,) = world.log.events[before:]
    assert event.action == asked.event
    ((_, code),) = (counts(api) - counted).elements()  # metrics count what was answered
    assert code == answer.status
    assert event.reason_code == (401 if answer.status == 403 else answer.status)  # AT-6
    assert event.reason_type == HTTPStatus(event.reason_code).phrase
    assert event.outcome == ("success" if answer.status < 300 else "failure")
    assert (event.failure is None) is (event.outcome == "success")
    assert event.severity == severity(asked, answer.status)
    assert event.origin.correlation_id == answer.headers["correlation-id"] == CORRELATION
    assert event.origin.address == "127.0.0.1"
    assert event.origin.uri == asked.uri(key)
    assert event.time == world.clock()
    return answer, event


@routes
def test_a_request_that_is_allowed(world: World, asked: Asked) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = (await api.create("an audited key"))["id"]
        if asked.event == "kms.secrets.purge":
            await api.send("DELETE", f"/keys/{key}")
            world.clock.advance(hours=4)
        answer, event = await watched(world, api, asked, key, user_agent="a client")
        purged = asked.event == "kms.secrets.purge"
        assert answer.status == (204 if purged else asked.answer_to(Role.MANAGER))
        assert event.origin.agent == "a client"
        if asked.roles:
            assert event.caller.iam_id.startswith("iam-ServiceId-")
        if asked.roles and asked not in (*AROUND, *OF_PEOPLE):
            assert event.log_source == api.instance.crn
            assert event.request["instanceID"] == api.instance.id
        only_services = answer.status == 403  # which is said before any key is read
        if asked.is_about_a_key and asked.event != "kms.secrets.default" and not only_services:
            assert event.target_id == f"{api.instance.crn[:-2]}:key:{key}"
            assert event.target_name == "an audited key"

    world.run(story())


@guarded
def test_a_request_that_is_refused(world: World, asked: Asked) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = (await api.create())["id"]
        nobody = await api.other()
        for caller, headers, name in (
            (nobody, {}, "iam-ServiceId-"),
            (api, {"authorization": None}, "anonymous"),
            (api, {"authorization": "Bearer a.b.c"}, "anonymous"),
        ):
            _, event = await watched(world, caller, asked, key, **headers)
            assert event.caller.iam_id.startswith(name)
            assert event.outcome == "failure"
            assert event.target_name == ""

    world.run(story())


@guarded
def test_a_request_that_fails(world: World, asked: Asked) -> None:
    async def story() -> None:
        api = await world.tenant()
        answer, event = await watched(world, api, asked, "no-such-key", bluemix_instance="nowhere")
        assert (answer.status, event.outcome, event.log_source) == (400, "failure", "")
        if asked.is_about_a_key:
            answer, event = await watched(world, api, asked, "no-such-key")
            assert event.outcome == "failure"
            assert event.target_id == api.instance.crn

    world.run(story())


def test_a_request_that_breaks_in_the_unit(world: World) -> None:
    class Broken:
        def __getattr__(self, name: str) -> object:
            raise RuntimeError("the text of this must not travel")

    async def story() -> None:
        api = await world.tenant()
        key = (await api.create())["id"]
        (asked,) = (one for one in ASKED if one.path.endswith("actions/wrap"))
        beside = world.beside(api)
        dispatcher = beside.service.dispatcher
        dispatcher._tools = replace(dispatcher._tools, unit=cast("CryptoUnit", Broken()))
        answer, event = await watched(world, beside, asked, key)
        assert (answer.status, event.severity, event.failure) == (500, "critical", "Internal Server Error")

    world.run(story())


FACTS = {
    "kms.secrets.create": "keyId keyRingId keyVersionId keyVersionCreationDate keyState",
    "kms.secrets.read": "keyRingId keyState keyVersionId keyVersionCreationDate",
    "kms.secrets-metadata.read": "keyRingId keyState keyVersionId keyVersionCreationDate",
    "kms.secrets.list": "totalResources",
    "kms.secrets.head": "totalResources",
    "kms.secrets-key-versions.list": "totalResources",
    "kms.secrets.wrap": "keyVersionId",
    "kms.secrets.delete": "keyState",
    "kms.secrets-with-policy-overrides.create": "keyId keyRingId keyState keyVersionId"
    " keyVersionCreationDate",
    "kms.secrets.patch": "keyId keyRingId",
    "kms.secrets-alias.create": "keyId alias",
    "kms.secrets-alias.delete": "keyId alias",
    "kms.key-rings.list": "totalResources",
    "kms.key-rings.create": "keyRingId",
    "kms.key-rings.delete": "keyRingId",
    "kms.import-token.create": "expirationDate maxAllowedRetrievals",
}


@pytest.mark.parametrize("asked", [one for one in ASKED if one.event in FACTS], ids=lambda asked: asked.name)
def test_the_facts_of_each_event(world: World, asked: Asked) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = (await api.create())["id"]
        _, event = await watched(world, api, asked, key)
        assert set(event.response) == set(FACTS[asked.event].split())
        of_keys = asked.event.startswith("kms.secrets") and "alias" not in asked.event
        assert ("keyType" in event.request) is (of_keys and asked.event.endswith(("create", "read")))

    world.run(story())


def test_what_becomes_of_a_key_that_expires(world: World) -> None:
    """Sections 6.2 and AT-4: when it expires, how long it is kept, and its ring where the answer names it."""

    async def story() -> None:
        api = await world.tenant()
        expires = in_seconds(world, 3600)
        key = (await api.create(expirationDate=expires))["id"]
        wrapped = (await api.act(key, "wrap")).json["ciphertext"]
        await api.act(key, "unwrap", {"ciphertext": wrapped})
        used = {event.action: event.response for event in world.log.events[-2:]}
        assert used.keys() == {"kms.secrets.wrap", "kms.secrets.unwrap"}
        for response in used.values():
            assert set(response) == {"keyVersionId", "expirationDate"}
            assert response["expirationDate"] == expires
        told = {"prefer": "return=representation"}
        for asked, names in (
            (("DELETE", f"/keys/{key}"), {"keyState", "keyRingId"}),
            (("POST", f"/keys/{key}/restore"), {"keyVersionId", "keyRingId"}),
            (("DELETE", f"/keys/{key}"), {"keyState", "keyRingId"}),
        ):
            world.clock.advance(seconds=60)
            assert (await api.send(*asked, None, told)).status < 300
            assert set(world.log.events[-1].response) == names
            assert world.log.events[-1].response["keyRingId"] == "default"

    world.run(story())


@pytest.mark.parametrize("told", [True, False])
def test_what_is_recorded_of_a_purge(world: World, *, told: bool) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = (await api.create())["id"]
        deleted = await api.send("DELETE", f"/keys/{key}", None, {"prefer": "return=representation"})
        world.clock.advance(hours=4)
        prefer = {"prefer": "return=representation"} if told else {}
        assert (await api.send("DELETE", f"/keys/{key}/purge", None, prefer)).status in (200, 204)
        event = world.log.events[-1]
        assert event.response == {
            "deletionDate": deleted.resource["deletionDate"],
            "purgeAllowedFrom": deleted.resource["purgeAllowedFrom"],
            "purgeEligibleOn": deleted.resource["purgeScheduledOn"],
            **({"keyRingId": "default"} if told else {}),
        }

    world.run(story())


def test_a_ring_that_is_named_is_recorded(world: World) -> None:
    async def story() -> None:
        (asked,) = (one for one in ASKED if one.event == "kms.secrets.list")
        _, event = await watched(world, world.home, asked, "", x_kms_key_ring="a-ring")
        assert event.request["keyRingId"] == "a-ring"

    world.run(story())


async def secret_run(world: World, api: Api) -> list[bytes]:
    """Use the whole service with recognisable secrets; return them as octets."""
    material, dek, other = os.urandom(32), os.urandom(32), os.urandom(32)
    aad = "aad-" + os.urandom(8).hex()
    token = await new_token(api, HYBRID)
    given = fields(token, HYBRID, material)
    key = (await create(api, given)).resource["id"]
    await api.create(extractable=True, payload=b64(other))
    wrapped = (await api.act(key, "wrap", {"plaintext": b64(dek), "aad": [aad]})).json
    made = (await api.act(key, "wrap")).json
    body = {"ciphertext": wrapped["ciphertext"], "aad": [aad]}
    await api.act(key, "unwrap", body)
    rewrapped = (await api.act(key, "rewrap", body)).json
    await api.act(key, "rotate", {"payload": b64(other)})
    await api.act(key, "rotate", fields(token, HYBRID, other))  # too soon
    for bad in (
        {**body, "aad": [aad, aad]},
        {"ciphertext": b64(dek) + "?"},
        b'{"plaintext": "' + b64(dek).encode(),
    ):
        assert (await api.act(key, "unwrap", bad)).status in (400, 422)
    await create(api, {**given, "iv": b64(material)})
    await api.send("POST", f"/keys/{key}?action=wrap&plaintext={aad}", {"plaintext": b64(dek), "aad": [aad]})
    await api.send("GET", "/keys", None, {"authorization": f"Bearer {aad}.{aad}.{aad}"})
    text = await another_api_key(world, world.log.events[-2].caller.iam_id)
    form = f"grant_type={APIKEY_GRANT}&apikey={text}"
    issued = await send(api.service, "POST", "/identity/token", form.encode())
    blobs = [base64.b64decode(one["ciphertext"]) for one in (wrapped, made, rewrapped)]
    bearer = [
        part.encode() for one in (api.token, issued.json["access_token"]) for part in one.split(".")[1:]
    ]
    proofs = [base64.b64decode(str(given[name])) for name in ("payload", "encryptedNonce", "iv")]
    plain = base64.b64decode(made["plaintext"])
    return [material, dek, other, aad.encode(), token.nonce, plain, text.encode(), *blobs, *bearer, *proofs]


def forms(secret: bytes) -> list[bytes]:
    """Return *secret* as it might be written, of base64 the beginning."""
    return [
        secret,
        secret.hex().encode(),
        base64.b64encode(secret)[:12],
        base64.urlsafe_b64encode(secret)[:12],
    ]


def test_no_event_holds_a_secret(world: World) -> None:
    async def story() -> list[bytes]:
        return await secret_run(world, await world.tenant())

    before = len(world.log.events)
    secrets = world.run(story())
    events = world.log.events[before:]
    assert len(events) > 15
    written = b"\n".join(encode(event, "127.0.0.1") for event in events) + repr(events).encode()
    for secret in secrets:
        assert not [form for form in forms(secret) if form in written]


def test_the_log_itself_holds_one_record_for_each_request(tmp_path: Path) -> None:
    async def story(api: Api) -> list[str]:
        key = (await api.create())["id"]
        await api.act(key, "wrap")
        await (await api.other(Role.READER)).act(key, "disable")
        await api.act(key, "disable")
        await api.act("none", "wrap")
        return [str(api.instance.id), key]

    instance, key = with_api(tmp_path, story)
    records = [record.event for record in tail(tmp_path / "audit" / "local", 100)]
    assert len(records) == len(set(records)) == 8
    actions = [record.split(b'"action":"')[1].split(b'"')[0].decode() for record in records]
    assert actions == [
        "kms.instance.create",
        "iam-identity.token.issue",
        "kms.secrets.create",
        "kms.secrets.wrap",
        "iam-identity.token.issue",
        "kms.secrets.disable",
        "kms.secrets.disable",
        "kms.secrets.wrap",
    ]
    outcomes = [b'"outcome":"success"' in record for record in records]
    assert outcomes == [True, True, True, True, True, False, True, False]
    assert key.encode() in records[3]
    assert instance.encode() in records[-1]
