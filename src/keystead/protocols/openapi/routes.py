"""Serves the document and the page: to everybody, and made once.

Two routes of the table like any other, so that they are described, and recorded, like any other.
"""

from collections.abc import Callable, Iterable
from functools import cache
from typing import Final

import msgspec

from keystead.domain.permissions import Action
from keystead.domain.reasons import Reason
from keystead.protocols.http.exchange import Reply
from keystead.protocols.http.routes import Door, Fault, Route
from keystead.protocols.http.visit import Visit
from keystead.protocols.openapi.document import document
from keystead.protocols.openapi.operation import HTML, Answer, Header, Operation, Refusal, Section
from keystead.protocols.openapi.page import page, policy
from keystead.service.reference import ReadReference

_JSON: Final = (b"content-type", b"application/json")
_TAG: Final = "About this API"
_PAGE_HEADERS: Final = (
    (b"content-type", b"text/html; charset=utf-8"),
    (b"content-security-policy", policy().encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)
_OPERATIONS: Final = {
    Action.API_DOCUMENT_READ: Operation(
        tag=_TAG,
        summary="This document",
        answers={200: Answer(says="The document.", schema={"type": "object", "required": ["openapi"]})},
        refuses=(Reason.BAD_BODY,),
    ),
    Action.API_REFERENCE_READ: Operation(
        tag=_TAG,
        summary="This document as a page",
        answers={
            200: Answer(
                says="The page.",
                schema={"type": "string"},
                media=HTML,
                headers={
                    "Content-Security-Policy": Header(says="Nothing but the page's own style is loaded."),
                    "X-Content-Type-Options": Header(says="The page is what its type says."),
                    "Referrer-Policy": Header(says="Where a link was followed is not told."),
                },
            )
        },
        refuses=(Reason.BAD_BODY,),
    ),
}


def reference(others: Iterable[Section], refusal: Refusal, fault: Fault) -> Section:
    """Return the section of the routes that serve the document of *others* and of themselves.

    Args:
        others: the sections of the other doors.
        refusal: describes what *fault* writes.
        fault: writes errors.
    """
    sections = list(others)

    def as_document() -> Reply:
        return Reply(200, msgspec.json.encode(document(sections)), (_JSON,))

    def as_page() -> Reply:
        return Reply(200, page(document(sections)).encode(), _PAGE_HEADERS)

    def row(path: str, action: Action, make: Callable[[], Reply], phrase: str) -> Route:
        door = _door(cache(make))
        return Route(method="GET", path=path, action=action, door=door, code=200, phrase=phrase, fault=fault)

    own = Section(
        routes=(
            row("/openapi.json", Action.API_DOCUMENT_READ, as_document, "Document could not be read"),
            row("/docs/api", Action.API_REFERENCE_READ, as_page, "Page could not be read"),
        ),
        operations=_OPERATIONS,
        schemas={},
        refusal=refusal,
        security=({},),
    )
    sections.append(own)
    return own


def _door(make: Callable[[], Reply]) -> Door:
    async def read(visit: Visit) -> Reply:
        await visit.serve(ReadReference)
        return make()

    return read
