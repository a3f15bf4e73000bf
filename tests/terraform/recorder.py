"""Stands between a client and a server, passes every request on, and writes down what was asked and answered.

It speaks TLS with the server's own certificate. As the client's `HTTPS_PROXY` it sees what would have gone
elsewhere, refuses that, and writes it down too.
"""

import http.client
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

SECONDS: Final = 60
_OF_ONE_CONNECTION: Final = ("connection", "keep-alive", "transfer-encoding", "content-length")


@dataclass(frozen=True)
class Exchange:
    """One request and its answer, whole; `target` is what stood in the request line."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    status: int
    answer: bytes


@dataclass
class Recorder:
    """Where a client finds the recorder, and what passed it: to the server, and what was to go elsewhere."""

    url: str
    proxy: str
    exchanges: list[Exchange] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)

    def taken(self) -> list[Exchange]:
        """Return what passed since the last time, and forget it."""
        taken, self.exchanges = self.exchanges, []
        return taken


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    recorder: Recorder
    upstream: tuple[str, int]
    trust: ssl.SSLContext


class _Passing(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def _pass(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        headers = {name.lower(): value for name, value in self.headers.items()}
        connection = http.client.HTTPSConnection(
            *self.server.upstream, context=self.server.trust, timeout=SECONDS
        )
        try:
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in headers.items():
                if name not in _OF_ONE_CONNECTION:
                    connection.putheader(name, value)
            connection.putheader("content-length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        self.server.recorder.exchanges.append(
            Exchange(self.command, self.path, headers, body, answer.status, content)
        )
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in _OF_ONE_CONNECTION:
                self.send_header(name, value)
        if answer.status != 204:
            self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _pass  # noqa: N815 - names the base class looks for

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Write nothing: what passed is in the list."""


class _Refusing(BaseHTTPRequestHandler):
    server: _Server

    def _refuse(self) -> None:
        self.server.recorder.elsewhere.append(f"{self.command} {self.path}")
        self.send_error(502)

    do_CONNECT = do_GET = do_POST = _refuse  # noqa: N815 - names the base class looks for

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Write nothing: what was asked for is in the list."""


@contextmanager
def recording(port: int, certificate: Path, key: Path, ca_file: str) -> Iterator[Recorder]:
    """Pass what comes on to the *port* of this machine, with its *certificate*, until the block ends."""
    passing, refusing = _Server(("127.0.0.1", 0), _Passing), _Server(("127.0.0.1", 0), _Refusing)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    passing.socket = context.wrap_socket(passing.socket, server_side=True)
    passing.upstream = ("127.0.0.1", port)
    passing.trust = ssl.create_default_context(cafile=ca_file)
    recorder = Recorder(
        f"https://127.0.0.1:{passing.server_address[1]}", f"http://127.0.0.1:{refusing.server_address[1]}"
    )
    passing.recorder = refusing.recorder = recorder
    threads = [threading.Thread(target=it.serve_forever, daemon=True) for it in (passing, refusing)]
    for thread in threads:
        thread.start()
    try:
        yield recorder
    finally:
        for it in (passing, refusing):
            it.shutdown()
            it.server_close()
        for thread in threads:
            thread.join()
