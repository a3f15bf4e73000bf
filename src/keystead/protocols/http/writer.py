"""Answers as octets. Source: RFC 9110, RFC 9112."""

from http import HTTPStatus
from typing import Final

from keystead.protocols.http.exchange import Exchange, Reply

CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
_NO_CONTENT: Final = 204
_FIRST_HEADERS: Final = "cache-control: no-cache, no-store\r\ncorrelation-id: "
_STARTS: Final = {
    status.value: f"HTTP/1.1 {status} {status.phrase}\r\n{_FIRST_HEADERS}".encode() for status in HTTPStatus
}


def octets_of(exchange: Exchange, reply: Reply, date: bytes, *, ends: bool) -> bytes:
    """Return the whole answer to *exchange*.

    Args:
        exchange: what was asked; a ``HEAD`` gets no body.
        reply: status, headers and body.
        date: the time, in the form of the header ``Date``.
        ends: whether the connection ends with this answer.
    """
    parts = [_STARTS[reply.status], exchange.correlation_id.encode(), b"\r\ndate: ", date]
    for name, value in reply.headers:
        parts += (b"\r\n", name, b": ", value)
    if ends:
        parts.append(b"\r\nconnection: close")
    if reply.status != _NO_CONTENT:  # RFC 9110: no Content-Length with 204
        parts.append(b"\r\ncontent-length: %d" % len(reply.body))
    parts.append(b"\r\n\r\n")
    if exchange.method != "HEAD":
        parts.append(reply.body)
    return b"".join(parts)
