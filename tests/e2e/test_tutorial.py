"""The tutorial's commands, run as its reader runs them: all in one shell, in order."""

import subprocess
from pathlib import Path

from e2e.documents import ROOT, blocks, dev_server, reader

TUTORIAL = ROOT / "docs" / "tutorials" / "first-key.md"


def test_every_command_of_the_tutorial_works(tmp_path: Path) -> None:
    # A line that fails ends the shell; `! command` has to fail, which `set -e` alone would not notice.
    steps = [line for block in blocks(TUTORIAL, "sh") for line in block.splitlines()]
    script = ["set -euxo pipefail", *(_must_fail(line) if line.startswith("! ") else line for line in steps)]
    with dev_server(TUTORIAL, tmp_path):
        done = subprocess.run(
            ["bash", "-c", "\n".join(script)],
            cwd=tmp_path,
            env=reader(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 0, done.stdout
    assert (tmp_path / "salaries.txt").read_text("utf-8") == "salaries of November\n"


def _must_fail(line: str) -> str:
    return f'if {line.removeprefix("! ")}; then echo "this had to be refused"; exit 1; fi'


def test_the_tutorial_still_has_its_commands() -> None:
    # Without blocks the test above would pass by doing nothing.
    assert len(blocks(TUTORIAL, "sh")) >= 10
