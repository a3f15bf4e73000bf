"""Listening sockets, and how peers get in through them."""

import asyncio
import socket
import ssl
from typing import Final

from keystead.config import Settings, SettingsError
from keystead.domain.endpoints import PRIVATE, PUBLIC, Endpoint
from keystead.protocols.http.connection import Connection
from keystead.protocols.http.connections import Connections

_BACKLOG: Final = 1024
_HANDSHAKE_SECONDS: Final = 10.0
_GOODBYE_SECONDS: Final = 5.0
_ACCEPT_AGAIN_SECONDS: Final = 0.05


def bound_to(host: str, port: int) -> socket.socket:
    """Return a bound socket, so that its port is known before anything is served.

    Raises:
        SettingsError: the address cannot be used.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise SettingsError(
            f"cannot listen on {host} port {port}: {error.strerror}; choose another port"
        ) from None
    return listener


def tls_context(settings: Settings) -> ssl.SSLContext:
    """Return what TLS is spoken with: the server's certificate.

    Raises:
        SettingsError: the certificate or its key cannot be used.
    """
    if settings.tls_certificate is None or settings.tls_key is None:
        raise SettingsError("tls_certificate and tls_key are needed: Keystead serves TLS only")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(settings.tls_certificate, settings.tls_key)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(f"the TLS certificate or key cannot be used: {error}") from None
    return context


class Listener:
    """Lets peers in, from when `open` is called until `close`.

    Args:
        bound: a socket with its address.
        tls: what is spoken with them; ``None`` for plain HTTP.
        connections: where those who came in are kept.
        private: a second socket with its address; who comes in there came over the private endpoint.
    """

    def __init__(
        self,
        bound: socket.socket,
        tls: ssl.SSLContext | None,
        connections: Connections,
        private: socket.socket | None = None,
    ) -> None:
        self._socket = bound
        self._sockets: dict[socket.socket, Endpoint] = {bound: PUBLIC}
        if private is not None:
            self._sockets[private] = PRIVATE
        self._tls = tls
        self._connections = connections
        self._arriving: set[asyncio.Task[None]] = set()

    @property
    def port(self) -> int:
        """The port that peers come to."""
        port: int = self._socket.getsockname()[1]
        return port

    def open(self) -> list[asyncio.Task[None]]:
        """Accept connections; return the work, which does not end by itself."""
        for one in self._sockets:
            one.listen(_BACKLOG)
            one.setblocking(False)
        work = [self._connections.watch(), *(self._accept(*one) for one in self._sockets.items())]
        return [asyncio.create_task(one) for one in work]

    async def close(self, grace_seconds: float) -> None:
        """End all connections; answers in hand have *grace_seconds*. The work was cancelled before."""
        for one in self._sockets:
            one.close()
        await self._connections.close(grace_seconds)

    async def _accept(self, bound: socket.socket, endpoint: Endpoint) -> None:
        """Let peers in one after the other, and have their handshakes done beside each other."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                peer, (address, *_) = await loop.sock_accept(bound)
            except OSError:  # no descriptor is left, or the peer has gone already
                await asyncio.sleep(_ACCEPT_AGAIN_SECONDS)
                continue
            task = asyncio.create_task(self._let_in(peer, address, endpoint))
            self._arriving.add(task)
            task.add_done_callback(self._arriving.discard)

    async def _let_in(self, peer: socket.socket, address: str, endpoint: Endpoint) -> None:
        connections, tls = self._connections, self._tls
        with connections.place(address) as has_place:
            if not has_place:
                peer.close()
                return
            try:  # a handshake that fails or takes too long is the peer's affair
                await asyncio.get_running_loop().connect_accepted_socket(
                    lambda: Connection(connections, endpoint),
                    peer,
                    ssl=tls,
                    ssl_handshake_timeout=None if tls is None else _HANDSHAKE_SECONDS,
                    ssl_shutdown_timeout=None if tls is None else _GOODBYE_SECONDS,
                )
            except (OSError, ssl.SSLError):
                connections.failed_handshakes += 1
