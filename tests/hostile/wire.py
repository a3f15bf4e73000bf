"""Octets over TLS, exactly as somebody without good manners sends them."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from servers import Server

SECONDS = 60.0  # nothing here takes long; what does not come at all is a failure
_PIECE = 1 << 16


@dataclass(frozen=True)
class Answer:
    """What came back: status 0 when the connection ended without an answer."""

    status: int
    text: str


@dataclass(frozen=True)
class Caller:
    """The headers that a good request of somebody carries."""

    server: Server
    authorization: str
    instance: str

    @property
    def good(self) -> list[str]:
        return [f"Authorization: {self.authorization}", f"Bluemix-Instance: {self.instance}"]


def address_of(server: Server) -> tuple[str, int]:
    parts = urlsplit(server.url)
    assert parts.hostname is not None
    assert parts.port is not None
    return parts.hostname, parts.port


@contextmanager
def connected(server: Server) -> Iterator[ssl.SSLSocket]:
    """Open one connection over TLS."""
    raw = socket.create_connection(address_of(server), SECONDS)
    with server.context.wrap_socket(raw, server_hostname="127.0.0.1") as secured:
        yield secured


def head(method: str, path: str, *headers: str) -> bytes:
    """Return the octets of a request's head."""
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *headers, "", ""]).encode("latin-1")


def ask(server: Server, octets: bytes) -> Answer:
    """Send *octets* on a connection of their own and return the first answer."""
    with connected(server) as secured:
        send(secured, octets)
        return received(secured)


def send(secured: ssl.SSLSocket, octets: bytes) -> None:
    """Send as much as the other side takes; what it does not want is no error here."""
    with suppress(BrokenPipeError, ConnectionResetError, ssl.SSLError):
        secured.sendall(octets)


def received(secured: ssl.SSLSocket) -> Answer:
    """Return one answer, or status 0 when the other side ends the connection first."""
    octets = b""
    with suppress(ConnectionResetError, ssl.SSLError):
        while not _whole(octets):
            piece = secured.recv(_PIECE)
            if not piece:
                break
            octets += piece
    start, _, body = octets.partition(b"\r\n\r\n")
    return Answer(int(start.split()[1]) if start else 0, body.decode())


def _whole(octets: bytes) -> bool:
    start, blank, body = octets.partition(b"\r\n\r\n")
    if not blank:
        return False
    for line in start.lower().split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name == b"content-length":
            return len(body) >= int(value)
    return True
