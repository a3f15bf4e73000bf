"""Errors of the doors to network zones and context rules, in the form of IBM's API for them."""

from http import HTTPStatus
from typing import Any, Final

from keystead.domain.errors import Conflict, Refused, Tampered, Target, Unavailable, Unrecorded
from keystead.domain.reasons import CODES, Reason
from keystead.protocols.http.exchange import Exchange, Reply
from keystead.protocols.http.visit import json_reply, retry_after

ROOTS: Final = ("/v1/zones", "/v1/rules", "/v1/account_settings", "/v1/operations")
"""What the paths of these doors begin with; what is asked for below them is refused in their form."""
_RETRY: Final = retry_after()
_BEARER: Final = (b"www-authenticate", b"Bearer")
_OWN: Final = frozenset(
    {
        Reason.CONTEXT_TOKEN,
        Reason.CONTEXT_FORBIDDEN,
        Reason.CONTEXT_BODY,
        Reason.CONTEXT_DUPLICATE,
        Reason.CONTEXT_CHANGED,
        Reason.CONTEXT_LIMIT,
        Reason.ZONE_NOT_FOUND,
        Reason.ZONE_NOT_UNIQUE,
        Reason.ZONE_IN_USE,
        Reason.RULE_NOT_FOUND,
        Reason.SERVICE_REF_NOT_FOUND,
    }
)
_OTHERS: Final = {404: "not_found", 405: "method_not_allowed"}
"""Codes for reasons that other doors have as well."""
_TARGETS: Final = {"field": "field", "query_param": "parameter"}
_FAILURES: Final = (
    (Conflict, 409, "conflict", "It was changed by another request: please try again"),
    (Tampered, 500, "internal_error", "The stored record is corrupted and was not used"),
    (
        Unrecorded,
        503,
        "service_unavailable",
        "It was done but is not yet recorded: look before you try again",
    ),
    (Unavailable, 503, "service_unavailable", "Please try again"),
)


def fault(exchange: Exchange, phrase: str, error: Exception) -> Reply:
    """Answer *error*; only what was meant for the caller is in the answer."""
    if isinstance(error, Refused):
        status = CODES[error.reason]
        code = str(error.reason) if error.reason in _OWN else _OTHERS.get(status, str(Reason.CONTEXT_BODY))
        headers = (_BEARER,) if status == HTTPStatus.UNAUTHORIZED else ()
        return _error(exchange, status, code, f"{phrase}: {error.detail}", error.target, *headers)
    for kind, status, code, message in _FAILURES:
        if isinstance(error, kind):
            headers = (_RETRY,) if status == HTTPStatus.SERVICE_UNAVAILABLE else ()
            return _error(exchange, status, code, f"{phrase}: {message}", None, *headers)
    return _error(exchange, 500, "internal_error", phrase, None)


def _error(
    exchange: Exchange,
    status: int,
    code: str,
    message: str,
    target: Target | None,
    *headers: tuple[bytes, bytes],
) -> Reply:
    error: dict[str, Any] = {"code": code, "message": message}
    if target is not None:
        error["target"] = {"type": _TARGETS[target.type], "name": target.name}
    body = {"trace": exchange.correlation_id, "errors": [error], "status_code": status}
    return json_reply(status, body, (b"transaction-id", exchange.correlation_id.encode()), *headers)
