"""A person's shell: a home of its own, the variables of one server, and `keystead`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from servers import Server, run


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert self.code == 0, self.err
        return json.loads(self.out)

    @property
    def refusal(self) -> str:
        """The last line on standard error of a command that failed and printed no result."""
        assert (self.code, self.out) == (1, ""), (self.code, self.out, self.err)
        assert "Traceback" not in self.err
        line = self.err.splitlines()[-1]
        assert line.startswith("keystead: ")
        return line


@dataclass(frozen=True)
class Shell:
    home: Path
    environment: Mapping[str, str]

    def __call__(self, *words: str, stdin: bytes = b"") -> Done:
        done = run(*words, folder=self.home, environment=self.environment, stdin=stdin)
        return Done(done.returncode, done.stdout, done.stderr)

    def having(self, **changes: str | None) -> "Shell":
        """Return a shell with other variables; ``None`` takes one away."""
        merged = {**self.environment, **changes}
        return Shell(self.home, {name: value for name, value in merged.items() if value is not None})

    def file(self, name: str, content: bytes) -> str:
        """Write a private file and return its name."""
        path = self.home / name
        path.write_bytes(content)
        path.chmod(0o600)
        return name


def client_variables(server: Server) -> dict[str, str]:
    """Return the variables that our own commands read."""
    names = ("KEYSTEAD_URL", "KEYSTEAD_CA_FILE", "KEYSTEAD_API_KEY", "KP_INSTANCE_ID")
    return {name: server.exports[name] for name in names}
