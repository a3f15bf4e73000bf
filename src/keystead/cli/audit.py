"""`keystead audit`: read the audit log, verify it, and prove single events of it to others."""

import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from keystead.audit.records import Record
from keystead.audit.verify import Proof, Report, check_proof, follow, prove, tail, verify
from keystead.cli import audit_export, audit_files, audit_queries, audit_report
from keystead.cli.audit_log import DirectoryArgument, PublicOption, content, require
from keystead.cli.audit_log import public_key as public_octets
from keystead.cli.output import Output, OutputOption, note, show, show_all
from keystead.client.errors import BadInput
from keystead.client.new_file import new_file

app = typer.Typer(help="Read, verify and prove the audit log.", no_args_is_help=True, add_completion=False)
app.command("query")(audit_queries.query)
app.command("usage")(audit_queries.usage)
app.command("report")(audit_report.report)
app.command("process-at")(audit_files.process_at)
app.command("export")(audit_export.export)

_EVENT = {"Index": "index", "Time": "time", "Action": "action", "Outcome": "outcome", "Message": "message"}
_REPORT = {"Log": "origin", "Signed events": "signed", "Good events": "events", "Good": "good"}
_PROVEN = {"Log": "origin", "Signed events": "signed", **_EVENT}
_PAUSE = 0.5  # seconds between two looks at the end of the log


@app.command("tail")
def tail_log(
    directory: DirectoryArgument,
    count: Annotated[int, typer.Option("--lines", "-n", min=1, max=10_000, help="At most so many.")] = 10,
    follow_log: Annotated[bool, typer.Option("--follow", "-f", help="Go on until interrupted.")] = False,
    output: OutputOption = Output.TEXT,
) -> None:
    """Show the newest events; this does not verify them."""
    require(directory)
    if follow_log and output is Output.JSON:
        raise BadInput("--follow has no end and JSON output is one value; leave out one of them")
    start = (directory / "events").stat().st_size if follow_log else 0
    show_all([_event(record) for record in tail(directory, count)], _EVENT, output)
    if follow_log:
        for record in follow(directory, _again, start):
            event = _event(record)
            note("   ".join(str(event.get(name, "")) for name in _EVENT.values()))


@app.command("verify")
def verify_log(
    directory: DirectoryArgument,
    public_key: PublicOption,
    checkpoint: Annotated[
        Path | None, typer.Option(help="A checkpoint that you kept: all it covers must still be there.")
    ] = None,
    output: OutputOption = Output.TEXT,
) -> None:
    """Hash every event again and compare with what was signed; exit code 1 if anything differs."""
    require(directory)
    kept = None if checkpoint is None else content(checkpoint)
    report = verify(directory, public_octets(public_key), kept)
    if not report.good:
        raise BadInput(_findings(directory, report))
    if report.torn:
        note("the last line is incomplete: it is being written, or a crash cut it off before it counted")
    show(_summary(report), _REPORT, output)


@app.command("prove")
def prove_event(
    directory: DirectoryArgument,
    event: Annotated[
        str, typer.Argument(metavar="EVENT", help="Its index, or what a server shows as its logEntry.")
    ],
    out: Annotated[Path | None, typer.Option(help="New file for the proof; else it is printed.")] = None,
) -> None:
    """Write a proof, as JSON, that one event is in the log; who gets it sees no other event."""
    require(directory)
    try:
        proof = prove(directory, _which(event)).encode()
    except ValueError as error:
        raise BadInput(f"event {event} cannot be proven: {error}") from error
    if out is None:
        typer.echo(proof.decode())
        return
    with new_file(out) as file:
        file.write(proof + b"\n")


@app.command()
def check(
    proof: Annotated[Path, typer.Argument(help="File that `keystead audit prove` wrote.")],
    public_key: PublicOption,
    output: OutputOption = Output.TEXT,
) -> None:
    """Check a proof and show its event; needs the log's public key and nothing else."""
    proven = check_proof(Proof.decode(content(proof)), public_octets(public_key))
    show({"origin": proven.origin, "signed": proven.size, **_event(proven.record)}, _PROVEN, output)


def _which(event: str) -> int | str:
    return int(event) if re.fullmatch("[0-9]{1,18}", event) else event.lower()


def _event(record: Record) -> dict[str, Any]:
    event: dict[str, Any] = msgspec.json.decode(record.event)
    return {"index": record.index, "time": event.get("eventTime"), **event}


def _summary(report: Report) -> Mapping[str, Any]:
    return {"origin": report.origin, "signed": report.size, "events": report.events, "good": report.good}


def _findings(directory: Path, report: Report) -> str:
    texts = "; ".join(finding.text for finding in report.findings)
    return (
        f"the audit log {directory} is NOT what was recorded: {texts}; "
        "keep it as evidence and compare with copies and exports"
    )


def _again() -> bool:
    time.sleep(_PAUSE)
    return True
