"""`keystead key impact` as a person and as a program reads it."""

import json
from typing import Any

import msgspec
import pytest

from keystead.cli.impact import show_impact
from keystead.cli.output import Output
from keystead.client import answers
from keystead.client.answers import Impact
from keystead.client.errors import RemoteError
from keystead.client.transport import Answer
from unit.cli.command_line import CommandLine
from unit.client.fake_key_protect import FakeKeyProtect, error

WHOLE: dict[str, Any] = {
    "keyId": "6d0f",
    "keyName": "payroll",
    "keyCrn": "crn:key",
    "state": 1,
    "registrations": [{"resourceCrn": "crn:bucket", "preventKeyDeletion": True}],
    "moreRegistrations": True,
    "kmipAdapters": ["vc-prod"],
    "callers": [
        {
            "iamId": "iam-Profile-1",
            "action": "kms.secrets.unwrap",
            "lastUsed": "2031-05-04",
            "count": 7,
            "authnIds": ["IBMid-\x1b[2J", "IBMid-2"],
        },
        {"iamId": "IBMid-3", "action": "kms.secrets.wrap", "lastUsed": "2031-05-03", "count": 1},
    ],
    "moreCallers": True,
    "daysAskedFor": 30,
    "auditLogs": [{"node": "a", "countedTo": "2031-05-04T09:08:07Z"}, {"node": "b"}],
    "outcomes": [
        {
            "action": "delete",
            "force": True,
            "refused": True,
            "reasons": [{"code": "PREV_KEY_DEL_ERR", "message": "retention"}, {"code": "X", "message": "y"}],
        },
        {"action": "disable", "force": False, "refused": False, "reasons": []},
    ],
}


def impact(**changed: object) -> Impact:
    octets = msgspec.json.encode({"resources": [{**WHOLE, **changed}]})
    return answers.impact(Answer(200, {}, octets))


def test_tables(capsys: pytest.CaptureFixture[str]) -> None:
    show_impact(impact(), Output.TEXT)
    out, err = capsys.readouterr()
    rows = [" ".join(line.split()) for line in out.splitlines() if line]
    assert rows == [
        "Key 6d0f",
        "Name payroll",
        "State active",
        "KMIP adapters vc-prod",
        "Protected resource Prevents deletion",
        "crn:bucket yes",
        "Caller Assumed by Action Last used Uses",
        "iam-Profile-1 IBMid-?[2J, IBMid-2 kms.secrets.unwrap 2031-05-04 7",
        "IBMid-3 kms.secrets.wrap 2031-05-03 1",
        "What Would be Why",
        "delete --force refused retention (PREV_KEY_DEL_ERR); y (X)",
        "disable done",
    ]
    assert err.splitlines() == [
        "counted from the audit logs of: a (up to 2031-05-04T09:08:07Z), b (up to nothing)",
        "not all was counted or is shown: there may be more callers",
        "more resources are registered than are shown",
    ]


def test_nobody_and_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    empty = {"registrations": [], "callers": [], "moreCallers": False, "moreRegistrations": False}
    show_impact(impact(**empty, auditLogs=[]), Output.TEXT)
    out, err = capsys.readouterr()
    assert "No resource is registered with it." in out
    assert "Nobody wrapped or unwrapped with it in the last 30 days." in out
    assert err == "counted from the audit logs of: no node\n"


def test_json_is_what_the_server_said(capsys: pytest.CaptureFixture[str]) -> None:
    show_impact(impact(), Output.JSON)
    assert json.loads(capsys.readouterr().out) == WHOLE


@pytest.mark.parametrize("content", [b"{}", b"[]", b'{"resources":[{}]}', b"no JSON"])
def test_an_answer_that_is_none(content: bytes) -> None:
    with pytest.raises(RemoteError):
        answers.impact(Answer(200, {}, content))


@pytest.mark.parametrize("words", [["delete"], ["delete", "--force"], ["disable"]], ids=" ".join)
def test_a_dry_run_shows_the_impact_and_asks_for_nothing_else(
    keystead: CommandLine, fake: FakeKeyProtect, words: list[str]
) -> None:
    octets = msgspec.json.encode({"resources": [WHOLE]})
    fake.answers["GET", "/api/v2/keys/payroll/impact"] = (200, octets)
    shown = keystead("key", *words, "payroll", "--dry-run", "-o", "json")
    assert shown.json == WHOLE == keystead("key", "impact", "payroll", "-o", "json").json
    assert {path for path in fake.paths() if "keys" in path} == {"GET /api/v2/keys/payroll/impact"}


NOT_FOUND = error("Not Found", "KEY_NOT_FOUND_ERR", "key does not exist")


@pytest.mark.parametrize(
    "words", [["delete", "--dry-run"], ["disable", "--dry-run"], ["impact"]], ids=" ".join
)
@pytest.mark.parametrize(
    "answer", [(404, NOT_FOUND), (404, b"<html>"), (405, error("Method Not Allowed")), (501, b"")]
)
def test_a_server_that_foresees_nothing_says_so_and_changes_nothing(
    keystead: CommandLine, fake: FakeKeyProtect, words: list[str], answer: tuple[int, bytes]
) -> None:
    key = keystead("key", "create", "payroll", "-o", "json").json["id"]
    fake.answers["GET", f"/api/v2/keys/{key}/impact"] = answer
    refusal = keystead("key", *words, key).refusal
    assert "this server does not say what would come of it" in refusal
    assert "keystead key list" not in refusal
    assert fake.keys[key].body["state"] == 1
    assert not [path for path in fake.paths() if path.startswith("DELETE") or "/actions/" in path]


@pytest.mark.parametrize("words", [["delete"], ["disable"]], ids=" ".join)
def test_a_dry_run_of_a_key_that_is_not_there_says_that(
    keystead: CommandLine, fake: FakeKeyProtect, words: list[str]
) -> None:
    refusal = keystead("key", *words, "payroll", "--dry-run").refusal
    assert "KEY_NOT_FOUND" in refusal
    assert "keystead key list" in refusal
    assert [path for path in fake.paths() if path.startswith("DELETE")] == []


def test_who_may_not_foresee_is_told_so(keystead: CommandLine, fake: FakeKeyProtect) -> None:
    key = keystead("key", "create", "payroll", "-o", "json").json["id"]
    fake.answers["GET", f"/api/v2/keys/{key}/impact"] = (401, error("Unauthorized: no access"))
    assert "no access" in keystead("key", "delete", key, "--dry-run").refusal
