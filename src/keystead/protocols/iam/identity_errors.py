"""Errors of the identity API, in IAM's form (``spec/iam-and-provisioning.md`` 1.7)."""

from http import HTTPStatus
from typing import Final

from keystead.domain.errors import Conflict, Refused, Tampered, Unavailable, Unrecorded
from keystead.domain.reasons import CODES, Reason
from keystead.protocols.http.exchange import Exchange, Reply
from keystead.protocols.http.visit import retry_after
from keystead.protocols.iam.errors import iam_reply

ROOTS: Final = ("/v1/apikeys", "/v1/serviceids", "/v1/profiles", "/v2/accounts", "/v1/audit_events")
"""What the paths of these doors begin with; what is asked for below them is refused in their form."""
_KINDS: Final = tuple(zip(ROOTS, ("ApiKey", "ServiceId", "Profile", "User", "AuditEvent"), strict=True))
_RETRY: Final = retry_after()
_BEARER: Final = (b"www-authenticate", b"Bearer")
_OWN: Final = "BXNIM"
_OTHERS: Final = {400: str(Reason.IAM_PARAMETER_MISSING), 404: str(Reason.IDENTITY_NOT_FOUND)}
"""Codes for reasons that other doors have as well."""
_FAILURES: Final = (
    (Conflict, 409, str(Reason.IDENTITY_CHANGED), "It was changed by another request: please try again"),
    (Tampered, 500, "BXNIM0500E", "The stored record is corrupted and was not used"),
    (Unrecorded, 503, "BXNIM0999E", "It was done but is not yet recorded: look before you try again"),
    (Unavailable, 503, "BXNIM0999E", "Please try again"),
)


def fault(exchange: Exchange, phrase: str, error: Exception) -> Reply:
    """Answer *error*; only what was meant for the caller is in the answer."""
    kind = next((name for root, name in _KINDS if exchange.path.startswith(root)), "Identity_Token")
    if isinstance(error, Refused):
        status = CODES[error.reason]
        known = error.reason.startswith(_OWN)
        code = str(error.reason) if known else _OTHERS.get(status, f"{_OWN}0{status}E")
        headers = (_BEARER,) if status == HTTPStatus.UNAUTHORIZED else ()
        return iam_reply(exchange, status, code, f"{phrase}: {error.detail}", kind, *headers)
    for type_, status, code, message in _FAILURES:
        if isinstance(error, type_):
            headers = (_RETRY,) if status == HTTPStatus.SERVICE_UNAVAILABLE else ()
            return iam_reply(exchange, status, code, f"{phrase}: {message}", kind, *headers)
    return iam_reply(exchange, 500, "BXNIM0500E", phrase, kind)
