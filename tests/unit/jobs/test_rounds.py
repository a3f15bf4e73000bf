"""What time does to keys, each thing once, with an event of the service's own (AT-8)."""

import asyncio
import json
import logging
from collections import Counter
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest

from api import Api
from conformance.imports import b64
from conformance.policies import enable, put
from conformance.services import BUCKET, a_service, register
from conformance.world import RecordingLog, World, again, in_seconds
from journal_lines import journal_in
from keystead.domain.actions import Action
from keystead.domain.due import BEGINNING, DueKey, DueQuery
from keystead.domain.errors import Tampered, Unavailable
from keystead.domain.events import AuditEvent
from keystead.domain.ids import InstanceId, KeyId
from keystead.domain.keys import Key, KeyState
from keystead.storage.memory import MemoryStore

SECRET = "a-text-that-nobody-may-see"
MONTHLY = {"rotation": {"enabled": True, "interval_month": 1}}
A_MONTH = {"days": 30}


async def a_round(api: Api) -> Counter[str]:
    """Do what is due in the whole world."""
    return await api.service.rounds.make()


async def later(world: World, api: Api, **span: float) -> Api:
    """Move the clock, do what is due, and return an owner whose token still holds."""
    world.clock.advance(**span)
    fresh = await again(api)
    await a_round(fresh)
    return fresh


async def monthly(api: Api, **more: Any) -> str:
    """Create a root key that is to be rotated every month."""
    key = str((await api.create(**more))["id"])
    assert (await put(api, key, MONTHLY)).status == 200
    return key


async def versions(api: Api, key: str) -> int:
    answer = await api.send("GET", f"/keys/{key}/versions?allKeyStates=true")
    assert answer.status == 200, answer.body
    return len(answer.json["resources"])


def by_itself(world: World, api: Api) -> list[AuditEvent]:
    """Return the events of what the service did by itself in the instance of *api*."""
    return [event for event in world.log.events if event.caller.iam_id == api.instance.crn]


def check_event(event: AuditEvent, api: Api, key: str, action: str, severity: str) -> None:
    assert (event.action, event.outcome, event.severity) == (action, "success", severity)
    assert (event.reason_code, event.failure) == (200, None)
    assert (event.caller.kind, event.caller.credential) == ("clientid", "none")
    assert (event.origin.address, event.log_source) == (None, api.instance.crn)
    assert event.target_id == f"{api.instance.crn[:-2]}:key:{key}"


