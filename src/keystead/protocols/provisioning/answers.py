"""Answers and errors in the form of the resource controller (RC-16)."""

import re
from http import HTTPStatus
from typing import Any, Final

from keystead.domain.errors import Conflict, Refused, Tampered, Unavailable, Unrecorded
from keystead.domain.reasons import CODES
from keystead.protocols.http.exchange import Exchange, Reply
from keystead.protocols.http.visit import json_reply, retry_after

ROOTS: Final = ("/api/v1", "/v1/", "/v2/", "/v3/", "/crypto_v2/")
"""What the paths of these doors begin with; what is asked for below them is refused in their form."""
_RETRY: Final = retry_after()
_BEARER: Final = (b"www-authenticate", b"Bearer")
_TRANSACTION: Final = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
_OWN: Final = "RC-"  # of the codes that are this form's own
_FAILURES: Final = (
    (Conflict, 409, "The resource was updated recently: please wait and try again"),
    (Tampered, 500, "The stored record is corrupted and was not used"),
    (Unrecorded, 503, "The command was carried out but is not yet recorded: look before you try again"),
    (Unavailable, 503, "The service cannot do this now: please try again"),
)


def answer(exchange: Exchange, content: Any, status: int = 200) -> Reply:
    """Return *content* as a JSON answer of success."""
    return json_reply(status, content, _transaction_header(exchange))


def nothing(exchange: Exchange) -> Reply:
    """Answer that it was done, without content."""
    return Reply(204, b"", (_transaction_header(exchange),))


def fault(exchange: Exchange, phrase: str, error: Exception) -> Reply:
    """Answer *error*; only what was meant for the caller is in the answer."""
    if isinstance(error, Refused):
        status = CODES[error.reason]
        code = str(error.reason) if error.reason.startswith(_OWN) else _code(status)
        headers = (_BEARER,) if status == HTTPStatus.UNAUTHORIZED else ()
        return _error(exchange, status, code, error.detail, phrase, *headers)
    for kind, status, message in _FAILURES:
        if isinstance(error, kind):
            headers = (_RETRY,) if status == HTTPStatus.SERVICE_UNAVAILABLE else ()
            return _error(exchange, status, _code(status), message, phrase, *headers)
    return _error(exchange, 500, _code(500), "The request could not be completed", phrase)


def _error(
    exchange: Exchange, status: int, code: str, message: str, phrase: str, *headers: tuple[bytes, bytes]
) -> Reply:
    body = {
        "message": message,
        "details": phrase,
        "status_code": status,
        "error_code": code,
        "transaction_id": _transaction(exchange),
    }
    return json_reply(status, body, _transaction_header(exchange), *headers)


def _code(status: int) -> str:
    """Return a code for what no document of IBM's names: RC-NotFound for 404."""
    words = re.split(r"\W+", HTTPStatus(status).phrase)
    return _OWN + "".join(word[:1].upper() + word[1:] for word in words)


def _transaction_header(exchange: Exchange) -> tuple[bytes, bytes]:
    return b"transaction-id", _transaction(exchange).encode()


def _transaction(exchange: Exchange) -> str:
    """Return the transaction's id: the caller's, where it has given one that can be repeated, or ours."""
    given = exchange.header(b"transaction-id")
    return given if given is not None and _TRANSACTION.match(given) else exchange.correlation_id
