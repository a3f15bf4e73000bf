"""All connections of a server: how many there may be, which are late, and how they end."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.utils import formatdate

from keystead.protocols.http.connection import Answer, Connection
from keystead.protocols.http.peers import Peers, TurnedAway, peer_of

TICK_SECONDS = 1.0


class Connections:
    """The connections that are open.

    Args:
        answer: answers a request; raises nothing but `HangUp`.
        most: how many there may be at once, handshakes included.
        most_each: how many of these may come from one address.
    """

    def __init__(self, answer: Answer, most: int, most_each: int) -> None:
        self.answer = answer
        self.date = _date()
        self.most = most
        self.answers: dict[int, int] = {}  # how many were given with a status
        self.failed_handshakes = 0
        self._open: dict[Connection, str] = {}  # with the peer that it counts for
        self._peers = Peers(most_each)
        self.turned_away = TurnedAway()
        self._arriving = 0  # accepted, and not through with their handshake
        self._empty = asyncio.Event()

    @contextmanager
    def place(self, address: str) -> Iterator[bool]:
        """Hold a place for a connection from *address* during its handshake; tell whether there was one.

        Those who are served go on being served: who comes when all places are taken, or all that one address
        may have, has none.
        """
        peer = peer_of(address)
        all_taken = len(self._open) + self._arriving >= self.most
        if all_taken or not self._peers.has_room(peer):
            self.turned_away.count(peer, all_taken=all_taken)
            yield False
            return
        self._arriving += 1
        self._peers.hold(peer)
        try:
            yield True
        finally:
            self._arriving -= 1
            self._peers.release(peer)

    def enter(self, connection: Connection) -> None:
        """Take *connection* in; its place was held."""
        peer = self._open[connection] = peer_of(connection.address)
        self._peers.hold(peer)
        self._empty.clear()

    def leave(self, connection: Connection) -> None:
        """Forget *connection*."""
        self._peers.release(self._open.pop(connection))
        if not self._open:
            self._empty.set()

    @property
    def open(self) -> int:
        """How many are open, handshakes not included."""
        return len(self._open)

    async def watch(self) -> None:
        """End the connections that keep us waiting, for as long as the server runs."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(TICK_SECONDS)
            self.date = _date()
            self.end_late(loop.time())
            self.turned_away.report(loop.time())

    def end_late(self, now: float) -> None:
        """End the connections whose time is over at *now*, a time of the event loop."""
        for connection in tuple(self._open):
            connection.end_if_late(now)

    async def close(self, grace_seconds: float) -> None:
        """End all connections; answers in hand have *grace_seconds*."""
        for connection in tuple(self._open):
            connection.finish()
        if self._open:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._empty.wait(), grace_seconds)
        for connection in tuple(self._open):
            connection.cut()


def _date() -> bytes:
    return formatdate(usegmt=True).encode()
