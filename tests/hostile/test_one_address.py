"""One address takes as many connections as it may have, and no other address notices."""

import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import pytest

from e2e.places import made
from hostile.wire import SECONDS, address_of, head, received, send
from servers import Server

MOST, ATTEMPTS = 6, 60
HERE, ELSEWHERE = "127.0.0.1", "127.0.0.2"


@pytest.fixture
def narrow(tmp_path: Path) -> Iterator[Server]:
    """A server that lets few connections come from one address."""
    place = made(tmp_path, "keystead")
    config = place.config("keystead")
    config.write_text(f"connections_per_address = {MOST}\n{config.read_text()}")
    with place.serving("keystead") as server:
        yield server


@pytest.mark.parametrize("greets", [True, False])
def test_one_address_takes_all_it_may(narrow: Server, greets: bool) -> None:
    with ExitStack() as taken:
        first = taken.enter_context(closing(opened(narrow, HERE, greets=greets)))
        for _ in range(ATTEMPTS):
            with suppress(OSError):
                taken.enter_context(closing(opened(narrow, HERE, greets=greets)))
        assert not is_served(narrow, HERE)
        assert is_served(narrow, ELSEWHERE)
        first.close()
        wait_until(narrow, lambda: is_served(narrow, HERE))
    wait_until(narrow, lambda: is_served(narrow, HERE))
    wait_until(narrow, lambda: len(lines(narrow)) > 0)
    (line,) = lines(narrow)
    assert f'"most_from":["{HERE}"]' in line


def lines(server: Server) -> list[str]:
    """Return what the server logged of whom it turned away."""
    return [line for line in server.log.read_text().splitlines() if "connections_turned_away" in line]


def opened(server: Server, source: str, *, greets: bool) -> socket.socket:
    """Return a connection from *source* that says nothing, or nothing after the handshake."""
    raw = socket.create_connection(address_of(server), SECONDS, source_address=(source, 0))
    if not greets:
        return raw
    try:
        return server.context.wrap_socket(raw, server_hostname="127.0.0.1")
    except OSError:
        raw.close()
        raise


def is_served(server: Server, source: str) -> bool:
    """Tell whether a connection from *source* gets an answer, or ends before its handshake."""
    try:
        with opened(server, source, greets=True) as secured:
            assert isinstance(secured, ssl.SSLSocket)
            send(secured, head("GET", "/healthz"))
            return received(secured).status == 200
    except OSError:
        return False


def wait_until(server: Server, so: Callable[[], bool]) -> None:
    """Wait for the server to notice."""
    end = time.monotonic() + SECONDS
    while not so():
        assert time.monotonic() < end, server.log.read_text()
        time.sleep(0.02)
