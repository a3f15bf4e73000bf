"""Errors of the doors to policies, roles and access groups, in their own form.

Source: ``spec/iam-and-provisioning.md`` section 3.7 (AUT-16).
"""

from http import HTTPStatus
from typing import Final

from keystead.domain.errors import Conflict, Refused, Tampered, Unavailable, Unrecorded
from keystead.domain.reasons import CODES, Reason
from keystead.protocols.http.exchange import Exchange, Reply
from keystead.protocols.http.visit import json_reply, retry_after

ROOTS: Final = ("/v1/policies", "/v2/policies", "/v2/roles", "/v2/groups", "/acms")
"""What the paths of these doors begin with; what is asked for below them is refused in their form."""
_RETRY: Final = retry_after()
_BEARER: Final = (b"www-authenticate", b"Bearer")
_OWN: Final = frozenset(
    {
        Reason.POLICY_TOKEN,
        Reason.POLICY_FORBIDDEN,
        Reason.POLICY_BODY,
        Reason.POLICY_NOT_FOUND,
        Reason.POLICY_CONFLICT,
        Reason.POLICY_REFUSED,
        Reason.ROLE_NOT_FOUND,
        Reason.ROLE_CONFLICT,
        Reason.ACCESS_GROUP_NOT_FOUND,
        Reason.ACCESS_GROUP_CONFLICT,
        Reason.MEMBER_NOT_FOUND,
    }
)
_OTHERS: Final = {400: str(Reason.POLICY_BODY), 404: "not_found"}
"""Codes for reasons that other doors have as well."""
_FAILURES: Final = (
    (Conflict, 409, str(Reason.POLICY_CONFLICT), "It was changed by another request: please try again"),
    (Tampered, 500, "unable_to_process", "The stored record is corrupted and was not used"),
    (Unrecorded, 503, "unable_to_process", "It was done but is not yet recorded: look before you try again"),
    (Unavailable, 503, "unable_to_process", "Please try again"),
)


def fault(exchange: Exchange, phrase: str, error: Exception) -> Reply:
    """Answer *error*; only what was meant for the caller is in the answer."""
    if isinstance(error, Refused):
        status = CODES[error.reason]
        code = str(error.reason) if error.reason in _OWN else _OTHERS.get(status, "request_not_processed")
        headers = (_BEARER,) if status == HTTPStatus.UNAUTHORIZED else ()
        return _error(exchange, status, code, f"{phrase}: {error.detail}", *headers)
    for kind, status, code, message in _FAILURES:
        if isinstance(error, kind):
            headers = (_RETRY,) if status == HTTPStatus.SERVICE_UNAVAILABLE else ()
            return _error(exchange, status, code, f"{phrase}: {message}", *headers)
    return _error(exchange, 500, "unable_to_process", phrase)


def _error(exchange: Exchange, status: int, code: str, message: str, *headers: tuple[bytes, bytes]) -> Reply:
    body = {
        "trace": exchange.correlation_id,
        "errors": [{"code": code, "message": message}],
        "status_code": status,
    }
    return json_reply(status, body, (b"transaction-id", exchange.correlation_id.encode()), *headers)
