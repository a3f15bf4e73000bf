"""What a status that was ordered looks like: what the route answers when the service itself gives it."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from keystead.domain.access import unauthorized
from keystead.domain.errors import Conflict, Refused, TooMany, Unavailable
from keystead.domain.reasons import Reason
from keystead.protocols.http.exchange import Exchange, Reply
from keystead.protocols.http.visit import json_reply, retry_after

_TEXT: Final = "A fault that was ordered"
_ERRORS: Final[dict[int, Callable[[], Exception]]] = {
    HTTPStatus.UNAUTHORIZED: unauthorized,
    HTTPStatus.CONFLICT: Conflict,
    HTTPStatus.TOO_MANY_REQUESTS: lambda: TooMany(
        Reason.TOO_MANY, "Please wait a few minutes and try again.", 1
    ),
    HTTPStatus.INTERNAL_SERVER_ERROR: lambda: RuntimeError(_TEXT),
    HTTPStatus.SERVICE_UNAVAILABLE: lambda: Unavailable(_TEXT),
}
"""What a service meets where it answers with these."""
_REASONS: Final[dict[int, Reason]] = {
    HTTPStatus.BAD_REQUEST: Reason.BAD_BODY,
    HTTPStatus.FORBIDDEN: Reason.SERVICE_ONLY,
    HTTPStatus.NOT_FOUND: Reason.KEY_NOT_FOUND,
    HTTPStatus.GONE: Reason.KEY_DELETED,
    HTTPStatus.PRECONDITION_FAILED: Reason.PRECONDITION_FAILED,
    HTTPStatus.UNPROCESSABLE_ENTITY: Reason.CIPHERTEXT,
}
"""Of the reasons that others have, one: it was not a reason that was ordered."""
_LATER: Final = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)


def ordered(status: int, exchange: Exchange, refuse: Callable[[Exchange, Exception], Reply]) -> Reply:
    """Answer with *status* as *refuse* does, which writes an error in the form of the door that was asked."""
    if status in _ERRORS:
        reply = refuse(exchange, _ERRORS[status]())
    elif status in _REASONS:
        reply = refuse(exchange, Refused(_REASONS[status], _TEXT))
    else:
        reply = _as_nobody(status)
    names = [name for name, _ in reply.headers]
    if status not in _LATER or b"retry-after" in names:
        return reply
    return Reply(reply.status, reply.body, (*reply.headers, retry_after()))


def _as_nobody(status: int) -> Reply:
    """Answer with a status that no door has, such as those of gateways in between."""
    error = {
        "metadata": {"collectionType": "application/vnd.ibm.kms.error+json", "collectionTotal": 1},
        "resources": [{"errorMsg": f"{HTTPStatus(status).phrase}: {_TEXT}"}],
    }
    return json_reply(status, error)
