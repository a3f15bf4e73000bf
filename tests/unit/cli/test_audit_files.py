"""`keystead audit process-at`: tables of events in a file, without a server."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from keystead.cli import audit_files
from keystead.cli.tables import EVENT_COLUMNS
from unit.cli.command_line import CommandLine

CRN = "crn:v1:bluemix:public:kms:us-south:a/acct:inst:key:k1"


def event(action: str, **more: Any) -> dict[str, Any]:
    return {
        "eventTime": "2031-05-04T09:08:07.00+0000",
        "action": action,
        "outcome": "success",
        "initiator": {
            "id": "IBMid-1",
            "name": '=cmd("x")',
            "authnId": "IBMid-2",
            "host": {"agent": "curl\t8"},
        },
        "target": {"id": CRN},
        "reason": {"reasonCode": 200, "reasonType": "OK"},
        "requestData": {"instanceID": "inst"},
        "correlationId": "c",
        "logSourceCRN": "crn:v1:bluemix:public:kms:us-south:a/acct:inst::",
        **more,
    }


EVENTS = [
    event("kms.secrets.wrap"),
    event("kms.secrets.wrap"),
    event("kms.secrets.wrap", outcome="failure", reason={"reasonCode": 409, "reasonType": "Conflict"}),
    event("hs-crypto.secrets.unwrap", logSourceCRN="crn:v1:bluemix:public:hs-crypto:eu-de:a/acct:i2::"),
    event("kms.secrets.read", initiator="?", target=None, reason=[], requestData=7, logSourceCRN=None),
]
OTHERS = [event("iam-identity.apikey.create"), [], "kms.", {"action": 7}]


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def table(path: Path, *texts: str, quoted: bool = True) -> Path:
    with path.open("w", newline="") as file:
        if quoted:
            csv.writer(file, "excel-tab").writerows([["time", "text"], *(["now", text] for text in texts)])
        else:
            file.writelines(f"{line}\n" for line in ("time\ttext", *(f"now\t{text}" for text in texts)))
    return path


@pytest.mark.parametrize("form", ["quoted", "plain", "lines"])
def test_four_files(shell: CommandLine, tmp_path: Path, form: str) -> None:
    texts = [json.dumps(it) for it in [*EVENTS, *OTHERS]] + ["{", ""]
    if form == "lines":
        source = tmp_path / "may.jsonl"
        source.write_text("".join(f"{text}\n" for text in texts))
    else:
        source = table(tmp_path / "may_logs.tsv", *texts, quoted=form == "quoted")
    done = shell("audit", "process-at", str(source))
    assert (done.code, done.out) == (0, ""), done.err
    assert "5 events of keys" in done.err
    assert "6 lines are no events" in done.err
    assert json.loads((tmp_path / "may_events.json").read_text()) == EVENTS
    found = rows(tmp_path / "may_events.csv")
    assert tuple(found[0]) == EVENT_COLUMNS
    assert found[0] == {
        "serviceName": "kms",
        "region": "us-south",
        "accountId": "acct",
        "instanceId": "inst",
        "keyId": "k1",
        "action": "kms.secrets.wrap",
        "outcome": "success",
        "reasonType": "OK",
        "reasonCode": "200",
        "initiatorId": "IBMid-1",
        "initiatorName": '\'=cmd("x")',
        "authId": "IBMid-2",
        "requestInstanceId": "inst",
        "eventTime": "2031-05-04T09:08:07.00+0000",
        "correlationId": "c",
        "agent": "curl\t8",
    }
    assert (found[3]["serviceName"], found[3]["region"]) == ("hs-crypto", "eu-de")
    assert {value for name, value in found[4].items() if value} == {
        *("kms.secrets.read", "success", "2031-05-04T09:08:07.00+0000", "c")
    }
    summary = [(it["action"], it["outcome"], it["count"]) for it in rows(tmp_path / "may_events_summary.csv")]
    assert sorted(summary) == [
        ("hs-crypto.secrets.unwrap", "success", "1"),
        ("kms.secrets.read", "success", "1"),
        ("kms.secrets.wrap", "failure", "1"),
        ("kms.secrets.wrap", "success", "2"),
    ]
    by_action = rows(tmp_path / "may_events_summary_by_action.csv")
    assert [it["count"] for it in by_action if it["action"] == "kms.secrets.wrap"] == ["3"]
    assert "outcome" not in by_action[0]


def test_nothing_in_it(shell: CommandLine, tmp_path: Path) -> None:
    assert shell("audit", "process-at", str(table(tmp_path / "may.tsv"))).code == 0
    assert json.loads((tmp_path / "may_events.json").read_text()) == []
    assert rows(tmp_path / "may_events_summary.csv") == []


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"time\tbody\nnow\t{}\n", "no column text"),
        (b"", "no column text"),
        (b'time\ttext\nnow\t"' + b"x" * (audit_files.LONGEST + 1), "cannot be read"),
    ],
)
def test_what_is_no_export(shell: CommandLine, tmp_path: Path, content: bytes, says: str) -> None:
    source = tmp_path / "may.tsv"
    source.write_bytes(content)
    assert says in shell("audit", "process-at", str(source)).refusal
    assert list(tmp_path.glob("*may*")) == [source]  # of four files none


def test_the_end_of_a_line_that_is_too_long_is_no_event(shell: CommandLine, tmp_path: Path) -> None:
    hidden = json.dumps(event("kms.secrets.delete")).encode()
    last = json.dumps(event("kms.secrets.wrap")).encode()
    (tmp_path / "a.json").write_bytes(b"x" * audit_files.LONGEST + hidden + b"\n" + last + b"\n")
    assert shell("audit", "process-at", str(tmp_path / "a.json")).code == 0
    assert [row["action"] for row in rows(tmp_path / "a_events.csv")] == ["kms.secrets.wrap"]


@pytest.mark.parametrize("name", ["/", ".", "n" * 240])
def test_a_name_that_cannot_be(shell: CommandLine, tmp_path: Path, name: str) -> None:
    source = name if len(name) == 1 else str(tmp_path / name)
    if len(name) > 1:
        Path(source).touch()
    before = list(tmp_path.iterdir())
    assert shell("audit", "process-at", source).refusal
    assert list(tmp_path.iterdir()) == before


def test_no_file_is_overwritten(shell: CommandLine, tmp_path: Path) -> None:
    source = table(tmp_path / "may.tsv", json.dumps(EVENTS[0]))
    (tmp_path / "may_events_summary.csv").write_text("mine")
    assert "is not overwritten" in shell("audit", "process-at", str(source)).refusal
    assert {path.name for path in tmp_path.glob("*may*")} == {"may.tsv", "may_events_summary.csv"}
    assert (tmp_path / "may_events_summary.csv").read_text() == "mine"


def test_more_groups_than_fit(shell: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_files, "MOST_GROUPS", 1)
    source = table(tmp_path / "may.tsv", *(json.dumps(it) for it in EVENTS))
    assert "more than 1 kinds" in shell("audit", "process-at", str(source)).refusal
    assert list(tmp_path.glob("*may*")) == [source]
