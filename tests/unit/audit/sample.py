"""Events and logs for these tests."""

import asyncio
import os
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from keystead.audit.log import MerkleLog
from keystead.crypto.signatures import Signer
from keystead.domain.access import Caller
from keystead.domain.events import AuditEvent, Origin
from keystead.domain.ids import AccountId, IamId
from keystead.domain.material import KeyMaterial

SIGNER = Signer.from_seed(KeyMaterial(bytes(range(32))))
ORIGIN = "keystead.example/audit/node-1"
HOST = "kms.example"
INSTANCE = "0f1e2d3c-4b5a-4678-9abc-def012345678"
CRN = f"crn:v1:bluemix:public:kms:us-south:a/{'a' * 32}:{INSTANCE}"
NEVER = 3600.0  # seconds: tests sign and heal when they say so
START = datetime(2026, 1, 31, 19, 12, 13, 329_999, UTC)

CALLER = Caller(
    iam_id=IamId("IBMid-0000000000"),
    name="user@example.com",
    account=AccountId("a" * 32),
    kind="user",
    credential="token",
)


def event_id(number: int) -> str:
    """Return the id of the event *number*."""
    return f"00000000-0000-4000-8000-{number:012d}"


def event(number: int) -> AuditEvent:
    """Return an event that differs from any other *number*'s."""
    return AuditEvent(
        id=event_id(number),
        time=START + timedelta(milliseconds=number),
        action="kms.secrets.wrap",
        outcome="success",
        severity="normal",
        message="Key Protect: wrap with secret my-key",
        caller=CALLER,
        origin=Origin(
            uri=f"/api/v2/keys/{INSTANCE}/actions/wrap",
            address="203.0.113.7",
            agent="curl/8",
            correlation_id=f"correlation-{number}",
        ),
        target_id=f"{CRN}:key:{INSTANCE}",
        target_name="my-key",
        target_type="kms/secrets",
        reason_code=200,
        reason_type="OK",
        failure=None,
        request={},
        response={"keyVersionId": event_id(number)},
        log_source=f"{CRN}::",
    )


async def opened(directory: Path, *, anchor: bytes | None = None) -> MerkleLog:
    """Open the log, which signs only when it is told to."""
    return await MerkleLog.open(directory, SIGNER, ORIGIN, host=HOST, anchor=anchor, interval=NEVER)


async def append(log: MerkleLog, numbers: range) -> None:
    """Append the events *numbers* together."""
    await asyncio.gather(*(log.append(event(number)) for number in numbers))


def with_log(directory: Path, work: Callable[[MerkleLog], Coroutine[Any, Any, None]]) -> None:
    """Run *work* on the open log and close it."""

    async def run() -> None:
        log = await opened(directory)
        try:
            await work(log)
        finally:
            await log.close()

    asyncio.run(run())


def written(directory: Path, count: int, *, unsigned: int = 0) -> bytes:
    """Make a log of *count* signed events and *unsigned* more, as a crash leaves it; return its note."""

    async def run() -> bytes:
        log = await opened(directory)
        await append(log, range(count))
        await log.tick()
        await append(log, range(count, count + unsigned))
        note = log.checkpoint
        await abandon(log)
        return note

    return asyncio.run(run())


async def abandon(log: MerkleLog) -> None:
    """Let go of the log as a killed process would: nothing more is written."""
    log._ticker.remove_done_callback(log._ticker_ended)
    log._ticker.cancel()
    await asyncio.wait([log._ticker])
    log._checkpoints.close()
    log._writer.close()
    log._file.close()
    os.close(log._held)


def lines(directory: Path) -> list[bytes]:
    """Return the records of the log."""
    return (directory / "events").read_bytes().splitlines(keepends=True)


def put(directory: Path, records: list[bytes]) -> None:
    """Overwrite the records of the log."""
    (directory / "events").write_bytes(b"".join(records))
