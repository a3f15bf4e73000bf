"""Acknowledgements of events, by services (kms-api.md section 2.16): what they hold and what they leave."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from api import Api
from conformance.services import FOREIGN, a_service, register
from conformance.world import World, check_error
from http_peer import Answer
from keystead.domain.ids import KeyId, random_uuid

PHRASE = "Event could not be acknowledged"
EVENT, VERSION = random_uuid(), random_uuid()
SAID: dict[str, Any] = {
    "eventId": EVENT,
    "adopterKeyState": "DEK_ENABLED",
    "timestamp": "2031-05-04T09:08:07Z",
    "keyStateData": {"rewrappedKeyVersion": {"id": VERSION}},
}
Story = Callable[[Api, Api, str], Awaitable[None]]


async def acknowledge(api: Api, **changed: object) -> Answer:
    return await send(api, [{**SAID, **changed}])


async def send(api: Api, resources: Sequence[object], **metadata: object) -> Answer:
    body = {"metadata": {"collectionTotal": 1, **metadata}, "resources": resources}
    return await api.send("POST", "/event_ack", body)


def with_registration(world: World, story: Story) -> None:
    async def whole() -> None:
        api = await world.tenant()
        service, key = await a_service(api), (await api.create())["id"]
        assert (await register(service, key)).status == 200
        await story(api, service, key)

    world.run(whole())


def test_a_service_acknowledges_an_event_and_that_is_recorded(world: World) -> None:
    async def story(api: Api, service: Api, key: str) -> None:
        before = await world.store.registrations(api.instance.id, KeyId(key))
        answer = await acknowledge(service, eventId=EVENT.upper())
        assert (answer.status, answer.body) == (204, b"")
        event = world.log.events[-1]
        assert (event.action, event.outcome, event.target_id) == (
            "kms.secrets-event.ack",
            "success",
            api.instance.crn,
        )
        assert event.request["eventId"] == EVENT
        assert event.request["adopterKeyState"] == "DEK_ENABLED"
        assert await world.store.registrations(api.instance.id, KeyId(key)) == before

    with_registration(world, story)


@pytest.mark.parametrize(
    "changed",
    [
        {"adopterKeyState": "DEK_DISABLED", "keyStateData": None},
        {"adopterKeyState": "DEK_SOMETHING_NEW", "keyStateData": {}},
        {"keyStateData": {"keyVersion": {"id": VERSION}}},
        {"deleteRegistration": False},
        {"timestamp": "2031-05-04T09:08:07.123+02:00"},
    ],
)
def test_what_is_taken(world: World, changed: dict[str, object]) -> None:
    async def story(_: Api, service: Api, __: str) -> None:
        assert (await acknowledge(service, **changed)).status == 204

    with_registration(world, story)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"eventId": None}, "eventId"),
        ({"eventId": "b0d4"}, "eventId"),
        ({"eventId": 7}, "eventId"),
        ({"adopterKeyState": None}, "adopterKeyState"),
        ({"adopterKeyState": "ENABLED"}, "adopterKeyState"),
        ({"adopterKeyState": "DEK_"}, "adopterKeyState"),
        ({"adopterKeyState": "DEK_enabled"}, "adopterKeyState"),
        ({"adopterKeyState": "DEK_ENABLED\n"}, "adopterKeyState"),
        ({"adopterKeyState": "DEK_" + "A" * 61}, "adopterKeyState"),
        ({"timestamp": None}, "timestamp"),
        ({"timestamp": "yesterday"}, "timestamp"),
        ({"timestamp": "2031-05-04T09:08:07"}, "timestamp"),
        ({"keyStateData": None}, "keyStateData"),
        ({"keyStateData": {"keyVersion": {}}}, "id"),
        ({"keyStateData": {"rewrappedKeyVersion": {"id": "1b7e"}}}, "id"),
        ({"deleteRegistration": True}, "deleteRegistration"),
        ({"deleteRegistration": "no"}, "deleteRegistration"),
    ],
)
def test_a_field_that_is_wrong(world: World, changed: dict[str, object], field: str) -> None:
    async def story(_: Api, service: Api, __: str) -> None:
        answer = await acknowledge(service, **changed)
        check_error(answer, 400, "INVALID_FIELD_ERR", PHRASE)
        assert answer.resource["reasons"][0]["target"] == {"type": "field", "name": field}

    with_registration(world, story)


def test_one_at_a_time_and_in_an_envelope(world: World) -> None:
    async def story(_: Api, service: Api, __: str) -> None:
        for resources in ([], [SAID, SAID]):
            answer = await send(service, resources, collectionTotal=len(resources))
            check_error(answer, 400, "BAD_BODY_ERR", PHRASE)
        check_error(
            await send(service, [SAID], collectionTotal=2), 400, "COLLECTION_TOTAL_MISMATCH_ERR", PHRASE
        )
        check_error(await acknowledge(service, keyStateData=[]), 400, "BAD_BODY_ERR", PHRASE)
        check_error(await service.send("POST", "/event_ack", SAID), 400, "BAD_BODY_ERR", PHRASE)

    with_registration(world, story)


def test_nobody_but_a_service_acknowledges(world: World) -> None:
    async def story(api: Api, _: Api, __: str) -> None:
        check_error(await acknowledge(api), 403, "SERVICE_ONLY_ERR", PHRASE)

    with_registration(world, story)


def test_a_service_without_a_registration_has_nothing_to_acknowledge(world: World) -> None:
    async def story(api: Api, _: Api, __: str) -> None:
        other = await a_service(api, crn=FOREIGN)
        check_error(await acknowledge(other), 403, "RESOURCE_OWNER_ERR", PHRASE)
        elsewhere = await a_service(await world.tenant())  # registered, but in another instance
        check_error(await acknowledge(elsewhere), 403, "RESOURCE_OWNER_ERR", PHRASE)

    with_registration(world, story)
