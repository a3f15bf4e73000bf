"""Documents as tests: their fenced blocks, and a server started as they tell the reader to start one."""

import re
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from servers import BIN, dev_command, exports, reader

__all__ = ["ROOT", "blocks", "dev_server", "exports", "reader"]

ROOT = Path(__file__).parents[2]

_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(document: Path, language: str) -> list[str]:
    """Return the contents of the fenced blocks of *document* that are marked with *language*, in order."""
    return [body for mark, body in _FENCE.findall(document.read_text("utf-8")) if mark == language]


@contextmanager
def dev_server(document: Path, folder: Path) -> Iterator[Path]:
    """Run the `keystead dev` of *document* in *folder*, and yield the env file when it is ready."""
    env_file = folder / "keystead.env"
    with dev_command(_server_command(document), folder, env_file):
        yield env_file


def _server_command(document: Path) -> list[str]:
    lines = [line for block in blocks(document, "console") for line in block.splitlines()]
    (command,) = [line for line in lines if line.startswith("$ keystead dev ")]
    _, _, *words = shlex.split(command.removesuffix("&"))
    return [str(BIN / "keystead"), *words]
