"""Tables for spreadsheets: comma-separated values, in which no cell is taken for a formula.

Source: ``spec/crypto-units.md`` section 7.1 (the columns of events).
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import typer

from keystead.domain.event_queries import key_in
from keystead.domain.spreadsheets import cell

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


def event_row(event: Mapping[str, Any]) -> Sequence[object]:
    """Return an event of an audit log, which may be another's, as a row; what it does not say is empty."""
    who, reason, target = (_part(event, name) for name in ("initiator", "reason", "target"))
    source = str(event.get("logSourceCRN") or target.get("id", "")).split(":")
    source += [""] * (_SEGMENTS - len(source))
    return (
        source[_SERVICE],
        source[_REGION],
        source[_ACCOUNT].removeprefix("a/"),
        source[_INSTANCE],
        key_in(str(target.get("id", ""))) or "",
        event.get("action", ""),
        event.get("outcome", ""),
        reason.get("reasonType", ""),
        reason.get("reasonCode", ""),
        who.get("id", ""),
        who.get("name", ""),
        who.get("authnId", ""),
        _part(event, "requestData").get("instanceID", ""),
        event.get("eventTime", ""),
        event.get("correlationId", ""),
        _part(who, "host").get("agent", ""),
    )


def _part(event: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = event.get(name)
    return part if isinstance(part, dict) else {}


def csv_of(rows: Iterable[Sequence[object]]) -> str:
    """Return *rows* as lines; what a spreadsheet would take for a formula stands behind an apostrophe."""
    text = io.StringIO()
    csv.writer(text).writerows([[cell(value) for value in row] for row in rows])
    return text.getvalue()


def write_rows(rows: Iterable[Sequence[object]]) -> None:
    """Print *rows* as lines."""
    typer.echo(csv_of(rows), nl=False)
