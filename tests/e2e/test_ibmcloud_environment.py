"""Which server is asked for what, and for how long: cli.md 1.6, and users by their e-mail address (2.2)."""

import json
import re
import socket
import time
from pathlib import Path

import pytest

from e2e.console import Console, stranger
from servers import Server, run

NOWHERE = "https://127.0.0.1:1"
EMAIL = "Ada.Environment@example.com"


@pytest.mark.parametrize(
    ("moved", "variable", "words"),
    [
        ("RESOURCE_CONTROLLER_API", "RESOURCE_MANAGEMENT_API", ("resource", "groups")),
        ("RESOURCE_CONTROLLER_API", "RESOURCE_CATALOG_API", ("catalog", "service", "kms")),
        ("RESOURCE_MANAGEMENT_API", "RESOURCE_CONTROLLER_API", ("resource", "service-instances")),
        ("IAM_API", "IAMPAP_API", ("iam", "user-policies", "IBMid-1")),
        ("IAM_API", "IAMPAP_API", ("iam", "roles", "--service", "kms")),
        ("IAMPAP_API", "IAM_API", ("iam", "service-ids")),
    ],
)
def test_each_door_has_a_variable_of_its_own(
    console: Console, server: Server, moved: str, variable: str, words: tuple[str, ...]
) -> None:
    away = console.having(**{f"IBMCLOUD_{moved}_ENDPOINT": NOWHERE})
    away = away.having(**{f"IBMCLOUD_{variable}_ENDPOINT": server.url})
    assert away.json(*words) == console.json(*words)
    lost = away.having(**{f"IBMCLOUD_{variable}_ENDPOINT": NOWHERE})
    assert "SERVER_UNREACHABLE" in lost.refused(*words)


def test_a_user_is_found_by_the_e_mail_address(console: Console, server: Server) -> None:
    done = run("access", "user", EMAIL, "--data", server.log.parent / "data", folder=server.log.parent)
    (iam_id,) = set(re.findall(r"IBMid-\w+", done.stdout))
    create = ("iam", "user-policy-create", EMAIL.lower(), "--roles", "Viewer", "--service-name", "kms")
    made = console.json(*create)
    assert made["subjects"][0]["attributes"] == [{"name": "iam_id", "value": iam_id}]
    assert [it["id"] for it in console.json("iam", "user-policies", EMAIL)] == [made["id"]]
    elsewhere = console.having(IBMCLOUD_USER_MANAGEMENT_ENDPOINT=NOWHERE)
    assert "SERVER_UNREACHABLE" in elsewhere.refused("iam", "user-policies", EMAIL)
    assert "No users of the account" in console.refused("iam", "user-policies", "nobody@example.com")


def test_an_instance_says_where_it_is_if_nothing_else_does(
    server: Server, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    console = stranger(server, capsys, tmp_path).having(KP_TARGET_ADDR="")
    console.ok("login", "-a", "https://cloud.ibm.com", "-q")
    console = console.having(IBMCLOUD_RESOURCE_CONTROLLER_API_ENDPOINT=server.url)
    assert f"Targeting endpoint: {server.url}\n" in console.ok("kp", "keys").err
    away = "https://us-south.kms.cloud.ibm.com"
    nowhere = console("kp", "keys", "-i", "85d1c0d8-4c53-4d8e-9f0c-6d1ef4a3a6b1")
    assert (nowhere.code, f"Targeting endpoint: {away}\n" in nowhere.err) == (1, True)


@pytest.mark.parametrize("wrong", ["soon", "-1", "1.5", "86401", "٣"])
def test_a_timeout_that_is_none(console: Console, wrong: str) -> None:
    assert "IBMCLOUD_HTTP_TIMEOUT" in console.having(IBMCLOUD_HTTP_TIMEOUT=wrong).refused("kp", "keys")


@pytest.mark.parametrize("trace", ["false", "true"])
def test_a_server_that_never_answers_is_waited_for_as_long_as_is_said(console: Console, trace: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"https://127.0.0.1:{silent.getsockname()[1]}"
        waiting = console.having(KP_TARGET_ADDR=address, IBMCLOUD_HTTP_TIMEOUT="1", IBMCLOUD_TRACE=trace)
        begun = time.monotonic()
        assert "ANSWER_TIMEOUT" in waiting("kp", "keys").err
        assert time.monotonic() - begun < 9  # and not the usual half minute
    assert console.having(IBMCLOUD_HTTP_TIMEOUT="60").ok("kp", "keys")


def test_another_account_is_refused_as_it_is_by_target(
    server: Server, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    console = stranger(server, capsys, tmp_path)
    assert "no access to the account 'WRONG'" in console.refused("login", "-c", "WRONG")
    assert not (tmp_path / ".bluemix").exists()
    console.ok("login", "-q")
    account = console.json("account", "show")["account_id"]
    console.ok("login", "-c", account, "-q")
    before = (tmp_path / ".bluemix" / "config.json").read_text()
    console.refused("login", "-c", "0" * 32)
    after = (tmp_path / ".bluemix" / "config.json").read_text()
    assert json.loads(before)["IAMToken"] == json.loads(after)["IAMToken"]
