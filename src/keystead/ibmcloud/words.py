"""Reads command lines: options in any spelling, anywhere. Source: ``spec/cli.md`` 1.1 (CLI-2 to CLI-5)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from keystead.domain.errors import KeysteadError

_TRUE: Final = {"true": True, "false": False}


class WrongUsage(KeysteadError):
    """A command line that no command can run; the text says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Option:
    """One option: ``--name``, ``-name`` or ``-letter``; with a value unless *takes* is empty."""

    name: str
    letter: str = ""
    takes: str = ""  # what its value is called in the usage text
    says: str = ""

    @property
    def spellings(self) -> str:
        """How it is written in the usage text."""
        both = f"-{self.letter}, --{self.name}" if self.letter else f"--{self.name}"
        return f"{both} {self.takes}".rstrip()


@dataclass(frozen=True, slots=True)
class Command:
    """One command.

    Args:
        path: its words, like ``kp key create``.
        says: one line of help.
        run: ``module:function`` below this package; imported when the command runs.
        places: names of the arguments; one in brackets may be left out.
        options: what it takes beside `EVERYWHERE`.
    """

    path: str
    says: str
    run: str
    places: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()

    @property
    def all_options(self) -> tuple[Option, ...]:
        """The command's own options, then those of every command; its own letters win."""
        return (*self.options, *EVERYWHERE)

    @property
    def usage(self) -> str:
        """What `--help` prints."""
        head = " ".join((f"ibmcloud {self.path}", *self.places, "[OPTIONS]"))
        width = max(len(option.spellings) for option in self.all_options)
        rows = (f"  {one.spellings:<{width}}   {one.says}".rstrip() for one in self.all_options)
        return "\n".join((f"{self.says}", "", "USAGE:", f"  {head}", "", "OPTIONS:", *rows))


EVERYWHERE: Final = (
    Option("output", "o", "FORMAT", "json for one JSON value"),
    Option("quiet", "q", says="no progress lines"),
    Option("help", "h", says="this text"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """A command line that was understood."""

    command: Command
    arguments: tuple[str, ...]
    values: Mapping[str, str]
    switches: Mapping[str, bool]

    def text(self, name: str) -> str | None:
        """Return an option's value, or ``None`` when it was not given."""
        return self.values.get(name)

    def needed(self, name: str) -> str:
        """Return an option's value; `WrongUsage` when it was not given."""
        value = self.values.get(name)
        if value is None:
            raise WrongUsage(f"Required option '--{name}' is missing.")
        return value

    def on(self, name: str) -> bool:
        """Tell whether a switch was given, and not as ``=false``."""
        return self.switches.get(name, False)

    def number(self, name: str, allowed: range, default: int | None = None) -> int | None:
        """Return an option's value as a number; `WrongUsage` when it is none of *allowed*."""
        value = self.values.get(name)
        if value is None:
            return default
        if not (value.isascii() and value.isdigit() and len(value) < len("1000000000")):
            raise WrongUsage(f"The value of '--{name}' must be a number.")
        if int(value) not in allowed:
            raise WrongUsage(f"The value of '--{name}' must be from {allowed[0]} to {allowed[-1]}.")
        return int(value)

    def listed(self, name: str) -> list[str]:
        """Return an option's value split at its commas; nothing when it was not given."""
        value = self.values.get(name)
        return [] if value is None else value.split(",")


def read(command: Command, words: Sequence[str]) -> Line:
    """Read what stands behind the command's own words.

    A value that is itself an option of this command is refused: somebody's variable was empty (SCR-9). So is
    a value without any letter: it must never pass for an option that was not given (SCR-10).

    Raises:
        WrongUsage: an unknown option, a value missing or too many, too few or too many arguments.
    """
    known = _known(command)
    arguments: list[str] = []
    values: dict[str, str] = {}
    switches: dict[str, bool] = {}
    rest = iter(words)
    for word in rest:
        if not _is_option(word):
            arguments.append(word)
            continue
        name, equals, value = word.lstrip("-").partition("=")
        option = known.get(name)
        if option is None:
            raise WrongUsage(f"Unknown option '{word.partition('=')[0]}'.")
        if option.takes:
            values[option.name] = _value(option, value if equals else next(rest, None), known, bool(equals))
        else:
            switches[option.name] = _switch(option, value) if equals else True
    if not switches.get("help"):
        _require_fitting(command, arguments)
    return Line(command, tuple(arguments), values, switches)


def _known(command: Command) -> dict[str, Option]:
    found: dict[str, Option] = {}
    for option in command.all_options:
        for spelling in filter(None, (option.name, option.letter)):
            found.setdefault(spelling, option)
    return found


def _is_option(word: str) -> bool:
    return len(word) > 1 and word.startswith("-")


def _value(option: Option, value: str | None, known: Mapping[str, Option], joined: bool) -> str:
    if value is None:
        raise WrongUsage(f"Option '--{option.name}' needs a value.")
    if not value:
        raise WrongUsage(f"The value of '--{option.name}' is empty.")
    if not joined and _is_option(value) and value.lstrip("-").partition("=")[0] in known:
        raise WrongUsage(f"Option '--{option.name}' needs a value, and '{value}' is an option.")
    return value


def _switch(option: Option, value: str) -> bool:
    if value.lower() not in _TRUE:
        raise WrongUsage(f"The value of '--{option.name}' must be true or false.")
    return _TRUE[value.lower()]


def _require_fitting(command: Command, arguments: Sequence[str]) -> None:
    needed = [place for place in command.places if not place.startswith("[")]
    if len(arguments) < len(needed):
        raise WrongUsage(f"The argument {needed[len(arguments)]} is missing.")
    if len(arguments) > len(command.places):
        raise WrongUsage(f"There is an argument too many: '{arguments[len(command.places)]}'.")
    if not all(arguments):
        raise WrongUsage("An argument is empty.")


def pairs(line: Line, name: str, between: str = "=") -> list[tuple[str, str]]:
    """Return an option's value as names with their values; `WrongUsage` where it is something else."""
    found = []
    for text in line.listed(name):
        key, sign, value = text.strip().partition(between)
        if not (key and sign and value):
            raise WrongUsage(
                f"The value of '--{name}' must be NAME{between}VALUE, with commas between several."
            )
        found.append((key, value))
    return found


def paths(commands: Sequence[Command]) -> Iterator[tuple[tuple[str, ...], Command]]:
    """Yield the words of each command."""
    for command in commands:
        yield tuple(command.path.split()), command
