"""Finds the door of a request, has it answered in that door's form, and never lets an error out."""

import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from msgspec.structs import replace

from keystead.domain.errors import KeysteadError, Refused
from keystead.domain.keys import Windows
from keystead.domain.permissions.row import Permission
from keystead.protocols.http.exchange import Exchange, Reply
from keystead.protocols.http.proxies import Proxies
from keystead.protocols.http.routes import MAX_PATH_OCTETS, Fault, MethodNotAllowed, Route, RouteTree
from keystead.protocols.http.visit import Visit
from keystead.service.case import Stray
from keystead.service.correlation import correlation_id
from keystead.service.dispatch import Dispatcher
from keystead.service.places import places

Probe = Callable[[], Awaitable[Reply]]
PROBED: Final = ("GET", "HEAD")
"""How a health check may be asked."""
_log = logging.getLogger(__name__)


class Application:
    """Serves every HTTP door over whichever listener, routed by path."""

    def __init__(
        self,
        routes: Iterable[Route],
        dispatcher: Dispatcher,
        windows: Windows,
        *,
        fault: Fault,
        stray: Callable[[str], Permission | None],
        probes: dict[str, Probe],
        proxies: Proxies | None = None,
    ) -> None:
        self._tree = RouteTree(routes)
        self._dispatcher = dispatcher
        self._windows = windows
        self._fault = fault  # for requests that match no route
        self._stray = stray  # says by its path what such a request is about, where it is recorded
        self._proxies = proxies  # ``None``: nobody comes through one that is believed
        self._probes = probes  # health checks: outside the API, without credentials

    async def answer(self, exchange: Exchange, address: str | None) -> Reply:
        """Answer one request, which came from *address*; never raises."""
        if self._proxies is not None:
            address = self._proxies.client(address, exchange.header(b"x-forwarded-for"))
        correlation_id.set(exchange.correlation_id)  # for this task, which serves this request and ends
        if exchange.refusal is not None:
            return self._fault(exchange, "", exchange.refusal)
        probe = self._probes.get(exchange.path)
        if probe is not None:
            return await self._probed(exchange, probe)
        try:
            route, names = self._tree.find(exchange.method, exchange.path)
        except Refused as refused:
            return await self._unrouted(exchange, address, refused)
        try:
            return await route.door(Visit(exchange, route, names, address, self._dispatcher, self._windows))
        except Exception as error:  # noqa: BLE001 - what happened is in the answer or in the log
            return _failed(route.fault, exchange, route.phrase, error)

    def refuse(self, exchange: Exchange, error: Exception) -> Reply:
        """Answer *error* in the form of the door that *exchange* is for, without asking there."""
        try:
            route, _ = self._tree.find(exchange.method, exchange.path)
        except Refused:
            return self._fault(exchange, "", error)
        return route.fault(exchange, route.phrase, error)

    async def _probed(self, exchange: Exchange, probe: Probe) -> Reply:
        if exchange.method in PROBED:  # to a HEAD the connection sends no body
            return await probe()
        return self._unanswered(exchange, MethodNotAllowed(PROBED))

    async def _unrouted(self, exchange: Exchange, address: str | None, refused: Refused) -> Reply:
        row = self._stray(exchange.path)
        if row is not None:
            try:
                await self._dispatcher.note(_stray(exchange, address, row), refused)
            except Exception as error:  # noqa: BLE001 - as of a request that has a route
                return _failed(self._fault, exchange, "", error)
        return self._unanswered(exchange, refused)

    def _unanswered(self, exchange: Exchange, refused: Refused) -> Reply:
        reply = self._fault(exchange, "", refused)
        if isinstance(refused, MethodNotAllowed):
            return replace(reply, headers=(*reply.headers, (b"allow", refused.allow.encode())))
        return reply


def _failed(fault: Fault, exchange: Exchange, phrase: str, error: Exception) -> Reply:
    """Answer with *error*; of a mistake of ours the caller gets the number, and the log the rest."""
    if not isinstance(error, KeysteadError):
        facts = {"error": type(error).__name__, "at": places(error)}
        _log.error("unexpected_error", extra={"facts": facts})
    return fault(exchange, phrase, error)


def _stray(exchange: Exchange, address: str | None, row: Permission) -> Stray:
    origin = exchange.origin(address)
    origin.uri = origin.uri[:MAX_PATH_OCTETS]  # a path that no route takes may be as long as a head
    return Stray(
        row=row,
        origin=origin,
        authorization=exchange.header(b"authorization"),
        instance=exchange.header(b"bluemix-instance"),
        ring=exchange.header(b"x-kms-key-ring"),
    )
