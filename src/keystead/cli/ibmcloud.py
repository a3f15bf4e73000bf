"""`keystead ibmcloud` and `keystead shim`: IBM's command line, for the scripts that people have."""

import os
import shlex
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from keystead.cli.output import note
from keystead.client.errors import BadInput

_RAW: Final = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
_NAMES: Final = ("ibmcloud", "ic", "bx")
_MARK: Final = "# Written by `keystead shim install`."

ibmcloud = typer.Typer(add_completion=False)
shim = typer.Typer(help="Make `ibmcloud` a command of its own.", no_args_is_help=True, add_completion=False)


@ibmcloud.command(context_settings=_RAW)
def run(context: typer.Context) -> None:
    """Be `ibmcloud`: the words behind are its own."""
    from keystead.ibmcloud.main import main  # noqa: PLC0415 - a table that no other command needs

    raise typer.Exit(main(context.args, os.environ))


@shim.callback()
def group() -> None:
    """Make `ibmcloud` a command of its own."""


@shim.command()
def install(
    folder: Annotated[Path, typer.Argument(help="Folder on the PATH of those who shall have the command.")],
) -> None:
    """Write the executables `ibmcloud`, `ic` and `bx`; what is there and not ours is left alone."""
    text = f'#!/bin/sh\n{_MARK}\nexec {shlex.quote(sys.executable)} -m keystead.ibmcloud "$@"\n'
    places = [folder / name for name in _NAMES]
    for place in places:
        _require_ours(place)
    folder.mkdir(parents=True, exist_ok=True)
    for place in places:
        place.write_text(text)
        place.chmod(0o755)
    note(f"{', '.join(_NAMES)} are in {folder}; put it in front of your PATH")


def _require_ours(place: Path) -> None:
    if place.is_symlink() or (place.exists() and _MARK.encode() not in place.read_bytes()[:200]):
        raise BadInput(f"{place} is there and not ours; remove it, or name another folder")
