"""The tutorial's commands, run as its reader runs them: all in one shell, in order."""

import subprocess
from pathlib import Path

from e2e.documents import ROOT, blocks, dev_server, reader
from unit.client import softhsm

TUTORIAL = ROOT / "docs" / "tutorials" / "first-key.md"
HSM = ROOT / "docs" / "tutorials" / "own-hsm.md"
DEBIAN = "/usr/lib/softhsm/libsofthsm2.so"


def test_every_command_of_the_tutorial_works(tmp_path: Path) -> None:
    run(TUTORIAL, tmp_path)
    assert (tmp_path / "salaries.txt").read_text("utf-8") == "salaries of November\n"


def test_every_command_with_an_hsm_works(tmp_path: Path) -> None:
    said = run(HSM, tmp_path, softhsm.module())
    assert "does not give this key out" in said
    assert "is NOT the material" in said


def run(document: Path, folder: Path, module: Path | None = None) -> str:
    # A line that fails ends the shell; `! command` has to fail, which `set -e` alone would not notice.
    steps = [line for block in blocks(document, "sh") for line in block.splitlines()]
    script = ["set -euxo pipefail", *(_must_fail(line) if line.startswith("! ") else line for line in steps)]
    text = "\n".join(script)
    if module is not None:
        assert DEBIAN in text
        text = text.replace(DEBIAN, str(module))
    with dev_server(document, folder):
        done = subprocess.run(
            ["bash", "-c", text],
            cwd=folder,
            env=reader(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 0, done.stdout
    return done.stdout


def _must_fail(line: str) -> str:
    return f'if {line.removeprefix("! ")}; then echo "this had to be refused"; exit 1; fi'


def test_the_tutorials_still_have_their_commands() -> None:
    # Without blocks the tests above would pass by doing nothing.
    assert len(blocks(TUTORIAL, "sh")) >= 10
    assert len(blocks(HSM, "sh")) >= 6
