"""The identity API's errors: IAM's form for whatever goes wrong."""

import json

import pytest

from keystead.domain.errors import Conflict, Refused, Tampered, Unavailable, Unrecorded
from keystead.domain.reasons import CODES, Reason
from keystead.protocols.http.exchange import Exchange
from keystead.protocols.http.head import Head
from keystead.protocols.http.routes import Fault
from keystead.protocols.iam.errors import fault as token_fault
from keystead.protocols.iam.identity_errors import fault as identity_fault

CASES = {
    "conflict": (Conflict("row 7"), 409, "BXNIM0409E"),
    "tampered": (Tampered("row 7"), 500, "BXNIM0500E"),
    "unrecorded": (Unrecorded("row 7"), 503, "BXNIM0999E"),
    "unavailable": (Unavailable("row 7"), 503, "BXNIM0999E"),
    "a mistake": (RuntimeError("row 7"), 500, "BXNIM0500E"),
}


@pytest.mark.parametrize(("error", "status", "code"), CASES.values(), ids=CASES.keys())
@pytest.mark.parametrize(
    ("path", "kind", "fault"),
    [
        ("/v1/apikeys", "ApiKey", identity_fault),
        ("/v1/serviceids/x", "ServiceId", identity_fault),
        ("/v1/profiles/x/rules", "Profile", identity_fault),
        ("/v1/audit_events", "AuditEvent", identity_fault),
        ("/v2/accounts/x/users", "User", identity_fault),
        ("/identity/passcode", "Identity_Token", identity_fault),
        ("/identity/token", "Identity_Token", token_fault),
    ],
)
def test_what_is_no_refusal(
    error: Exception, status: int, code: str, path: str, kind: str, fault: Fault
) -> None:
    exchange = Exchange(Head("POST", path, headers={b"user-agent": b"a client"}))
    reply = fault(exchange, "It could not be done", error)
    body = json.loads(reply.body)
    assert (reply.status, body["errorCode"]) == (status, code)
    assert body["errorMessage"].startswith("It could not be done")
    assert b"row 7" not in reply.body
    assert body["context"]["requestType"] == f"incoming.{kind}"
    assert all(isinstance(value, str) for value in body["context"].values())
    assert (dict(reply.headers).get(b"retry-after") == b"1") is (status == 503)


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_a_code_of_iam(reason: Reason) -> None:
    reply = identity_fault(
        Exchange(Head("POST", "/v1/apikeys")), "It could not be done", Refused(reason, "because")
    )
    body = json.loads(reply.body)
    assert reply.status == CODES[reason]
    assert body["errorCode"].startswith("BXNIM")
    assert body["errorMessage"] == "It could not be done: because"
