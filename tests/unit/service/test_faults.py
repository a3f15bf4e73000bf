"""What the dispatcher does when the log, the store or the unit cannot."""

import json
from collections.abc import Sequence
from io import StringIO

import pytest

from api import Api
from conformance.world import RecordingLog, World, check_error
from http_peer import Answer
from journal_lines import journal_in
from keystead.domain.changes import Change
from keystead.domain.errors import Conflict, Tampered, Unavailable
from keystead.domain.events import AuditEvent
from keystead.domain.ids import InstanceId, KeyId
from keystead.domain.keys import Key, KeyVersion
from keystead.domain.material import KeyMaterial
from keystead.domain.ports.unit import Binding, Wrapped
from keystead.storage.memory import MemoryStore
from keystead.units.software import SoftwareUnit

SECRET = "a-text-that-nobody-may-see"


class FaultyStore(MemoryStore):
    """The same records, with faults: how many commits conflict, and what reading a key raises."""

    def __init__(self, over: MemoryStore) -> None:
        super().__init__()
        self.__dict__.update(over.__dict__)
        self.conflicts = 0
        self.commits = 0
        self.reading: Exception | None = None
        self.committing: Exception | None = None
        self.delivering: Exception | None = None

    async def commit(self, change: Change, event: AuditEvent | None) -> None:
        self.commits += 1
        if self.commits <= self.conflicts:
            raise Conflict("somebody else was faster")
        if self.committing is not None:
            raise self.committing
        await super().commit(change, event)

    async def key(self, instance: InstanceId, key: KeyId) -> Key:
        if self.reading is not None:
            raise self.reading
        return await super().key(instance, key)

    async def delivered(self, event_ids: Sequence[str]) -> None:
        if self.delivering is not None:
            raise self.delivering
        await super().delivered(event_ids)


NOT_NOW = "The service cannot do this now: Please try again"
UNRECORDED = "The command was carried out but is not yet recorded: Look before you try again"


def check_unavailable(answer: Answer, says: str = NOT_NOW) -> None:
    assert answer.status == 503
    assert answer.headers["retry-after"] == "1"
    (only,) = answer.json["resources"]
    assert only == {"errorMsg": f"Service Unavailable: {says}"}


COMMANDS = (
    ("POST", "/keys", {"metadata": {}, "resources": [{"name": "made"}]}),
    ("POST", "/keys/{key}/actions/wrap", None),
    ("POST", "/keys/{key}/actions/rotate", None),
    ("POST", "/keys/{key}/actions/disable", None),
    ("DELETE", "/keys/{key}", None),
    ("GET", "/keys", None),
    ("POST", "/import_token", None),
)
commands = pytest.mark.parametrize(("method", "path", "body"), COMMANDS)


async def pending_of(world: World, api: Api) -> list[AuditEvent]:
    return [event for event in await world.store.pending() if event.log_source == api.instance.crn]


async def state_of(api: Api) -> object:
    keys = (await api.send("GET", "/keys?state=1,2,3,5")).json["resources"]
    token = await api.send("GET", "/import_token")
    return keys, token.status


@commands
def test_a_log_that_is_not_ready(world: World, method: str, path: str, body: object) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = (await api.create())["id"]
        before = await state_of(api)
        log = RecordingLog(ready=False)
        check_unavailable(await world.beside(api, log=log).send(method, path.format(key=key), body))
        assert log.events == []
        assert await state_of(api) == before

    world.run(story())


@commands
def test_a_log_that_breaks_while_appending(world: World, method: str, path: str, body: object) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = (await api.create())["id"]
        log = RecordingLog(broken=True)
        answer = await world.beside(api, log=log).send(method, path.format(key=key), body)
        changes = not (method == "GET" or path.endswith("wrap"))
        check_unavailable(answer, UNRECORDED if changes else NOT_NOW)
        assert key not in answer.body.decode()
        # What was committed before the log broke keeps its event; see the recovery tests.
        pending = await pending_of(world, api)
        assert len(pending) == changes
        await world.store.delivered([event.id for event in pending])

    world.run(story())


def test_a_refusal_that_cannot_be_recorded_is_not_told(world: World) -> None:
    async def story() -> None:
        beside = world.beside(world.home, log=RecordingLog(broken=True))
        check_unavailable(await beside.send("GET", "/keys/none"))
        check_unavailable(await beside.send("GET", "/keys", None, {"authorization": None}))

    world.run(story())


