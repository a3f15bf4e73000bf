"""One line per expected error: what happened, and what to do next."""

from keystead.client.errors import TIMEOUT, UNREACHABLE, UNREADABLE, UNTRUSTED, RemoteError
from keystead.domain.errors import KeysteadError, Refused
from keystead.domain.reasons import Reason

_NEXT = {
    UNREACHABLE: "start the server, or check KEYSTEAD_URL or `keystead login --url`",
    UNTRUSTED: "give the server's own CA with KEYSTEAD_CA_FILE or `keystead login --ca-file`",
    TIMEOUT: "try again, or ask the operator of the server",
    UNREADABLE: "check that KEYSTEAD_URL is the base address of a Key Protect API",
    Reason.BAD_INSTANCE: "set KP_INSTANCE_ID to the id of your instance",
    Reason.BEARER_SUB_EXTRACTION: "run `keystead login` again",
    Reason.UNAUTHORIZED: "run `keystead login` again, and check the instance and your role in it",
    Reason.KEY_NOT_FOUND: "see `keystead key list`",
    Reason.KEY_STATE: "see its state with `keystead key show`; `keystead key enable` ends a suspension",
    Reason.KEY_DELETED: "`keystead key restore` brings it back within 30 days",
    Reason.TOO_EARLY: "wait and try again",
    Reason.ROTATION_NOT_PERMITTED: "try again in an hour",
    Reason.INVALID_FIELD: "correct the command and try again",
    Reason.KEY_PAYLOAD_REQUIRED: "rotate it with `keystead byok rotate KEY --key-file FILE`",
    Reason.KEY_RING_NOT_FOUND: "check --ring",
    Reason.ALIAS_NOT_UNIQUE: "choose another --alias",
    Reason.IMPORT_TOKEN_NOT_FOUND: "try again; someone may have made another import token meanwhile",
    Reason.IMPORT_TOKEN_EXPIRED: "try again; someone may have made another import token meanwhile",
    Reason.INCORRECT_NONCE: "try again; someone may have made another import token meanwhile",
    Reason.CIPHERTEXT: "check that ciphertext, AAD and key belong together",
    Reason.IAM_KEY_NOT_FOUND: "check KEYSTEAD_API_KEY, or run `keystead login` with a valid API key",
}
_UNAUTHORIZED = 401
_TOO_MANY = 429
_SERVER_FAULT = 500


def line(error: KeysteadError) -> str:
    """Return what a person reads about *error*."""
    if isinstance(error, RemoteError):
        return "; ".join(filter(None, (_said(error), _next(error))))
    if isinstance(error, Refused):
        return "; ".join(filter(None, (error.detail, _NEXT.get(error.reason))))
    return str(error)


def _said(error: RemoteError) -> str:
    if error.status is None:
        return error.message
    parts = [f"the server refused: {error.message}"]
    if error.reason:
        parts.append(f"({error.reason})")
    if error.correlation_id:
        parts.append(f"[Correlation-ID: {error.correlation_id}]")
    return " ".join(parts)


def _next(error: RemoteError) -> str:
    if found := _NEXT.get(error.reason):
        return found
    if error.status == _UNAUTHORIZED:
        return _NEXT[Reason.UNAUTHORIZED]
    if error.status is not None and (error.status == _TOO_MANY or error.status >= _SERVER_FAULT):
        return "try again later, or ask the operator of the server"
    return "correct the command and try again"
