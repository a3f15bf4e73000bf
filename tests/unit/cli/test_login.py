import json
from pathlib import Path

import pytest

from unit.cli.command_line import CommandLine
from unit.client.fake_key_protect import API_KEY, INSTANCE, TOKEN, FakeKeyProtect

LOGIN_FILE = ".config/keystead/login.json"


def log_in(shell: CommandLine, fake: FakeKeyProtect, apikey: str) -> None:
    place = ["--url", fake.url, "--ca-file", str(fake.ca_file), "--instance", INSTANCE]
    result = shell("login", *place, "--apikey", apikey, "--output", "json")
    assert result.json["url"] == fake.url
    assert not [secret for secret in (API_KEY, TOKEN) if secret in result.out + result.err]


def test_after_a_login_commands_need_nothing_more(shell: CommandLine, fake: FakeKeyProtect) -> None:
    log_in(shell, fake, API_KEY)
    assert shell("key", "list", "--output", "json").json == []
    assert fake.paths() == ["POST /identity/token", "GET /api/v2/keys"]


def test_the_api_key_is_not_kept(shell: CommandLine, fake: FakeKeyProtect) -> None:
    log_in(shell, fake, API_KEY)
    file = shell.home / LOGIN_FILE
    assert API_KEY not in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700


def test_an_api_key_file_is_remembered_and_renews_the_login(shell: CommandLine, fake: FakeKeyProtect) -> None:
    fake.expires_in = 0
    shell.file("apikey", API_KEY.encode() + b"\n")
    log_in(shell, fake, "@apikey")
    kept = json.loads((shell.home / LOGIN_FILE).read_text())
    assert kept["api_key_file"] == str(shell.home / "apikey")
    assert shell("key", "list").code == 0
    assert fake.paths() == ["POST /identity/token", "POST /identity/token", "GET /api/v2/keys"]


def test_a_login_works_from_any_folder(
    shell: CommandLine, fake: FakeKeyProtect, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.file("ca.pem", fake.ca_file.read_bytes())
    options = ["--url", fake.url, "--ca-file", "ca.pem", "--instance", INSTANCE, "--apikey", API_KEY]
    assert shell("login", *options).code == 0
    monkeypatch.chdir("/")
    assert shell("key", "list").code == 0


def test_an_expired_login_says_what_to_do(shell: CommandLine, fake: FakeKeyProtect) -> None:
    fake.expires_in = 0
    log_in(shell, fake, API_KEY)
    assert "run `keystead login` again" in shell("key", "list").refusal
    assert fake.paths() == ["POST /identity/token"]


def test_the_environment_can_say_it_all(keystead: CommandLine) -> None:
    assert keystead("login").code == 0
    assert (keystead.home / LOGIN_FILE).exists()


BAD: dict[str, tuple[list[str], str]] = {
    "wrong API key": (["--apikey", "other"], "BXNIM0415E"),
    "no API key": ([], "--apikey @FILE"),
    "empty API key": (["--apikey", " "], "--apikey"),
    "no such API key file": (["--apikey", "@none"], "none"),
    "no URL": (["--apikey", API_KEY, "--url", "http://x"], "https://"),
    "no instance": (["--apikey", API_KEY, "--instance", "x"], "UUID"),
    "no CA file": (["--apikey", API_KEY, "--ca-file", "none.pem"], "none.pem"),
}


@pytest.mark.parametrize("case", BAD.values(), ids=BAD)
def test_a_login_that_fails_keeps_nothing(
    shell: CommandLine, fake: FakeKeyProtect, case: tuple[list[str], str]
) -> None:
    options, says = case
    place = ["--url", fake.url, "--ca-file", str(fake.ca_file), "--instance", INSTANCE]
    assert says in shell("login", *place, *options).refusal
    assert not (shell.home / ".config").exists()


def test_an_older_login_survives_a_failure(shell: CommandLine, fake: FakeKeyProtect) -> None:
    log_in(shell, fake, API_KEY)
    before = (shell.home / LOGIN_FILE).read_bytes()
    place = ["--url", fake.url, "--ca-file", str(fake.ca_file), "--instance", INSTANCE]
    assert shell("login", *place, "--apikey", "other").refusal
    assert (shell.home / LOGIN_FILE).read_bytes() == before
    assert [path.name for path in Path(shell.home / LOGIN_FILE).parent.iterdir()] == ["login.json"]
