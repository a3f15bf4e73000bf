"""What a server is asked about its audit log: events, uses of one key, and a report of all keys."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

import msgspec
import typer

from keystead.cli.impact import note_logs
from keystead.cli.output import Output, note, show_all
from keystead.cli.session import audit_session
from keystead.cli.tables import csv_of
from keystead.client.audit_api import AuditApi
from keystead.client.errors import BadInput, RemoteError
from keystead.client.new_file import new_file
from keystead.domain.event_queries import EventQuery

T = TypeVar("T")
USES: Final = {
    "Key": "key",
    "Version": "version",
    "Last used": "last",
    "For": "action",
    "By": "by",
    "Assumed by": "assumedBy",
    "Uses": "uses",
    "Callers": "callers",
}
"""The columns of uses."""


def report(
    month: Annotated[str | None, typer.Option("--month", help="Like 2031-05; this month.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All instances that you manage, up to 100.")] = False,
    table: Annotated[
        bool, typer.Option("--csv", help="A table for spreadsheets, a line for each key.")
    ] = False,
    out: Annotated[Path | None, typer.Option("--out", help="New file; else it is printed.")] = None,
) -> None:
    """Report all keys of the instance, what they protect, and what was done with them in a month."""
    with audit_session() as server:
        found, more = server.every_instance() if every else ([server], False)
        octets = _table(found, month, every) if table else _whole(found, month, every)
    if more:
        note("there are more than 100 instances; those beyond are not reported")
    if out is None:
        typer.echo(octets.decode(), nl=False)
        return
    with new_file(out) as file:
        file.write(octets)


def _whole(servers: list[AuditApi], month: str | None, every: bool) -> bytes:
    """Return one report of all instances, in JSON."""
    reports = list(_each(servers, every, lambda server: server.report(month)))
    if not reports:
        raise BadInput("there is no instance that you manage")
    whole = reports[0]
    for another in reports[1:]:
        whole["result"]["kms_instances"] += another["result"]["kms_instances"]
    return msgspec.json.format(msgspec.json.encode(whole), indent=2) + b"\n"


def _table(servers: list[AuditApi], month: str | None, every: bool) -> bytes:
    """Return the keys of all instances as one table."""
    tables = list(_each(servers, every, lambda server: list(server.table(month))))
    rows = [row for at, table in enumerate(tables) for row in (table if at == 0 else table[1:])]
    return csv_of(rows).encode()


def _each(servers: list[AuditApi], every: bool, ask: Callable[[AuditApi], T]) -> Iterator[T]:
    """Yield what *servers* say; where all were asked for, one that refuses is left out."""
    for server in servers:
        try:
            yield ask(server)
        except RemoteError as error:
            if not every:
                raise
            note(f"instance {server.instance} is left out: {error.message}")


def usage_from_server(key: str | None, narrowed: tuple[str | None, ...], output: Output) -> None:
    """Show when each version of the key was used last; *narrowed* is what only logs can be asked."""
    if key is None or any(narrowed):
        raise BadInput("a server tells of one key, and of all its uses: give --key and nothing else")
    with audit_session() as server:
        found = server.usage(key)
    rows = [
        {
            "key": found.key_id,
            "version": one.id,
            "last": one.last_used,
            "action": one.last_action,
            "by": one.last_used_by,
            "assumedBy": one.last_used_authn_id,
            "uses": one.count,
            "callers": sorted({str(use.get("iamId")) for use in one.uses}),
        }
        for one in found.versions
    ]
    show_all(rows, USES, output)
    note_logs(found.audit_logs)
    if found.more:
        note("not all was counted or is shown: there may be more uses")


def events_from_server(asked: EventQuery, most: int, *, of_account: bool) -> list[dict[str, Any]]:
    """Return the newest events that the server has of the instance, or of the account, the newest last."""
    filters = {
        "key": asked.key,
        "caller": asked.caller,
        "action": asked.action,
        "outcome": asked.outcome,
        "from": asked.since and asked.since.isoformat(),
        "to": asked.until and asked.until.isoformat(),
    }
    with audit_session() as server:
        ask = server.account_events if of_account else server.events
        events = ask({name: value for name, value in filters.items() if value})
        return list(itertools.islice(events, most))[::-1]
