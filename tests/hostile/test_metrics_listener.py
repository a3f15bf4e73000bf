"""Who asks the listener for metrics badly gets little, waits for nothing, and stands in nobody's way."""

import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import pytest

from api import open_api
from hostile.wire import ask, head
from keystead.metrics import metrics_listener
from keystead.protocols.http import connection, connections
from keystead.protocols.http.connections import Connections
from scraping import Scraped, scraped_server

SECONDS = 60.0
QUICK = 0.2
MOST = 16


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scraped]:
    with scraped_server(tmp_path_factory.mktemp("scraped")) as found:
        yield found


def said(scraped: Scraped, octets: bytes) -> bytes:
    """Send *octets* on a connection of their own and return what comes, up to the end of an answer's head."""
    with closing(scraped.connect()) as raw:
        with suppress(OSError):
            raw.sendall(octets)
        return first(raw)


def first(raw: socket.socket) -> bytes:
    found = b""
    with suppress(ConnectionResetError):
        while b"\r\n\r\n" not in found:
            piece = raw.recv(1 << 16)
            if not piece:
                break
            found += piece
    return found


CASES = {
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200), b"400"),
    "zeros": (bytes(100_000), b"400"),
    "method": (head("BREW", "/metrics"), b"400"),
    "write": (head("PUT", "/metrics", "Content-Length: 2") + b"{}", b"405"),
    "large body": (head("POST", "/metrics", f"Content-Length: {1 << 21}") + bytes(1 << 21), b"405"),
    "path": (head("GET", "/../../etc/passwd"), b"404"),
    "API": (head("GET", "/api/v2/keys"), b"404"),
    "proxy": (head("GET", "http://169.254.169.254/metrics/x"), b"404"),
    "tunnel": (head("CONNECT", "127.0.0.1:8443"), b"404"),
    "large head": (head("GET", "/metrics", f"X: {'y' * 200_000}"), b"431"),
    "two lengths": (head("GET", "/metrics", "Content-Length: 1", "Content-Length: 2") + b"ab", b"400"),
    "smuggled": (
        head("POST", "/metrics", "Content-Length: 3", "Transfer-Encoding: chunked") + b"0\r\n",
        b"400",
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_is_no_scrape(running: Scraped, case: tuple[bytes, bytes]) -> None:
    octets, status = case
    answer = said(running, octets)
    assert answer.split()[1] == status, answer
    assert b"keystead_" not in answer
    assert running.scrape().one("keystead_ready") == 1


def test_no_more_connections_than_there_are_places(running: Scraped) -> None:
    with ExitStack() as taken:
        held = 0
        while held <= MOST:
            raw = taken.enter_context(closing(running.connect()))
            with suppress(OSError):
                raw.sendall(head("GET", "/metrics"))
            if not first(raw):
                break
            held += 1
        assert MOST // 2 < held <= MOST  # a place is held for a moment longer than needed
        assert said(running, head("GET", "/metrics")) == b""  # let go without a word
        assert ask(running.server, head("GET", "/healthz")).status == 200  # the API has places of its own
    deadline = time.monotonic() + SECONDS
    while not said(running, head("GET", "/metrics")):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_who_scrapes_without_a_pause_takes_no_time_from_the_api(running: Scraped) -> None:
    with closing(running.connect()) as raw:
        raw.settimeout(SECONDS)
        for _ in range(50):
            raw.sendall(head("GET", "/metrics") * 10)
    assert ask(running.server, head("GET", "/readyz")).status == 200
    assert running.scrape().one("keystead_ready") == 1


def test_who_keeps_it_waiting_is_let_go(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(connection, "REQUEST_SECONDS", QUICK)
    monkeypatch.setattr(connection, "IDLE_SECONDS", QUICK)
    monkeypatch.setattr(connections, "TICK_SECONDS", QUICK / 4)
    asyncio.run(_let_go(tmp_path))


async def _let_go(folder: Path) -> None:
    """Check which connections the listener ends; it is the server's clock that is waited for."""
    api = await open_api(folder, metrics_listen="127.0.0.1:0")
    listener = metrics_listener(api.service, Connections(api.service.application.answer, 1, 1))
    assert listener is not None
    work = listener.open()
    try:
        for octets in (
            b"",
            b"GET /met",
            head("GET", "/metrics"),
            head("POST", "/x", "Content-Length: 9") + b"1",
        ):
            reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
            writer.write(octets)
            with suppress(ConnectionResetError):
                text = await asyncio.wait_for(reader.read(), SECONDS)
                assert (b"keystead_ready" in text) is octets.startswith(b"GET /metrics")
            writer.close()
    finally:
        for task in work:
            task.cancel()
        await listener.close(0.0)
        await api.service.close()
