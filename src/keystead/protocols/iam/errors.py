"""Errors as IAM writes them: every member of ``context`` is a string (TOK-18)."""

from typing import Final

from keystead.domain.errors import Conflict, Refused, TooMany, Unavailable
from keystead.domain.reasons import CODES, Reason
from keystead.protocols.http.exchange import Exchange, Reply
from keystead.protocols.http.visit import json_reply, retry_after

_RETRY: Final = retry_after()
_AGAIN: Final = "please try again"
_TOKEN: Final = "Identity_Token"  # noqa: S105 - a kind of request
_OTHERS: Final = {
    Reason.BAD_BODY: Reason.IAM_GRANT_UNKNOWN,  # a body too large or cut off is a form without a grant
    Reason.UNAUTHORIZED: Reason.IAM_CLIENT,
    Reason.TOO_MANY: Reason.IAM_TOO_MANY,
}
"""What reasons are to IAM that it has no code for."""


def fault(exchange: Exchange, phrase: str, error: Exception) -> Reply:
    """Answer *error* in IAM's form."""
    match error:
        case TooMany():
            reason, wait = _OTHERS.get(error.reason, error.reason), retry_after(error.seconds)
            return iam_reply(exchange, CODES[reason], str(reason), error.detail, _TOKEN, wait)
        case Refused():
            reason = _OTHERS.get(error.reason, error.reason)
            return iam_reply(exchange, CODES[reason], str(reason), error.detail, _TOKEN)
        case Conflict():
            return iam_reply(exchange, 409, str(Reason.IDENTITY_CHANGED), f"{phrase}: {_AGAIN}", _TOKEN)
        case Unavailable():
            return iam_reply(exchange, 503, "BXNIM0999E", f"{phrase}: {_AGAIN}", _TOKEN, _RETRY)
        case _:
            return iam_reply(exchange, 500, "BXNIM0500E", phrase, _TOKEN)


def iam_reply(
    exchange: Exchange, status: int, code: str, message: str, kind: str, *headers: tuple[bytes, bytes]
) -> Reply:
    """Return an error; *kind* is what the request was about, as IAM names it."""
    context = {
        "requestId": exchange.correlation_id,
        "requestType": f"incoming.{kind}",
        "userAgent": (exchange.header(b"user-agent") or "")[:200],
        "url": exchange.path,
    }
    body = {"errorCode": code, "errorMessage": message, "context": context}
    return json_reply(status, body, (b"transaction-id", exchange.correlation_id.encode()), *headers)
