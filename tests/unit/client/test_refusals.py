import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keystead.client.refusals import refusal
from keystead.client.transport import Answer
from unit.client.fake_key_protect import collection, error


def read(body: bytes, status: int = 400) -> tuple[str, str]:
    found = refusal(Answer(status, {"correlation-id": "c-1"}, body))
    assert found.status == status
    assert found.correlation_id == "c-1"
    return found.reason, found.message


def test_reason_and_message_of_the_key_api() -> None:
    body = error("Conflict: ... (REQ_TOO_EARLY_ERR)", "REQ_TOO_EARLY_ERR", "wait")
    assert read(body) == ("REQ_TOO_EARLY_ERR", "wait")


def test_a_401_has_no_reasons() -> None:
    assert read(collection({"errorMsg": "Unauthorized: no"}), 401) == ("", "Unauthorized: no")


def test_iam_names_its_code() -> None:
    body = json.dumps({"errorCode": "BXNIM0415E", "errorMessage": "no such key"}).encode()
    assert read(body) == ("BXNIM0415E", "no such key")


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"{}", b'{"resources":[]}', b"[]", b'{"resources":7}', b"\xff"]
)
def test_other_bodies_leave_the_status(body: bytes) -> None:
    assert read(body, 502) == ("", "HTTP status 502")


def test_a_message_cannot_steer_the_terminal() -> None:
    reason, message = read(error("x", "A\nB", "red \x1b[31m" + "y" * 1000))
    assert (reason, "\x1b" in message, len(message)) == ("A B", False, 500)


@given(body=st.binary(max_size=200))
def test_no_body_is_too_strange(body: bytes) -> None:
    assert read(body)[1]
