"""One connection: has requests answered one after the other, and ends when its peer keeps it waiting."""

import asyncio
from collections.abc import Awaitable, Callable
from math import inf
from typing import Final, Protocol

from keystead.domain.endpoints import PUBLIC, Endpoint
from keystead.protocols.http.exchange import Exchange, Reply
from keystead.protocols.http.reader import RequestReader
from keystead.protocols.http.writer import CONTINUE, octets_of

REQUEST_SECONDS: Final = 30.0  # from the handshake or the first octet to the last octet of a request
IDLE_SECONDS: Final = 75.0  # from an answer to the next request
_BUFFER_OCTETS: Final = 64 << 10  # of answers that the peer has not taken, before no more are made
_PROGRESS_OCTETS: Final = 64 << 10  # that a peer must take in the time of a request


Answer = Callable[[Exchange, str | None], Awaitable[Reply]]
"""Answers a request, which came from an address; raises nothing but `HangUp`."""


class HangUp(Exception):
    """Raised instead of an answer: the connection ends without one."""


class Shared(Protocol):
    """What all connections of a server share."""

    date: bytes  # the time, in the form of the header ``Date``
    answer: Answer
    answers: dict[int, int]  # how many were given, by status

    def enter(self, connection: "Connection") -> None:
        """Take *connection* in."""

    def leave(self, connection: "Connection") -> None:
        """Forget *connection*."""


class Connection(asyncio.Protocol):
    """A peer that asks; strangers may send anything, in any pieces, at any pace, or nothing.

    Answers leave in the order of the requests. While one is made, the next requests wait and reading stops;
    nothing is made for a peer that does not take what was made before.

    Args:
        shared: by all connections of the server.
        endpoint: which one the peer came over.
    """

    def __init__(self, shared: Shared, endpoint: Endpoint = PUBLIC) -> None:
        self._shared = shared
        self._endpoint: Endpoint = endpoint
        self._loop = asyncio.get_running_loop()
        self._reader = RequestReader()
        self._task: asyncio.Task[None] | None = None  # answers a request
        self._reads = self._writable = True
        self._idle = False  # between two requests
        self._ends = False  # with the answer that is written
        self._lost = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # narrower, as uvloop's
        """Begin."""
        self._transport = transport
        transport.set_write_buffer_limits(_BUFFER_OCTETS)
        peer = transport.get_extra_info("peername")
        self.address: str | None = peer[0] if peer else None
        self._deadline = self._loop.time() + REQUEST_SECONDS
        self._shared.enter(self)

    def data_received(self, data: bytes) -> None:
        """Take what arrived."""
        if self._idle:
            self._idle, self._deadline = False, self._loop.time() + REQUEST_SECONDS
        self._reader.feed(data)
        self._go_on()

    def pause_writing(self) -> None:
        """Wait for the peer to take what was written."""
        self._writable, self._deadline = False, self._loop.time() + REQUEST_SECONDS
        self._untaken = self._transport.get_write_buffer_size()

    def resume_writing(self) -> None:
        """Go on, or end after the last answer was taken."""
        self._writable = True
        if self._ends:
            self._transport.close()
            return
        self._rest()
        self._go_on()

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002 - how it ended changes nothing
        """Forget the connection, once the request in hand is through."""
        self._lost = True
        self._reader.arrived.clear()
        if self._task is None:
            self._shared.leave(self)

    def finish(self) -> None:
        """End after the answer in hand, or at once: an idle peer may never say goodbye."""
        self._reader.last = True
        self._reader.arrived.clear()
        if self._task is not None:
            return
        if self._transport.get_write_buffer_size():
            self._transport.close()  # with a few seconds for what is written
        else:
            self._transport.abort()

    def cut(self) -> None:
        """End at once, and give up the answer in hand."""
        if self._task is not None:
            self._task.cancel()
        self._transport.abort()

    def end_if_late(self, now: float) -> None:
        """End when the peer has kept us waiting for too long; asked every second.

        A peer that takes a long answer has its time anew with every part of it.
        """
        if now <= self._deadline:
            return
        left = self._transport.get_write_buffer_size()
        if not self._writable and self._untaken - left >= _PROGRESS_OCTETS:
            self._untaken, self._deadline = left, now + REQUEST_SECONDS
        else:
            self._transport.abort()

    def _go_on(self) -> None:
        """Start the next answer, if it is time for it, and read only while none waits."""
        reader = self._reader
        if self._task is None and self._writable and not self._ends:
            if reader.arrived:
                self._deadline = inf
                self._task = self._loop.create_task(self._serve(reader.arrived.popleft()))
            elif reader.wants_continue:
                reader.wants_continue = False
                self._transport.write(CONTINUE)
        self._read(not reader.arrived)

    async def _serve(self, exchange: Exchange) -> None:
        reply = None
        exchange.endpoint = self._endpoint
        try:
            reply = await self._shared.answer(exchange, self.address)
        except HangUp:
            self._transport.abort()
        except BaseException:
            self._transport.abort()  # nobody would wait for this peer any more
            raise
        finally:
            self._task = None
            if self._lost:
                self._shared.leave(self)
        if self._lost or reply is None:
            return
        answers = self._shared.answers
        answers[reply.status] = answers.get(reply.status, 0) + 1
        self._ends = ends = self._reader.last and not self._reader.arrived
        if ends:
            self._transport.set_write_buffer_limits(1, 0)  # so that we hear when the peer has taken all of it
        self._transport.write(octets_of(exchange, reply, self._shared.date, ends=ends))
        if ends and self._writable:
            self._transport.close()
        self._rest()
        self._go_on()

    def _rest(self) -> None:
        """Wait for the peer, which has the time of a request for what it has begun."""
        if self._task is None and self._writable:
            self._idle = not self._reader.underway
            self._deadline = self._loop.time() + (IDLE_SECONDS if self._idle else REQUEST_SECONDS)

    def _read(self, wanted: bool) -> None:
        if wanted is not self._reads and not self._transport.is_closing():
            self._reads = wanted
            (self._transport.resume_reading if wanted else self._transport.pause_reading)()
