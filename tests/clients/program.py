"""Small programs, one in each language, that drive IBM's client and print one JSON line per operation.

A program is configured by the environment that `keystead dev --env-file` writes and by nothing else. Its
first line holds the methods of the client, found in the client itself; its arguments name operations to
leave out.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from servers import Server, reader

ROOT = Path(__file__).parents[2]
PROGRAMS = ROOT / "tests" / "clients"
INSTALLED = ROOT / "build" / "clients"
RUN_SECONDS = 120  # for the whole program; a client that hangs must not hang the tests


@dataclass(frozen=True)
class Run:
    """What one run of a program showed.

    Args:
        methods: every public method of the client.
        outcomes: of each operation its text, empty where all was as expected.
    """

    methods: frozenset[str]
    outcomes: Mapping[str, str]

    @property
    def exercised(self) -> set[str]:
        """The methods that some operation is named after."""
        return {operation.partition(":")[0] for operation in self.outcomes}


def run(
    command: Sequence[str | Path],
    server: Server,
    without: Iterable[str] = (),
    environment: Mapping[str, str] | None = None,
) -> Run:
    """Run the program to its end and read its lines; one that ends with an error code fails the test."""
    done = subprocess.run(
        [*command, *without],
        env=reader() | dict(server.exports) | dict(environment or {}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    first, *lines = [json.loads(line) for line in done.stdout.splitlines()]
    return Run(frozenset(first["methods"]), dict(map(_outcome, lines)))


def is_required(client: str) -> bool:
    """Whether the suite that runs now was promised this client, so that its absence is a failure."""
    return os.environ.get(f"KEYSTEAD_REQUIRE_{client.upper()}") == "1"


def is_installed(program: str, client: str) -> bool:
    """Whether *program* is on the path and `scripts/clients` has installed what it needs for *client*."""
    return shutil.which(program) is not None and (INSTALLED / client / "ready").exists()


def _outcome(line: Mapping[str, Any]) -> tuple[str, str]:
    return line["operation"], "" if line["ok"] else line["detail"] or "failed without a word"
