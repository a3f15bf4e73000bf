"""Receivers for exports: real sockets on 127.0.0.1, with what each was sent."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@dataclass
class Collector:
    """An HTTP collector; *answers* are its next statuses, then 200.

    Attributes:
        bodies: what was taken, in order.
        headers: of each request, also those that were refused.
    """

    url: str = ""
    answers: list[int] = field(default_factory=list)
    longest: int = 1 << 30  # octets of a body
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def take(self, headers: dict[str, str], body: bytes) -> int:
        self.headers.append({name.lower(): value for name, value in headers.items()})
        if len(body) > self.longest:
            return 413
        status = self.answers.pop(0) if self.answers else 200
        if status < 300:
            self.bodies.append(body)
        return status


def server_tls(folder: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    return context


@contextmanager
def serving(folder: Path, handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Serve over TLS with the certificate in *folder*, and yield the URL."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.socket = server_tls(folder).wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"https://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def collecting(folder: Path) -> Iterator[Collector]:
    """Run a collector with the certificate in *folder*."""
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            self.send_response(collector.take(dict(self.headers), body))
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with serving(folder, Handler) as url:
        collector.url = f"{url}/events"
        yield collector


class Stream:
    """A receiver of syslog over TCP or TLS; what each connection sent, whole once it has ended."""

    def __init__(self, tls: ssl.SSLContext | None) -> None:
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.sent: list[bytes] = []
        self.refuses = False  # close each connection at once
        self._last: object = None  # address of the connection that ends this
        self._thread = threading.Thread(target=self._accept)
        self._thread.start()

    def _accept(self) -> None:
        while True:
            plain, peer = self._listener.accept()
            if peer == self._last:
                plain.close()
                return
            if self.refuses:
                plain.close()
                continue
            with suppress(OSError):
                stream = plain if self._tls is None else self._tls.wrap_socket(plain, server_side=True)
                self._read(stream)

    def _read(self, stream: socket.socket) -> None:
        octets = b""
        with suppress(OSError):
            while part := stream.recv(65536):
                octets += part
        self.sent.append(octets)
        stream.close()

    def close(self) -> None:
        """End after every connection that was made before."""
        with socket.socket() as last:
            last.bind(("127.0.0.1", 0))
            self._last = last.getsockname()
            last.connect(("127.0.0.1", self.port))
            self._thread.join()
        self._listener.close()


@contextmanager
def receiving(tls: ssl.SSLContext | None = None) -> Iterator[Stream]:
    """Run a receiver; the sink must have been closed before this ends."""
    stream = Stream(tls)
    try:
        yield stream
    finally:
        stream.close()
