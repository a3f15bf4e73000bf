"""Octets in, requests out: the parser of httptools, with limits on all that a stranger may send.

Source: RFC 9112. Why not the connection of a library: ``docs/adr/0007-own-connections.md``.
"""

from collections import deque
from typing import Final

import httptools

from keystead.domain.errors import Refused
from keystead.domain.reasons import Reason
from keystead.protocols.http.exchange import MAX_BODY_OCTETS, Exchange

MAX_HEAD_OCTETS: Final = 64 << 10
MAX_HEADERS: Final = 200
MAX_WAITING: Final = 64  # requests that a peer may send without waiting for the answers before them


class RequestReader:
    """Reads one connection.

    ``arrived`` holds what is to be answered, in order; the last of it may be something that is no request.
    ``last`` says that nothing more is read. ``underway`` says that a part of a request is here.
    ``wants_continue`` says that the peer waits for our word before it sends a body.
    """

    __slots__ = (
        "_body_octets",
        "_got_on",
        "_head_octets",
        "_headers",
        "_in_head",
        "_parser",
        "_parts",
        "_too_many",
        "_url",
        "arrived",
        "last",
        "underway",
        "wants_continue",
    )

    def __init__(self) -> None:
        self._parser = httptools.HttpRequestParser(self)
        self.arrived: deque[Exchange] = deque()
        self.last = False
        self.underway = False
        self.wants_continue = False
        self._headers: dict[bytes, bytes] = {}
        self._head_octets = 0  # since a request began or its body last grew: a head, chunk sizes, trailers
        self._in_head = False
        self._got_on = False

    def feed(self, octets: bytes) -> None:
        """Read *octets*; what they complete is in ``arrived``."""
        if self.last:
            return
        self._got_on = False
        try:
            self._parser.feed_data(octets)
        except httptools.HttpParserUpgrade:
            self.last = (
                True  # the request itself is answered as if it had not asked; no other protocol follows
            )
        except httptools.HttpParserError:
            if not self.last:  # what follows a last request is nobody's business
                self._refuse(Reason.MALFORMED_REQUEST, "This is not an HTTP request")
        if not self._got_on:
            self._head_octets += len(octets)
            if self._head_octets > MAX_HEAD_OCTETS and not self.last:
                self._refuse(Reason.HEAD_TOO_LARGE, f"The head is larger than {MAX_HEAD_OCTETS} octets")

    def on_message_begin(self) -> None:
        """Start a request."""
        if self.last:
            return
        self._url, self._headers = b"", {}
        self._parts: list[bytes] = []
        self._body_octets = self._head_octets = 0
        self._in_head = self.underway = True
        self._too_many = False

    def on_url(self, url: bytes) -> None:
        """Take a part of the target."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; what comes after the body, in trailers, must not be taken for one."""
        if not self._in_head:
            return
        name, headers = name.lower(), self._headers
        if name in headers:
            value = headers[name] + b", " + value
        elif len(headers) >= MAX_HEADERS:
            self._too_many = True
            return
        headers[name] = value

    def on_headers_complete(self) -> None:
        """End the head."""
        self._in_head = False
        if self._headers.get(b"expect", b"").lower() == b"100-continue":
            self.wants_continue = True

    def on_body(self, part: bytes) -> None:
        """Take a part of the body; of one that is too large nothing is kept."""
        if self.last:
            return
        self._body_octets += len(part)
        self._head_octets, self._got_on = 0, True
        if self._body_octets <= MAX_BODY_OCTETS:
            self._parts.append(part)
        else:
            self._parts.clear()

    def on_message_complete(self) -> None:
        """Hand the request over."""
        if self.last:
            return
        self.underway = self.wants_continue = False
        self._got_on = True
        if len(self.arrived) >= MAX_WAITING:
            self._refuse(Reason.MALFORMED_REQUEST, f"More than {MAX_WAITING} requests wait for an answer")
            return
        if self._too_many:
            self._refuse(Reason.HEAD_TOO_LARGE, f"The head has more than {MAX_HEADERS} headers")
            return
        if not self._parser.should_keep_alive() or self._parser.get_http_version() == "1.0":
            self.last = True
        self.arrived.append(self._exchange())

    def _exchange(self) -> Exchange:
        path, query = _target(self._url)
        body: bytes | None
        if self._body_octets > MAX_BODY_OCTETS:
            body = None
        else:
            body = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        return Exchange(self._parser.get_method().decode("ascii"), path, query, self._headers, body)

    def _refuse(self, reason: Reason, detail: str) -> None:
        self.arrived.append(Exchange("", "", refusal=Refused(reason, detail)))
        self.last, self.underway, self.wants_continue = True, False, False
        self._headers, self._parts = {}, []


def _target(url: bytes) -> tuple[str, bytes]:
    """Return path and query of a request's target in its origin form or absolute form."""
    if not url.startswith(b"/"):
        try:
            parsed = httptools.parse_url(url)
        except httptools.HttpParserInvalidURLError:
            return url.decode("ascii", "replace"), b""
        return (parsed.path or b"").decode("ascii", "replace"), parsed.query or b""
    path, _, query = url.partition(b"?")
    return path.decode("ascii", "replace"), query
