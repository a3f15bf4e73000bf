"""`ibmcloud iam access-group…`, in the form of section 2.2 of cli.md."""

import io
import json
import re

import pytest

from e2e.console import Console
from servers import Server

ON = ("--service-name", "kms", "--service-instance")


def test_a_group_from_its_first_day_to_its_last(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    made = console.json("iam", "access-group-create", "first readers", "-d", "read")
    assert (made["name"], made["description"]) == ("first readers", "read")
    assert made in console.json("iam", "access-groups")
    assert console.json("iam", "access-group", "first readers") == made
    shown = console.ok("iam", "access-group", made["id"]).out
    assert re.search(rf"^ID +{made['id']}$", shown, re.MULTILINE)
    assert console.ok("iam", "access-group", "first readers", "--id").out == f"{made['id']}\n"
    assert "was not found" in console.refused("iam", "access-group", "nobody")
    assert "already" not in console.refused("iam", "access-group-create", "First Readers")
    assert "Give '--name'" in console("iam", "access-group-update", "first readers").err
    new = console.json("iam", "access-group-update", "first readers", "-n", "writers", "-f")
    assert (new["name"], new["description"]) == ("writers", "read")
    assert (
        console.json("iam", "access-group-update", "writers", "--description", "write")["name"] == "writers"
    )
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    assert "Not confirmed" in console("iam", "access-group-delete", "writers").err
    assert console.json("iam", "access-group-delete", "writers", "-f") == {}
    assert "was not found" in console.refused("iam", "access-group-delete", "writers", "-f")


def test_members_of_each_kind(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    group = console.json("iam", "access-group-create", "crew")
    me = console.json("iam", "api-keys")[0]["iam_id"]
    robots = [console.json("iam", "service-id-create", f"crew-{number}") for number in (1, 2)]
    profile = console.json("iam", "trusted-profile-create", "crew-profile")
    added = console.json("iam", "access-group-user-add", "crew", me)
    assert [(it["iam_id"], it["type"], it["status_code"]) for it in added] == [(me, "user", 200)]
    console.ok("iam", "access-group-service-id-add", "crew", "crew-1", robots[1]["id"])
    console.ok("iam", "access-group-trusted-profile-add", group["id"], "crew-profile")
    (user,) = console.json("iam", "access-group-users", "crew")
    assert (user["iam_id"], "@" in user["email"]) == (me, True)
    table = console.ok("iam", "access-group-service-ids", "crew").rows
    assert [row[0] for row in table] == ["Name", "crew-1", "crew-2"]
    (only,) = console.json("iam", "access-group-trusted-profiles", "crew")
    assert only["iam_id"] == profile["iam_id"]
    of = ("iam", "access-groups")
    for flag, who in (("-s", "crew-2"), ("-p", "crew-profile"), ("-u", me)):
        assert [it["name"] for it in console.json(*of, flag, who)] == ["crew"]
    assert "Give one of" in console(*of, "-s", "crew-2", "-u", me).err
    some = console("iam", "access-group-user-add", "crew", me, "IBMid-nobody")
    assert (some.code, "1 of 2 were refused" in some.err) == (1, True)
    assert "IBMid-nobody" not in console.refused("iam", "access-group-user-add", "crew", "IBMid-nobody")
    console.ok("iam", "access-group-service-id-remove", "crew", "crew-1")
    assert "Nobody" in console.refused("iam", "access-group-service-id-remove", "crew", "crew-1")
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    assert "Not confirmed" in console("iam", "access-group-service-id-purge", "crew-2").err
    assert console.json("iam", "access-group-service-id-purge", "crew-2", "-f") == {}
    assert console.json(*of, "-s", "crew-2") == []
    console.ok("iam", "access-group-trusted-profile-remove", "crew", "crew-profile", "-f")
    console.refused("iam", "access-group-trusted-profile-purge", "crew-profile", "-f")
    assert "has members" in console.refused("iam", "access-group-delete", "crew", "-f")
    console.ok("iam", "access-group-user-purge", me, "-f")
    assert console.json("iam", "access-group-users", "crew") == []
    console.ok("iam", "access-group-user-add", "crew", me)
    console.ok("iam", "access-group-user-remove", "crew", me)
    console.ok("iam", "access-group-trusted-profile-add", "crew", "crew-profile")
    console.ok("iam", "access-group-trusted-profile-purge", "crew-profile", "-f")
    console.ok("iam", "access-group-user-add", "crew", me)
    console.ok("iam", "access-group-delete", "crew", "-f", "-r")


def test_policies_of_a_group(console: Console, server: Server) -> None:
    group = console.json("iam", "access-group-create", "granted")
    assert "No policy found" in console.ok("iam", "access-group-policies", "granted").out
    create = ("iam", "access-group-policy-create", "granted", "--roles", "Reader", *ON, server.instance)
    made = console.json(*create)
    assert made["subjects"] == [{"attributes": [{"name": "access_group_id", "value": group["id"]}]}]
    assert console.json("iam", "access-group-policies", group["id"]) == [made]
    place = ("granted", made["id"])
    assert console.json("iam", "access-group-policy", *place) == made
    new = console.json("iam", "access-group-policy-update", *place, "--roles", "Viewer")
    assert new["roles"][0]["display_name"] == "Viewer"
    me = console.json("iam", "api-keys")[0]["iam_id"]
    assert "was not found" in console.refused("iam", "user-policy", me, made["id"])
    assert "was not found" in console.refused("iam", "authorization-policy-delete", made["id"], "-f")
    assert console.json("iam", "access-group-policy-delete", *place, "-f") == {}
    assert console.json("iam", "access-group-policies", "granted") == []
    file = console.home / "policy.json"
    keep = ("type", "roles", "resources")
    for subject, fits in ((group["id"], True), ("AccessGroupId-other", False)):
        whose = [{"attributes": [{"name": "access_group_id", "value": subject}]}]
        file.write_text(json.dumps({**{it: made[it] for it in keep}, "subjects": whose}))
        words = ("iam", "access-group-policy-create", "granted", "--file", str(file))
        if fits:
            assert console.json(*words)["subjects"] == whose
        else:
            assert "somebody else" in console.refused(*words)
    (keyed,) = console.json("iam", "access-group-policies", "granted", "--api-version", "v2")
    assert keyed["subject"]["attributes"][0]["value"] == group["id"]
    console.ok("iam", "access-group-delete", "granted", "-f")
