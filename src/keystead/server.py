"""Serves a service over TLS."""

import asyncio
import gc
import resource
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

import msgspec

from keystead.config import Settings, place_in
from keystead.listening import Listener, bound_to, tls_context
from keystead.metrics import metrics_listener
from keystead.protocols.http.connection import Answer
from keystead.protocols.http.connections import Connections
from keystead.running import Service

_GRACE_SECONDS: Final = 5.0
_MOST_CONNECTIONS: Final = 8192
_OWN_FILES: Final = 128
_COLLECT_AFTER: Final = 50_000  # objects more than before; the default is 700
_STOP: Final = (signal.SIGTERM, signal.SIGINT)


def listen(settings: Settings) -> socket.socket:
    """Bind the listening socket, so that its port is known before anything is served.

    Raises:
        SettingsError: the address cannot be used.
    """
    return bound_to(settings.host, settings.port)


def listen_privately(settings: Settings) -> socket.socket | None:
    """Bind the socket of the private endpoint; ``None`` where *settings* name no address for it.

    Raises:
        SettingsError: the address cannot be used.
    """
    if settings.private_listen is None:
        return None
    return bound_to(*place_in("private_listen", settings.private_listen))


def bound(settings: Settings, listener: socket.socket, private: socket.socket | None = None) -> Settings:
    """Return *settings* with the ports that the sockets have, where any would do."""
    if private is not None:
        host, port = private.getsockname()[:2]
        place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        settings = msgspec.structs.replace(settings, private_listen=place)
    return msgspec.structs.replace(settings, port=listener.getsockname()[1])


async def serve(
    service: Service,
    listener: socket.socket,
    ready: Callable[[], None],
    answer: Answer | None = None,
    *,
    private: socket.socket | None = None,
) -> None:
    """Answer requests until SIGTERM or SIGINT.

    Args:
        service: what is served.
        listener: a bound socket.
        ready: called once connections are accepted.
        answer: stands around the service's own answers, where something does.
        private: a bound socket for the private endpoint, where there is one.

    Raises:
        SettingsError: a certificate or a key cannot be used, or what was said of metrics cannot be done.
    """
    _relax_collector()
    answer = answer or service.application.answer
    if service.tracing is not None:
        answer = service.tracing.around(answer)
    connections = _connections(answer, service.settings)
    listeners = [Listener(listener, tls_context(service.settings), connections, private)]
    if (for_metrics := metrics_listener(service, connections)) is not None:
        listeners.append(for_metrics)
    with _stop_signals() as stopped:
        rounds = asyncio.create_task(service.rounds.run())
        courier = asyncio.create_task(service.courier.run())
        reckoner = asyncio.create_task(service.reckoner.run())
        work = [task for one in listeners for task in one.open()]
        stop = asyncio.create_task(stopped.wait())
        try:
            ready()
            await asyncio.wait([*work, stop], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (*work, stop):
                task.cancel()
            service.rounds.stop()
            service.courier.stop()
            service.reckoner.stop()
            await asyncio.gather(*(one.close(_GRACE_SECONDS) for one in listeners))
            await _ended(rounds, courier, reckoner)
    for task in work:
        if task.done() and not task.cancelled():
            task.result()  # neither ends by itself


async def _ended(*jobs: asyncio.Task[None]) -> None:
    """Wait for the key that each is at, so that its event is in the log when that is signed."""
    await asyncio.wait(jobs, timeout=_GRACE_SECONDS)
    for job in jobs:
        job.cancel()  # without effect on what has ended
        with suppress(asyncio.CancelledError):
            await job


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
