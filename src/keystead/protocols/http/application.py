"""The ASGI application: finds the door, answers in its form, and never lets an error out."""

import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from keystead.domain.errors import KeysteadError, Refused
from keystead.domain.keys import Windows
from keystead.protocols.http.exchange import Exchange, Receive, Reply, Scope, Send
from keystead.protocols.http.routes import Fault, Route, RouteTree
from keystead.protocols.http.visit import Visit
from keystead.service.dispatch import Dispatcher

Probe = Callable[[], Awaitable[Reply]]
_log = logging.getLogger(__name__)
_NO_STORE: Final = (b"cache-control", b"no-store")


class Application:
    """Serves every HTTP door over one listener, routed by path."""

    def __init__(
        self,
        routes: Iterable[Route],
        dispatcher: Dispatcher,
        windows: Windows,
        *,
        fault: Fault,
        probes: dict[str, Probe],
    ) -> None:
        self._tree = RouteTree(routes)
        self._dispatcher = dispatcher
        self._windows = windows
        self._fault = fault  # for requests that match no route
        self._probes = probes  # health checks: outside the API, without credentials

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        exchange = Exchange(scope, receive)
        client = scope.get("client")
        reply = await self._answer(exchange, client[0] if client else None)
        await _send(exchange, reply, send)

    async def _answer(self, exchange: Exchange, address: str | None) -> Reply:
        probe = self._probes.get(exchange.path)
        if probe is not None and exchange.method == "GET":
            return await probe()
        try:
            route, names = self._tree.find(exchange.method, exchange.path)
        except Refused as refused:
            return self._fault(exchange, "", refused)
        try:
            await exchange.read()
            return await route.door(Visit(exchange, route, names, address, self._dispatcher, self._windows))
        except KeysteadError as error:
            return route.fault(exchange, route.phrase, error)
        except Exception as error:  # noqa: BLE001 - a mistake of ours: the caller gets its number, the log the rest
            facts = {
                "correlation_id": exchange.correlation_id,
                "error": type(error).__name__,
                "at": _places(error),
            }
            _log.error("unexpected_error", extra={"facts": facts})
            return route.fault(exchange, route.phrase, error)


def _places(error: BaseException) -> list[str]:
    """Return where *error* came from: files and lines only, for its text or values could hold secrets."""
    places, step = [], error.__traceback__
    while step is not None:
        places.append(f"{step.tb_frame.f_code.co_filename.rpartition('keystead/')[2]}:{step.tb_lineno}")
        step = step.tb_next
    return places


async def _send(exchange: Exchange, reply: Reply, send: Send) -> None:
    headers = [
        (b"correlation-id", exchange.correlation_id.encode()),
        (b"content-length", str(len(reply.body)).encode()),
        _NO_STORE,
        *reply.headers,
    ]
    if reply.status == 204:  # noqa: PLR2004 - RFC 9110: no Content-Length with 204
        del headers[1]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    body = b"" if exchange.method == "HEAD" else reply.body
    await send({"type": "http.response.body", "body": body})
