"""What the document says of itself."""

from collections.abc import Iterable
from typing import Final

from keystead.domain.actions import Action
from keystead.domain.reasons import Reason
from keystead.protocols.http.routes import Route
from keystead.protocols.openapi.operation import HTML, Answer, Header, Operation, Refusal, Section

_TAG: Final = "About this API"
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


def section(routes: Iterable[Route], refusal: Refusal) -> Section:
    """Return the section of the routes that serve the document; *refusal* describes what they refuse."""
    return Section(routes=tuple(routes), operations=_OPERATIONS, schemas={}, refusal=refusal, security=({},))
