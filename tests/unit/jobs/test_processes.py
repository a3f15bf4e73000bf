"""Real processes that make rounds on one database: each thing is done, once, also where one is killed."""

import asyncio
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

from api import Api, FakeClock, with_api
from conformance.policies import put
from keystead.app import open_service
from keystead.audit.tail import tail
from keystead.config import Settings
from keystead.domain.changes import Change
from keystead.domain.ids import IamId, InstanceId, random_uuid
from keystead.domain.instances import Reclamation
from keystead.domain.keys import KeyState
from keystead.domain.listing import KeyQuery

ENVIRONMENT = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
MONTHLY = {"rotation": {"enabled": True, "interval_month": 1}}
ROTATED, EXPIRED, PURGED = 16, 6, 6


@dataclass(frozen=True)
class Scene:
    """A service with keys that are due at ``at``; ``due`` has the event that each is to have."""

    folder: Path
    database: str
    at: datetime
    due: dict[str, str]

    @contextmanager
    def worker(self, node: str) -> Iterator["Worker"]:
        words = [sys.executable, "-m", "suites.rounds_worker"]
        with subprocess.Popen(
            [*words, str(self.folder), node, self.database, self.at.isoformat()],
            env=ENVIRONMENT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as process:
            worker = Worker(process)
            assert worker.out.readline() == b"ready\n"
            yield worker

    def events(self, *nodes: str) -> Counter[tuple[str, str, str]]:
        """Count key, event and outcome of what the service did by itself, in all logs together."""
        found: Counter[tuple[str, str, str]] = Counter()
        for node in nodes:
            for record in tail(self.folder / "audit" / node, 100_000):
                event = json.loads(record.event)
                if event["initiator"]["id"].startswith("crn:"):
                    key = event["target"]["id"].rpartition(":")[2]
                    found[key, event["action"], event["outcome"]] += 1
        return found

    @property
    def expected(self) -> dict[tuple[str, str, str], int]:
        return {(key, action, "success"): 1 for key, action in self.due.items()}


@dataclass(frozen=True)
class Worker:
    process: "subprocess.Popen[bytes]"

    @property
    def out(self) -> IO[bytes]:
        assert self.process.stdout is not None
        return self.process.stdout

    def go(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(b"\n")
        self.process.stdin.flush()


async def pending(api: Api) -> None:
    """Make an instance that was deleted, and cannot be had back after a week."""
    now = api.clock()
    reclamation = Reclamation(id=random_uuid(), at=now, by=IamId("IBMid-1"), until=now + timedelta(days=7))
    change = Change()
    change.add(replace(api.instance, id=InstanceId(random_uuid()), reclamation=reclamation))
    await api.service.store.commit(change, None)


def scene(folder: Path, database: str) -> Scene:
    """Make keys of every sort that will be due."""

    async def story(api: Api) -> tuple[datetime, dict[str, str]]:
        due = {}
        expires = f"{api.clock() + timedelta(days=60):%Y-%m-%dT%H:%M:%SZ}"
        for number in range(ROTATED + EXPIRED + PURGED):
            if number < ROTATED:
                key = (await api.create())["id"]
                assert (await put(api, key, MONTHLY)).status == 200
                due[key] = "kms.secrets.rotate"
            elif number < ROTATED + EXPIRED:
                due[(await api.create(expirationDate=expires))["id"]] = "kms.secrets.expire"
            else:
                key = (await api.create())["id"]
                assert (await api.send("DELETE", f"/keys/{key}")).status == 204
                due[key] = "kms.secrets.purge"
        await pending(api)
        due[""] = "kms.instance.delete"
        return api.clock() + timedelta(days=91), due

    at, due = with_api(folder, story, database=database, clock=FakeClock(), node="seed")
    return Scene(folder, database, at, due)


def test_two_processes_do_each_thing_once(tmp_path: Path, database: str) -> None:
    made = scene(tmp_path, database)
    done: Counter[str] = Counter()
    with made.worker("a") as a, made.worker("b") as b:
        a.go()
        b.go()
        for worker in (a, b):
            done.update(json.loads(worker.out.readline()))
            assert worker.process.wait() == 0
    assert done == Counter(made.due.values())
    assert made.events("a", "b") == made.expected
    check_versions(made)


def test_what_a_killed_process_left_another_does(tmp_path: Path) -> None:
    made = scene(tmp_path, f"sqlite:///{tmp_path / 'keystead.db'}")
    with made.worker("a") as a:
        a.go()
        log = tmp_path / "audit" / "a"
        while not made.events("a"):
            assert a.process.poll() is None, log
        a.process.kill()
    with made.worker("b") as b:
        b.go()
        done = json.loads(b.out.readline())
    assert sum(done.values()) < len(made.due)
    with made.worker("a") as a:  # which finds the event that was committed and not in its log yet
        a.go()
        assert json.loads(a.out.readline()) == {}
    assert made.events("a", "b") == made.expected
    check_versions(made)


def check_versions(made: Scene) -> None:
    """Look at the keys themselves: what was rotated has two versions and no more, and so on."""

    async def look() -> None:
        settings = Settings(data=made.folder, node="look", database=made.database)
        service = await open_service(settings, lambda: made.at, ready_pairs=0)
        instance, removed = sorted(await service.store.instances(), key=lambda it: it.state)
        assert (removed.state, removed.removed_by) == ("removed", removed.crn)
        query = KeyQuery(instance=instance.id, now=made.at, states=frozenset(KeyState), limit=5000)
        keys = {str(key.id): key for key in await service.store.keys(query)}
        await service.close()
        kept = {
            key: action
            for key, action in made.due.items()
            if action.startswith("kms.secrets") and not action.endswith("purge")
        }
        assert set(keys) == set(kept)
        for name, action in kept.items():
            rotated = action.endswith("rotate")
            assert len(keys[name].versions) == (2 if rotated else 1)
            assert (keys[name].expired_at == made.at) is not rotated

    asyncio.run(look())
