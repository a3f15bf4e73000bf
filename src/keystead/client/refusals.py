"""Reads the error bodies of the key API, of IAM in both of its forms, and of the resource controller.

Source: ``spec/kms-api.md`` section 1.11; ``spec/iam-and-provisioning.md`` sections 1.7, 3.7
(AUT-16) and 5.2 (RC-16).
"""

import msgspec

from keystead.client.errors import RemoteError
from keystead.client.transport import Answer

_MAX_WORDS = 500


class _Reason(msgspec.Struct):
    code: str = ""
    message: str = ""


class _Resource(msgspec.Struct, rename="camel"):
    error_msg: str = ""
    reasons: list[_Reason] = []


class _KeyApiError(msgspec.Struct):
    resources: list[_Resource]


class _IAMError(msgspec.Struct, rename="camel"):
    error_code: str
    error_message: str = ""


class _PolicyFault(msgspec.Struct):
    code: str
    message: str = ""


class _PolicyError(msgspec.Struct):
    errors: list[_PolicyFault]


class _ControllerError(msgspec.Struct):
    message: str
    error_code: str = ""


def refusal(answer: Answer) -> RemoteError:
    """Return the error that *answer*, whose status is none of success, stands for."""
    reason, words = _read(answer.body) or ("", f"HTTP status {answer.status}")
    return RemoteError(
        _one_line(reason),
        _one_line(words),
        status=answer.status,
        correlation_id=_one_line(_correlation(answer)) or None,
    )


def _read(body: bytes) -> tuple[str, str] | None:
    return _key_api(body) or _iam(body) or _policy(body) or _controller(body)


def _key_api(body: bytes) -> tuple[str, str] | None:
    try:
        resources = msgspec.json.decode(body, type=_KeyApiError).resources
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    if not resources:
        return None
    first = resources[0]
    if first.reasons:
        return first.reasons[0].code, first.reasons[0].message or first.error_msg
    return "", first.error_msg


def _iam(body: bytes) -> tuple[str, str] | None:
    try:
        error = msgspec.json.decode(body, type=_IAMError)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return error.error_code, error.error_message


def _policy(body: bytes) -> tuple[str, str] | None:
    try:
        errors = msgspec.json.decode(body, type=_PolicyError).errors
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return (errors[0].code, errors[0].message) if errors else None


def _controller(body: bytes) -> tuple[str, str] | None:
    try:
        error = msgspec.json.decode(body, type=_ControllerError)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return error.error_code, error.message


def _correlation(answer: Answer) -> str:
    return answer.headers.get("correlation-id") or answer.headers.get("transaction-id") or ""


def _one_line(text: str) -> str:
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(printable.split())[:_MAX_WORDS]
