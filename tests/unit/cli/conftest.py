from collections.abc import Iterator
from pathlib import Path

import pytest

from unit.cli.command_line import CommandLine
from unit.client.fake_key_protect import FakeKeyProtect, serving


@pytest.fixture
def fake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeKeyProtect]:
    with serving(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """A command line that knows no server."""
    return CommandLine(tmp_path, monkeypatch, capsys)


@pytest.fixture
def keystead(shell: CommandLine, fake: FakeKeyProtect) -> CommandLine:
    """A command line that is set up for `fake`."""
    shell.use(fake)
    return shell
