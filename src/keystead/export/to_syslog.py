"""Events to a syslog receiver. Source: RFC 5424; RFC 5426 (UDP), RFC 6587 (TCP), RFC 5425 (TLS)."""

import socket
import ssl
from contextlib import suppress
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from keystead.audit.records import Record
from keystead.client.errors import BadInput
from keystead.export.batches import Batch
from keystead.export.sinks import NotTaken, line_of

_SECONDS: Final = 10.0
_FACILITY: Final = 13  # log audit
_SEVERITIES: Final = {"critical": 2, "warning": 4, "normal": 6}
_PORTS: Final = {"syslog+udp": 514, "syslog+tcp": 601, "syslog+tls": 6514}
_DATAGRAM: Final = 65_000  # octets that IPv4 carries for sure with its headers
_NAME: Final = 255
_MESSAGE_ID: Final = 32


class _Event(msgspec.Struct):
    event_time: str = msgspec.field(name="eventTime")
    action: str
    severity: str
    target: dict[str, Any]


def message_of(origin: str, record: Record) -> bytes:
    """Return one event as a message of RFC 5424; its text is the JSON object that every sink gets."""
    event = msgspec.json.decode(record.event, type=_Event)
    priority = _FACILITY * 8 + _SEVERITIES.get(event.severity, _SEVERITIES["normal"])
    time = event.event_time.removesuffix("+0000") + "Z"
    host = _word(str(event.target.get("host", {}).get("address", "")), _NAME)
    head = f"<{priority}>1 {time} {host} keystead - {_word(event.action, _MESSAGE_ID)} - "
    return head.encode() + line_of(origin, record)


def syslog_sink(target: str, ca_file: Path | None) -> "DatagramSink | StreamSink":
    """Return the sink of a syslog URL; `BadInput` when it names no receiver."""
    parts = urlsplit(target)
    try:
        port = _PORTS[parts.scheme] if parts.port is None else parts.port
    except ValueError:
        port = 0
    if not parts.hostname or not port or parts.path or parts.query or parts.username:
        raise BadInput(f"{target!r} names no receiver; give {parts.scheme}://HOST:PORT")
    if parts.scheme == "syslog+udp":
        return DatagramSink(parts.hostname, port)
    return StreamSink(parts.hostname, port, _tls(ca_file) if parts.scheme == "syslog+tls" else None)


class DatagramSink:
    """One datagram an event; nobody knows which of them arrive."""

    def __init__(self, host: str, port: int) -> None:
        self._place = (host, port)

    def send(self, batch: Batch) -> None:
        """Send *batch*; an event that no datagram can carry is `NotTaken`, and holds the export up."""
        messages = [message_of(batch.origin, record) for record in batch.records]
        if any(len(message) > _DATAGRAM for message in messages):
            raise NotTaken("an event is too long for a datagram; use syslog+tcp or syslog+tls")
        try:
            kind, *_, place = socket.getaddrinfo(*self._place, type=socket.SOCK_DGRAM)[0]
            with socket.socket(kind, socket.SOCK_DGRAM) as out:
                out.connect(place)
                for message in messages:
                    out.send(message)
        except OSError as error:
            raise NotTaken(f"{_shown(self._place)}: {error.strerror or error}") from error

    def close(self) -> None:
        """Nothing is open."""


class StreamSink:
    """A stream of messages, each behind its length.

    Syslog has no answers: what the network lost when a connection was cut is not known. A batch counts as
    taken when the system took all of it and the receiver had not closed the connection by then.
    """

    def __init__(self, host: str, port: int, tls: ssl.SSLContext | None) -> None:
        self._place = (host, port)
        self._tls = tls
        self._stream: socket.socket | None = None

    def send(self, batch: Batch) -> None:
        """Send *batch* on the open connection, or a new one."""
        framed = b"".join(
            b"%d %b" % (len(message), message)
            for message in (message_of(batch.origin, record) for record in batch.records)
        )
        try:
            stream = self._stream or self._connected()
            stream.sendall(framed)
            self._require_open(stream)
        except OSError as error:
            self.close()
            raise NotTaken(f"{_shown(self._place)}: {_reason(error)}") from error

    def close(self) -> None:
        """End the connection."""
        stream, self._stream = self._stream, None
        if stream is not None:
            with suppress(OSError):
                stream.close()

    def _connected(self) -> socket.socket:
        plain = socket.create_connection(self._place, _SECONDS)
        try:
            self._stream = (
                plain if self._tls is None else self._tls.wrap_socket(plain, server_hostname=self._place[0])
            )
        except BaseException:
            plain.close()
            raise
        return self._stream

    @staticmethod
    def _require_open(stream: socket.socket) -> None:
        """Raise `OSError` if the receiver has closed the connection; it has nothing else to say."""
        stream.setblocking(False)
        try:
            if not stream.recv(1):
                raise ConnectionResetError("the receiver closed the connection")
        except (BlockingIOError, ssl.SSLWantReadError):
            return
        finally:
            stream.settimeout(_SECONDS)


def _tls(ca_file: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise BadInput(f"{ca_file} holds no PEM certificate that can be read") from error


def _word(text: str, longest: int) -> str:
    """Return *text* as a field of the header: printable ASCII without blanks, or ``-``."""
    return "".join(one for one in text if "!" <= one <= "~")[:longest] or "-"


def _shown(place: tuple[str, int]) -> str:
    return f"{place[0]}:{place[1]}"


def _reason(error: OSError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    return error.strerror or str(error)
