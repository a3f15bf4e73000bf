"""Documents as tests: their fenced blocks, and a server started as they tell the reader to start one."""

import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
READY_SECONDS = 60  # far above the promised two: a busy machine is no failure of the document
BIN = Path(sys.executable).parent

_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_EXPORT = re.compile(r"^export ([A-Z][A-Z0-9_]*)=(.*)$", re.MULTILINE)


def blocks(document: Path, language: str) -> list[str]:
    """Return the contents of the fenced blocks of *document* that are marked with *language*, in order."""
    return [body for mark, body in _FENCE.findall(document.read_text("utf-8")) if mark == language]


def exports(env_file: Path) -> dict[str, str]:
    """Read the `export NAME=value` lines that `keystead dev` writes, as a shell would."""
    found = _EXPORT.findall(env_file.read_text("utf-8"))
    return {name: "".join(shlex.split(value)) for name, value in found}


def reader() -> dict[str, str]:
    """Return the environment of somebody who has activated the project's venv and set nothing else."""
    kept = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR") if name in os.environ}
    return kept | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}


@contextmanager
def dev_server(document: Path, folder: Path) -> Iterator[Path]:
    """Run the `keystead dev` of *document* in *folder*, and yield the env file when it is ready."""
    env_file = folder / "keystead.env"
    command = _server_command(document)
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(command, cwd=folder, env=reader(), stdout=log, stderr=subprocess.STDOUT)
    try:
        _await(server, env_file)
        yield env_file
    finally:
        server.terminate()
        server.wait(timeout=READY_SECONDS)


def _server_command(document: Path) -> list[str]:
    lines = [line for block in blocks(document, "console") for line in block.splitlines()]
    (command,) = [line for line in lines if line.startswith("$ keystead dev ")]
    _, _, *words = shlex.split(command.removesuffix("&"))
    return [str(BIN / "keystead"), *words]


def _await(server: subprocess.Popen[bytes], env_file: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not (env_file.exists() and env_file.stat().st_size):
        log = (env_file.parent / "server.log").read_text("utf-8", "replace")
        assert server.poll() is None, f"keystead dev ended: {log}"
        assert time.monotonic() < deadline, f"keystead dev is not ready: {log}"
        time.sleep(0.05)
