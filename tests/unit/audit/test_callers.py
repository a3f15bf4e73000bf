"""Who used a key lately: as the logs say, from all of them, and honestly about what was not read."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from api import Api, with_api
from keystead.audit import callers
from keystead.audit.callers import LoggedUses
from keystead.audit.layout import EVENTS
from keystead.domain.errors import Tampered, Unavailable
from keystead.domain.events import AuditEvent
from keystead.domain.ids import IamId
from keystead.domain.impact import Use, Uses
from keystead.domain.permissions import Role
from unit.audit.sample import CALLER, CRN, INSTANCE, START, event, opened

KEY = f"{CRN}:key:{INSTANCE}"
ANA, BEN = IamId("IBMid-ana"), IamId("IBMid-ben")
DAY = timedelta(days=1)
SINCE = START - 30 * DAY


def used(number: int, by: IamId, at: datetime, verb: str = "wrap", **fields: Any) -> AuditEvent:
    whole: dict[str, Any] = {
        "caller": replace(CALLER, iam_id=by),
        "time": at,
        "action": f"kms.secrets.{verb}",
        "target_id": KEY,
    }
    return replace(event(number), **whole | fields)


def write(folder: Path, events: Iterable[AuditEvent], node: str = "node-1") -> Path:
    async def whole() -> None:
        log = await opened(folder / node)
        for one in events:
            await log.append(one)
        await log.close()

    asyncio.run(whole())
    return folder / node / EVENTS


def read(folder: Path, since: datetime = SINCE, **limits: int) -> Uses:
    return asyncio.run(LoggedUses(folder, **limits).of_key(KEY, since))


def test_uses_are_summed_by_caller_and_action_from_all_logs(tmp_path: Path) -> None:
    write(tmp_path, [used(1, ANA, START - 40 * DAY), used(2, ANA, START - 3 * DAY), used(3, BEN, START)])
    write(
        tmp_path,
        [
            used(4, ANA, START - 2 * DAY),
            used(5, ANA, START - DAY, "unwrap"),
            used(6, BEN, START, outcome="failure", failure="no", reason_code=409),
            used(7, BEN, START, "read"),
            used(8, BEN, START, target_id=f"{KEY}0"),
            used(9, BEN, START, target_id=f"{CRN}::", message=KEY),
        ],
        "node-2",
    )
    found = read(tmp_path)
    assert found.found == (
        Use(caller=BEN, action="kms.secrets.wrap", last=at(START), count=1),
        Use(caller=ANA, action="kms.secrets.unwrap", last=at(START - DAY), count=1),
        Use(caller=ANA, action="kms.secrets.wrap", last=at(START - 2 * DAY), count=2),
    )
    assert (found.logs, found.read_to, found.more) == (("node-1", "node-2"), SINCE, False)


def at(time: datetime) -> datetime:
    """Return *time* as an event has it: hundredths of a second."""
    return time.replace(microsecond=time.microsecond // 10_000 * 10_000)


def test_no_log_is_no_use(tmp_path: Path) -> None:
    assert read(tmp_path) == Uses(found=(), logs=(), read_to=SINCE, more=False)


def test_what_is_too_long_is_cut_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("keystead.audit.records._BLOCK", 4096)
    times = [START - (99 - number) * timedelta(hours=1) for number in range(100)]
    write(tmp_path, [used(number, ANA, time) for number, time in enumerate(times)])
    whole = read(tmp_path)
    assert (whole.found[0].count, whole.more) == (100, False)
    part = read(tmp_path, most_octets=16_384)
    count = part.found[0].count
    assert 1 < count < 100
    assert (part.more, part.read_to) == (True, at(times[-count]))
    monkeypatch.setattr(callers, "MOST_EVENTS", 10)
    few = read(tmp_path)
    assert few.more
    assert few.found[0].count < 20


def test_nothing_older_is_read_than_was_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("keystead.audit.records._BLOCK", 4096)
    times = [START - (99 - number) * DAY for number in range(100)]
    file = write(tmp_path, [used(number, ANA, time) for number, time in enumerate(times)])
    octets = bytearray(file.read_bytes())
    octets[:100] = b"x" * 100  # who came here would find it damaged
    file.write_bytes(octets)
    found = read(tmp_path, START - 30 * DAY - timedelta(seconds=1))
    assert (found.found[0].count, found.more) == (31, False)
    with pytest.raises(Tampered):
        read(tmp_path, START - 200 * DAY)


def test_a_log_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "node-1" / EVENTS).mkdir(parents=True)
    with pytest.raises(Unavailable):
        read(tmp_path)


def test_a_server_tells_who_used_a_key(tmp_path: Path) -> None:
    async def story(api: Api) -> None:
        key, other = (await api.create())["id"], (await api.create())["id"]
        reader = await api.other(Role.READER)
        blob = (await reader.act(key, "wrap")).json["ciphertext"]
        for _ in range(2):
            assert (await reader.act(key, "unwrap", {"ciphertext": blob})).status == 200
        assert (await api.act(other, "wrap")).status == 200
        assert (await api.act(key, "wrap", {"plaintext": "?"})).status == 400
        answer = await api.send("GET", f"/keys/{key}/impact")
        assert answer.status == 200, answer.body
        now = f"{api.clock().astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        told = [(one["action"], one["count"], one["lastUsed"]) for one in answer.resource["callers"]]
        assert told == [("kms.secrets.wrap", 1, now), ("kms.secrets.unwrap", 2, now)]
        assert len({one["iamId"] for one in answer.resource["callers"]}) == 1
        assert answer.resource["auditLogs"] == ["local"]

    with_api(tmp_path, story)
