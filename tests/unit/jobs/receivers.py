"""Receivers of lifecycle events: real ones, over TLS, that do what no honest one does."""

import contextlib
import hashlib
import hmac
import json
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from unit.export.receivers import Collector, server_tls


@dataclass
class Hostile:
    """A receiver that reads a request, and answers with whatever it was told to."""

    url: str = ""
    heard: list[bytes] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)


@contextmanager
def hostile(folder: Path, answer: Callable[[ssl.SSLSocket, threading.Event], None]) -> Iterator[Hostile]:
    """Run one with the certificate in *folder*; *answer* ends when the event is set, or the peer goes."""
    state, tls = Hostile(), server_tls(folder)
    listener = socket.create_server(("127.0.0.1", 0))
    state.url = f"https://127.0.0.1:{listener.getsockname()[1]}/keys"

    def serve() -> None:
        while True:
            plain, _ = listener.accept()
            if state.stopped.is_set():
                plain.close()
                return
            with suppress(OSError), tls.wrap_socket(plain, server_side=True) as stream:
                state.heard.append(_request(stream))
                answer(stream, state.stopped)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield state
    finally:
        state.stopped.set()
        with contextlib.closing(socket.create_connection(listener.getsockname())):
            thread.join()
        listener.close()


def _request(stream: ssl.SSLSocket) -> bytes:
    """Return a whole request, whose length its head says."""
    octets = b""
    while part := stream.recv(65_536):
        octets += part
        head, found, body = octets.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        if found and length is not None and len(body) == int(length[1]):
            break
    return octets


def check_signature(headers: dict[str, str], body: bytes, secret: bytes, now: int) -> bool:
    """Check what a receiver checks, written from ``docs/services.md`` alone."""
    parts = dict(part.split("=", 1) for part in headers["keystead-signature"].split(","))
    if abs(now - int(parts["t"])) > 300:
        return False
    expected = hmac.new(secret, f"{parts['t']}.".encode() + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, parts["v1"])


def read(body: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(body)
    return found


def until_told(collector: Collector) -> None:
    """Wait in a thread until *collector* has taken something."""
    while not collector.bodies:
        time.sleep(0.01)
