"""Real processes that tell services of what one database holds: nothing is lost, and nothing told at once."""

import asyncio
import json
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from api import Api, FakeClock, with_api
from conformance.services import a_receiver, a_service, register
from keystead.app import open_service
from keystead.config import Settings
from keystead.domain.notices import LEASE, Notice, NoticeState
from unit.export.receivers import Collector
from unit.jobs.receivers import hostile
from unit.jobs.test_processes import ENVIRONMENT, Worker

KEYS = 12


@dataclass(frozen=True)
class Scene:
    """A service whose keys were disabled at ``at``, and nobody was told yet: the process ended there."""

    folder: Path
    database: str
    at: datetime
    events: list[str]

    @contextmanager
    def worker(self, node: str, after: timedelta = timedelta()) -> Iterator[Worker]:
        words = [sys.executable, "-m", "suites.courier_worker"]
        with subprocess.Popen(
            [*words, str(self.folder), node, self.database, (self.at + after).isoformat()],
            env=ENVIRONMENT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as process:
            worker = Worker(process)
            assert worker.out.readline() == b"ready\n"
            yield worker

    def notices(self) -> tuple[Notice, ...]:
        async def look() -> tuple[Notice, ...]:
            settings = Settings(data=self.folder, node="look", database=self.database)
            service = await open_service(settings, lambda: self.at, ready_pairs=0)
            found = await service.store.notices(frozenset(NoticeState), 100)
            await service.close()
            return found

        return asyncio.run(look())


def scene(folder: Path, database: str, url: str, certificate: Path, keys: int = KEYS) -> Scene:
    async def story(api: Api) -> tuple[datetime, list[str]]:
        await a_receiver(api, url=url, authority=(certificate / "ca.pem").read_text())
        service = await a_service(api)
        for _ in range(keys):
            key = (await api.create())["id"]
            assert (await register(service, key)).status == 200
            assert (await api.act(key, "disable")).status == 204
        found = await api.service.store.notices(frozenset(NoticeState), 100)
        return api.clock(), sorted(it.id for it in found)

    at, events = with_api(folder, story, database=database, clock=FakeClock(), node="seed")
    assert len(events) == keys
    return Scene(folder, database, at, events)


def test_two_processes_tell_each_thing_once(
    tmp_path: Path, database: str, collector: Collector, certificate: Path
) -> None:
    made = scene(tmp_path, database, collector.url, certificate)
    delivered = 0
    with made.worker("a") as a, made.worker("b") as b:
        a.go()
        b.go()
        for worker in (a, b):
            taken, failed = json.loads(worker.out.readline())
            delivered += taken
            assert (failed, worker.process.wait()) == (0, 0)
    assert delivered == KEYS
    assert sorted(headers["keystead-event-id"] for headers in collector.headers) == made.events
    assert {it.state for it in made.notices()} == {"delivered"}


def test_what_a_killed_process_was_telling_another_tells_after_its_lease(
    tmp_path: Path, certificate: Path
) -> None:
    asked = threading.Event()

    def first_silent(stream: ssl.SSLSocket, _: threading.Event) -> None:
        if not asked.is_set():
            asked.set()
            stream.recv(1)  # until the peer is gone
        else:
            stream.sendall(b"HTTP/1.1 204 X\r\n\r\n")

    with hostile(certificate, first_silent) as receiver:
        made = scene(tmp_path, f"sqlite:///{tmp_path / 'keystead.db'}", receiver.url, certificate, keys=1)
        with made.worker("a") as a:
            a.go()
            assert asked.wait(60)
            a.process.kill()
        for after, outcome in ((LEASE - timedelta(seconds=1), [0, 0]), (LEASE, [1, 0])):
            with made.worker("b", after) as b:
                b.go()
                assert json.loads(b.out.readline()) == outcome
        assert len(receiver.heard) == 2
        for head in receiver.heard:
            assert b"keystead-event-id: " + made.events[0].encode() in head
    assert [it.state for it in made.notices()] == ["delivered"]
