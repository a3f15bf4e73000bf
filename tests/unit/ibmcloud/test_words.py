"""CLI-2 to CLI-5 of cli.md: options in any spelling, anywhere; and what is no command line."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keystead.ibmcloud.commands import COMMANDS
from keystead.ibmcloud.words import Command, Option, WrongUsage, read

MAKE = Command(
    "kp make",
    "Make something.",
    "nowhere:make",
    ("NAME", "[PLACE]"),
    (Option("iv", "v", "BASE64"), Option("standard-key", "s"), Option("number", "n", "N")),
)


@pytest.mark.parametrize(
    "option", [["--iv", "AA=="], ["-iv", "AA=="], ["--iv=AA=="], ["-v", "AA=="], ["-v=AA=="]]
)
@pytest.mark.parametrize("switch", [["-s"], ["--standard-key"], ["-standard-key"], ["-s=true"]])
def test_cli_2_every_spelling_in_every_order(option: list[str], switch: list[str]) -> None:
    for order in itertools.permutations([option, switch, ["name"]]):
        line = read(MAKE, [word for part in order for word in part])
        assert line.arguments == ("name",)
        assert line.text("iv") == "AA=="
        assert line.on("standard-key")


def test_an_option_that_is_not_given() -> None:
    line = read(MAKE, ["name", "-s=false"])
    assert (line.text("iv"), line.on("standard-key"), line.number("number", range(5), 3)) == (None, False, 3)
    with pytest.raises(WrongUsage, match="'--iv' is missing"):
        line.needed("iv")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["name", "--no-such"], "Unknown option '--no-such'"),
        (["name", "--stand"], "Unknown option '--stand'"),  # no guessing from the first letters
        (["name", "--iv"], "'--iv' needs a value"),
        (["name", "-v", "--output", "json"], "'--iv' needs a value, and '--output' is an option"),
        (["name", "-v", "-s"], "'-s' is an option"),
        (["name", "-v", ""], "'--iv' is empty"),
        (["name", "--iv="], "'--iv' is empty"),
        (["name", "-s=perhaps"], "true or false"),
        ([], "NAME is missing"),
        (["a", "b", "c"], "too many: 'c'"),
        ([""], "empty"),
    ],
)
def test_what_is_no_command_line(words: list[str], says: str) -> None:
    with pytest.raises(WrongUsage, match=says):
        read(MAKE, words)


def test_cli_3_a_value_may_begin_with_a_dash() -> None:
    assert read(MAKE, ["name", "-v", "-q_GvkD3"]).text("iv") == "-q_GvkD3"
    assert read(MAKE, ["name", "--iv=-s"]).text("iv") == "-s"


@pytest.mark.parametrize("text", ["-1", "5", "1.0", "٣", "one", "9" * 30])
def test_numbers_out_of_their_range(text: str) -> None:
    with pytest.raises(WrongUsage, match="'--number'"):
        read(MAKE, ["name", f"-n={text}"]).number("number", range(5))


def test_cli_5_help_needs_no_arguments() -> None:
    assert read(MAKE, ["--help"]).on("help")
    assert "ibmcloud kp make NAME [PLACE] [OPTIONS]" in MAKE.usage
    assert "-v, --iv BASE64" in MAKE.usage


@given(st.lists(st.text(max_size=8) | st.sampled_from(["-v", "--iv", "-s", "-h", "-n", "name", "--", "-"])))
def test_any_words_are_read_or_refused(words: list[str]) -> None:
    try:
        line = read(MAKE, words)
    except WrongUsage:
        return
    assert line.on("help") or line.arguments
    assert all(line.values.values())


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.path)
def test_no_two_options_of_a_command_are_spelled_alike(command: Command) -> None:
    own = [spelling for one in command.options for spelling in (one.name, one.letter) if spelling]
    assert len(own) == len(set(own))
    assert not set(own) & {"output", "quiet", "help", "o", "q"} - {"h"}


def test_no_command_stands_twice() -> None:
    paths = [command.path for command in COMMANDS]
    assert len(paths) == len(set(paths))


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.path)
def test_every_command_has_its_function(command: Command) -> None:
    module, _, function = command.run.partition(":")
    assert callable(getattr(__import__(f"keystead.ibmcloud.{module}", fromlist=[function]), function))
