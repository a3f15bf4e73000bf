"""`keystead audit query` and `usage` on logs of two nodes."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from keystead.audit.log import MerkleLog
from keystead.domain.access import Caller
from keystead.domain.events import AuditEvent
from keystead.domain.ids import IamId
from unit.audit.sample import CALLER, CRN, HOST, ORIGIN, SIGNER, event
from unit.cli.command_line import CommandLine

START = datetime(2031, 5, 4, 9, 0, 0, tzinfo=UTC)
KEYS = [f"{number}f1e2d3c-4b5a-4678-9abc-def012345678" for number in range(3)]
VERSIONS = [f"{number}0000000-4b5a-4678-9abc-def012345678" for number in range(9)]
BOB = replace(CALLER, iam_id=IamId("IBMid-1111111111"), name="bob@example.com")


def happened(
    minute: int, verb: str, key: int, who: Caller = CALLER, *, failed: bool = False, **said: str
) -> AuditEvent:
    return replace(
        event(minute),
        id=f"event-{minute}",
        time=START + timedelta(minutes=minute),
        action=f"kms.secrets.{verb}",
        outcome="failure" if failed else "success",
        caller=who,
        message=f"minute {minute}",
        target_id=f"{CRN}:key:{KEYS[key]}",
        response=said,
    )


NODES = {
    "node-1": [
        happened(0, "create", 0),
        happened(2, "wrap", 0, keyVersionId=VERSIONS[0]),
        happened(4, "unwrap", 0, BOB, keyVersionId=VERSIONS[0]),
        happened(6, "unwrap", 0, BOB, failed=True, keyVersionId=VERSIONS[0]),
        happened(8, "rewrap", 0, keyVersionId=VERSIONS[0], rewrappedKeyVersionId=VERSIONS[1]),
    ],
    "node-2": [
        happened(1, "create", 1, BOB),
        happened(3, "wrap", 0, keyVersionId=VERSIONS[0]),
        replace(
            happened(5, "read", 0), action="kms.secrets-metadata.read", target_id=f"{CRN}::", target_name=""
        ),
        happened(7, "wrap", 1, BOB, keyVersionId=VERSIONS[5]),
    ],
}


async def record(directory: Path, events: list[AuditEvent]) -> None:
    log = await MerkleLog.open(directory, SIGNER, ORIGIN, host=HOST)
    for one in events:
        await log.append(one)
    await log.close()


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("audit")
    for node, events in NODES.items():
        asyncio.run(record(folder / node, events))
    return [str(folder / node) for node in NODES]


def minutes(shell: CommandLine, logs: list[str], *words: str) -> list[int]:
    done = shell("audit", "query", *logs, *words, "--output", "json")
    assert done.code == 0, done.err
    return [int(one["message"].removeprefix("minute ")) for one in done.json]


def test_events_of_all_nodes_in_the_order_of_time(shell: CommandLine, logs: list[str]) -> None:
    assert minutes(shell, logs) == list(range(9))
    assert minutes(shell, logs[1:]) == [1, 3, 5, 7]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["--key", KEYS[0]], [0, 2, 3, 4, 6, 8]),
        (["--key", KEYS[0].upper()], [0, 2, 3, 4, 6, 8]),
        (["--key", KEYS[2]], []),
        (["--caller", "bob@example.com"], [1, 4, 6, 7]),
        (["--caller", "IBMid-1111111111"], [1, 4, 6, 7]),
        (["--caller", "bob"], []),
        (["--action", "kms.secrets.wrap"], [2, 3, 7]),
        (["--action", "secrets.*wrap"], [2, 3, 4, 6, 7, 8]),
        (["--action", "secrets.readmetadata"], [5]),
        (["--action", "kms.secrets.readmetadata"], [5]),
        (["--outcome", "failure"], [6]),
        (["--since", "2031-05-04T09:05:00Z"], [5, 6, 7, 8]),
        (["--since", "2031-05-04T11:05:00+02:00", "--until", "2031-05-04T09:07"], [5, 6]),
        (["--until", "2031-05-04"], []),
        (["--since", "2031-05-05"], []),
        (["--key", KEYS[0], "--caller", "bob@example.com", "--outcome", "success"], [4]),
    ],
    ids=str,
)
def test_what_is_asked_for(shell: CommandLine, logs: list[str], words: list[str], found: list[int]) -> None:
    assert minutes(shell, logs, *words) == found


def test_the_newest_and_that_there_are_older_ones(shell: CommandLine, logs: list[str]) -> None:
    done = shell("audit", "query", *logs, "-n", "2")
    assert [line.split()[-1] for line in done.out.splitlines()[1:]] == ["7", "8"]
    assert "there are older ones; add --limit 20" in done.err
    assert "older" not in shell("audit", "query", *logs, "-n", "9").err


def test_a_time_ago_counts_from_now(shell: CommandLine, logs: list[str]) -> None:
    for ago in ("1d", "4h", "90m", "10s"):
        assert minutes(shell, logs, "--since", ago) == list(range(9))  # they are in years to come
        assert minutes(shell, logs, "--until", ago) == []


def test_what_each_version_was_used_for_last(shell: CommandLine, logs: list[str]) -> None:
    rows = shell("audit", "usage", *logs, "--output", "json").json
    seen = [(one["key"], one["version"], one["action"], one["by"], one["uses"]) for one in rows]
    assert seen == [
        (KEYS[0], VERSIONS[0], "kms.secrets.rewrap", CALLER.iam_id, 4),
        (KEYS[0], VERSIONS[1], "kms.secrets.rewrap", CALLER.iam_id, 1),
        (KEYS[1], VERSIONS[5], "kms.secrets.wrap", BOB.iam_id, 1),
    ]
    assert rows[0]["callers"] == [CALLER.iam_id, BOB.iam_id]
    assert rows[0]["last"] == "2031-05-04T09:08:00+00:00"
    mine = shell(
        "audit", "usage", *logs, "--key", KEYS[0], "--caller", "bob@example.com", "--output", "json"
    ).json
    assert [(one["version"], one["action"], one["uses"]) for one in mine] == [
        (VERSIONS[0], "kms.secrets.unwrap", 1)
    ]
    assert shell("audit", "usage", *logs, "--since", "2032-01-01", "--output", "json").json == []
    assert shell("audit", "usage", *logs).out.splitlines()[0].split()[:2] == ["Key", "Version"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--key", "payroll"], "--key takes the id"),
        (["--since", "yesterday"], "--since takes a time"),
        (["--until", "0d"], "--until takes a time"),
        (["--outcome", "both"], "success or failure"),
        (["--account"], "leave out directories"),
    ],
)
def test_bad_questions(shell: CommandLine, logs: list[str], words: list[str], says: str) -> None:
    done = shell("audit", "query", *logs, *words)
    assert (done.code, done.out) == (1, "")
    assert says in done.err
    assert len(done.err.splitlines()) == 1


def test_no_log_and_a_damaged_one(shell: CommandLine, logs: list[str], tmp_path: Path) -> None:
    done = shell("audit", "query", *logs, str(tmp_path))
    assert (done.code, done.out) == (1, "")
    assert "there is no audit log" in done.err
    asyncio.run(record(tmp_path / "node", NODES["node-1"]))
    file = tmp_path / "node" / "events"
    file.write_bytes(file.read_bytes().replace(b"minute 2", b"minute 3"))
    for command in ("query", "usage"):
        done = shell("audit", command, str(tmp_path / "node"))
        assert (done.code, done.out) == (1, "")
        assert "verify the log" in done.err
