"""What was done and could not be recorded is recorded first of all, and once."""

import errno
import json
from pathlib import Path
from typing import Any

import pytest

from api import Api, with_api
from http_peer import Answer
from keystead.audit.events_file import failed_write
from keystead.domain.changes import Change
from keystead.domain.errors import Unavailable
from keystead.domain.events import AuditEvent

UNRECORDED = "The command was carried out but is not yet recorded: Look before you try again"
DATABASES = pytest.mark.parametrize("database", ["memory:", None])


def events(folder: Path) -> list[tuple[str, str]]:
    """Return action and outcome of everything in the log, oldest first."""
    lines = (folder / "audit" / "local" / "events").read_text().splitlines()
    found = [json.loads(line)["entry"]["event"] for line in lines]
    return [(event["action"], event["outcome"]) for event in found]


def error_of(answer: Answer) -> str:
    (only,) = answer.json["resources"]
    return str(only["errorMsg"])


@DATABASES
def test_the_disk_is_full_between_commit_and_log(
    tmp_path: Path, database: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(api: Api) -> None:
        key, file = (await api.create())["id"], api.service.log._file
        before = len(events(tmp_path))
        with monkeypatch.context() as patch:
            patch.setattr(file, "write", no_space)
            answer = await api.act(key, "disable")
            assert (answer.status, error_of(answer)) == (503, f"Service Unavailable: {UNRECORDED}")
            assert (await api.act(key, "enable")).status == 503  # the log is known to be full
        await api.service.log.tick()  # where it finds that it can write again
        assert (await api.send("GET", f"/keys/{key}")).resource["state"] == 2
        assert events(tmp_path)[before:] == [
            ("kms.secrets.disable", "success"),
            ("kms.secrets.read", "success"),
        ]
        assert await api.service.store.pending() == ()

    with_api(tmp_path, story, database=database)


def no_space(octets: bytes) -> None:  # noqa: ARG001 - none of them finds room
    error = OSError(errno.ENOSPC, "No space left on device")
    raise failed_write(error) from error


@DATABASES
def test_a_connection_lost_right_after_the_commit(
    tmp_path: Path, database: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(api: Api) -> None:
        key, store = (await api.create())["id"], api.service.store
        before, commit = len(events(tmp_path)), store.commit

        async def lost(change: Change, event: AuditEvent | None) -> None:
            await commit(change, event)
            raise Unavailable("the connection was lost")

        with monkeypatch.context() as patch:
            patch.setattr(store, "commit", lost)
            assert (await api.act(key, "disable")).status == 503
        answers: list[Any] = [await api.send("GET", f"/keys/{key}") for _ in range(3)]
        assert {answer.resource["state"] for answer in answers} == {2}
        found = events(tmp_path)[before:]
        assert found.count(("kms.secrets.disable", "success")) == 1
        assert found.index(("kms.secrets.disable", "success")) < found.index(("kms.secrets.read", "success"))
        assert await store.pending() == ()

    with_api(tmp_path, story, database=database)
