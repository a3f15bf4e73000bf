"""Serves a service over TLS."""

import asyncio
import gc
import resource
import signal
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

import msgspec

from keystead.app import Service
from keystead.config import Settings, SettingsError
from keystead.protocols.http.connection import Answer, Connection
from keystead.protocols.http.connections import Connections

_BACKLOG: Final = 1024
_GRACE_SECONDS: Final = 5.0
_HANDSHAKE_SECONDS: Final = 10.0
_GOODBYE_SECONDS: Final = 5.0
_ACCEPT_AGAIN_SECONDS: Final = 0.05
_MOST_CONNECTIONS: Final = 8192
_OWN_FILES: Final = 128
_COLLECT_AFTER: Final = 50_000  # objects more than before; the default is 700
_STOP: Final = (signal.SIGTERM, signal.SIGINT)


def listen(settings: Settings) -> socket.socket:
    """Bind the listening socket, so that its port is known before anything is served.

    Raises:
        SettingsError: the address cannot be used.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise SettingsError(
            f"cannot listen on {settings.host} port {settings.port}: {error.strerror}; choose another port"
        ) from None
    return listener


def bound(settings: Settings, listener: socket.socket) -> Settings:
    """Return *settings* with the port that *listener* has, where any would do."""
    return msgspec.structs.replace(settings, port=listener.getsockname()[1])


async def serve(
    service: Service, listener: socket.socket, ready: Callable[[], None], answer: Answer | None = None
) -> None:
    """Answer requests until SIGTERM or SIGINT.

    Args:
        service: what is served.
        listener: a bound socket.
        ready: called once connections are accepted.
        answer: stands around the service's own answers, where something does.

    Raises:
        SettingsError: the certificate or its key cannot be used.
    """
    _relax_collector()
    connections = _connections(answer or service.application.answer, service.settings)
    tls = _tls(service.settings)
    listener.listen(_BACKLOG)
    listener.setblocking(False)
    with _stop_signals() as stopped:
        rounds = asyncio.create_task(service.rounds.run())
        work = [
            asyncio.create_task(connections.watch()),
            asyncio.create_task(_accept(listener, tls, connections)),
            asyncio.create_task(stopped.wait()),
        ]
        try:
            ready()
            await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in work:
                task.cancel()
            listener.close()
            service.rounds.stop()
            await connections.close(_GRACE_SECONDS)
            await _ended(rounds)
    for task in work[:2]:
        if task.done() and not task.cancelled():
            task.result()  # neither ends by itself


async def _accept(listener: socket.socket, tls: ssl.SSLContext, connections: Connections) -> None:
    """Let peers in one after the other, and have their handshakes done beside each other."""
    loop, arriving = asyncio.get_running_loop(), set[asyncio.Task[None]]()
    while True:
        try:
            peer, (address, *_) = await loop.sock_accept(listener)
        except OSError:  # no descriptor is left, or the peer has gone already
            await asyncio.sleep(_ACCEPT_AGAIN_SECONDS)
            continue
        task = asyncio.create_task(_let_in(peer, address, tls, connections))
        arriving.add(task)
        task.add_done_callback(arriving.discard)


async def _let_in(peer: socket.socket, address: str, tls: ssl.SSLContext, connections: Connections) -> None:
    with connections.place(address) as has_place:
        if not has_place:
            peer.close()
            return
        with suppress(OSError, ssl.SSLError):  # a handshake that fails or takes too long is the peer's affair
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: Connection(connections),
                peer,
                ssl=tls,
                ssl_handshake_timeout=_HANDSHAKE_SECONDS,
                ssl_shutdown_timeout=_GOODBYE_SECONDS,
            )


async def _ended(rounds: asyncio.Task[None]) -> None:
    """Wait for the key that the rounds are at, so that its event is in the log when that is signed."""
    await asyncio.wait({rounds}, timeout=_GRACE_SECONDS)
    rounds.cancel()  # without effect on what has ended
    with suppress(asyncio.CancelledError):
        await rounds


@contextmanager
def _stop_signals() -> Iterator[asyncio.Event]:
    """Yield what is set at a signal: the caller has a log to sign and a database to close."""
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()
    for number in _STOP:
        loop.add_signal_handler(number, stopped.set)
    try:
        yield stopped
    finally:
        for number in _STOP:
            loop.remove_signal_handler(number)


def _relax_collector() -> None:
    """Look for cycles of garbage less often: requests make hardly any, and what was loaded at start stays."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER, 20, 100)


def _tls(settings: Settings) -> ssl.SSLContext:
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


def _connections(answer: Answer, settings: Settings) -> Connections:
    """Return the connections of a server; half of all places are the most that one address has.

    A proxy is one address for all who come through it, and half is more than it is likely to hold open.
    """
    most = _most_connections()
    return Connections(answer, most, settings.connections_per_address or max(1, most // 2))


def _most_connections() -> int:
    """Return how many connections are served at once, well below the files that this process may open.

    So the database and the audit log find room for theirs, whatever strangers do.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_CONNECTIONS + _OWN_FILES
    soft = wanted if hard == resource.RLIM_INFINITY else min(hard, max(soft, wanted))
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max(1, min(_MOST_CONNECTIONS, soft - _OWN_FILES))
