"""Serves a service over TLS."""

import asyncio
import gc
import resource
import signal
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import uvicorn

from keystead.app import Service
from keystead.config import Settings, SettingsError
from keystead.protocols.http.connection import LimitedProtocol, end_late

_BACKLOG: Final = 1024
_GRACE_SECONDS: Final = 5
_IDLE_SECONDS: Final = 75
_SWEEP_SECONDS: Final = 5.0
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


async def serve(service: Service, listener: socket.socket, ready: Callable[[], None]) -> None:
    """Answer requests until SIGTERM or SIGINT; *ready* is called once connections are accepted."""
    _relax_collector()
    await _Announced(_uvicorn(service), ready).serve(sockets=[listener])


def _relax_collector() -> None:
    """Look for cycles of garbage less often: requests make hardly any, and what was loaded at start stays."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER, 20, 100)


class _Announced(uvicorn.Server):
    """Tells when it accepts connections."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start accepting, then say so."""
        await super().startup(sockets)
        self._sweep()
        if self.started:
            self._ready()

    def _sweep(self) -> None:
        """End, every few seconds, the connections that keep a request waiting."""
        loop = asyncio.get_running_loop()
        end_late(self.server_state.connections, loop.time())
        loop.call_later(_SWEEP_SECONDS, self._sweep)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop at a signal and go back to the caller, who has a log to sign and a database to close.

        The inherited way raises the signal again, which ends the process before anything is closed.
        """
        loop = asyncio.get_running_loop()
        for number in _STOP:
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in _STOP:
                loop.remove_signal_handler(number)


def _uvicorn(service: Service) -> uvicorn.Config:
    settings = service.settings
    if settings.tls_certificate is None or settings.tls_key is None:
        raise SettingsError("tls_certificate and tls_key are needed: Keystead serves TLS only")
    config = uvicorn.Config(
        service.application,
        http=LimitedProtocol,
        lifespan="off",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=_BACKLOG,
        limit_concurrency=_most_connections(),
        timeout_keep_alive=_IDLE_SECONDS,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        ssl_certfile=settings.tls_certificate,
        ssl_keyfile=settings.tls_key,
    )
    try:
        config.load()
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(f"the TLS certificate or key cannot be used: {error}") from None
    if config.ssl is not None:
        config.ssl.minimum_version = ssl.TLSVersion.TLSv1_2
    return config


def _most_connections() -> int:
    """Return how many connections are served at once, well below the files that this process may open.

    So the database and the audit log find room for theirs, whatever strangers do.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_CONNECTIONS + _OWN_FILES
    soft = wanted if hard == resource.RLIM_INFINITY else min(hard, max(soft, wanted))
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max(1, min(_MOST_CONNECTIONS, soft - _OWN_FILES))
