import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from keystead.audit.log import MerkleLog
from keystead.audit.note import verifier_key
from keystead.crypto.signatures import Signer
from keystead.domain.access import ANONYMOUS
from keystead.domain.events import AuditEvent, Origin
from unit.cli.command_line import CommandLine

ORIGIN = "keystead.test/audit"
EVENT = AuditEvent(
    id="0",
    time=datetime(2031, 5, 4, 9, 8, 7, tzinfo=UTC),
    action="kms.secrets.wrap",
    outcome="success",
    severity="normal",
    message="wrap with secret",
    caller=ANONYMOUS,
    origin=Origin(uri="/api/v2/keys", address=None, agent=None, correlation_id="c"),
    target_id="crn",
    target_name="",
    target_type="kms/secrets",
    reason_code=200,
    reason_type="OK",
    failure=None,
    request={},
    response={},
    log_source="",
)


async def _record(directory: Path, signer: Signer) -> None:
    log = await MerkleLog.open(directory, signer, ORIGIN, host="127.0.0.1")
    for number in range(5):
        await log.append(replace(EVENT, id=f"entry-{number}", message=f"event {number}"))
    await log.close()


@pytest.fixture
def log(shell: CommandLine) -> Path:
    directory = shell.home / "audit"
    directory.mkdir(mode=0o700)
    signer = Signer.generate()
    asyncio.run(_record(directory, signer))
    shell.file("public", signer.public.hex().encode() + b"\n")
    shell.file("verifier", verifier_key(ORIGIN, signer.public).encode())
    shell.file("other", Signer.generate().public.hex().encode())
    return directory


@pytest.mark.usefixtures("log")
def test_tail_shows_the_newest_events(shell: CommandLine) -> None:
    events = shell("audit", "tail", "audit", "-n", "2", "--output", "json").json
    assert [(event["index"], event["message"]) for event in events] == [(3, "event 3"), (4, "event 4")]
    assert events[0]["action"] == "kms.secrets.wrap"
    assert len(shell("audit", "tail", "audit").out.splitlines()) == 6


@pytest.mark.usefixtures("log")
@pytest.mark.parametrize("public", ["public", "verifier"])
def test_verify_takes_each_form_of_the_key(shell: CommandLine, public: str) -> None:
    found = shell("audit", "verify", "audit", "--public-key", public, "-o", "json").json
    assert found == {"origin": ORIGIN, "signed": 5, "events": 5, "good": True}


def test_verify_compares_with_a_kept_checkpoint(shell: CommandLine, log: Path) -> None:
    shell.file("kept", (log / "checkpoint").read_bytes())
    assert shell("audit", "verify", "audit", "--public-key", "public", "--checkpoint", "kept").code == 0


def test_verify_fails_after_a_change(shell: CommandLine, log: Path) -> None:
    octets = (log / "events").read_bytes()
    (log / "events").write_bytes(octets.replace(b"event 2", b"event 7"))
    refusal = shell("audit", "verify", "audit", "--public-key", "public", "-o", "json").refusal
    assert "NOT what was recorded: event 2" in refusal


def test_verify_fails_after_a_cut(shell: CommandLine, log: Path) -> None:
    lines = (log / "events").read_bytes().splitlines(keepends=True)
    (log / "events").write_bytes(b"".join(lines[:-1]))
    assert "cut off" in shell("audit", "verify", "audit", "--public-key", "public").refusal


@pytest.mark.usefixtures("log")
def test_a_proof_convinces_who_has_only_the_key(shell: CommandLine) -> None:
    assert shell("audit", "prove", "audit", "3", "--out", "proof").code == 0
    assert b"event 2" not in (shell.home / "proof").read_bytes()
    found = shell("audit", "check", "proof", "--public-key", "public", "-o", "json").json
    assert (found["origin"], found["index"], found["message"]) == (ORIGIN, 3, "event 3")


@pytest.mark.usefixtures("log")
def test_a_proof_may_be_printed(shell: CommandLine) -> None:
    assert json.loads(shell("audit", "prove", "audit", "0").out)["index"] == 0
    assert json.loads(shell("audit", "prove", "audit", "Entry-3").out)["index"] == 3


@pytest.mark.usefixtures("log")
def test_a_forged_proof_convinces_nobody(shell: CommandLine) -> None:
    proof = shell("audit", "prove", "audit", "3").out
    shell.file("forged", proof.replace("event 3", "event 4").encode())
    assert "not what the log" in shell("audit", "check", "forged", "--public-key", "public").refusal
    shell.file("proof", proof.encode())
    assert shell("audit", "check", "proof", "--public-key", "other").refusal


@pytest.mark.usefixtures("log")
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["tail", "nowhere"], "no audit log in nowhere"),
        (["tail", "audit", "--follow", "-o", "json"], "--follow"),
        (["verify", "nowhere", "--public-key", "public"], "no audit log"),
        (["verify", "audit", "--public-key", "none"], "no file none"),
        (["verify", "audit", "--public-key", "audit/events"], "no Ed25519 public key"),
        (["verify", "audit", "--public-key", "other"], "NOT what was recorded"),
        (["verify", "audit", "--public-key", "public", "--checkpoint", "public"], "signed note"),
        (["prove", "audit", "5"], "events 0 to 4"),
        (["prove", "audit", "entry-7"], "no entry"),
        (["prove", "audit", "x" * 5000], "no entry"),
        (["check", "public", "--public-key", "public"], "no proof"),
    ],
)
def test_refusals_are_one_line(shell: CommandLine, arguments: list[str], says: str) -> None:
    assert says in shell("audit", *arguments).refusal
