"""Tables for spreadsheets: comma-separated values, in which no cell is taken for a formula.

Source: ``spec/crypto-units.md`` section 7.1 (the columns of events).
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import typer

from keystead.client.errors import unreadable
from keystead.domain.event_queries import key_of

EVENT_COLUMNS: Final = (
    "serviceName",
    "region",
    "accountId",
    "instanceId",
    "keyId",
    "action",
    "outcome",
    "reasonType",
    "reasonCode",
    "initiatorId",
    "initiatorName",
    "authId",
    "requestInstanceId",
    "eventTime",
    "correlationId",
    "agent",
)
_SERVICE, _REGION, _ACCOUNT, _INSTANCE = 4, 5, 6, 7
_SEGMENTS: Final = 10
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def event_row(event: Mapping[str, Any]) -> Sequence[object]:
    """Return an event of the audit log as a row; `RemoteError` for what is none."""
    try:
        return _row(event)
    except (KeyError, TypeError, AttributeError):
        raise unreadable("what the server sent is no audit event") from None


def _row(event: Mapping[str, Any]) -> Sequence[object]:
    segments = str(event["logSourceCRN"]).split(":")
    segments += [""] * (_SEGMENTS - len(segments))
    who, reason = event["initiator"], event["reason"]
    return (
        segments[_SERVICE],
        segments[_REGION],
        segments[_ACCOUNT].removeprefix("a/"),
        segments[_INSTANCE],
        key_of(event) or "",
        event["action"],
        event["outcome"],
        reason["reasonType"],
        reason["reasonCode"],
        who["id"],
        who["name"],
        who.get("authnId", ""),
        event["requestData"].get("instanceID", ""),
        event["eventTime"],
        event["correlationId"],
        who["host"].get("agent", ""),
    )


def csv_of(rows: Iterable[Sequence[object]]) -> str:
    """Return *rows* as lines; what a spreadsheet would take for a formula stands behind an apostrophe."""
    text = io.StringIO()
    csv.writer(text).writerows([[_cell(value) for value in row] for row in rows])
    return text.getvalue()


def write_rows(rows: Iterable[Sequence[object]]) -> None:
    """Print *rows* as lines."""
    typer.echo(csv_of(rows), nl=False)


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
