"""Answers scrapes: one path, one method, nothing else."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Final

from keystead.domain.reasons import CODES
from keystead.protocols.http.exchange import Exchange, Reply
from keystead.service.correlation import correlation_id
from keystead.service.places import places

PATH: Final = "/metrics"
FRESH_SECONDS: Final = 1.0
"""How long one reading serves everybody: who scrapes without a pause takes no time from the API."""
_METHODS: Final = ("GET", "HEAD")
_TEXT: Final = (b"content-type", b"text/plain; charset=utf-8")
_log = logging.getLogger(__name__)


class MetricsDoor:
    """Answers what comes to the listener for metrics.

    Args:
        read: returns all metrics as text.
        content_type: of that text.
    """

    def __init__(self, read: Callable[[], Awaitable[bytes]], content_type: bytes) -> None:
        self._read = read
        self._content_type = content_type
        self._text = b""
        self._until = 0.0
        self._one_at_a_time = asyncio.Lock()

    async def answer(self, exchange: Exchange, address: str | None) -> Reply:  # noqa: ARG002 - the shape of an Answer
        """Answer one request; never raises."""
        correlation_id.set(exchange.correlation_id)
        if exchange.refusal is not None:
            return _plain(CODES[exchange.refusal.reason], exchange.refusal.detail)
        if exchange.path != PATH:
            return _plain(404, f"metrics are at {PATH}")
        if exchange.method not in _METHODS:
            return _plain(405, "metrics are read, with GET", (b"allow", ", ".join(_METHODS).encode()))
        try:
            return Reply(200, await self._fresh(), ((b"content-type", self._content_type),))
        except Exception as error:  # noqa: BLE001 - a mistake of ours: the caller gets its number, the log the rest
            facts = {"error": type(error).__name__, "at": places(error)}
            _log.error("unexpected_error", extra={"facts": facts})
            return _plain(500, "metrics could not be read")

    async def _fresh(self) -> bytes:
        async with self._one_at_a_time:
            if monotonic() >= self._until:
                self._text = await self._read()
                self._until = monotonic() + FRESH_SECONDS
            return self._text


def _plain(status: int, text: str, *headers: tuple[bytes, bytes]) -> Reply:
    return Reply(status, text.encode() + b"\n", (_TEXT, *headers))
