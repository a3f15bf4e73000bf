"""HTTP as it leaves a client: headers and bodies exactly as given, none added but Host."""

import http.client
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import http_peer
from described import check_described
from servers import Server

Body = bytes | Sequence[bytes] | None
"""Octets with their length, chunks without, or nothing at all."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def resource(self) -> Any:
        (only,) = self.json["resources"]
        return only


@dataclass(frozen=True)
class Raw:
    """One connection, and the headers that every request of a client carries."""

    connection: http.client.HTTPSConnection
    headers: Mapping[str, str]

    def send(
        self, method: str, path: str, body: Body = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send one request; *headers* replace those of every request by their exact name."""
        connection = self.connection
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in {**self.headers, **(headers or {})}.items():
            connection.putheader(name, value)
        chunked = body is not None and not isinstance(body, bytes)
        if chunked:
            connection.putheader("transfer-encoding", "chunked")
        elif method not in ("GET", "HEAD", "DELETE"):
            connection.putheader("content-length", str(len(body or b"")))
        connection.endheaders(body, encode_chunked=chunked)
        response = connection.getresponse()
        answer = Answer(response.status, response.headers, response.read())
        headers = {name.lower(): value for name, value in answer.headers.items()}
        check_described(method, path, http_peer.Answer(answer.status, headers, answer.body))
        return answer


@contextmanager
def connected(server: Server, headers: Mapping[str, str] | None = None) -> Iterator[Raw]:
    """Open a connection to *server*."""
    parts = urlsplit(server.url)
    connection = http.client.HTTPSConnection(
        parts.hostname or "", parts.port, context=server.context, timeout=60
    )
    try:
        yield Raw(connection, headers or {})
    finally:
        connection.close()
