"""`ibmcloud` against a running server: in this process for its answers, or as a program in a shell."""

import base64
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import pytest

from keystead.ibmcloud.main import main
from servers import READY_SECONDS, Server, reader

NAMED: Final = "85d1c0d8-4c53-4d8e-9f0c-6d1ef4a3a6b1"
"""An id that nothing has."""
NAMES = ("KP_INSTANCE_ID", "KP_TARGET_ADDR", "IBMCLOUD_API_KEY", "IBMCLOUD_IAM_API_ENDPOINT", "SSL_CERT_FILE")


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[list[str]]:
        """The table at the end of what was printed, cut at two blanks or more."""
        lines = self.out.split("OK\n")[-1].splitlines()
        return [[cell.strip() for cell in line.split("   ") if cell] for line in lines]


@dataclass(frozen=True)
class Console:
    """A person with a home, who may be logged in."""

    capsys: pytest.CaptureFixture[str]
    home: Path
    environment: Mapping[str, str]

    def __call__(self, *words: str) -> Done:
        code = main(words, self.environment)
        return Done(code, *self.capsys.readouterr())

    def ok(self, *words: str) -> Done:
        done = self(*words)
        assert done.code == 0, done.err
        return done

    def json(self, *words: str) -> Any:
        """Run a command for its JSON: one value on standard output, and nothing anywhere else (CLI-7)."""
        done = self.ok(*words, "--output", "json")
        assert done.err == ""
        return json.loads(done.out)

    def refused(self, *words: str) -> str:
        """Run a command that must fail, with and without JSON; return what it said."""
        plain, done = self(*words), self(*words, "--output", "json")
        assert (plain.code, done.code, done.out) == (1, 1, "")
        assert done.err.startswith("FAILED\n")
        return done.err

    def having(self, **changes: str) -> "Console":
        return replace(self, environment={**self.environment, **changes})

    def shell(self, script: str, shell: str = "sh", **variables: str) -> Done:
        """Run *script* where `ibmcloud` is an executable on the PATH; its standard input is closed."""
        folder = self.home / "bin"
        if not folder.exists():
            words = [sys.executable, "-m", "keystead", "shim", "install", str(folder)]
            subprocess.run(words, check=True, capture_output=True)
        base = reader()
        path = f"{folder}{os.pathsep}{base['PATH']}"
        done = subprocess.run(
            [shell, "-c", script] if not script.endswith(".sh") else [shell, script],
            cwd=self.home,
            env={**base, **self.environment, **variables, "PATH": path},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=READY_SECONDS,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)


def stranger(server: Server, capsys: pytest.CaptureFixture[str], home: Path) -> Console:
    """Return somebody who knows the server and has not logged in yet."""
    known = {name: server.exports[name] for name in NAMES}
    return Console(capsys, home, {**known, "HOME": str(home)})


@pytest.fixture
def console(server: Server, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Console:
    """Somebody who has logged in."""
    someone = stranger(server, capsys, tmp_path)
    someone.ok("login", "-q")
    return someone


def b64(octets: bytes) -> str:
    """Return *octets* as base64."""
    return base64.b64encode(octets).decode()
