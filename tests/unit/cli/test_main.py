import subprocess
import sys
from importlib.util import find_spec

import pytest

import keystead
from keystead.cli.main import COMMANDS, Entry
from unit.cli.command_line import CommandLine

OURS = [entry for entry in COMMANDS if entry.name != "ibmcloud"]  # whose help is its own


@pytest.mark.parametrize("entry", OURS, ids=lambda entry: entry.name)
def test_every_command_has_its_module_and_help(shell: CommandLine, entry: Entry) -> None:
    assert find_spec(entry.module) is not None
    result = shell(entry.name, "--help")
    assert (result.code, result.err) == (0, "")
    assert f"keystead {entry.name}" in result.out


def test_help_names_every_command_and_imports_none() -> None:
    heavy = "{'httpx2', 'cryptography', 'sqlalchemy', 'keystead.cli.dev', 'keystead.cli.byok'}"
    code = (
        "import sys; from keystead.cli.main import main; "
        f"status = main(['--help']); sys.exit(status or len({heavy} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert all(entry.name in done.stdout for entry in COMMANDS)


def test_version(shell: CommandLine) -> None:
    assert shell("--version").out == f"{keystead.__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        (["bogus"], "keystead"),
        (["key", "bogus"], "keystead key"),
        (["byok", "create"], "keystead byok create"),
        (["key", "list", "--bogus"], "keystead key list"),
        (["key", "list", "--limit", "0"], "keystead key list"),
        (["key", "list", "--output", "xml"], "keystead key list"),
        (["wrap"], "keystead wrap"),
    ],
)
def test_a_wrong_command_line_is_one_line_and_2(
    shell: CommandLine, arguments: list[str], command: str
) -> None:
    result = shell(*arguments)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("keystead: ")
    assert result.err.endswith(f"see `{command} --help`\n")
    assert result.err.count("\n") == 1


@pytest.mark.parametrize("arguments", [[], ["key"], ["byok"], ["offline"], ["audit"]])
def test_nothing_shows_help(shell: CommandLine, arguments: list[str]) -> None:
    result = shell(*arguments)
    assert result.code == 2
    assert "Commands" in result.out
    assert result.err.count("\n") <= 1


def test_a_reader_that_leaves_early_is_no_error() -> None:
    code = "from keystead.cli.main import run; run()"
    with subprocess.Popen(
        [sys.executable, "-c", code, "--version"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
