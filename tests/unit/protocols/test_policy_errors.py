"""Errors of the doors to policies in their own form, whatever goes wrong (AUT-16)."""

import json

import pytest

from keystead.domain.errors import Conflict, Refused, Tampered, Unavailable, Unrecorded
from keystead.domain.reasons import CODES, Reason
from keystead.protocols.http.exchange import Exchange
from keystead.protocols.http.head import Head
from keystead.protocols.iam.policy_errors import fault


def answered(error: Exception) -> tuple[int, str, str, dict[bytes, bytes]]:
    reply = fault(Exchange(Head("POST", "/v1/policies")), "It could not be done", error)
    body = json.loads(reply.body)
    assert set(body) == {"trace", "errors", "status_code"}
    assert body["status_code"] == reply.status
    (one,) = body["errors"]
    return reply.status, one["code"], one["message"], dict(reply.headers)


@pytest.mark.parametrize("reason", Reason)
def test_every_refusal_has_a_code_of_this_form(reason: Reason) -> None:
    status, code, message, headers = answered(Refused(reason, "because"))
    assert (status, message) == (CODES[reason], "It could not be done: because")
    assert code == code.lower()
    assert code.replace("_", "").isalpha()
    assert (headers.get(b"www-authenticate") == b"Bearer") is (status == 401)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Conflict("secret"), 409),
        (Tampered("secret"), 500),
        (Unrecorded("secret"), 503),
        (Unavailable("secret"), 503),
        (RuntimeError("secret"), 500),
    ],
)
def test_nothing_of_a_failure_travels(error: Exception, status: int) -> None:
    found, _, message, headers = answered(error)
    assert found == status
    assert "secret" not in message
    assert (b"retry-after" in headers) is (status == 503)
