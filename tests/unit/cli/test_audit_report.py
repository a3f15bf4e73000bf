"""`keystead audit report --all` over instances of one service and of several."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from keystead.cli import audit_report
from unit.cli.command_line import CommandLine

KMS, HPCS = "kms", "hs-crypto"


@dataclass
class OneInstance:
    """What a server says of an instance of *service* with so many keys."""

    service: str
    keys: int
    whole: bool = True
    at: int = 0

    def report(self, month: str | None) -> dict[str, Any]:
        assert month is None
        keys = [{"id": number} for number in range(self.keys)]
        row = {"service": self.service, "crn": f"crn:{self.at}", "keys": keys}
        metadata = {
            "service": self.service,
            "account_id": "a",
            "total_keys": self.keys,
            "whole": self.whole,
            "audit_logs": [{"node": "local", "countedTo": str(self.at)}],
        }
        return {"metadata": metadata, "result": {"kms_instances": [row], "crns": [], "unknowns": []}}


@dataclass
class Server:
    """A server with some instances."""

    instances: list[OneInstance]

    def every_instance(self, wanted: object) -> tuple[list[OneInstance], bool]:
        assert callable(wanted)
        return self.instances, False


def told(monkeypatch: pytest.MonkeyPatch, shell: CommandLine, *instances: OneInstance) -> dict[str, Any]:
    @contextmanager
    def session() -> Iterator[Server]:
        yield Server(list(instances))

    monkeypatch.setattr(audit_report, "audit_session", session)
    done = shell("audit", "report", "--all")
    found: dict[str, Any] = done.json
    return found


@pytest.mark.parametrize(
    ("services", "named"),
    [((KMS,), KMS), ((KMS, KMS), KMS), ((HPCS, HPCS), HPCS), ((HPCS, KMS, KMS), "hs-crypto,kms")],
)
def test_the_service_is_that_of_all_or_all_are_named(
    monkeypatch: pytest.MonkeyPatch, shell: CommandLine, services: tuple[str, ...], named: str
) -> None:
    whole = told(monkeypatch, shell, *(OneInstance(it, 1) for it in services))
    assert whole["metadata"]["service"] == named
    assert [it["service"] for it in whole["result"]["kms_instances"]] == list(services)


def test_what_is_said_of_all_is_so_of_all(monkeypatch: pytest.MonkeyPatch, shell: CommandLine) -> None:
    instances = (OneInstance(KMS, 2, at=1), OneInstance(KMS, 3, whole=False, at=2))
    metadata = told(monkeypatch, shell, *instances)["metadata"]
    assert (metadata["total_keys"], metadata["whole"]) == (5, False)
    assert metadata["audit_logs"] == [{"node": "local", "countedTo": "1"}]
