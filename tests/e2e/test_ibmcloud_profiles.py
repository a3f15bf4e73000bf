"""`ibmcloud iam trusted-profile…`, and logging in as one or with a code; sections 2.1 and 2.2 of cli.md."""

import io
import re
from pathlib import Path

import httpx2
import pytest

from e2e.console import Console, stranger
from servers import Server

ON = ("--service-name", "kms", "--service-instance")


def test_a_profile_from_its_first_day_to_its_last(
    console: Console, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = console.json("iam", "trusted-profile-create", "reader", "-d", "reads")
    assert (made["name"], made["description"]) == ("reader", "reads")
    assert made in console.json("iam", "trusted-profiles")
    assert console.json("iam", "trusted-profile", "reader") == made
    shown = console.ok("iam", "trusted-profile", made["id"]).out
    assert re.search(rf"^IAM ID +{made['iam_id']}$", shown, re.MULTILINE)
    assert console.ok("iam", "trusted-profile", "reader", "--uuid").out == f"{made['id']}\n"
    assert "was not found" in console.refused("iam", "trusted-profile", "nobody")
    policy = console.json(
        "iam", "trusted-profile-policy-create", "reader", "--roles", "Reader", *ON, server.instance
    )
    assert console.json("iam", "trusted-profile-policies", "reader") == [policy]
    place = ("reader", policy["id"])
    assert console.json("iam", "trusted-profile-policy", *place) == policy
    new = console.json("iam", "trusted-profile-policy-update", *place, "--roles", "Viewer")
    assert new["roles"][0]["display_name"] == "Viewer"
    assert console.json("iam", "trusted-profile-policy-delete", *place, "-f") == {}
    me = console.json("iam", "api-keys")[0]["iam_id"]
    who = ("reader", "--type", "user", "--id", me)
    assert console.json("iam", "trusted-profile-identity-create", *who)["identifier"] == me
    assert [it["iam_id"] for it in console.json("iam", "trusted-profile-identities", "reader")] == [me]
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    assert "Not confirmed" in console("iam", "trusted-profile-identity-delete", *who).err
    console.ok("iam", "trusted-profile-identity-delete", *who, "-f")
    assert console.ok("iam", "trusted-profile-identities", "reader").rows[1:] == []
    robot = console.json("iam", "service-id-create", "profile-robot")
    by_name = ("reader", "--type", "serviceid", "--id", "profile-robot")
    added = console.json("iam", "trusted-profile-identity-create", *by_name)
    assert added["iam_id"] == robot["iam_id"]
    odd = console("iam", "trusted-profile-identity-create", "reader", "--type", "service", "--id", "x")
    assert "user, serviceid or crn" in odd.err
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    assert "Not confirmed" in console("iam", "trusted-profile-delete", "reader").err
    assert "Deleting reader" in console.ok("iam", "trusted-profile-delete", "reader", "-f").out


def test_logging_in_as_a_profile(
    console: Console, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    me = console.json("iam", "api-keys")[0]["iam_id"]
    profile = console.json("iam", "trusted-profile-create", "worker")
    someone = stranger(server, capsys, console.home / "another")
    assert "does not trust" in someone.refused("login", "--profile", "worker")
    console.ok("iam", "trusted-profile-identity-create", "worker", "--type", "user", "--id", me)
    console.ok("iam", "trusted-profile-policy-create", "worker", "--roles", "Writer", *ON, server.instance)
    for named in ("worker", profile["id"], profile["crn"]):
        done = someone.ok("login", "--profile", named)
        assert re.search(rf"^User: +{profile['id']}$", done.out, re.MULTILINE)
    made = someone.json("kp", "key", "create", "by-worker")
    assert made["createdBy"] == profile["iam_id"]
    console.ok("iam", "trusted-profile-delete", "worker", "-f")
    assert someone("kp", "keys").code == 1


def test_logging_in_with_a_code(
    console: Console,
    server: Server,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    someone = stranger(server, capsys, console.home / "another").having(IBMCLOUD_API_KEY="")
    token = console.json("iam", "oauth-tokens")["iam_token"]
    with httpx2.Client(base_url=server.url, verify=server.context, trust_env=False) as client:
        code = client.post("/identity/passcode", headers={"authorization": token}).json()["passcode"]
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{code}\n"))
    done = someone.ok("login", "--sso")
    assert f"{server.url}/identity/passcode" in done.err
    assert code not in (done.out + done.err)
    assert someone.json("iam", "api-keys") == console.json("iam", "api-keys")
    for given, said in ((f"{code}\n", "The passcode is not valid"), ("", "No one-time code")):
        monkeypatch.setattr("sys.stdin", io.StringIO(given))
        assert said in someone("login", "--sso").err


def test_logging_in_with_a_token_of_a_workload(
    server: Server, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    someone = stranger(server, capsys, tmp_path)
    assert "needs '--profile'" in someone("login", "--cr-token", "x").err
    assert "Give one of" in someone("login", "--cr-token", "x", "--sso").err
    assert "That is no token" in someone.refused("login", "--cr-token", "\n", "--profile", "p")
    file = someone.home / "token"
    file.write_text("a.b.c\n")
    assert "is not valid" in someone.refused("login", "--cr-token", f"@{file}", "--profile", "p")
