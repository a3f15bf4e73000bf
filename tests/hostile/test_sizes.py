"""Strangers can send as much as they like; the server keeps little of it."""

from pathlib import Path

import pytest

from hostile.wire import Caller, ask, connected, head, received, send
from servers import Server

KEYS = "/api/v2/keys"
MEBIBYTE = 1 << 20
MUCH = 32 * MEBIBYTE
ROOM_KIB = 12 << 10  # far less than MUCH, and more than anything else here needs
PIECE = b"a" * (1 << 16)
START = b"GET /api/v2/keys HTTP/1.1\r\nHost: 127.0.0.1\r\n"
CHUNKED = b"POST /api/v2/keys HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n1"
MORE = b"X-More: aaaaaaaaaaaaaaaaaaaaaa\r\n" * 2048

ENDLESS = {
    "one header": (START + b"X-Long: ", PIECE),
    "many headers": (START, MORE),
    "a name": (START, PIECE),
    "the address": (b"GET /", PIECE),
    "the query": (b"GET /api/v2/keys?a=", PIECE),
    "one trailer": (CHUNKED + b"\r\n{\r\n0\r\nX: ", PIECE),
    "many trailers": (CHUNKED + b"\r\n{\r\n0\r\n", MORE),
    "one chunk extension": (CHUNKED + b";a=", PIECE),
}


@pytest.mark.parametrize("what", ENDLESS)
def test_a_head_without_end(server: Server, what: str) -> None:
    start, piece = ENDLESS[what]
    ask(server, head("GET", "/healthz"))
    before = peak_kib(server)
    with connected(server) as secured:
        send(secured, start)
        send(secured, piece * (MUCH // len(piece)))
        assert received(secured).status in (0, 400, 431)
    assert peak_kib(server) - before < ROOM_KIB
    assert ask(server, head("GET", "/healthz")).status == 200


def peak_kib(server: Server) -> int:
    """Return the most memory that the server ever had."""
    lines = Path(f"/proc/{server.process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize(("size", "status"), [(MEBIBYTE, 201), (MEBIBYTE + 1, 400)])
def test_a_large_body_behind_a_small_head(caller: Caller, size: int, status: int, at_once: bool) -> None:
    content = b'{"metadata":{},"resources":[{"name":"large"}]}'
    body = content + b" " * (size - len(content))
    start = head("POST", KEYS, f"Content-Length: {size}", *caller.good)
    with connected(caller.server) as secured:
        for octets in (start + body,) if at_once else (start, body):
            send(secured, octets)
        assert received(secured).status == status
        send(secured, head("GET", "/healthz"))
        assert received(secured).status == 200


def test_large_bodies_one_after_the_other(caller: Caller) -> None:
    size = 100_000
    request = head("POST", KEYS, f"Content-Length: {size}", *caller.good) + b"x" * size
    with connected(caller.server) as secured:
        for _ in range(5):
            send(secured, request)
            assert received(secured).status == 400
