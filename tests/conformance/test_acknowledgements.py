"""Acknowledgements of events, by services (kms-api.md section 2.16): what they hold and what they leave."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from api import Api
from conformance.services import BUCKET, FOREIGN, OTHER, OWNER, a_receiver, a_service, notices, register
from conformance.world import World, check_error
from http_peer import Answer
from keystead.domain.changes import Change
from keystead.domain.ids import random_uuid
from keystead.domain.notices import Notice
from keystead.protocols.http.exchange import MAX_BODY_OCTETS

PHRASE = "Event could not be acknowledged"
EVENT, VERSION = random_uuid(), random_uuid()
SAID: dict[str, Any] = {
    "eventId": EVENT,
    "adopterKeyState": "DEK_ENABLED",
    "timestamp": "2031-05-04T09:08:07Z",
    "keyStateData": {"keyVersion": {"id": VERSION}},
}
Story = Callable[[Api, Api, str], Awaitable[None]]


async def acknowledge(api: Api, **changed: object) -> Answer:
    return await send(api, [{**SAID, **changed}])


async def send(api: Api, resources: Sequence[object], **metadata: object) -> Answer:
    body = {"metadata": {"collectionTotal": 1, **metadata}, "resources": resources}
    return await api.send("POST", "/event_ack", body)


def with_event(world: World, story: Story, done: str = "rotate") -> None:
    """Run *story* with the owner, the service and the id of an event that the service was told."""

    async def whole() -> None:
        api = await world.tenant()
        await a_receiver(api)
        service, key = await a_service(api), (await api.create())["id"]
        assert (await register(service, key)).status == 200
        assert (await api.act(key, done)).status == 204
        (told,) = await notices(api)
        assert (told.key, told.kind) == (key, done)
        await story(api, service, told.id)

    world.run(whole())


async def the_event(api: Api) -> Notice:
    (found,) = await notices(api)
    return found


async def registered(world: World, api: Api) -> list[str]:
    """Return which versions the resources of the instance are known to use."""
    return [it.version for it in await world.store.registrations(api.instance.id, None)]


def test_a_service_acknowledges_an_event_and_that_is_recorded(world: World) -> None:
    async def story(api: Api, service: Api, event_id: str) -> None:
        before = await the_event(api)
        assert before.new_version is not None
        assert await registered(world, api) == [before.version.id]
        said = {"rewrappedKeyVersion": {"id": before.new_version.id}}
        answer = await acknowledge(service, eventId=event_id.upper(), keyStateData=said)
        assert (answer.status, answer.body) == (204, b"")
        event, of_bucket = world.log.events[-2:]
        assert (event.action, event.outcome) == ("kms.secrets-event.ack", "success")
        assert (of_bucket.action, of_bucket.response["resourceCRN"]) == ("kms.secrets.ack-rotate", BUCKET)
        assert event.target_id == before.key_crn
        assert event.origin.correlation_id == before.correlation_id != ""
        assert event.request["eventId"] == event_id
        assert event.request["adopterKeyState"] == "DEK_ENABLED"
        assert event.response["resourceCRN"] == [BUCKET]
        assert event.response["eventAckData"] == {
            "eventId": event_id,
            "eventType": "rotate",
            "keyState": 1,
            "oldKeyVersionId": before.version.id,
            "oldKeyVersionCreationDate": f"{before.version.created_at:%Y-%m-%dT%H:%M:%SZ}",
            "newKeyVersionId": before.new_version.id,
            "newKeyVersionCreationDate": f"{before.new_version.created_at:%Y-%m-%dT%H:%M:%SZ}",
            "eventAckTimeStamp": "2031-05-04T09:08:07Z",
        }
        after = await the_event(api)
        assert (after.state, after.said) == ("acknowledged", "DEK_ENABLED")
        assert await registered(world, api) == [before.new_version.id]

    with_event(world, story)


def acks(world: World, since: int) -> list[tuple[str, str, int, str, object]]:
    """Return what was recorded of single resources from the event *since* on."""
    return [
        (one.action, one.outcome, one.reason_code, one.severity, one.response["resourceCRN"])
        for one in world.log.events[since:]
        if one.action.startswith("kms.secrets.ack-")
    ]


def test_each_resource_has_an_event_of_its_own(world: World) -> None:
    """As AT-7 says: of two buckets, whether the service acknowledges or contradicts; and once."""

    async def whole() -> None:
        api = await world.tenant()
        await a_receiver(api)
        service, key = await a_service(api), (await api.create())["id"]
        for crn in (BUCKET, OTHER):
            assert (await register(service, key, crn)).status == 200
        assert (await api.act(key, "disable")).status == 204
        (told,) = await notices(api)
        start, name = len(world.log.events), "kms.secrets.ack-disable"
        assert (await acknowledge(service, eventId=told.id)).status == 409
        assert acks(world, start) == [(name, "failure", 409, "warning", crn) for crn in (BUCKET, OTHER)]
        conflict = world.log.events[-1]
        assert "opposite" in str(conflict.response["reasonForFailure"])
        assert conflict.failure == conflict.response["reasonForFailure"]
        start = len(world.log.events)
        for _ in range(2):
            answer = await acknowledge(service, eventId=told.id, adopterKeyState="DEK_DISABLED")
            assert answer.status == 204
        assert acks(world, start) == [(name, "success", 204, "normal", crn) for crn in (BUCKET, OTHER)]
        of_one = next(one for one in world.log.events[start:] if one.action == name)
        assert of_one.caller.iam_id == service.iam_id
        assert of_one.origin.correlation_id == told.correlation_id
        assert (of_one.target_id, of_one.request["eventId"]) == (told.key_crn, told.id)
        assert of_one.response["eventAckData"]["eventAckTimeStamp"] == "2031-05-04T09:08:07Z"  # type: ignore[index]
        assert len({one.id for one in world.log.events[start:]}) == len(world.log.events[start:])
        assert await world.store.pending() == ()

    world.run(whole())


def test_what_comes_too_late_is_recorded_once_and_not_of_each_resource(world: World) -> None:
    async def story(_: Api, service: Api, event_id: str) -> None:
        world.clock.advance(hours=4)
        start = len(world.log.events)
        assert (await acknowledge(service, eventId=event_id)).status == 409
        assert acks(world, start) == []

    with_event(world, story)


def test_an_acknowledgement_takes_registrations_off(world: World) -> None:
    async def story(api: Api, service: Api, event_id: str) -> None:
        event = await the_event(api)
        assert (await register(service, event.key, OTHER)).status == 200  # not of this event
        for gone in ([BUCKET], []):
            answer = await acknowledge(service, eventId=event_id, deleteRegistration=True)
            assert answer.status == 204
            recorded = [one for one in world.log.events if one.action == "kms.secrets-event.ack"][-1]
            assert recorded.response["deletedRegistrations"] == gone
            left = await world.store.registrations(api.instance.id, event.key)
            assert [it.crn for it in left] == [OTHER]

    with_event(world, story)


def test_an_acknowledgement_that_comes_twice_leaves_what_was_registered_anew(world: World) -> None:
    async def story(api: Api, service: Api, event_id: str) -> None:
        event = await the_event(api)
        assert (await acknowledge(service, eventId=event_id, deleteRegistration=True)).status == 204
        assert await registered(world, api) == []
        world.clock.advance(seconds=1)
        assert (await register(service, event.key, preventKeyDeletion=True)).status == 200
        assert (await acknowledge(service, eventId=event_id, deleteRegistration=True)).status == 204
        assert len(await registered(world, api)) == 1

    with_event(world, story)


def test_a_refused_acknowledgement_takes_nothing_off(world: World) -> None:
    async def story(api: Api, service: Api, event_id: str) -> None:
        other = await a_service(api, crn=FOREIGN)
        assert (await acknowledge(other, eventId=event_id, deleteRegistration=True)).status == 403
        answer = await acknowledge(
            service, eventId=event_id, adopterKeyState="DEK_DISABLED", deleteRegistration=True
        )
        assert answer.status == 409
        assert len(await registered(world, api)) == 1

    with_event(world, story)


def test_what_a_service_uses_moves_forward_only(world: World) -> None:
    async def story(api: Api, service: Api, event_id: str) -> None:
        before = await the_event(api)
        assert before.new_version is not None
        for version, now in (
            (before.version.id, before.version.id),
            (before.new_version.id, before.new_version.id),
            (before.version.id, before.new_version.id),
        ):
            said = {"rewrappedKeyVersion": {"id": version}}
            assert (await acknowledge(service, eventId=event_id, keyStateData=said)).status == 204
            assert await registered(world, api) == [now]
        other = {"rewrappedKeyVersion": {"id": VERSION}}
        answer = await acknowledge(service, eventId=event_id, keyStateData=other)
        check_error(answer, 400, "INVALID_FIELD_ERR", PHRASE)

    with_event(world, story)


def test_again_is_no_mistake_and_something_else_is(world: World) -> None:
    async def story(api: Api, service: Api, event_id: str) -> None:
        for _ in range(2):
            assert (await acknowledge(service, eventId=event_id)).status == 204
        revision = (await the_event(api)).revision
        check_error(
            await acknowledge(service, eventId=event_id, adopterKeyState="DEK_OTHER"),
            409,
            "EVENT_CONFLICT_ERR",
            PHRASE,
        )
        assert (await the_event(api)).revision == revision

    with_event(world, story)


@pytest.mark.parametrize(("done", "said"), [("rotate", "DEK_DISABLED"), ("disable", "DEK_ENABLED")])
def test_the_opposite_is_refused_and_the_event_stays_open(world: World, done: str, said: str) -> None:
    async def story(api: Api, service: Api, event_id: str) -> None:
        answer = await acknowledge(service, eventId=event_id, adopterKeyState=said)
        check_error(answer, 409, "EVENT_CONFLICT_ERR", PHRASE)
        assert (await the_event(api)).state == "pending"

    with_event(world, story, done)


def test_after_four_hours_it_is_too_late(world: World) -> None:
    async def story(api: Api, service: Api, event_id: str) -> None:
        world.clock.advance(hours=4)
        answer = await acknowledge(service, eventId=event_id)
        check_error(answer, 409, "EVENT_CONFLICT_ERR", PHRASE)
        assert (await the_event(api)).state == "pending"  # nobody has looked yet

    with_event(world, story)


def test_an_event_of_a_key_that_is_gone_is_acknowledged_still(world: World) -> None:
    async def story(api: Api, service: Api, event_id: str) -> None:
        key = (await the_event(api)).key
        change = Change()
        change.purge(await world.store.key(api.instance.id, key))
        await world.store.commit(change, None)
        assert (await acknowledge(service, eventId=event_id)).status == 204
        assert world.log.events[-1].target_id == api.instance.crn

    with_event(world, story)


@pytest.mark.parametrize(
    "changed",
    [
        {"adopterKeyState": "DEK_SOMETHING_NEW", "keyStateData": {}},
        {"keyStateData": {"keyVersion": {"id": VERSION}}},
        {"deleteRegistration": False},
        {"timestamp": "2031-05-04T09:08:07.123+02:00"},
    ],
)
def test_what_is_taken(world: World, changed: dict[str, object]) -> None:
    async def story(_: Api, service: Api, event_id: str) -> None:
        assert (await acknowledge(service, **{"eventId": event_id, **changed})).status == 204

    with_event(world, story)


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
        ({"deleteRegistration": "no"}, "deleteRegistration"),
    ],
)
def test_a_field_that_is_wrong(world: World, changed: dict[str, object], field: str) -> None:
    async def story(_: Api, service: Api, event_id: str) -> None:
        answer = await acknowledge(service, **{"eventId": event_id, **changed})
        check_error(answer, 400, "INVALID_FIELD_ERR", PHRASE)
        assert answer.resource["reasons"][0]["target"] == {"type": "field", "name": field}

    with_event(world, story)


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

    with_event(world, story)


def test_nobody_but_a_service_acknowledges(world: World) -> None:
    async def story(api: Api, _: Api, event_id: str) -> None:
        check_error(await acknowledge(api, eventId=event_id), 403, "SERVICE_ONLY_ERR", PHRASE)
        for body in (b"", b"{", b"x" * (MAX_BODY_OCTETS + 1), SAID):  # roles come before bodies
            check_error(await api.send("POST", "/event_ack", body), 403, "SERVICE_ONLY_ERR", PHRASE)
        stranger = await (await world.tenant()).send(
            "POST", "/event_ack", b"{", {"bluemix-instance": api.instance.id}
        )
        assert stranger.status == 401

    with_event(world, story)


def test_nobody_acknowledges_what_he_was_not_told(world: World) -> None:
    async def story(api: Api, service: Api, event_id: str) -> None:
        check_error(await acknowledge(service), 404, "EVENT_NOT_FOUND_ERR", PHRASE)
        for crn in (FOREIGN, OWNER.replace(":77aa:", ":88bb:")):  # another service, another instance of it
            other = await a_service(api, crn=crn)
            check_error(await acknowledge(other, eventId=event_id), 403, "RESOURCE_OWNER_ERR", PHRASE)
        elsewhere = await a_service(await world.tenant())  # the same service, at another tenant
        check_error(await acknowledge(elsewhere, eventId=event_id), 404, "EVENT_NOT_FOUND_ERR", PHRASE)
        assert (await the_event(api)).state == "pending"

    with_event(world, story)
