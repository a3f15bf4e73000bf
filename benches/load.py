"""A load of many keep-alive TLS connections from one process, cheap enough not to be what is measured."""

import asyncio
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

_HEAD_END = b"\r\n\r\n"
_LENGTH = b"content-length: "
_HANDSHAKES = 0.5  # seconds in which all connections are made, before anything is measured


@dataclass(slots=True)
class Result:
    """Latencies in seconds, and how long the whole took."""

    latencies: list[float] = field(default_factory=list)
    seconds: float = 0.0
    errors: int = 0

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.latencies) / self.seconds

    def percentile(self, part: float) -> float:
        """Return the latency in milliseconds that *part* of the answers stayed under."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * part))] * 1000


class _Connection(asyncio.Protocol):
    """Sends the next request when the answer to the one before has arrived, or when its time has come."""

    def __init__(
        self, requests: Iterator[bytes], result: Result, interval: float, first: float, until: float
    ) -> None:
        self._requests = requests
        self._result = result
        self._interval = interval  # seconds between two requests of this connection; 0: at once
        self._until = until
        self._due = first
        self._buffer = b""
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        delay = self._due - time.perf_counter()
        asyncio.get_running_loop().call_later(max(delay, 0.0), self._send)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(_HEAD_END)
        if end < 0:
            return
        at = self._buffer.find(_LENGTH, 0, end)
        size = int(self._buffer[at + len(_LENGTH) : self._buffer.find(b"\r", at)]) if at >= 0 else 0
        if len(self._buffer) < end + 4 + size:
            return
        now = time.perf_counter()
        self._result.latencies.append(now - self._due)
        if self._buffer[9:10] != b"2":
            self._result.errors += 1
        self._buffer = b""
        self._next(now)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self._result.errors += error is not None
            self.done.set_result(None)

    def _next(self, now: float) -> None:
        if now >= self._until:
            self._transport.close()
            return
        self._due += self._interval
        delay = self._due - now
        if delay > 0:
            asyncio.get_running_loop().call_later(delay, self._send)
        else:
            self._send()  # late: latency counts from when it was due, so a stall is not hidden

    def _send(self) -> None:
        request = next(self._requests, None)
        if request is None:
            self._transport.close()
            return
        if not self._interval:
            self._due = time.perf_counter()
        self._transport.write(request)  # type: ignore[attr-defined]


async def run(
    port: int,
    context: ssl.SSLContext,
    requests: Callable[[int], Iterator[bytes]],
    *,
    connections: int,
    seconds: float,
    rate: float = 0.0,
) -> Result:
    """Load 127.0.0.1:*port*.

    Args:
        port: TLS port.
        context: trusts the server.
        requests: gives the octets of each connection's requests, by its number.
        connections: how many at once.
        seconds: how long to go on.
        rate: requests a second of all connections together; 0 for as many as possible.
    """
    result = Result()
    loop = asyncio.get_running_loop()
    began = time.perf_counter()  # of the handshakes; the load comes after them
    interval = connections / rate if rate else 0.0
    opened = [
        loop.create_connection(
            lambda number=number: _Connection(
                requests(number),
                result,
                interval,
                began + _HANDSHAKES + (number / rate if rate else 0.0),  # paced requests come evenly
                began + _HANDSHAKES + seconds,
            ),  # type: ignore[misc]
            "127.0.0.1",
            port,
            ssl=context,
            server_hostname="localhost",
        )
        for number in range(connections)
    ]
    made = await asyncio.gather(*opened)
    await asyncio.gather(*(protocol.done for _, protocol in made))
    result.seconds = time.perf_counter() - began - _HANDSHAKES
    return result
