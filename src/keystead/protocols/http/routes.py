"""The form of a route, and the tree that finds one by method and path."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_to_bytes

from keystead.domain.actions import Action
from keystead.domain.errors import Refused
from keystead.domain.reasons import Reason
from keystead.protocols.http.exchange import Exchange, Reply

if TYPE_CHECKING:
    from keystead.protocols.http.visit import Visit

Door = Callable[["Visit"], Awaitable[Reply]]
Fault = Callable[[Exchange, str, Exception], Reply]
"""Writes an error in the wire's form: exchange, operation phrase, error."""

MAX_PATH_OCTETS: Final = 2048
_MAX_SEGMENT_OCTETS: Final = 256
_KNOWN_PATHS: Final = 1024  # of those asked for last: a key that is in use is asked for again and again


class MethodNotAllowed(Refused):
    """The path is there, but not with this method.

    ``allow`` holds those that it has, for the header ``Allow`` (RFC 9110 section 15.5.6).
    """

    def __init__(self, methods: Iterable[str]) -> None:
        super().__init__(Reason.METHOD_NOT_ALLOWED, "Method not allowed on this path")
        self.allow = ", ".join(sorted(methods))


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One row of the route table: a route cannot exist without deciding all of this."""

    method: str
    path: str  # segments; {name} takes any one segment
    action: Action
    door: Door
    code: int  # status of success, for the audit event
    phrase: str  # what could not be done, for error texts
    fault: Fault


@dataclass(slots=True)
class _Node:
    literal: dict[str, "_Node"] = field(default_factory=dict)
    any: "_Node | None" = None
    name: str = ""
    routes: dict[str, Route] = field(default_factory=dict)


class RouteTree:
    """Finds the route of a request in a few dictionary look-ups; literal segments win over names."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._root = _Node()
        for route in routes:
            self._add(route)
        self._walked = lru_cache(_KNOWN_PATHS)(self._walk)

    def find(self, method: str, path: str) -> tuple[Route, Mapping[str, str]]:
        """Return the route and the values of its named segments, percent-decoded once; they are shared.

        Raises:
            MethodNotAllowed: the path has other methods only.
            Refused: ``ROUTE_NOT_FOUND``.
        """
        node, names = self._walked(path)
        route = node.routes.get(method)
        if route is not None:
            return route, names
        if node.routes:
            raise MethodNotAllowed(node.routes)
        raise _unknown_path()

    def _add(self, route: Route) -> None:
        node = self._root
        for segment in route.path.split("/")[1:]:
            if segment.startswith("{"):
                node.any = node.any or _Node(name=segment[1:-1])
                node = node.any
            else:
                node = node.literal.setdefault(segment, _Node())
        if route.method in node.routes:
            raise ValueError(f"{route.method} {route.path} has two rows")
        node.routes[route.method] = route

    def _walk(self, path: str) -> tuple[_Node, Mapping[str, str]]:
        if len(path) > MAX_PATH_OCTETS:
            raise _unknown_path()
        node, names = self._root, dict[str, str]()
        for segment in path.split("/")[1:]:
            following = node.literal.get(segment)
            if following is None:
                following = node.any
                if following is None or not segment:
                    raise _unknown_path()
                names[following.name] = _decoded(segment)
            node = following
        return node, names


def _decoded(segment: str) -> str:
    if "%" not in segment:
        return segment
    if len(segment) > _MAX_SEGMENT_OCTETS * 3:
        raise _unknown_path()
    try:
        return unquote_to_bytes(segment).decode()
    except UnicodeDecodeError:
        raise _unknown_path() from None


def _unknown_path() -> Refused:
    return Refused(Reason.ROUTE_NOT_FOUND, "No such path")