def test_the_token_door_says_so_in_its_own_form(world: World) -> None:
    async def story() -> Answer:
        beside = world.beside(world.home, log=RecordingLog(ready=False))
        return await beside.send("POST", "/identity/token", b"", {"authorization": None})

    answer = world.run(story())
    assert (answer.status, answer.json["errorCode"]) == (503, "BXNIM0999E")
    assert answer.headers["retry-after"] == "1"


@pytest.mark.parametrize("conflicts", [1, 2, 3])
def test_a_lost_race_is_run_again(world: World, conflicts: int) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = (await api.create())["id"]
        store, before = FaultyStore(world.store), len(world.log.events)
        store.conflicts = conflicts
        answer = await world.beside(api, store=store).act(key, "rotate")
        assert (answer.status, store.commits) == (204, conflicts + 1)
        (event,) = world.log.events[before:]
        assert event.outcome == "success"
        versions = (await api.send("GET", f"/keys/{key}/versions")).json["resources"]
        assert len(versions) == 2
        assert await pending_of(world, api) == []

    world.run(story())


def test_who_loses_every_race_is_asked_to_try_again(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = (await api.create())["id"]
        store, before = FaultyStore(world.store), len(world.log.events)
        store.conflicts = 1000
        answer = await world.beside(api, store=store).act(key, "disable")
        check_error(answer, 409, "REQ_TOO_EARLY_ERR", "Key could not be disabled")
        assert answer.message == "The key was updated recently: Please wait and try again"
        assert store.commits < 10
        (event,) = world.log.events[before:]
        assert (event.reason_code, event.outcome, event.severity) == (409, "failure", "warning")
        assert (await api.send("GET", f"/keys/{key}")).resource["state"] == 1

    world.run(story())


def test_a_race_with_a_deletion_is_judged_by_the_state_that_won(world: World) -> None:
    class Overtaken(FaultyStore):
        """Somebody deletes the key between reading and writing."""

        async def commit(self, change: Change, event: AuditEvent | None) -> None:
            if self.commits == 0:
                self.commits = 1
                assert (await api.send("DELETE", f"/keys/{key}")).status == 204
            await MemoryStore.commit(self, change, event)

    async def prepared() -> tuple[Api, str]:
        tenant = await world.tenant()
        return tenant, (await tenant.create())["id"]

    async def story() -> None:
        answer = await world.beside(api, store=Overtaken(world.store)).act(key, "rotate")
        check_error(answer, 410, "KEY_DELETED_ERR", "Key could not be rotated")

    api, key = world.run(prepared())
    world.run(story())


@pytest.mark.parametrize(
    ("method", "path"), [("GET", ""), ("GET", "/metadata"), ("POST", "/actions/wrap"), ("DELETE", "")]
)
def test_a_record_that_was_tampered_with(world: World, method: str, path: str) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = (await api.create())["id"]
        store, before = FaultyStore(world.store), len(world.log.events)
        store.reading = Tampered(SECRET)
        answer = await world.beside(api, store=store).send(method, f"/keys/{key}{path}")
        assert (answer.status, answer.code) == (500, "INCOMPLETE_METADATA_ERR")
        assert answer.resource["errorMsg"].startswith("Internal Server Error: ")
        assert SECRET not in answer.body.decode()
        (event,) = world.log.events[before:]
        assert (event.reason_code, event.severity, event.outcome) == (500, "critical", "failure")
        assert event.failure is not None
        assert event.failure.startswith("Tampered")

    world.run(story())


def test_a_store_that_is_out_of_reach(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = (await api.create())["id"]
        for fault in ("reading", "committing"):
            store, before = FaultyStore(world.store), len(world.log.events)
            setattr(store, fault, Unavailable(SECRET))
            answer = await world.beside(api, store=store).act(key, "disable")
            check_unavailable(answer)
            assert SECRET not in answer.body.decode()
            (event,) = world.log.events[before:]
            assert (event.reason_code, event.severity) == (503, "critical")

    world.run(story())


class Broken(SoftwareUnit):
    """A unit with a mistake in it that has a secret in its text."""

    async def wrap(
        self, binding: Binding, version: KeyVersion, dek: KeyMaterial | None, aad: Sequence[str]
    ) -> Wrapped:
        raise RuntimeError(f"{SECRET} {binding} {version} {dek} {aad}")


def test_a_mistake_of_ours_tells_nothing(
    world: World, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    written = StringIO()

    async def story() -> None:
        api = await world.tenant()
        key = (await api.create())["id"]
        unit, before = Broken(KeyMaterial(bytes(range(32))), ready_pairs=0), len(world.log.events)
        answer = await world.beside(api, unit=unit).act(key, "wrap", {"aad": [SECRET]})
        await unit.close()
        assert answer.status == 500
        assert answer.resource == {"errorMsg": "Internal Server Error: The request could not be completed"}
        (record,) = caplog.records
        assert (record.getMessage(), record.levelname, record.exc_info) == ("unexpected_error", "ERROR", None)
        line = json.loads(written.getvalue())
        assert set(line) == {"time", "level", "event", "correlation_id", "error", "at"}
        assert line["correlation_id"] == answer.headers["correlation-id"]
        assert line["error"] == "RuntimeError"
        assert all(place.rpartition(":")[2].isdigit() for place in line["at"])
        (event,) = world.log.events[before:]
        assert (event.reason_code, event.failure) == (500, "Internal Server Error")
        assert SECRET not in f"{answer} {record.__dict__} {written.getvalue()} {event}"

    with journal_in(written):
        world.run(story())
    assert SECRET not in "".join(capfd.readouterr())


def test_the_token_door_tells_as_little(world: World) -> None:
    async def story() -> Answer:
        beside = world.beside(world.home)

        async def broken(*_: object) -> object:
            raise RuntimeError(SECRET)

        beside.service.dispatcher._tools.tokens.jwks = broken  # type: ignore[method-assign,assignment]
        return await beside.send("GET", "/identity/keys", None, {"authorization": None})

    answer = world.run(story())
    assert (answer.status, answer.json["errorCode"]) == (500, "BXNIM0500E")
    assert SECRET not in answer.body.decode()


def test_an_outbox_that_cannot_be_emptied_does_not_undo_what_was_recorded(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        store, before = FaultyStore(world.store), len(world.log.events)
        store.delivering = Unavailable("later")
        beside = world.beside(api, store=store)
        assert (await beside.send("POST", "/keys", COMMANDS[0][2])).status == 201
        (event,) = world.log.events[before:]
        assert [one.id for one in await pending_of(world, api)] == [event.id]
        store.delivering = None
        assert await beside.service.dispatcher.deliver_pending() == 0
        assert len(world.log.events) == before + 1
        assert await pending_of(world, api) == []

    world.run(story())


def test_an_event_between_commit_and_log_is_delivered_exactly_once(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = (await api.create())["id"]
        crashed = world.beside(api, log=RecordingLog(broken=True))
        assert (await crashed.act(key, "disable")).status == 503
        (left,) = await pending_of(world, api)
        before = len(world.log.events)
        for expected in (1, 0):
            assert await world.beside(api).service.dispatcher.deliver_pending() == expected
            assert [event.id for event in world.log.events[before:]] == [left.id]
        assert await pending_of(world, api) == []
        assert (left.action, left.outcome) == ("kms.secrets.disable", "success")

    world.run(story())


def test_an_event_that_a_fault_kept_from_the_log_comes_before_the_next_command(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = (await api.create())["id"]
        log = RecordingLog()
        beside = world.beside(api, log=log)
        log.broken = True
        assert (await beside.act(key, "disable")).status == 503
        log.broken = False
        assert (await beside.act(key, "enable")).status == 409  # 30 seconds have not passed
        found = [(event.action, event.outcome) for event in log.events]
        assert found == [("kms.secrets.disable", "success"), ("kms.secrets.enable", "failure")]
        assert await pending_of(world, api) == []

    world.run(story())


def test_an_event_between_log_and_outbox_is_not_delivered_again(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        store = FaultyStore(world.store)
        store.delivering = Unavailable("the process ended here")
        await world.beside(api, store=store).send("POST", "/keys", COMMANDS[0][2])
        before = len(world.log.events)
        assert await world.beside(api).service.dispatcher.deliver_pending() == 0
        assert len(world.log.events) == before
        assert await pending_of(world, api) == []

    world.run(story())


def test_a_log_that_breaks_during_recovery_loses_nothing(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        broken = RecordingLog(broken=True)
        await world.beside(api, log=broken).send("POST", "/keys", COMMANDS[0][2])
        with pytest.raises(Unavailable):
            await world.beside(api, log=broken).service.dispatcher.deliver_pending()
        assert await world.beside(api).service.dispatcher.deliver_pending() == 1

    world.run(story())
