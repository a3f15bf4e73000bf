"""`keystead audit query` and `usage`: what happened, and what keys are used for."""

import itertools
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from keystead.audit.query import Event, newest_first
from keystead.audit.usage import uses
from keystead.cli.audit_log import require
from keystead.cli.audit_server import USES, events_from_server, usage_from_server
from keystead.cli.output import Output, OutputOption, note, show_all
from keystead.cli.tables import EVENT_COLUMNS, event_row, write_rows
from keystead.client.errors import BadInput, unreadable
from keystead.domain.event_queries import OUTCOMES, EventQuery, key_of
from keystead.domain.ids import is_uuid

Directories = Annotated[
    list[Path] | None,
    typer.Argument(help="Directories of logs: DATA/audit/NODE; without any, the server is asked."),
]
KeyOption = Annotated[str | None, typer.Option("--key", help="Only events of the key of this id.")]
CallerOption = Annotated[str | None, typer.Option("--caller", help="Only of this IAM id or e-mail address.")]
SinceOption = Annotated[str | None, typer.Option("--since", help="RFC 3339, a date, or like 30d, 4h, 90m.")]
UntilOption = Annotated[str | None, typer.Option("--until", help="As --since; not itself.")]

_EVENT: Final = {
    "Time": "eventTime",
    "Action": "action",
    "Outcome": "outcome",
    "Caller": "caller",
    "Key": "key",
    "Message": "message",
}
_AGO: Final = re.compile(r"([1-9][0-9]{0,5})([dhms])\Z")
_UNITS: Final = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}


def query(  # noqa: PLR0913, PLR0917 - one argument for each option
    directories: Directories = None,
    key: KeyOption = None,
    caller: CallerOption = None,
    action: Annotated[
        str | None, typer.Option("--action", help="Like secrets.wrap or kms.secrets.*; old names too.")
    ] = None,
    outcome: Annotated[str | None, typer.Option("--outcome", help="success or failure.")] = None,
    since: SinceOption = None,
    until: UntilOption = None,
    limit: Annotated[
        int, typer.Option("--limit", "-n", min=1, max=100_000, help="The newest so many.")
    ] = 100,
    account: Annotated[
        bool,
        typer.Option("--account", help="Of the account, and not of what is in the instance: IAM, instances."),
    ] = False,
    table: Annotated[
        bool, typer.Option("--csv", help="A table for spreadsheets, with the columns of IBM's reporter.")
    ] = False,
    output: OutputOption = Output.TEXT,
) -> None:
    """Show events that have all that is asked for, the newest last; this does not verify the log.

    Without directories, the server that you are logged in to is asked about its instance, or your account.
    """
    asked = _asked(key, caller, since, until, action=action, outcome=outcome)
    if account and (directories or key is not None):
        raise BadInput("--account asks the server, and of no key: leave out directories and --key")
    if directories:
        found = _from_logs(directories, asked, limit + 1)
    else:
        found = events_from_server(asked, limit + 1, of_account=account)
    newest = found[-limit:]
    if table:
        write_rows([EVENT_COLUMNS, *map(event_row, newest)])
    else:
        show_all([_shown(event) for event in newest], _EVENT, output)
    if len(found) > limit:
        note(f"there are older ones; add --limit {limit * 10}, or narrow it with --until")


def usage(
    directories: Directories = None,
    key: KeyOption = None,
    caller: CallerOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    output: OutputOption = Output.TEXT,
) -> None:
    """Show when each version of each key was used last, for what and by whom, and how often.

    Without directories, the server that you are logged in to is asked about one key.
    """
    if not directories:
        usage_from_server(key, (caller, since, until), output)
        return
    asked = _asked(key, caller, since, until)
    events = itertools.chain(*(_events(directory, asked) for directory in directories))
    rows = [
        {
            "key": use.key,
            "version": use.version,
            "last": use.last.isoformat(),
            "action": use.action,
            "by": use.by,
            "assumedBy": use.behind,
            "uses": use.count,
            "callers": sorted(use.callers),
        }
        for use in uses(events)
    ]
    show_all(rows, USES, output)


def _asked(
    key: str | None,
    caller: str | None,
    since: str | None,
    until: str | None,
    *,
    action: str | None = None,
    outcome: str | None = None,
) -> EventQuery:
    if key is not None and not is_uuid(key):
        raise BadInput("--key takes the id of a key; `keystead key list` shows it")
    if outcome not in {None, *OUTCOMES}:
        raise BadInput("--outcome is success or failure")
    return EventQuery(
        key=None if key is None else key.lower(),
        caller=caller,
        action=action,
        outcome=outcome,
        since=_moment("--since", since),
        until=_moment("--until", until),
    )


def _moment(name: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    if (ago := _AGO.match(text)) is not None:
        return datetime.now(UTC) - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(f"{name} takes a time like 2026-01-31T12:00:00Z, a date, or like 30d") from None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def _from_logs(directories: list[Path], asked: EventQuery, most: int) -> list[dict[str, Any]]:
    """Return the newest events of all logs, the newest last."""
    newest = [list(itertools.islice(_events(directory, asked), most)) for directory in directories]
    events = sorted(itertools.chain(*newest), key=lambda event: event.time)
    return [{**event.content, "index": event.record.index} for event in events]


def _events(directory: Path, asked: EventQuery) -> Iterator[Event]:
    require(directory)
    return newest_first(directory, asked)


def _shown(event: dict[str, Any]) -> dict[str, Any]:
    try:
        who = event["initiator"]
        return {**event, "caller": who["name"] or who["id"], "key": key_of(event)}
    except (KeyError, TypeError):
        raise unreadable("what the server sent is no audit event") from None
