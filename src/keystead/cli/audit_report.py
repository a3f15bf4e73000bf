"""`keystead audit report`: all keys, what they protect and what was done with them.

The form of it, and the names of its files, are those of IBM's Key Usage Reporter.

Source: ``spec/crypto-units.md`` section 7.1; ibm-cloud-docs/key-protect: kur.md.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

import msgspec
import typer

from keystead.cli.output import note
from keystead.cli.session import audit_session
from keystead.cli.tables import csv_of
from keystead.client.audit_api import AuditApi, ListedInstance
from keystead.client.errors import BadInput, RemoteError, unreadable
from keystead.client.new_file import new_file

T = TypeVar("T")
Report = dict[str, Any]
_NAME: Final = re.compile(r"[A-Za-z0-9-]{1,64}\Z")
"""What a server may say that becomes part of the name of a file."""


class Service(StrEnum):
    """Which instances are reported."""

    KMS = "kms"
    HS_CRYPTO = "hs-crypto"


class ServiceType(StrEnum):
    """Which instances of Key Protect are."""

    DEDICATED = "dedicated"
    MULTI_TENANT = "multi-tenant"


def report(
    month: Annotated[str | None, typer.Option("--month", help="Like 2031-05; this month.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All instances that you manage, up to 100.")] = False,
    service: Annotated[Service | None, typer.Option("--service", help="With --all: only of this.")] = None,
    service_type: Annotated[
        ServiceType | None, typer.Option("--service-type", help="With --service kms: only of this type.")
    ] = None,
    table: Annotated[
        bool, typer.Option("--csv", help="A table for spreadsheets, a line for each key.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="New file, or a directory for files called as IBM's reporter does."),
    ] = None,
) -> None:
    """Report all keys of the instance, what they protect, and what was done with them in a month."""
    if service_type is not None and service is not Service.KMS:
        raise BadInput("--service-type can only be used with --service kms")
    if service is not None and not every:
        raise BadInput("--service narrows --all down; add --all")
    in_folder = out is not None and out.is_dir()
    if in_folder and table:
        raise BadInput("IBM's reporter has no table; give --out the name of a file")
    run = _Run()
    with audit_session() as server:
        found, more = server.every_instance(_wanted(service, service_type)) if every else ([server], False)
        if more:
            run.say("there are more than 100 instances; those beyond are not reported")
        if in_folder and out is not None:
            _write_all(run.reports(found, month, every=every), service_type, out, run)
            return
        octets = run.table(found, month, every=every) if table else run.whole(found, month, every=every)
    if out is None:
        typer.echo(octets.decode(), nl=False)
        return
    with new_file(out) as file:
        file.write(octets)


class _Run:
    """What is reported, and what was said on the way."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, text: str) -> None:
        """Tell the person, and remember it for the file of messages."""
        self.said.append(text)
        note(text)

    def whole(self, servers: Sequence[AuditApi], month: str | None, *, every: bool) -> bytes:
        """Return one report of all instances, in JSON."""
        reports = self.reports(servers, month, every=every)
        with _reports_alone():
            return _octets(_joined(reports))

    def reports(self, servers: Sequence[AuditApi], month: str | None, *, every: bool) -> list[Report]:
        """Return the report of each instance; `BadInput` where there is none."""
        found = list(self._each(servers, lambda server: server.report(month), every=every))
        if not found:
            raise BadInput("there is no instance that you manage")
        return found

    def table(self, servers: Sequence[AuditApi], month: str | None, *, every: bool) -> bytes:
        """Return the keys of all instances as one table."""
        tables = list(self._each(servers, lambda server: list(server.table(month)), every=every))
        rows = [row for at, table in enumerate(tables) for row in (table if at == 0 else table[1:])]
        return csv_of(rows).encode()

    def _each(self, servers: Sequence[AuditApi], ask: Callable[[AuditApi], T], *, every: bool) -> Iterator[T]:
        """Yield what *servers* say; where all were asked for, one that refuses is left out."""
        for server in servers:
            try:
                yield ask(server)
            except RemoteError as error:
                if not every:
                    raise
                self.say(f"instance {server.instance} is left out: {error.message}")


def _wanted(service: Service | None, service_type: ServiceType | None) -> Callable[[ListedInstance], bool]:
    return lambda it: service in (None, it.service) and service_type in (None, it.kind)


def _joined(reports: Sequence[Report]) -> Report:
    """Return one report of all instances: those first that services were found to use, as IBM's has them."""
    instances = [it for one in reports for it in one["result"]["kms_instances"]]
    instances.sort(key=lambda it: not any("service_usage" in key for key in it["keys"]))
    return {
        "metadata": _metadata([one["metadata"] for one in reports]),
        "result": {**reports[0]["result"], "kms_instances": instances},
    }


def _metadata(each: Sequence[Report]) -> Report:
    """Return what is so of all instances; where they are of several services, these are named together."""
    logs = {it["node"]: it for one in reversed(each) for it in one["audit_logs"]}  # the first to be asked
    return {
        **each[0],
        "service": ",".join(sorted({one["service"] for one in each})),
        "total_keys": sum(one["total_keys"] for one in each),
        "whole": all(one["whole"] for one in each),
        "audit_logs": [logs[node] for node in sorted(logs)],
    }


def _write_all(reports: Sequence[Report], service_type: ServiceType | None, folder: Path, run: _Run) -> None:
    """Write a report for each service, and beside it what was said."""
    by_base: dict[str, list[Report]] = {}
    with _reports_alone():
        for one in reports:
            by_base.setdefault(_base(one["metadata"], service_type), []).append(one)
    for base, mine in by_base.items():
        with (
            _reports_alone(),
            new_file(folder / f"{base}.json") as file,
            new_file(folder / f"{base}-log.txt") as log,
        ):
            file.write(_octets(_joined(mine)))
            log.writelines(f"{line}\n".encode() for line in (*run.said, *map(_told, mine)))
        note(f"{folder / base}.json was written, and {base}-log.txt beside it")


@contextmanager
def _reports_alone() -> Iterator[None]:
    """Say that an answer is no report where it turns out to be none."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError):
        raise unreadable("the server's answer is no report") from None


def _base(metadata: dict[str, Any], service_type: ServiceType | None) -> str:
    parts = [str(metadata.get(name)) for name in ("service", "account_id")]
    if not all(_NAME.match(part) for part in parts):
        raise unreadable("the server's answer is no report")
    middle = [] if service_type is None else [str(service_type)]
    return "-".join(["encryption-key-usage-report", parts[0], *middle, parts[1]])


def _told(one: Report) -> str:
    """Return what the log says of one instance."""
    (instance,), metadata = one["result"]["kms_instances"], one["metadata"]
    whole = "counted" if metadata["whole"] else "not all counted"
    logs = [f"{it['node']} up to {it.get('countedTo', 'nothing')}" for it in metadata["audit_logs"]]
    keys, from_where = len(instance["keys"]), ", ".join(logs) or "no node"
    return f"{instance['crn']}: {keys} keys; {whole}, from the audit logs of {from_where}"


def _octets(whole: Report) -> bytes:
    return msgspec.json.format(msgspec.json.encode(whole), indent=2) + b"\n"
