import json

import pytest

from keystead.cli import output
from unit.cli.command_line import CommandLine
from unit.client.fake_key_protect import FakeKeyProtect, collection


@pytest.fixture
def key(keystead: CommandLine) -> str:
    return str(keystead("key", "create", "payroll", "--alias", "pay", "-o", "json").json["id"])


def test_a_life(keystead: CommandLine, fake: FakeKeyProtect, key: str) -> None:
    states = [
        keystead("key", command, key, *options, "-o", "json").json["state"]
        for command, *options in (
            ["show"],
            ["disable"],
            ["enable"],
            ["rotate"],
            ["delete"],
            ["restore"],
            ["delete", "--force"],
            ["purge", "--yes"],
        )
    ]
    assert states == [1, 2, 1, 1, 5, 1, 5, 5]
    assert fake.keys == {}


def test_lists(keystead: CommandLine, key: str) -> None:
    assert [found["id"] for found in keystead("key", "list", "-o", "json").json] == [key]
    assert keystead("key", "versions", key, "-o", "json").json == [{"id": "v0"}]
    lines = keystead("key", "list").out.splitlines()
    assert lines[0].split() == ["Key", "Name", "State", "Imported", "Ring"]
    assert lines[1].split() == [key, "payroll", "active", "no"]


def test_a_full_page_says_that_there_may_be_more(keystead: CommandLine, key: str) -> None:
    result = keystead("key", "list", "--limit", "1", "-o", "json")
    assert [found["id"] for found in result.json] == [key]
    assert "--offset 1" in result.err


def test_an_empty_list_is_a_header_or_an_empty_array(keystead: CommandLine) -> None:
    assert keystead("key", "list").out == "Key   Name   State   Imported   Ring\n"
    assert keystead("key", "list", "--output", "JSON").out == "[]\n"


def test_options_of_list_reach_the_server(keystead: CommandLine, fake: FakeKeyProtect) -> None:
    assert keystead("key", "list", "--limit", "7", "--offset", "3", "--state", "2", "--state", "5").code == 0
    assert fake.seen[-1].query == {"limit": "7", "offset": "3", "state": "2,5"}


def test_a_standard_key_does_not_show_its_material(keystead: CommandLine, fake: FakeKeyProtect) -> None:
    fake.answers["POST", "/api/v2/keys"] = (201, collection({"id": "k", "payload": "Y2FuYXJ5"}))
    for options in (["-o", "json"], []):
        result = keystead("key", "create", "secret", "--standard", *options)
        assert result.code == 0
        assert "Y2FuYXJ5" not in result.out
    assert fake.seen[-1].json["resources"][0]["extractable"] is True


def test_purge_is_confirmed(keystead: CommandLine, fake: FakeKeyProtect, key: str) -> None:
    assert "--yes" in keystead("key", "purge", key).refusal
    assert key in fake.keys


def test_a_name_cannot_steer_the_terminal(keystead: CommandLine, fake: FakeKeyProtect) -> None:
    fake.answers["GET", "/api/v2/keys"] = (200, collection({"id": "k", "name": "\x1b[2J\rgone"}))
    assert not {"\x1b", "\r"} & set(keystead("key", "list").out)
    assert keystead("key", "list", "-o", "json").json[0]["name"] == "\x1b[2J\rgone"


def test_a_terminal_gets_a_table(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    output.show_all([{"id": "[bold]k"}], {"Key": "id"}, output.Output.TEXT)
    shown = capsys.readouterr().out
    assert "[bold]k" in shown
    assert len(shown.splitlines()) > 2


def test_json_is_one_value(keystead: CommandLine, key: str) -> None:
    result = keystead("key", "show", key, "--output", "json")
    assert json.loads(result.out)["id"] == key
    assert result.err == ""
