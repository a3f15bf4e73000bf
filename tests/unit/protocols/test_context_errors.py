"""Errors of the doors to zones and context rules in their own form, whatever goes wrong."""

import json

import pytest

from keystead.domain.errors import Conflict, Refused, Tampered, Unavailable, Unrecorded, bad_field, bad_query
from keystead.domain.reasons import CODES, Reason
from keystead.protocols.http.exchange import Exchange
from keystead.protocols.http.head import Head
from keystead.protocols.iam.context_errors import fault


def answered(error: Exception) -> tuple[int, dict[str, object], dict[bytes, bytes]]:
    reply = fault(Exchange(Head("POST", "/v1/rules")), "It could not be done", error)
    body = json.loads(reply.body)
    assert set(body) == {"trace", "errors", "status_code"}
    assert body["status_code"] == reply.status
    (one,) = body["errors"]
    return reply.status, one, dict(reply.headers)


@pytest.mark.parametrize("reason", Reason)
def test_every_refusal_has_a_code_of_this_form(reason: Reason) -> None:
    status, error, headers = answered(Refused(reason, "because"))
    assert (status, error["message"]) == (CODES[reason], "It could not be done: because")
    code = str(error["code"])
    assert code == code.lower()
    assert code.replace("_", "").isalpha()
    assert (headers.get(b"www-authenticate") == b"Bearer") is (status == 401)


def test_what_was_wrong_is_named() -> None:
    assert answered(bad_query("sort", "x"))[1]["target"] == {"type": "parameter", "name": "sort"}
    assert answered(bad_field("name", "x"))[1]["target"] == {"type": "field", "name": "name"}


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
    found, said, headers = answered(error)
    assert found == status
    assert "secret" not in str(said)
    assert (b"retry-after" in headers) is (status == 503)
