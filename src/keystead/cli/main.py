"""`keystead`: the table of commands, and one line for every error.

A command's module is imported when the command runs, so that `keystead --help` stays quick.
"""

import importlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_group

import keystead
from keystead.domain.errors import KeysteadError


@dataclass(frozen=True, slots=True)
class Entry:
    """A command or a group of them: a function or a `typer.Typer` called *member* in *module*."""

    name: str
    help: str
    module: str
    member: str


COMMANDS = (
    Entry("dev", "Start an embedded server for development and tests.", "keystead.cli.dev", "app"),
    Entry("serve", "Start a server for production.", "keystead.cli.serve", "serve"),
    Entry("init", "Make the first account of a production server.", "keystead.cli.serve", "init"),
    Entry("access", "Users, service ids, API keys, grants.", "keystead.cli.access", "app"),
    Entry("services", "Tell services of the life of keys.", "keystead.cli.services", "app"),
    Entry("login", "Keep server, instance and credential for later commands.", "keystead.cli.login", "login"),
    Entry("byok", "Bring your own key: generate, create, rotate, verify.", "keystead.cli.byok", "app"),
    Entry("key", "List, show and change keys.", "keystead.cli.key", "app"),
    Entry("wrap", "Wrap a DEK with a root key.", "keystead.cli.wrap", "wrap"),
    Entry("unwrap", "Unwrap a DEK with a root key.", "keystead.cli.wrap", "unwrap"),
    Entry("encrypt", "Encrypt a file under a root key.", "keystead.cli.files", "encrypt"),
    Entry("decrypt", "Decrypt a file.", "keystead.cli.files", "decrypt"),
    Entry(
        "offline",
        "Open ciphertexts and files with your key file, without a server.",
        "keystead.cli.offline",
        "app",
    ),
    Entry("audit", "Read, verify and prove the audit log.", "keystead.cli.audit", "app"),
    Entry("ibmcloud", "IBM's command line, as far as keys need it.", "keystead.cli.ibmcloud", "ibmcloud"),
    Entry("shim", "Make `ibmcloud` a command of its own.", "keystead.cli.ibmcloud", "shim"),
)


class _Lazy(TyperCommand):
    """Stands for a command until somebody calls it."""

    def __init__(self, entry: Entry) -> None:
        super().__init__(entry.name, help=entry.help)
        self._entry = entry

    def make_context(self, info_name: str | None, args: list[str], *rest: Any, **extra: Any) -> Any:
        """Hand over to the real command."""
        return _load(self._entry).make_context(info_name, args, *rest, **extra)


def main(arguments: Sequence[str]) -> int:
    """Run one command line; returns 0, 1 for a failure that was explained, 2 for a wrong command line."""
    try:
        code = _root().main(list(arguments), prog_name="keystead", standalone_mode=False)
    except (typer.TyperException, typer.Abort, KeysteadError, UnicodeEncodeError, OSError) as error:
        text, status = _explanation(error)
        _tell(text)
        return status
    return code if isinstance(code, int) else 0


def run() -> None:
    """Be the program `keystead`."""
    sys.exit(main(sys.argv[1:]))


def _root() -> TyperGroup:
    app = typer.Typer(
        help="Key management with keys that you own.",
        no_args_is_help=True,
        add_completion=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_options)
    group = get_group(app)
    for entry in COMMANDS:
        group.add_command(_Lazy(entry))
    return group


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(keystead.__version__)
        raise typer.Exit


def _options(
    *,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Take the options that stand before any command."""


def _load(entry: Entry) -> Any:
    member = getattr(importlib.import_module(entry.module), entry.member)
    if isinstance(member, typer.Typer):
        return get_command(member)
    app = typer.Typer(add_completion=False)
    app.command(entry.name)(member)
    return get_command(app)


def _explanation(error: Exception) -> tuple[str, int]:
    match error:
        case typer.TyperException():
            return _wrong_usage(error), error.exit_code
        case typer.Abort():
            return "not confirmed; nothing was done", 1
        case UnicodeEncodeError():
            return "the command line holds text that is not UTF-8; correct it", 1
        case OSError():
            place = error.filename or "the system"
            return f"{place}: {error.strerror}; check the path, its mode and the disk", 1
        case KeysteadError():
            from keystead.cli import advice  # noqa: PLC0415 - needed only now

            return advice.line(error), 1
        case _:
            raise error


def _tell(text: str) -> None:
    one_line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    if one_line:
        typer.echo(f"keystead: {one_line}", err=True)


def _wrong_usage(error: typer.TyperException) -> str:
    message = error.format_message().rstrip(".")
    context = getattr(error, "ctx", None)
    command = "keystead" if context is None else context.command_path
    # Without a message, help was asked for by giving nothing, and has been shown.
    return f"{message}; see `{command} --help`" if message else ""
