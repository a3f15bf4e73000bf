"""Octets in, requests out: the parser of httptools, with limits on all that a stranger may send.

Source: RFC 9112. Why not the connection of a library: ``docs/adr/0007-own-connections.md``.
"""

from collections import deque
from typing import Final

import httptools

from keystead.domain.errors import Refused
from keystead.domain.reasons import Reason
from keystead.protocols.http.exchange import MAX_BODY_OCTETS, Exchange
from keystead.protocols.http.head import Head

MAX_HEAD_OCTETS: Final = 64 << 10
MAX_HEADERS: Final = 200  # lines, also those of one name
MAX_WAITING: Final = 64  # requests that a peer may send without waiting for the answers before them
_SLICE_OCTETS: Final = 16 << 10  # limits are looked at after so many, whatever arrived at once
_KNOWN_HEADS: Final = 4  # of a connection: who wraps also unwraps, and asks about the key
_KNOWN_OCTETS: Final = 4 << 10  # of a head that is remembered
_KNOWN_LINES: Final = 32  # likewise: each costs more than its octets
_HEAD_END: Final = b"\r\n\r\n"
_NO_HEAD: Final = Head("", "")


class RequestReader:
    """Reads one connection.

    ``arrived`` holds what is to be answered, in order; the last of it may be something that is no request.
    ``last`` says that nothing more is read. ``underway`` says that a part of a request is here.
    ``wants_continue`` says that the peer waits for our word before it sends a body.
    """

    __slots__ = (
        "_body",
        "_body_octets",
        "_got_on",
        "_head_octets",
        "_headers",
        "_in_head",
        "_keeps_alive",
        "_known",
        "_lines",
        "_parser",
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
        self._body: bytes | bytearray = b""
        self._head_octets = 0  # since a request began or its body last grew: a head, chunk sizes, trailers
        self._in_head = False
        self._got_on = False
        self._known: tuple[tuple[int, bytes, Head], ...] = ()
        # newest first: the octets of a head and its body together, the head's octets, what it means

    def feed(self, octets: bytes) -> None:
        """Read *octets*; what they complete is in ``arrived``.

        A head that is octet for octet one of those before, as most are, means what that meant: it is not
        parsed again where the whole of its request is here, and nothing else.
        """
        is_between = not (self.underway or self.arrived or self.last)
        if is_between:
            for whole, octets_of_head, head in self._known:
                if len(octets) == whole and octets.startswith(octets_of_head):
                    self._head_octets = 0
                    self.arrived.append(Exchange(head, octets[len(octets_of_head) :]))
                    return
        for at in range(0, len(octets), _SLICE_OCTETS):
            self._feed(octets[at : at + _SLICE_OCTETS])
        if is_between and not (self.underway or self.last) and len(octets) <= _SLICE_OCTETS:
            self._remember(octets)

    def _remember(self, octets: bytes) -> None:
        """Know the head in *octets* again if they were one request, whose length its head tells."""
        end = octets.find(_HEAD_END) + len(_HEAD_END)
        is_one = len(self.arrived) == 1 and end + self._body_octets == len(octets)
        if is_one and end <= _KNOWN_OCTETS and self._lines <= _KNOWN_LINES:
            newest = (len(octets), octets[:end], self.arrived[0].head)
            self._known = (newest, *self._known[: _KNOWN_HEADS - 1])

    def _feed(self, octets: bytes) -> None:
        if self.last:
            return
        self._got_on = False
        try:
            self._parser.feed_data(octets)
        except httptools.HttpParserUpgrade:
            self.last = True  # the request is answered as if it had not asked; no other protocol follows
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
        self._url, self._headers, self._body = b"", {}, b""
        self._lines = self._body_octets = self._head_octets = 0
        self._in_head = self.underway = True

    def on_url(self, url: bytes) -> None:
        """Take a part of the target."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; what comes after the body, in trailers, must not be taken for one."""
        if not self._in_head:
            return
        self._lines += 1
        if self._lines > MAX_HEADERS:
            return
        name, headers = name.lower(), self._headers
        headers[name] = headers[name] + b", " + value if name in headers else value

    def on_headers_complete(self) -> None:
        """End the head; one that leaves open whom it is for or where its body ends is refused at once."""
        if self.last:
            return
        self._in_head = False
        headers, version = self._headers, self._parser.get_http_version()
        self._keeps_alive = version == "1.1" and self._parser.should_keep_alive()
        if self._lines > MAX_HEADERS:
            self._refuse(Reason.HEAD_TOO_LARGE, f"The head has more than {MAX_HEADERS} headers")
        elif version not in ("1.1", "1.0"):
            self._refuse(Reason.MALFORMED_REQUEST, "This server speaks HTTP/1.1")
        elif version == "1.1" and (b"host" not in headers or b"," in headers[b"host"]):
            self._refuse(Reason.MALFORMED_REQUEST, "The request needs one Host header")
        elif headers.get(b"transfer-encoding", b"chunked").lower() != b"chunked":
            self._refuse(Reason.MALFORMED_REQUEST, "The only transfer encoding is chunked")
        elif version == "1.1" and headers.get(b"expect", b"").lower() == b"100-continue":
            self.wants_continue = True

    def on_body(self, part: bytes) -> None:
        """Take a part of the body; of one that is too large nothing is kept."""
        if self.last:
            return
        self._body_octets += len(part)
        self._head_octets, self._got_on = 0, True
        if self._body_octets > MAX_BODY_OCTETS:
            self._body = b""
        elif not self._body:
            self._body = part
        else:
            if isinstance(self._body, bytes):
                self._body = bytearray(self._body)
            self._body += part

    def on_message_complete(self) -> None:
        """Hand the request over."""
        if self.last:
            return
        self.underway = self.wants_continue = False
        self._got_on = True
        if len(self.arrived) >= MAX_WAITING:
            self._refuse(Reason.MALFORMED_REQUEST, f"More than {MAX_WAITING} requests wait for an answer")
            return
        self.last = not self._keeps_alive
        self.arrived.append(self._exchange())

    def _exchange(self) -> Exchange:
        path, query = _target(self._url)
        body = bytes(self._body) if self._body_octets <= MAX_BODY_OCTETS else None
        head = Head(self._parser.get_method().decode("ascii"), path, query, self._headers)
        self._headers, self._body = {}, b""  # what may be secret stays no longer than its request
        return Exchange(head, body)

    def _refuse(self, reason: Reason, detail: str) -> None:
        self.arrived.append(Exchange(_NO_HEAD, refusal=Refused(reason, detail)))
        self.last, self.underway, self.wants_continue, self._in_head = True, False, False, False
        self._headers, self._body = {}, b""


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
