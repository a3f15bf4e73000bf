"""`keystead audit export`: pass the log on to a file, to syslog or to an HTTP collector."""

import os
import signal
from contextlib import closing
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from keystead.cli.audit_log import DirectoryArgument, PublicOption, public_key, require
from keystead.cli.output import note
from keystead.export.batches import Source
from keystead.export.pump import Pump
from keystead.export.sinks import sink_of

TOKEN_VARIABLE = "KEYSTEAD_EXPORT_TOKEN"  # noqa: S105 - the name of a variable

TargetOption = Annotated[
    str,
    typer.Option(
        "--to",
        help="file:PATH, syslog+udp://HOST:PORT, syslog+tcp://\u2026, syslog+tls://\u2026, or https://\u2026",
    ),
]
CursorOption = Annotated[
    Path, typer.Option("--cursor", help="File that says where this export stands; it is made.")
]
AuthoritiesOption = Annotated[
    Path | None, typer.Option("--ca-file", help="PEM file with the only authorities to trust.")
]


def export(
    directory: DirectoryArgument,
    public: PublicOption,
    to: TargetOption,
    cursor: CursorOption,
    ca_file: AuthoritiesOption = None,
    batch: Annotated[int, typer.Option(min=1, max=10_000, help="Events that are sent at once.")] = 500,
    once: Annotated[bool, typer.Option("--once", help="Pass on what is signed now, and end.")] = False,
) -> None:
    """Pass on signed events in their order, each at least once, and go on until interrupted.

    An HTTP collector that wants a bearer token gets that of the variable KEYSTEAD_EXPORT_TOKEN.
    """
    require(directory)
    source = Source(directory, public_key(public))
    signal.signal(signal.SIGTERM, _end)
    with closing(sink_of(to, ca_file, os.environ.get(TOKEN_VARIABLE))) as sink:
        sent = Pump(source, sink, cursor, batch, note).run(once=once)
    note(f"{sent} events were passed on")


def _end(_number: int, _frame: object) -> NoReturn:
    raise typer.Exit(0)
