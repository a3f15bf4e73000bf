"""Questions before what cannot be undone. Source: ``spec/cli.md`` CLI-21."""

import sys

from keystead.client.errors import BadInput
from keystead.ibmcloud.screen import write


def require_yes(question: str) -> None:
    """Ask, and raise `BadInput` unless the answer, which a script may pipe in, is yes; its end is a no."""
    write(f"{question} [y/N]", sys.stderr)
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise BadInput("Not confirmed. Nothing was done.")
