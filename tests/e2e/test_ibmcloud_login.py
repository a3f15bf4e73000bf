"""`ibmcloud login`, what it aims at, and its tokens: sections 1.7 and 2 of cli.md."""

import base64
import json
import re
import time
from pathlib import Path

import pytest

from e2e.console import Console, stranger
from keystead.domain.catalog import REGIONS
from servers import Server


def test_a_key_as_the_password_of_a_user_called_apikey(
    server: Server, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    console = stranger(server, capsys, tmp_path).having(IBMCLOUD_API_KEY="")
    console.ok("login", "-u", "apikey", "-p", server.apikey, "-q")
    assert console.json("target")["user"]["user_email"] == "developer@example.com"
    assert "No password logs in" in console.refused("login", "-u", "somebody", "-p", server.apikey)
    assert "'--password' is missing" in console.refused("login", "-u", "apikey")


@pytest.mark.parametrize("words", [("login",), ("api", "https://example.com")])
def test_certificates_are_always_validated(
    server: Server, capsys: pytest.CaptureFixture[str], tmp_path: Path, words: tuple[str, ...]
) -> None:
    console = stranger(server, capsys, tmp_path)
    assert "KEYSTEAD_CA_FILE" in console.refused(*words, "--skip-ssl-validation")
    assert not (tmp_path / ".bluemix").exists()


def test_login_target_and_logout(server: Server, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    console = stranger(server, capsys, tmp_path)
    done = console.ok("login", "-r", "eu-de", "-g", "Default", "--apikey", server.apikey)
    assert "\nOK\n" in done.out
    assert "Region:            eu-de" in done.out
    assert "Resource group:    Default" in done.out
    stored = (tmp_path / ".bluemix" / "config.json").read_text()
    assert server.apikey not in stored
    assert json.loads(stored)["APIEndpoint"] == server.url
    shown = console.json("target")
    assert shown["region"] == {"name": "eu-de"}
    assert shown["account"]["guid"] == console.json("account", "show")["account_id"]
    assert "no access to the account" in console.refused("target", "-c", "0" * 32)
    assert console.json("target", "--unset-region", "--unset-resource-group")["region"] == {"name": ""}
    console.ok("logout")
    assert "Not logged in" in console.refused("kp", "keys")
    assert "IAMToken" in (tmp_path / ".bluemix" / "config.json").read_text()
    assert "Bearer" not in (tmp_path / ".bluemix" / "config.json").read_text()


def test_core_1_keys_in_files(server: Server, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    console = stranger(server, capsys, tmp_path)
    bare, whole = tmp_path / "bare", tmp_path / "key.json"
    bare.write_text(f"{server.apikey}\n")
    whole.write_text(json.dumps({"name": "mine", "apikey": server.apikey}))
    for file in (bare, whole):
        console.ok("login", "--apikey", f"@{file}")
        console.ok("logout")


def test_core_3_a_wrong_key(server: Server, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    console = stranger(server, capsys, tmp_path)
    text = console.refused("login", "--apikey", "canary-of-a-key")
    assert "Provided API key could not be found." in text
    assert "canary" not in text
    assert not (tmp_path / ".bluemix").exists()


def test_core_4_the_token_on_one_line(console: Console) -> None:
    done = console.ok("iam", "oauth-tokens")
    assert re.fullmatch(r"IAM token:  Bearer [A-Za-z0-9_.-]+\n", done.out)
    token = console.json("iam", "oauth-tokens")["iam_token"]
    assert token.startswith("Bearer ")
    script = """
    ibmcloud iam oauth-tokens | awk '{print $4}'
    ibmcloud iam oauth-tokens | cut -d ' ' -f 5
    ibmcloud iam oauth-tokens | grep IAM | cut -d : -f 2 | sed 's/ //g; s/Bearer//'
    ibmcloud iam oauth-tokens --output json | jq -r .iam_token | cut -d ' ' -f 2
    """
    printed = console.shell(script).out.split()
    assert printed == [token.removeprefix("Bearer ")] * 4


def aged(file: Path, **more: str) -> str:
    """Let the stored access token be at its end, and return what is stored instead."""
    stored = json.loads(file.read_text())
    past = base64.urlsafe_b64encode(json.dumps({"exp": time.time() - 1}).encode()).decode().rstrip("=")
    file.write_text(json.dumps({**stored, "IAMToken": f"Bearer e30.{past}.AAAA", **more}))
    return file.read_text()


def test_cli_20_an_expired_login_is_renewed(console: Console, tmp_path: Path) -> None:
    file = tmp_path / ".bluemix" / "config.json"
    for words in (("kp", "keys"), ("iam", "oauth-tokens")):
        before = aged(file)
        console.json(*words)
        assert file.read_text() != before
        assert file.stat().st_mode & 0o777 == 0o600
        console.json(*words)


@pytest.mark.parametrize("refresh", ["", "not_supported", "1.canary"])
def test_cli_20_an_expired_login_that_nothing_renews(console: Console, tmp_path: Path, refresh: str) -> None:
    aged(tmp_path / ".bluemix" / "config.json", IAMRefreshToken=refresh)
    for words in (("kp", "keys"), ("iam", "oauth-tokens"), ("kp", "key", "create", "never")):
        assert "login has expired" in console.refused(*words)


def test_regions(console: Console) -> None:
    found = console.json("regions")
    assert [one["Name"] for one in found] == REGIONS
    assert {"Name": "eu-de", "DisplayName": "Frankfurt"} in found
    rows = console.ok("regions").out.split("\n\n")[1].splitlines()
    assert rows[0].split("   ")[0] == "Name"
    assert [row.split()[0] for row in rows[1:]] == REGIONS


def test_another_server_takes_the_login_away(console: Console, server: Server) -> None:
    assert console.json("api") == {"api_endpoint": server.url}
    assert console.ok("api").out == f"API endpoint: {server.url}\n"
    assert console.json("api", "https://kms.example/") == {"api_endpoint": "https://kms.example"}
    assert "Not logged in" in console.refused("target")
    assert console.json("api", "--unset") == {"api_endpoint": "https://cloud.ibm.com"}
    for wrong in ("ftp://kms.example", "kms.example", "https://kms.example/path?x", "https://kms.example#x"):
        console.refused("api", wrong)
    assert console.json("api") == {"api_endpoint": "https://cloud.ibm.com"}
