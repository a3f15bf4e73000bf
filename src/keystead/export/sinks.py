"""Where events go, and how they are written there: one JSON object each, with its place in the log."""

from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import msgspec

from keystead.audit.records import Record
from keystead.client.errors import BadInput
from keystead.domain.errors import KeysteadError
from keystead.export.batches import Batch


class NotTaken(KeysteadError):
    """A sink took no part of a batch that counts; it may be sent again."""


class TooLarge(NotTaken):
    """A batch has more octets than the sink takes at once."""


class Sink(Protocol):
    """What takes batches."""

    def send(self, batch: Batch) -> None:
        """Pass *batch* on; `NotTaken` when it must be sent again."""

    def close(self) -> None:
        """Let go of connections."""


def line_of(origin: str, record: Record) -> bytes:
    """Return an event as one JSON object without line breaks: as it is recorded, behind its place.

    Whoever gets an event twice, after a failure, knows it by ``logOrigin`` and ``logIndex``.
    """
    place = msgspec.json.encode({"logOrigin": origin, "logIndex": record.index})
    return place[:-1] + b"," + record.event[1:]


def sink_of(target: str, ca_file: Path | None, token: str | None) -> Sink:
    """Return the sink that *target* names.

    Args:
        target: ``file:PATH``, ``syslog+udp://HOST:PORT``, ``syslog+tcp://…``, ``syslog+tls://…`` or ``https://…``.
        ca_file: PEM file with the only authorities to trust; the system's without it.
        token: bearer token for an HTTP collector.

    Raises:
        BadInput: it names none.
    """
    scheme = urlsplit(target).scheme
    if scheme == "file":
        from keystead.export.to_file import FileSink  # noqa: PLC0415 - one of them is needed

        return FileSink(Path(target.removeprefix("file:").removeprefix("//")))
    if scheme in {"syslog+udp", "syslog+tcp", "syslog+tls"}:
        from keystead.export.to_syslog import syslog_sink  # noqa: PLC0415

        return syslog_sink(target, ca_file)
    if scheme == "https":
        from keystead.export.to_http import HttpSink  # noqa: PLC0415

        return HttpSink(target, ca_file, token)
    raise BadInput(
        "--to takes file:PATH, syslog+udp://HOST:PORT, syslog+tcp://HOST:PORT, syslog+tls://HOST:PORT or https://…"
    )
