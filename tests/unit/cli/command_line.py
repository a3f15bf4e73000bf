"""Runs `keystead` in this process, as a person with an empty home would."""

import io
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from keystead.cli.main import main
from unit.client.fake_key_protect import API_KEY, INSTANCE, FakeKeyProtect

VARIABLES = (
    "KEYSTEAD_URL",
    "KEYSTEAD_CA_FILE",
    "KEYSTEAD_API_KEY",
    "KEYSTEAD_CONFIG",
    "KP_INSTANCE_ID",
    "KP_TARGET_ADDR",
    "IBMCLOUD_API_KEY",
    "IBMCLOUD_IAM_API_ENDPOINT",
    "XDG_CONFIG_HOME",
)


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert self.code == 0, self.err
        return json.loads(self.out)

    @property
    def refusal(self) -> str:
        """The one line on standard error of a command that failed and printed nothing else."""
        lines = self.err.splitlines()
        assert (self.code, self.out) == (1, "")
        assert lines[-1].startswith("keystead: ")
        assert "Traceback" not in self.err
        return lines[-1]


class CommandLine:
    """A shell: home folder, environment and `keystead`."""

    def __init__(
        self, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.home = home
        self._monkeypatch = monkeypatch
        self._capsys = capsys
        for name in VARIABLES:
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("HOME", str(home))
        monkeypatch.chdir(home)

    def export(self, **values: str) -> None:
        for name, value in values.items():
            self._monkeypatch.setenv(name, value)

    def use(self, fake: FakeKeyProtect) -> None:
        """Set the variables that `keystead dev` prints."""
        self.export(KEYSTEAD_URL=fake.url, KEYSTEAD_CA_FILE=str(fake.ca_file))
        self.export(KEYSTEAD_API_KEY=API_KEY, KP_INSTANCE_ID=INSTANCE)

    def file(self, name: str, content: bytes) -> str:
        path = self.home / name
        path.write_bytes(content)
        path.chmod(0o600)
        return str(path)

    def __call__(self, *arguments: str, stdin: bytes = b"") -> Result:
        self._monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        code = main(arguments)
        captured = self._capsys.readouterr()
        return Result(code, captured.out, captured.err)
