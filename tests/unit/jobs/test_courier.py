"""What services are told, over real TLS: once it happened, until it is taken, signed, and by one process."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest

from api import Api
from conformance.services import BUCKET, FOREIGN, OTHER, SECRET, a_receiver, a_service, notices, register
from conformance.test_acknowledgements import acknowledge
from conformance.world import World, again
from journal_lines import journal_in
from keystead.domain.errors import Refused, Tampered
from keystead.domain.ids import InstanceId, KeyId
from keystead.domain.keys import Key
from keystead.domain.notices import KEPT, LEASE, Notice
from keystead.jobs import webhook
from keystead.jobs.courier import Courier
from keystead.jobs.courier import _call as giving_up
from keystead.jobs.webhook import Letter, NotTaken
from keystead.storage.memory import MemoryStore
from unit.export.receivers import Collector
from unit.jobs.receivers import check_signature, read, until_told

Story = Callable[[Api, Api, str], Awaitable[None]]
Post = Callable[[Letter], Awaitable[None]]


@pytest.fixture(autouse=True)
def _nothing_to_tell(world: World) -> None:
    for table in (world.store._receivers, world.store._notices):
        table.clear()


def told(world: World, url: str, certificate: Path, story: Story) -> None:
    """Run *story* with an owner, a service that hears at *url*, and a key that protects its bucket."""

    async def whole() -> None:
        api = await world.tenant()
        await a_receiver(api, url=url, authority=(certificate / "ca.pem").read_text())
        service, key = await a_service(api), (await api.create())["id"]
        assert (await register(service, key)).status == 200
        await story(api, service, key)

    world.run(whole())


def deliver(api: Api) -> Awaitable[None]:
    return api.service.courier.make()


async def only(api: Api) -> Notice:
    (found,) = await notices(api)
    return found


def another(api: Api, post: Post = webhook.post, store: MemoryStore | None = None) -> Courier:
    """Return the courier of another process on the same records."""
    service = api.service
    inner = service.courier._dispatcher
    return Courier(store or service.store, service.unit, inner, service.clock, post)


def test_a_receiver_is_told_what_happened_and_can_tell_who_says_so(
    world: World, collector: Collector, certificate: Path
) -> None:
    async def story(api: Api, service: Api, key: str) -> None:
        assert (await api.act(key, "rotate")).status == 204
        before, now = await only(api), int(api.clock().timestamp())
        await deliver(api)
        (body,), (headers,) = collector.bodies, collector.headers
        versions = (await api.send("GET", f"/keys/{key}/versions")).json["resources"]
        assert read(body) == {
            "eventId": before.id,
            "eventType": "rotate",
            "keyCrn": f"{api.instance.crn[:-2]}:key:{key}",
            "keyState": 1,
            "keyVersionId": versions[-1]["id"],
            "newKeyVersionId": versions[0]["id"],
            "resourceCrns": [BUCKET],
            "eventTime": f"{api.clock():%Y-%m-%dT%H:%M:%SZ}",
            "acknowledgeBefore": f"{api.clock() + timedelta(hours=4):%Y-%m-%dT%H:%M:%SZ}",
            "correlationId": world.log.events[-2].origin.correlation_id,
        }
        assert headers["keystead-event-id"] == before.id
        assert headers["content-type"] == "application/json"
        assert check_signature(headers, body, SECRET.reveal(), now)
        assert not check_signature(headers, body + b" ", SECRET.reveal(), now)
        assert not check_signature(headers, body, b"another secret of the same length.", now)
        assert not check_signature(headers, body, SECRET.reveal(), now + 301)
        assert (await only(api)).state == "delivered"
        assert (await acknowledge(service, eventId=before.id)).status == 204
        assert (await only(api)).state == "acknowledged"
        await deliver(api)
        assert len(collector.bodies) == 1

    told(world, collector.url, certificate, story)


def test_every_change_of_a_keys_life_is_told(world: World, collector: Collector, certificate: Path) -> None:
    async def story(api: Api, service: Api, key: str) -> None:
        assert (await register(service, key, OTHER)).status == 200
        for method, path, event, state in (
            ("POST", "actions/disable", "disable", 2),
            ("POST", "actions/enable", "enable", 1),
            ("POST", "actions/rotate", "rotate", 1),
            ("DELETE", "?force=true", "delete", 5),
            ("POST", "restore", "restore", 1),
            ("POST", "actions/sync", "enable", 1),
        ):
            world.clock.advance(hours=2)
            fresh = await again(api)
            answer = await fresh.send(method, f"/keys/{key}{'' if path[0] == '?' else '/'}{path}")
            assert answer.status < 300, answer.body
            await deliver(api)
            said = read(collector.bodies[-1])
            assert (said["eventType"], said["keyState"]) == (event, state)
            assert said["resourceCrns"] == [BUCKET, OTHER]
        assert len(collector.bodies) == 6

    told(world, collector.url, certificate, story)


def test_what_the_policy_rotates_is_told_too(world: World, collector: Collector, certificate: Path) -> None:
    async def story(api: Api, _: Api, key: str) -> None:
        policy = {"metadata": {}, "resources": [{"rotation": {"enabled": True, "interval_month": 1}}]}
        assert (await api.send("PUT", f"/keys/{key}/policies", policy)).status == 200
        world.clock.advance(days=30)
        await api.service.rounds.make()
        await deliver(api)
        said = read(collector.bodies[0])
        assert (said["eventType"], said["correlationId"]) == (
            "rotate",
            world.log.events[-1].origin.correlation_id,
        )

    told(world, collector.url, certificate, story)


def test_nobody_is_told_what_did_not_happen_or_is_none_of_his(
    world: World, collector: Collector, certificate: Path
) -> None:
    async def story(api: Api, _: Api, key: str) -> None:
        free, standard = (await api.create())["id"], (await api.create(extractable=True))["id"]
        assert (await api.act(free, "disable")).status == 204  # protects nothing
        assert (await api.send("DELETE", f"/keys/{standard}")).status == 204
        assert (await api.send("DELETE", f"/keys/{key}")).status == 409  # without force
        assert (await api.act(key, "enable")).status == 409
        deaf = await a_service(api, crn=FOREIGN)
        assert (await register(deaf, other := (await api.create())["id"], FOREIGN)).status == 200
        assert (await api.act(other, "disable")).status == 204  # its service has no receiver
        await deliver(api)
        assert (collector.headers, await notices(api)) == ([], [])

    told(world, collector.url, certificate, story)


def test_what_fails_twice_is_tried_again_and_taken(
    world: World, collector: Collector, certificate: Path
) -> None:
    async def story(api: Api, _: Api, key: str) -> None:
        collector.answers += [500, 410]
        assert (await api.act(key, "disable")).status == 204
        for tries, wait, failure in ((1, 5, "answered with status 500"), (2, 10, "answered with status 410")):
            await deliver(api)
            found = await only(api)
            assert (found.state, found.tries, found.failure) == ("pending", tries, failure)
            assert found.due_at == api.clock() + timedelta(seconds=wait)
            world.clock.advance(seconds=wait - 1)
            await deliver(api)
            assert len(collector.headers) == tries
            world.clock.advance(seconds=1)
        await deliver(api)
        found = await only(api)
        assert (found.state, found.tries, found.failure) == ("delivered", 3, None)
        assert len({headers["keystead-event-id"] for headers in collector.headers}) == 1
        numbers = api.service.courier.numbers
        assert (numbers.delivered, numbers.failed) == (1, 2)

    async def fresh(api: Api, service: Api, key: str) -> None:
        api.service.courier.numbers.delivered = api.service.courier.numbers.failed = 0
        await story(api, service, key)

    told(world, collector.url, certificate, fresh)


@pytest.mark.parametrize("taken", [True, False], ids=["taken", "not taken"])
def test_what_is_not_acknowledged_in_time_expires_with_an_event_and_a_number(
    world: World, collector: Collector, certificate: Path, taken: bool
) -> None:
    async def story(api: Api, service: Api, key: str) -> None:
        collector.answers += [] if taken else [503]
        assert (await register(service, key, OTHER)).status == 200
        before = api.service.courier.numbers.expired
        assert (await api.act(key, "disable")).status == 204
        told_at = world.log.events[-1].origin.correlation_id
        await deliver(api)
        world.clock.advance(hours=3, minutes=59, seconds=59)
        tries, events = len(collector.headers), len(world.log.events)
        collector.answers += [503]
        await deliver(api)
        assert len(world.log.events) == events
        world.clock.advance(seconds=1)
        await asyncio.gather(deliver(api), another(api).make())
        event, of_other = world.log.events[events:]
        assert of_other.response["resourceCRN"] == OTHER
        assert (of_other.action, of_other.reason_code) == (event.action, 408)
        assert (event.action, event.outcome) == ("kms.secrets.ack-disable", "failure")
        assert (event.reason_code, event.reason_type) == (408, "Request Timeout")
        assert (event.caller.iam_id, event.origin.address) == (api.instance.crn, None)
        assert event.target_id == f"{api.instance.crn[:-2]}:key:{key}"
        assert event.origin.correlation_id == told_at
        assert event.response["resourceCRN"] == BUCKET
        assert event.failure is not None
        assert ("status 503" in event.failure) is not taken
        found = await only(api)
        assert found.state == "expired"
        assert len(collector.headers) == tries + (0 if taken else 1)
        assert api.service.courier.numbers.expired <= before + 1
        world.clock.advance(seconds=KEPT.total_seconds() - 1)
        await deliver(api)
        assert await only(api) == found
        world.clock.advance(seconds=1)
        await deliver(api)
        assert await notices(api) == []

    told(world, collector.url, certificate, story)


def test_nobody_gives_up_before_the_time(world: World, certificate: Path) -> None:
    async def story(api: Api, _: Api, key: str) -> None:
        assert (await api.act(key, "disable")).status == 204
        events = len(world.log.events)
        with pytest.raises(Refused):
            await api.service.courier._dispatcher.serve(giving_up(await only(api)))
        assert (len(world.log.events), (await only(api)).state) == (events, "pending")

    told(world, "https://127.0.0.1:1/", certificate, story)


def test_two_processes_do_not_deliver_at_the_same_time(
    world: World, collector: Collector, certificate: Path
) -> None:
    async def story(api: Api, service: Api, key: str) -> None:
        keys = [key, *[(await api.create())["id"] for _ in range(5)]]
        for each in keys[1:]:
            assert (await register(service, each)).status == 200
        for each in keys:
            assert (await api.act(each, "disable")).status == 204
        couriers = [another(api) for _ in range(4)]
        await asyncio.gather(*(courier.make() for courier in couriers))
        ids = [headers["keystead-event-id"] for headers in collector.headers]
        assert sorted(ids) == sorted(it.id for it in await notices(api))
        assert {it.state for it in await notices(api)} == {"delivered"}

    told(world, collector.url, certificate, story)


def test_what_a_process_took_and_did_not_finish_another_delivers_after_its_lease(
    world: World, collector: Collector, certificate: Path
) -> None:
    async def story(api: Api, _: Api, key: str) -> None:
        reached = asyncio.Event()

        async def hang(_: Letter) -> None:
            reached.set()
            await asyncio.Event().wait()

        assert (await api.act(key, "disable")).status == 204
        killed = asyncio.create_task(another(api, hang).run())
        await reached.wait()
        await deliver(api)
        assert collector.headers == []  # the other one has it
        killed.cancel()
        await asyncio.wait({killed})
        world.clock.advance(seconds=LEASE.total_seconds() - 1)
        await deliver(api)
        assert collector.headers == []
        world.clock.advance(seconds=1)
        await deliver(api)
        assert ((await only(api)).state, len(collector.bodies)) == ("delivered", 1)

    told(world, collector.url, certificate, story)


def test_an_acknowledgement_that_comes_before_the_answer_counts(world: World, certificate: Path) -> None:
    async def story(api: Api, service: Api, key: str) -> None:
        async def quick(letter: Letter) -> None:
            said = json.loads(letter.body)["eventId"]
            answer = await acknowledge(service, eventId=said, adopterKeyState="DEK_DISABLED")
            assert answer.status == 204

        assert (await api.act(key, "disable")).status == 204
        await another(api, quick).make()
        assert (await only(api)).state == "acknowledged"

    told(world, "https://127.0.0.1:1/", certificate, story)


def test_a_slow_receiver_keeps_no_other_service_waiting(
    world: World, collector: Collector, certificate: Path
) -> None:
    async def story(api: Api, _: Api, key: str) -> None:
        stuck, other = asyncio.Event(), await a_service(api, crn=FOREIGN)
        authority = (certificate / "ca.pem").read_text()
        await a_receiver(api, "databases-for-postgresql", url=collector.url, authority=authority)
        assert (await register(other, key, FOREIGN)).status == 200

        async def post(letter: Letter) -> None:
            if letter.url == collector.url:
                await webhook.post(letter)
            else:
                stuck.set()
                await asyncio.Event().wait()

        assert (await api.act(key, "disable")).status == 204
        running = asyncio.create_task(another(api, post).run())
        await stuck.wait()
        await asyncio.to_thread(until_told, collector)
        running.cancel()
        await asyncio.wait({running})
        states = {it.service: it.state for it in await notices(api)}
        assert states["cloud-object-storage"] == "pending"

    told(world, "https://127.0.0.1:1/", certificate, story)


def test_one_dead_receiver_is_tried_once_a_look(world: World, certificate: Path) -> None:
    async def story(api: Api, service: Api, key: str) -> None:
        assert (await api.act(key, "disable")).status == 204
        tried: list[str] = []

        async def dead(letter: Letter) -> None:
            tried.append(letter.url)
            raise NotTaken("it cannot be reached, or does not speak HTTP")

        for _ in range(2):
            assert (await register(service, each := (await api.create())["id"])).status == 200
            assert (await api.act(each, "disable")).status == 204
        courier = another(api, dead)
        for looks in (1, 2, 3):
            await courier.make()
            assert len(tried) == looks
        await courier.make()
        assert len(tried) == 3  # all of them wait

    told(world, "https://127.0.0.1:1/", certificate, story)


def test_a_receiver_that_was_removed_is_told_nothing(
    world: World, collector: Collector, certificate: Path
) -> None:
    async def story(api: Api, _: Api, key: str) -> None:
        assert (await api.act(key, "disable")).status == 204
        world.store._receivers.clear()
        await deliver(api)
        assert (await only(api)).failure == "it has no receiver any more"
        assert collector.headers == []

    told(world, collector.url, certificate, story)


class Spoiled(MemoryStore):
    """A store in which one thing cannot be read."""

    error: Exception
    of: str

    async def key(self, instance: InstanceId, key: KeyId) -> Key:
        if self.of == "key":
            raise self.error
        return await super().key(instance, key)

    async def due_notices(self, service: str, until: datetime, limit: int) -> tuple[Notice, ...]:
        if self.of == "notices":
            raise self.error
        return await super().due_notices(service, until, limit)

    async def services_with_due(self, until: datetime) -> tuple[str, ...]:
        if self.of == "services":
            raise self.error
        return await super().services_with_due(until)


@pytest.mark.parametrize("of", ["key", "notices", "services"])
def test_what_cannot_be_looked_at_stops_nothing_and_is_logged_without_a_secret(
    world: World, certificate: Path, of: str
) -> None:
    async def story(api: Api, _: Api, key: str) -> None:
        assert (await api.act(key, "disable")).status == 204
        world.clock.advance(hours=4)
        store = Spoiled()
        store.__dict__.update(world.store.__dict__)
        store.of, store.error = of, Tampered(f"record of {SECRET.reveal().decode()}")
        beside = world.beside(api, store=store)
        events, out = len(world.log.events), StringIO()
        with journal_in(out):
            for _turn in range(3):
                await deliver(beside)
        recorded = [event.action for event in world.log.events[events:]]
        assert recorded == (["kms.secrets.ack-disable"] if of == "key" else [])
        assert beside.service.courier.numbers.broken == (3 if of == "services" else 1)
        assert "events_not_looked_at" in out.getvalue()
        assert SECRET.reveal().decode() not in out.getvalue()
        await deliver(api)
        assert (await only(api)).state == ("pending" if of == "key" else "expired")
        world.clock.advance(minutes=10)
        await deliver(api)
        assert (await only(api)).state == "expired"

    told(world, "https://127.0.0.1:1/", certificate, story)


def test_the_courier_stops_when_it_is_told(world: World, collector: Collector, certificate: Path) -> None:
    async def story(api: Api, _: Api, key: str) -> None:
        assert (await api.act(key, "disable")).status == 204
        courier = another(api)
        running = asyncio.create_task(courier.run())
        await asyncio.to_thread(until_told, collector)
        courier.stop()
        await asyncio.wait_for(running, 30)
        assert (await only(api)).state == "delivered"

    told(world, collector.url, certificate, story)
