import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import get_args, get_type_hints

import pytest

from keystead.audit.encoding import encode
from keystead.domain.access import ANONYMOUS, Behind, Caller
from keystead.domain.events import Origin
from keystead.domain.ids import IamId
from unit.audit.sample import CALLER, CRN, HOST, INSTANCE, event


def test_the_whole_object() -> None:
    # Form of spec/iam-and-provisioning.md section 6.1.
    assert json.loads(encode(event(0), HOST)) == {
        "eventTime": "2026-01-31T19:12:13.32+0000",
        "action": "kms.secrets.wrap",
        "outcome": "success",
        "severity": "normal",
        "message": "Key Protect: wrap with secret my-key",
        "initiator": {
            "id": "IBMid-0000000000",
            "name": "user@example.com",
            "typeURI": "service/security/account/user",
            "credential": {"type": "token"},
            "host": {"address": "203.0.113.7", "agent": "curl/8"},
        },
        "target": {
            "id": f"{CRN}:key:{INSTANCE}",
            "name": "my-key",
            "typeURI": "kms/secrets",
            "host": {"address": "kms.example"},
        },
        "observer": {"name": "ActivityTracker"},
        "reason": {"reasonCode": 200, "reasonType": "OK"},
        "requestData": {"requestURI": f"/api/v2/keys/{INSTANCE}/actions/wrap", "instanceID": INSTANCE},
        "responseData": {"keyVersionId": "00000000-0000-4000-8000-000000000000"},
        "dataEvent": False,
        "saveServiceCopy": True,
        "correlationId": "correlation-0",
        "logSourceCRN": f"{CRN}::",
    }


def test_order_of_members_is_that_of_the_specification() -> None:
    assert list(json.loads(encode(event(0), HOST)))[:3] == ["eventTime", "action", "outcome"]
    assert encode(event(0), HOST).endswith(f'"logSourceCRN":"{CRN}::"}}'.encode())


def test_a_failure_says_why() -> None:
    failed = replace(
        event(0),
        outcome="failure",
        reason_code=409,
        reason_type="Conflict",
        failure="KEY_ACTION_INVALID_STATE_ERR",
    )
    assert json.loads(encode(failed, HOST))["reason"] == {
        "reasonCode": 409,
        "reasonType": "Conflict",
        "reasonForFailure": "KEY_ACTION_INVALID_STATE_ERR",
    }


def test_a_success_has_no_reason_for_failure() -> None:
    odd = replace(event(0), failure="left over")
    assert "reasonForFailure" not in json.loads(encode(odd, HOST))["reason"]


KINDS = {
    "user": "user",
    "external": "user",
    "serviceid": "serviceid",
    "profile": "serviceid",
    "service": "clientid",
    "clientid": "clientid",
    "anonymous": "clientid",
}


def test_every_kind_of_caller_is_known() -> None:
    assert set(KINDS) == set(get_args(get_type_hints(Caller)["kind"]))


@pytest.mark.parametrize(("kind", "told"), KINDS.items())
def test_kind_of_initiator(kind: str, told: str) -> None:
    # AT-1: the type ends in one of three words.
    caller = replace(CALLER, kind=kind, credential="apikey")  # type: ignore[arg-type]  # a literal each
    initiator = json.loads(encode(replace(event(0), caller=caller), HOST))["initiator"]
    assert initiator["typeURI"] == f"service/security/account/{told}"
    assert initiator["credential"] == {"type": "apikey"}


def test_nobody_is_named_so_and_has_no_credential() -> None:
    initiator = json.loads(encode(replace(event(0), caller=ANONYMOUS), HOST))["initiator"]
    assert (initiator["id"], initiator["typeURI"]) == ("anonymous", "service/security/account/clientid")
    assert "credential" not in initiator


def test_who_speaks_as_somebody_else_is_named_beside_him() -> None:
    behind = Behind(iam_id=IamId("IBMid-9"), name="ada@example.com")
    caller = replace(CALLER, kind="profile", behind=behind)
    initiator = json.loads(encode(replace(event(0), caller=caller), HOST))["initiator"]
    assert initiator["id"] == CALLER.iam_id
    assert (initiator["authnId"], initiator["authnName"]) == ("IBMid-9", "ada@example.com")
    alone = json.loads(encode(event(0), HOST))["initiator"]
    assert "authnId" not in alone


def test_a_private_address_is_left_out() -> None:
    private = replace(event(0), origin=Origin(uri="/", address=None, agent="a", correlation_id="c"))
    assert json.loads(encode(private, HOST))["initiator"]["host"] == {"agent": "a"}
    silent = replace(event(0), origin=Origin(uri="/", address=None, agent=None, correlation_id="c"))
    assert json.loads(encode(silent, HOST))["initiator"]["host"] == {}


def test_request_and_response_data_are_kept() -> None:
    full = replace(event(0), request={"keyType": "root"}, response={"keyState": 1})
    encoded = json.loads(encode(full, HOST))
    assert encoded["requestData"] == {
        "requestURI": f"/api/v2/keys/{INSTANCE}/actions/wrap",
        "instanceID": INSTANCE,
        "keyType": "root",
    }
    assert encoded["responseData"] == {"keyState": 1}


@pytest.mark.parametrize(
    ("time", "text"),
    [
        (datetime(2026, 1, 1, tzinfo=UTC), "2026-01-01T00:00:00.00+0000"),
        (datetime(2026, 1, 1, 1, 2, 3, 999_999, UTC), "2026-01-01T01:02:03.99+0000"),
        (datetime(2026, 1, 1, 1, 0, tzinfo=timezone(timedelta(hours=2))), "2025-12-31T23:00:00.00+0000"),
    ],
)
def test_time(time: datetime, text: str) -> None:
    assert json.loads(encode(replace(event(0), time=time), HOST))["eventTime"] == text


def test_a_time_without_zone_is_a_mistake() -> None:
    with pytest.raises(ValueError):
        encode(replace(event(0), time=datetime(2026, 1, 1)), HOST)  # noqa: DTZ001 - the point


def test_an_event_of_no_instance() -> None:
    assert json.loads(encode(replace(event(0), log_source=""), HOST))["requestData"]["instanceID"] == ""


def test_one_line_whatever_is_in_it() -> None:
    odd = replace(event(0), message='two\nlines "quoted" \u2028 \x00')
    encoded = encode(odd, HOST)
    assert b"\n" not in encoded
    assert json.loads(encoded)["message"] == odd.message
