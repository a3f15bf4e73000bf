"""Serves a service over TLS."""

import socket
import ssl
from collections.abc import Callable
from typing import Final

import uvicorn

from keystead.app import Service
from keystead.config import Settings, SettingsError

_BACKLOG: Final = 1024
_GRACE_SECONDS: Final = 5
_IDLE_SECONDS: Final = 75


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
    await _Announced(_uvicorn(service), ready).serve(sockets=[listener])


class _Announced(uvicorn.Server):
    """Tells when it accepts connections."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start accepting, then say so."""
        await super().startup(sockets)
        if self.started:
            self._ready()


def _uvicorn(service: Service) -> uvicorn.Config:
    settings = service.settings
    if settings.tls_certificate is None or settings.tls_key is None:
        raise SettingsError("tls_certificate and tls_key are needed: Keystead serves TLS only")
    config = uvicorn.Config(
        service.application,
        http="httptools",
        lifespan="off",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=_BACKLOG,
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