def test_a_root_key_is_rotated_when_its_policy_says(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = await monthly(api)
        ciphertext = (await api.act(key, "wrap")).json["ciphertext"]
        api = await later(world, api, days=29, hours=23)
        assert (await versions(api, key), by_itself(world, api)) == (1, [])
        api = await later(world, api, hours=1)
        assert await versions(api, key) == 2
        shown = (await api.send("GET", f"/keys/{key}")).resource
        assert shown["lastRotateDate"] == f"{world.clock():%Y-%m-%dT%H:%M:%SZ}"
        assert shown["keyVersion"]["creationDate"] == shown["lastRotateDate"]
        opened = (await api.act(key, "unwrap", {"ciphertext": ciphertext})).json
        assert opened["rewrappedKeyVersion"] == {"id": shown["keyVersion"]["id"]}
        (event,) = by_itself(world, api)
        check_event(event, api, key, "kms.secrets.rotate", "warning")
        await a_round(api)
        assert await versions(api, key) == 2
        api = await later(world, api, days=95)  # three were missed
        assert await versions(api, key) == 3
        await later(world, api, days=25)  # the schedule is that of the first date
        assert len(by_itself(world, api)) == 3

    world.run(story())


def test_the_policy_that_a_key_took_over_from_its_instance_rotates_it(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        before = (await api.create())["id"]
        await enable(api, "rotation", interval_month=2)
        key = (await api.create())["id"]
        api = await later(world, api, days=59)
        assert await versions(api, key) == 1
        api = await later(world, api, days=1)
        assert (await versions(api, key), await versions(api, before)) == (2, 1)

    world.run(story())


def test_what_is_not_rotated(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        await enable(api, "rotation", interval_month=1)
        imported = (await api.create(payload=b64(bytes(range(32)))))["id"]
        standard = (await api.create(extractable=True))["id"]
        off, suspended, deleted = [(await api.create())["id"] for _ in range(3)]
        expired = (await api.create(expirationDate=in_seconds(world, 20 * 86_400)))["id"]
        await put(api, off, {"rotation": {"enabled": False}})
        await api.act(suspended, "disable")
        await api.send("DELETE", f"/keys/{deleted}")
        api = await later(world, api, days=31)
        for key in (imported, off, suspended, deleted, expired):
            assert await versions(api, key) == 1
        assert [event.action for event in by_itself(world, api)] == ["kms.secrets.expire"]
        assert (await api.send("GET", f"/keys/{standard}")).resource["state"] == 1
        # It was missed while the key was suspended, and is made up for.
        await api.act(suspended, "enable")
        await a_round(api)
        assert await versions(api, suspended) == 2

    world.run(story())


def test_a_rotation_within_the_last_hour_is_waited_for_without_a_word(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = await monthly(api)
        world.clock.advance(days=29, hours=23, minutes=30)
        api = await again(api)
        assert (await api.act(key, "rotate")).status == 204
        api = await later(world, api, minutes=59)
        assert (await versions(api, key), by_itself(world, api)) == (2, [])
        api = await later(world, api, minutes=1)
        assert (await versions(api, key), len(by_itself(world, api))) == (3, 1)
        assert (await api.act(key, "rotate")).code == "KEY_ROTATION_NOT_PERMITTED"

    world.run(story())


def test_no_policy_of_the_instance_keeps_the_service_from_its_own_work(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = await monthly(api)
        await enable(api, "allowedIP", allowed_ip=["127.0.0.1"])
        await enable(api, "allowedNetwork", allowed_network="private-only")
        await later(world, api, **A_MONTH)
        (event,) = by_itself(world, api)
        check_event(event, api, key, "kms.secrets.rotate", "warning")

    world.run(story())


@pytest.mark.parametrize("meanwhile", ["", "disabled before", "rotated after"])
def test_a_key_that_expires_has_one_event(world: World, meanwhile: str) -> None:
    async def story() -> None:
        api = await world.tenant()
        expires = in_seconds(world, 365 * 86_400)
        key = (await api.create(expirationDate=expires))["id"]
        if meanwhile == "disabled before":
            await api.act(key, "disable")
        api = await later(world, api, days=364)
        assert by_itself(world, api) == []
        world.clock.advance(days=2)
        api = await again(api)
        if meanwhile == "rotated after":  # which stores that it is Deactivated
            assert (await api.act(key, "rotate")).status == 204
        before = (await api.send("GET", f"/keys/{key}")).resource
        for _ in range(3):
            await a_round(api)
        (event,) = by_itself(world, api)
        check_event(event, api, key, "kms.secrets.expire", "normal")
        assert (event.request["keyType"], event.request["expirationDate"]) == ("root", expires)
        first = {"": 1, "disabled before": 2, "rotated after": 3}[meanwhile]
        assert event.response == {
            "keyId": key,
            "initialValue": {"keyState": first},
            "newValue": {"keyState": 3},
        }
        assert (await api.send("GET", f"/keys/{key}")).resource == before
        assert before["state"] == 3

    world.run(story())


def test_a_key_that_was_deleted_long_ago_goes_with_all_that_belongs_to_it(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = (await api.create(aliases=["ledger"]))["id"]
        assert (await register(await a_service(api), key)).status == 200
        assert (await api.send("DELETE", f"/keys/{key}?force=true")).status == 204
        deleted = f"{world.clock():%Y-%m-%dT%H:%M:%SZ}"
        api = await later(world, api, days=89, hours=23)
        shown = (await api.send("GET", f"/keys/{key}")).resource
        assert (shown["state"], by_itself(world, api)) == (5, [])
        assert await api.service.store.registrations(api.instance.id, KeyId(key))
        api = await later(world, api, hours=1)
        assert f"{world.clock():%Y-%m-%dT%H:%M:%SZ}" == shown["purgeScheduledOn"]
        assert (await api.send("GET", f"/keys/{key}")).code == "KEY_NOT_FOUND_ERR"
        assert await api.service.store.registrations(api.instance.id, None) == ()
        (event,) = by_itself(world, api)
        check_event(event, api, key, "kms.secrets.purge", "critical")
        assert event.response["deletionDate"] == deleted
        assert (await api.create(aliases=["ledger"]))["aliases"] == ["ledger"]
        assert (await register(await a_service(api), key, BUCKET)).status == 404

    world.run(story())


def test_a_restored_key_is_not_purged(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = (await api.create())["id"]
        await api.send("DELETE", f"/keys/{key}")
        api = await later(world, api, days=29)
        assert (await api.send("POST", f"/keys/{key}/restore")).status == 201
        api = await later(world, api, days=99)
        assert (await api.send("GET", f"/keys/{key}")).resource["state"] == 1
        assert by_itself(world, api) == []

    world.run(story())


class LyingIndex(MemoryStore):
    """The same records, and an index that calls every key due for everything."""

    def __init__(self, over: MemoryStore) -> None:
        super().__init__()
        self.__dict__.update(over.__dict__)
        self.asked: list[DueQuery] = []

    async def due(self, query: DueQuery) -> tuple[DueKey, ...]:
        if query.after != BEGINNING:
            return ()
        self.asked.append(query)
        return tuple(
            DueKey((query.until, key.instance, key.id), action)
            for key in self._keys.values()
            for action in (Action.TIME_EXPIRE, Action.TIME_ROTATE, Action.TIME_PURGE)
        )


def test_only_the_record_itself_says_that_something_is_due(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        keys = [await monthly(api), (await api.create(expirationDate=in_seconds(world, 60 * 86_400)))["id"]]
        keys.append((await api.create(expirationDate=in_seconds(world, 10 * 86_400)))["id"])
        keys += [(await api.create(extractable=True))["id"], (await api.create())["id"]]
        await api.send("DELETE", f"/keys/{keys[-1]}")
        api = await later(world, api, days=29)
        (recorded,) = by_itself(world, api)  # one has expired
        before = [await api.service.store.key(api.instance.id, KeyId(key)) for key in keys]
        store = LyingIndex(world.store)
        assert await a_round(world.beside(api, store=store)) == {}
        assert [await api.service.store.key(api.instance.id, KeyId(key)) for key in keys] == before
        assert by_itself(world, api) == [recorded]
        # Nor is anything looked for that is not due: a deleted key only after its last wait.
        now = world.clock()
        assert {query.state: now - query.until for query in store.asked} == {
            KeyState.ACTIVE: timedelta(),
            KeyState.SUSPENDED: timedelta(),
            KeyState.DEACTIVATED: timedelta(),
            KeyState.DESTROYED: timedelta(days=90),
        }

    world.run(story())


class OneBadKey(MemoryStore):
    """The same records, of which one cannot be used."""

    def __init__(self, over: MemoryStore, bad: str, error: Exception) -> None:
        super().__init__()
        self.__dict__.update(over.__dict__)
        self.bad = bad
        self.error = error

    async def key(self, instance: InstanceId, key: KeyId) -> Key:
        if key == self.bad:
            raise self.error
        return await super().key(instance, key)


def logged(caplog: pytest.LogCaptureFixture, name: str) -> list[dict[str, Any]]:
    return [record.__dict__["facts"] for record in caplog.records if record.getMessage() == name]


@pytest.mark.parametrize("error", [Tampered(SECRET), Unavailable(SECRET), RuntimeError(SECRET)])
def test_one_key_that_fails_does_not_stop_the_others(
    world: World, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    async def story() -> None:
        api = await world.tenant()
        bad, good = await monthly(api), await monthly(api)
        world.clock.advance(**A_MONTH)
        api = await again(api)
        store, written = OneBadKey(world.store, bad, error), StringIO()
        beside = world.beside(api, store=store)
        with journal_in(written):
            await a_round(beside)
            logging.getLogger().warning("later")
        (failure,) = (event for event in by_itself(world, api) if event.outcome == "failure")
        assert failure.action == "kms.secrets.rotate"
        assert await versions(beside, good) == 2
        (line,) = logged(caplog, "key_failed")
        assert (line["key"], line["instance"]) == (bad, api.instance.id)
        assert (line["error"], line["action"]) == (type(error).__name__, "keystead.time.rotate")
        told = [json.loads(one) for one in written.getvalue().splitlines()]
        numbered = {one["event"]: one.get("correlation_id") for one in told}
        assert numbered == {"key_failed": failure.origin.correlation_id, "later": None}
        assert (beside.service.rounds.numbers.keys_failed, beside.service.rounds.numbers.failed) == (1, 0)
        assert SECRET not in f"{line} {written.getvalue()} {[record.__dict__ for record in caplog.records]}"
        # It is left alone for a while, and then tried again.
        await a_round(beside)
        world.clock.advance(minutes=9)
        await a_round(beside)
        assert len(logged(caplog, "key_failed")) == 1
        world.clock.advance(minutes=1)
        await a_round(beside)
        assert len(logged(caplog, "key_failed")) == 2
        store.bad = ""
        world.clock.advance(minutes=10)
        await a_round(beside)
        assert await versions(beside, bad) == 2

    world.run(story())


@pytest.mark.parametrize("log", [RecordingLog(ready=False), RecordingLog(broken=True)])
def test_nothing_is_done_that_cannot_be_recorded(
    world: World, caplog: pytest.LogCaptureFixture, log: RecordingLog
) -> None:
    async def story() -> None:
        api = await world.tenant()
        keys = [await monthly(api) for _ in range(5)]
        world.clock.advance(**A_MONTH)
        api = await again(api)
        beside = world.beside(api, log=log)
        assert await a_round(beside) == {}
        assert 0 < len(logged(caplog, "key_failed")) <= 3  # it does not try them all
        assert (beside.service.rounds.numbers.failed, beside.service.rounds.numbers.ended_at) == (1, 0.0)
        rotated = [await versions(api, key) - 1 for key in keys]
        pending = [event for event in await world.store.pending() if event.log_source == api.instance.crn]
        # Broken in the middle, it has committed one, whose event waits in the outbox.
        assert sum(rotated) == len(pending) <= 1
        log.ready, log.broken = True, False
        world.clock.advance(minutes=10)
        assert await a_round(world.beside(api)) == {"kms.secrets.rotate": 5 - sum(rotated)}
        assert await world.beside(api).service.dispatcher.deliver_pending() == len(pending)
        assert len(by_itself(world, api)) == 5
        assert [await versions(api, key) for key in keys] == [2] * 5

    world.run(story())


class SlowLog(RecordingLog):
    """A log that takes its time for what the service does by itself."""

    def __init__(self, over: RecordingLog) -> None:
        super().__init__(over.events)
        self.waiting, self.goes_on = asyncio.Event(), asyncio.Event()

    async def append(self, event: AuditEvent) -> None:
        if event.caller.iam_id.startswith("crn:") and not self.waiting.is_set():
            self.waiting.set()
            await self.goes_on.wait()
        await super().append(event)


def test_an_event_on_its_way_to_the_log_is_left_alone_by_requests_that_look_for_lost_ones(
    world: World,
) -> None:
    async def story() -> None:
        api = await world.tenant()
        await monthly(api)
        world.clock.advance(**A_MONTH)
        api = await again(api)
        log = SlowLog(world.log)
        beside = world.beside(api, log=log)
        making = asyncio.create_task(a_round(beside))
        await log.waiting.wait()
        assert await beside.service.dispatcher.deliver_pending() == 0
        log.goes_on.set()
        await making
        assert len(by_itself(world, api)) == 1

    world.run(story())


class Closed(MemoryStore):
    """A store that cannot even be asked what is due."""

    async def due(self, query: object) -> Any:
        raise RuntimeError(f"{SECRET} {query}")


def test_a_round_that_breaks_is_logged_and_the_next_one_comes(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    async def story() -> None:
        beside = world.beside(world.home, store=Closed())
        assert await a_round(beside) == {}
        assert await a_round(beside) == {}
        assert [line["error"] for line in logged(caplog, "round_failed")] == ["RuntimeError"] * 2
        numbers = beside.service.rounds.numbers
        assert (numbers.made, numbers.failed, numbers.ended_at) == (2, 2, 0.0)
        assert SECRET not in str([record.__dict__ for record in caplog.records])

    world.run(story())


def test_rounds_that_run_beside_each_other_do_each_thing_once(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        keys = [await monthly(api) for _ in range(30)]
        for key in keys[20:]:
            await api.send("DELETE", f"/keys/{key}")
        world.clock.advance(days=91)
        api = await again(api)
        await asyncio.gather(*(a_round(world.beside(api)) for _ in range(3)))
        events = Counter((event.target_id[-36:], event.action) for event in by_itself(world, api))
        assert events == {
            **{(key, "kms.secrets.rotate"): 1 for key in keys[:20]},
            **{(key, "kms.secrets.purge"): 1 for key in keys[20:]},
        }
        assert all(event.outcome == "success" for event in by_itself(world, api))
        assert [await versions(api, key) for key in keys[:20]] == [2] * 20

    world.run(story())


def test_more_keys_than_one_batch(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        api = await world.tenant()
        keys = [await monthly(api) for _ in range(7)]
        api = await later(world, api, **A_MONTH)
        assert [await versions(api, key) for key in keys] == [2] * 7

    monkeypatch.setattr("keystead.jobs.rounds.BATCH", 2)
    world.run(story())


def test_rounds_run_until_they_are_stopped(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = await monthly(api)
        world.clock.advance(**A_MONTH)
        api = await again(api)
        beside = world.beside(api)
        running = asyncio.create_task(beside.service.rounds.run())
        while await versions(api, key) == 1:  # noqa: ASYNC110 - a round announces nothing
            await asyncio.sleep(0)
        beside.service.rounds.stop()
        await running
        # Nothing more is begun once they are stopped.
        other = await monthly(api)
        world.clock.advance(**A_MONTH)
        assert await beside.service.rounds.make() == {}
        assert await versions(await again(api), other) == 1

    world.run(story())


def test_what_the_service_does_by_itself_nobody_else_can_have_it_do(world: World) -> None:
    """And it can do nothing else: its dispatcher refuses what a person may."""

    async def story() -> None:
        api = await world.tenant()
        service = api.service
        inner = service.rounds._dispatcher
        application = service.application
        application._dispatcher = inner
        try:
            assert (await api.send("GET", "/keys")).status == 401
        finally:
            application._dispatcher = service.dispatcher
        assert (await api.send("GET", "/keys")).status == 200

    world.run(story())
