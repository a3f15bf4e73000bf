"""`keystead audit process-at`: tables of the events in a file, as IBM's Key Usage Reporter makes them.

Source: ``spec/crypto-units.md`` section 7.1; ibm-cloud-docs/key-protect: kur.md.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Final

import msgspec
import typer

from keystead.cli.files import reading
from keystead.cli.output import note
from keystead.cli.tables import EVENT_COLUMNS, csv_of, event_row
from keystead.client.errors import BadInput
from keystead.client.new_file import new_file

LONGEST: Final = 1 << 20
"""Characters of one field of a table."""
MOST_GROUPS: Final = 1_000_000
"""That are told apart in the larger summary."""
_TABLE: Final = ".tsv"
_ENDINGS: Final = ("_logs.tsv", _TABLE, ".jsonl", ".json", ".log")
_TEXT: Final = "text"  # the column that has the events
_OURS: Final = ("kms.", "hs-crypto.")
_COUNT: Final = "count"
_WHAT: Final = ("serviceName", "region", "accountId", "instanceId", "keyId", "action")
_WHO: Final = ("initiatorId", "initiatorName")
_SUMMARY: Final = (*_WHAT, "outcome", "reasonType", "reasonCode", *_WHO)
_BY_ACTION: Final = (*_WHAT, *_WHO)
_PLACES: Final = {name: at for at, name in enumerate(EVENT_COLUMNS)}
_decode: Final = msgspec.json.Decoder().decode


def process_at(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="A .tsv with the column text, or what `audit export` wrote: a JSON object a line.",
        ),
    ],
) -> None:
    """Write four files of the events of keys in FILE beside it: all, a table, and two summaries.

    No server is asked. They are called as IBM's Key Usage Reporter calls them, and none is overwritten.
    """
    base = _base(source)
    endings = ("_events.json", "_events.csv", "_events_summary.csv", "_events_summary_by_action.csv")
    with ExitStack() as opened:
        file = opened.enter_context(reading(source))  # first: what is no file may have no name
        places = [source.with_name(base + ending) for ending in endings]
        whole, table, summary, by_action = [opened.enter_context(new_file(place)) for place in places]
        found = _Found(whole, table)
        events = _in_table(file) if source.suffix == _TABLE else _in_lines(file)
        for event in events:
            found.add(event)
        found.end()
        summary.write(_counted(found.groups, _SUMMARY))
        by_action.write(_counted(found.by_action(), _BY_ACTION))
    note(f"{found.taken} events of keys were written to {base}_events.json and three tables beside it")
    if found.others:
        note(f"{found.others} lines are no events of kms or hs-crypto and were left out")


class _Found:
    """Writes events as they come, and counts them."""

    def __init__(self, whole: BinaryIO, table: BinaryIO) -> None:
        self._whole, self._table = whole, table
        self.taken = self.others = 0
        self.groups = Counter[tuple[str, ...]]()
        table.write(csv_of([EVENT_COLUMNS]).encode())

    def add(self, event: object) -> None:
        """Write *event*, where it is one and about keys; `BadInput` when there is too much to tell apart."""
        if not isinstance(event, dict) or not str(event.get("action", "")).startswith(_OURS):
            self.others += 1
            return
        row = [str(cell) for cell in event_row(event)]
        self._whole.write(b",\n" if self.taken else b"[\n")
        self._whole.write(msgspec.json.format(msgspec.json.encode(event), indent=2))
        self._table.write(csv_of([row]).encode())
        self.taken += 1
        self.groups[tuple(row[_PLACES[name]] for name in _SUMMARY)] += 1
        if len(self.groups) > MOST_GROUPS:
            raise BadInput(f"the file has more than {MOST_GROUPS} kinds of events; process parts of it")

    def end(self) -> None:
        """Close the list of events."""
        self._whole.write(b"\n]\n" if self.taken else b"[]\n")

    def by_action(self) -> Counter[tuple[str, ...]]:
        """Return the counts without outcome and reason."""
        places = [_SUMMARY.index(name) for name in _BY_ACTION]
        found = Counter[tuple[str, ...]]()
        for group, count in self.groups.items():
            found[tuple(group[at] for at in places)] += count
        return found


def _base(source: Path) -> str:
    for ending in _ENDINGS:
        if source.name.endswith(ending):
            return source.name.removesuffix(ending)
    return source.name


def _in_table(file: BinaryIO) -> Iterator[Any]:
    """Yield what the column ``text`` of each line is, ``None`` where it is no JSON."""
    csv.field_size_limit(LONGEST)
    with io.TextIOWrapper(file, encoding="utf-8-sig", errors="replace", newline="") as text:
        lines = csv.reader(text, "excel-tab")
        try:
            yield from map(_event, _texts(lines))
        except csv.Error as error:
            raise BadInput(f"line {lines.line_num} of the table cannot be read: {error}") from None


def _texts(lines: Iterator[list[str]]) -> Iterator[bytes]:
    names = next(lines, [])
    if _TEXT not in names:
        raise BadInput(f"the first line names no column {_TEXT}: is this an export of an activity log?")
    at = names.index(_TEXT)
    for row in lines:
        yield row[at].encode() if len(row) > at else b""


def _in_lines(file: BinaryIO) -> Iterator[Any]:
    while line := file.readline(LONGEST):
        if len(line) < LONGEST or line.endswith(b"\n"):
            yield _event(line)
            continue
        while (rest := file.readline(LONGEST)) and not rest.endswith(b"\n"):
            pass  # what a line that is too long ends with is no event of its own
        yield None


def _event(octets: bytes) -> Any:
    try:
        return _decode(octets)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _counted(groups: Counter[tuple[str, ...]], columns: tuple[str, ...]) -> bytes:
    rows = [(*group, count) for group, count in sorted(groups.items())]
    return csv_of([(*columns, _COUNT), *rows]).encode()
