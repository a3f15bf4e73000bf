"""Errors in the wire's form. Source: ``spec/kms-api.md`` sections 1.11 and 1.13."""

from http import HTTPStatus
from typing import Any, Final

from keystead.domain.errors import Conflict, Refused, Tampered, TooMany, Unavailable, Unrecorded
from keystead.domain.reasons import CODES, Reason
from keystead.protocols.http.exchange import Exchange, Reply
from keystead.protocols.http.visit import json_reply, retry_after
from keystead.protocols.rest.views import ERROR_TYPE, collection

_MORE: Final = "https://cloud.ibm.com/apidocs/key-protect"
_MORE_ABOUT: Final = {
    Reason.PROTECTED_RESOURCE: "https://cloud.ibm.com/docs/key-protect"
    "?topic=key-protect-troubleshooting#unable-to-delete-keys"
}
WITHOUT_REASONS: Final = frozenset(
    {
        Reason.UNAUTHORIZED,
        Reason.BAD_INSTANCE,
        Reason.ROUTE_NOT_FOUND,
        Reason.METHOD_NOT_ALLOWED,
        Reason.MALFORMED_REQUEST,
        Reason.HEAD_TOO_LARGE,
        Reason.TOO_MANY,
    }
)
_UNRECORDED: Final = "The command was carried out but is not yet recorded: Look before you try again"
_RETRY: Final = retry_after()
_BEARER: Final = (b"www-authenticate", b"Bearer")


def fault(exchange: Exchange, phrase: str, error: Exception) -> Reply:  # noqa: ARG001 - the shape of a Fault
    """Answer *error*; only what was meant for the caller is in the answer."""
    match error:
        case Refused():
            return _refused(phrase, error)
        case Conflict():
            return _refused(phrase, _faster())
        case Tampered():
            return _refused(phrase, _corrupted())
        case Unrecorded():
            return _bare(503, f"Service Unavailable: {_UNRECORDED}", _RETRY)
        case Unavailable():
            return _bare(503, "Service Unavailable: The service cannot do this now: Please try again", _RETRY)
        case _:
            return _bare(500, "Internal Server Error: The request could not be completed")


def _refused(phrase: str, refused: Refused) -> Reply:
    status = CODES[refused.reason]
    if refused.reason in WITHOUT_REASONS:
        headers = (_BEARER,) if status == HTTPStatus.UNAUTHORIZED else ()
        if isinstance(refused, TooMany):
            headers = (retry_after(refused.seconds),)
        return _bare(status, f"{HTTPStatus(status).phrase}: {refused.detail}", *headers)
    reason: dict[str, Any] = {
        "code": str(refused.reason),
        "message": refused.detail,
        "status": status,
        "moreInfo": _MORE_ABOUT.get(refused.reason, _MORE),
    }
    if refused.target is not None:
        reason["target"] = {"type": refused.target.type, "name": refused.target.name}
    parts = [HTTPStatus(status).phrase, refused.context, phrase or "Request could not be completed"]
    text = ": ".join(part for part in parts if part)
    message = f"{text}: Please see `reasons` for more details ({refused.reason})"
    return json_reply(status, collection(ERROR_TYPE, [{"errorMsg": message, "reasons": [reason]}]))


def _bare(status: int, message: str, *headers: tuple[bytes, bytes]) -> Reply:
    return json_reply(status, collection(ERROR_TYPE, [{"errorMsg": message}]), *headers)


def _faster() -> Refused:
    return Refused(Reason.TOO_EARLY, "The key was updated recently: Please wait and try again")


def _corrupted() -> Refused:
    return Refused(Reason.RECORD_CORRUPTED, "The stored record is corrupted and was not used")
