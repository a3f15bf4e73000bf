"""One connection: the library's HTTP protocol, with limits, and with answers that leave as one TLS record."""

import asyncio
from collections.abc import Iterable
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD_OCTETS: Final = 64 << 10
REQUEST_SECONDS: Final = 30.0  # from the handshake or the first octet to the last octet of a request
_TOO_LARGE: Final = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
)


class LimitedProtocol(HttpToolsProtocol):
    """Ends what sends too much of a head, or too slowly; strangers may do both."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # narrower, as there
        """Begin a connection, or end it where the house is full: those who are served go on being served."""
        super().connection_made(GatheringTransport(transport, self.loop))
        self._bare_octets = 0  # since a request began or its body last grew: a head, chunk sizes, trailers
        self._got_on = False
        self._waiting_since: float | None = self.loop.time()
        if self.limit_concurrency is not None and len(self.connections) >= self.limit_concurrency:
            self.connections.discard(self)
            self.transport.abort()

    def data_received(self, data: bytes) -> None:
        """Take what arrived."""
        self._got_on = False
        if self._waiting_since is None:
            self._waiting_since = self.loop.time()  # blank lines before a request are waited for no longer
        super().data_received(data)
        if not self._got_on:
            self._bare_octets += len(data)
            if self._bare_octets > MAX_HEAD_OCTETS and not self.transport.is_closing():
                self.transport.write(_TOO_LARGE)
                self.transport.close()

    def on_message_begin(self) -> None:
        """Start counting and timing a request."""
        super().on_message_begin()
        self._bare_octets = 0
        if self._waiting_since is None:
            self._waiting_since = self.loop.time()

    def on_headers_complete(self) -> None:
        """Hand the head over; what comes after the body must not be taken for headers."""
        super().on_headers_complete()
        self.headers = []  # the request has its own list; chunked trailers go here and are read by nobody

    def on_body(self, body: bytes) -> None:
        """Take a part of the body; how much of it is kept is decided elsewhere."""
        super().on_body(body)
        self._bare_octets, self._got_on = 0, True

    def on_message_complete(self) -> None:
        """The request is whole; the answer may take its time."""
        super().on_message_complete()
        self._waiting_since, self._got_on = None, True

    def shutdown(self) -> None:
        """End for the server's sake: an idle connection at once, for its client may never say goodbye."""
        if self.cycle is None or self.cycle.response_complete:
            self.transport.abort()
        else:
            super().shutdown()

    def is_late(self, now: float) -> bool:
        """Tell whether a request has been coming for too long."""
        return self._waiting_since is not None and now - self._waiting_since > REQUEST_SECONDS


def end_late(connections: Iterable[object], now: float) -> None:
    """End the connections that keep a request waiting; asked every few seconds."""
    for connection in tuple(connections):
        if isinstance(connection, LimitedProtocol) and connection.is_late(now):
            connection.transport.abort()


class GatheringTransport(asyncio.Transport):
    """Writes once for each turn of the event loop; everything else goes straight to *inner*.

    The server writes the head and the body of an answer apart. Over TLS each would be a record of its own,
    a tenth of a wrap's whole time.
    """

    def __init__(self, inner: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._inner = inner
        self._loop = loop
        self._parts: list[bytes] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Take *data*; it is written before the next turn does anything else."""
        if not self._parts:
            self._loop.call_soon(self._flush)
        self._parts.append(bytes(data))

    def close(self) -> None:
        """Write what was taken and close."""
        self._flush()
        self._inner.close()

    def abort(self) -> None:
        """Close without writing."""
        self._parts.clear()
        self._inner.abort()

    def is_closing(self) -> bool:
        """Tell whether the connection is closing."""
        return self._inner.is_closing()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Return what is known of the connection."""
        return self._inner.get_extra_info(name, default)

    def pause_reading(self) -> None:
        """Read no more for now."""
        self._inner.pause_reading()

    def resume_reading(self) -> None:
        """Read on."""
        self._inner.resume_reading()

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Hand the connection to another protocol."""
        self._inner.set_protocol(protocol)

    def get_protocol(self) -> asyncio.BaseProtocol:
        """Return the protocol."""
        return self._inner.get_protocol()

    def _flush(self) -> None:
        parts, self._parts = self._parts, []
        if parts and not self._inner.is_closing():
            self._inner.write(parts[0] if len(parts) == 1 else b"".join(parts))
