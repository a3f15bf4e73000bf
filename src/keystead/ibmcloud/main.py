"""Finds the command, runs it, and explains what went wrong. Source: ``spec/cli.md`` 1.1, 1.2 and 1.5."""

import importlib
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Final

from keystead.client.errors import RemoteError
from keystead.domain.errors import KeysteadError
from keystead.ibmcloud.call import Call
from keystead.ibmcloud.commands import COMMANDS, GROUPS
from keystead.ibmcloud.old import modern
from keystead.ibmcloud.screen import Screen, write
from keystead.ibmcloud.words import Command, WrongUsage, paths, read

_HELP: Final = frozenset({"help", "-h", "--help"})
_VERSION: Final = frozenset({"-v", "--version"})
_QUIET: Final = frozenset({"-q", "--quiet"})
_INTERRUPTED: Final = 2


def main(words: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run one command line; returns 0, 1 for any failure, 2 when a question was interrupted (CLI-8)."""
    try:
        return _run(modern(words), environment)
    except KeyboardInterrupt:
        return _INTERRUPTED
    except (KeysteadError, OSError, UnicodeEncodeError) as error:
        return _fail(*_explanation(error), quiet=_is_quiet(words, environment))


def run() -> None:
    """Be the program `ibmcloud`; it ends quietly when nobody reads what it prints."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    sys.exit(main(sys.argv[1:], os.environ))


def _run(words: Sequence[str], environment: Mapping[str, str]) -> int:
    if words and words[0] in _VERSION:
        words = ["version"]
    if not words or words[0] in _HELP:
        return _help(words[1:])
    command, rest = _find(words)
    if command is None:
        return _help(words) if set(words) & _HELP or _is_group(words) else _unknown(words)
    try:
        return _do(command, rest, words, environment)
    except WrongUsage as error:
        usage = ("", *command.usage.splitlines())
        return _fail("Incorrect Usage.", str(error), *usage, quiet=_is_quiet(words, environment))


def _do(command: Command, rest: Sequence[str], words: Sequence[str], environment: Mapping[str, str]) -> int:
    line = read(command, rest)
    if line.on("help"):
        _show(command.usage)
        return 0
    screen = Screen(_is_json(line.text("output")), _is_quiet(words, environment))
    module, _, function = command.run.partition(":")
    with ExitStack() as closing:
        handler = getattr(importlib.import_module(f"keystead.ibmcloud.{module}"), function)
        handler(Call(line, screen, environment, closing))
    return 0


def _is_quiet(words: Sequence[str], environment: Mapping[str, str]) -> bool:
    return bool(_QUIET & set(words)) or environment.get("IBMCLOUD_QUIET", "").lower() == "true"


def _find(words: Sequence[str]) -> tuple[Command | None, Sequence[str]]:
    """Return the command whose words *words* begin with, the longest, and what follows them."""
    found: tuple[Command | None, Sequence[str]] = (None, words)
    longest = 0
    for path, command in paths(COMMANDS):
        if len(path) > longest and tuple(words[: len(path)]) == path:
            found, longest = (command, words[len(path) :]), len(path)
    return found


def _is_group(words: Sequence[str]) -> bool:
    """Tell whether commands begin with *words*, which are none themselves, like ``kp`` or ``kp key``."""
    asked = tuple(word for word in words if word not in _QUIET)
    return any(path[: len(asked)] == asked for path, _ in paths(COMMANDS))


def _is_json(text: str | None) -> bool:
    if text is not None and text.lower() != "json":
        raise WrongUsage(f"Unknown output format '{text}'. Use json.")
    return text is not None


def _help(words: Sequence[str]) -> int:
    wanted = [word for word in words if word not in _HELP and word not in _QUIET]
    command, _ = _find(wanted)
    if command is not None:
        _show(command.usage)
        return 0
    asked = tuple(wanted)
    below = [(path, one) for path, one in paths(COMMANDS) if path[: len(asked)] == asked]
    if not below:
        return _unknown(wanted)
    width = max(len(one.path) for _, one in below)
    rows = (f"  {one.path:<{width}}   {one.says}" for _, one in below)
    _show("\n".join(("USAGE:", "  ibmcloud COMMAND [ARGUMENTS] [OPTIONS]", "", "COMMANDS:", *rows)))
    return 0


def _unknown(words: Sequence[str]) -> int:
    named = " ".join(word for word in words[:2] if not word.startswith("-"))
    known = "" if words and words[0] in GROUPS else " This is Keystead's ibmcloud; it has what keys need."
    return _fail("Incorrect Usage.", f"'{named}' is not a command.{known} See 'ibmcloud help'.")


def _show(text: str) -> None:
    for line in text.splitlines():
        write(line)


def _explanation(error: KeysteadError | OSError | UnicodeEncodeError) -> list[str]:
    match error:
        case RemoteError(reason=reason, message=message, correlation_id=number):
            return [*filter(None, (reason, message)), *([f"Correlation-ID:{number}"] if number else [])]
        case UnicodeEncodeError():
            return ["The command line holds text that is not UTF-8."]
        case OSError(filename=place, strerror=what):
            return [f"{place or 'The system'}: {what}"]
        case _:
            return [str(error)]


def _fail(*lines: str, quiet: bool = False) -> int:
    for line in lines if quiet else ("FAILED", *lines):
        write(line, sys.stderr)
    return 1
