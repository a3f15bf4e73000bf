"""Serves the document and the page: to everybody, and made once, when somebody first asks.

Two routes of the table like any other, so that they are described, and recorded, like any other.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, Final

import msgspec

from keystead.domain.actions import Action
from keystead.protocols.http.exchange import Reply
from keystead.protocols.http.routes import Door, Fault, Route
from keystead.protocols.http.visit import Visit
from keystead.service.reference import ReadReference

Document = Callable[[], dict[str, Any]]

_JSON: Final = (b"content-type", b"application/json")
_HTML: Final = (b"content-type", b"text/html; charset=utf-8")
_PAGE_HEADERS: Final = ((b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer"))


def reference(document: Document, fault: Fault) -> tuple[Route, ...]:
    """Return the routes that serve *document*; *fault* writes their errors."""

    def as_json() -> Reply:
        return Reply(200, msgspec.json.encode(document()), (_JSON,))

    def as_page() -> Reply:
        from keystead.protocols.openapi.page import page, policy  # noqa: PLC0415 - few processes are ever asked

        policed = (b"content-security-policy", policy().encode())
        return Reply(200, page(document()).encode(), (_HTML, policed, *_PAGE_HEADERS))

    def row(path: str, action: Action, make: Callable[[], Reply], phrase: str) -> Route:
        door = _door(cache(make))
        return Route(method="GET", path=path, action=action, door=door, code=200, phrase=phrase, fault=fault)

    return (
        row("/openapi.json", Action.API_DOCUMENT_READ, as_json, "Document could not be read"),
        row("/docs/api", Action.API_REFERENCE_READ, as_page, "Page could not be read"),
    )


def _door(make: Callable[[], Reply]) -> Door:
    async def read(visit: Visit) -> Reply:
        await visit.serve(ReadReference)
        return make()

    return read
