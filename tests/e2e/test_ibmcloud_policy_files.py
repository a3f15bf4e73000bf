"""`ibmcloud iam` for policies that a file says, and options that say what no server here grants."""

import json
from pathlib import Path
from typing import Any

import pytest

from e2e.console import Console
from servers import Server

READER = {"role_id": "crn:v1:bluemix:public:iam::::serviceRole:Reader"}
WRITER = {"role_id": "crn:v1:bluemix:public:iam::::serviceRole:Writer"}
GRANT = ("service-policy-create", "filed-robot", "--roles", "Viewer")


@pytest.fixture
def robot(console: Console) -> str:
    known = console.json("iam", "service-ids")
    named = [it["iam_id"] for it in known if it["name"] == "filed-robot"]
    return str(named[0] if named else console.json("iam", "service-id-create", "filed-robot")["iam_id"])


def account(console: Console) -> str:
    return str(console.json("account", "show")["account_id"])


def written(tmp_path: Path, body: object) -> str:
    place = tmp_path / "policy.json"
    place.write_text(json.dumps(body))
    return str(place)


def first_form(console: Console, server: Server, *roles: object, **more: object) -> dict[str, Any]:
    attributes = [
        {"name": "accountId", "value": account(console)},
        {"name": "serviceName", "value": "kms"},
        {"name": "serviceInstance", "value": f"{server.instance[:8]}*", "operator": "stringMatch"},
    ]
    return {"type": "access", "roles": list(roles), "resources": [{"attributes": attributes}], **more}


def second_form(console: Console, server: Server, *roles: object, **more: object) -> dict[str, Any]:
    (resource,) = first_form(console, server)["resources"]
    keyed = [
        {"key": it["name"], "value": it["value"], "operator": it.get("operator", "stringEquals")}
        for it in resource["attributes"]
    ]
    return {
        "type": "access",
        "control": {"grant": {"roles": list(roles)}},
        "resource": {"attributes": keyed},
        **more,
    }


def test_a_file_is_the_policy_in_the_first_form(
    console: Console, server: Server, robot: str, tmp_path: Path
) -> None:
    place = written(tmp_path, first_form(console, server, READER, description="as filed"))
    made = console.json("iam", "service-policy-create", "filed-robot", "--file", f"@{place}", "-f")
    assert made["subjects"] == [{"attributes": [{"name": "iam_id", "value": robot}]}]
    assert made["resources"][0]["attributes"][2] == {
        "name": "serviceInstance",
        "value": f"{server.instance[:8]}*",
        "operator": "stringMatch",
    }
    assert made["description"] == "as filed"
    place = written(tmp_path, first_form(console, server, WRITER))
    update = ("iam", "service-policy-update", robot, made["id"])
    new = console.json(*update, "--file", place)
    assert ([it["display_name"] for it in new["roles"]], new["description"]) == (["Writer"], "")
    console.ok("iam", "service-policy-delete", robot, made["id"], "-f")


def test_a_file_is_the_policy_in_the_second_form(
    console: Console, server: Server, robot: str, tmp_path: Path
) -> None:
    place = written(tmp_path, second_form(console, server, READER))
    made = console.json("iam", "service-policy-create", robot, "--file", place, "--api-version", "v2")
    assert made["subject"]["attributes"] == [{"key": "iam_id", "value": robot, "operator": "stringEquals"}]
    shown = console.ok("iam", "service-policy", robot, made["id"], "--api-version", "v2").out
    assert "Reader" in shown
    assert f"Service Instance {server.instance[:8]}*" in shown
    update = ("iam", "service-policy-update", robot, made["id"], "--api-version=v2")
    new = console.json(*update, "-r", "Writer")
    assert new["control"]["grant"]["roles"] == [WRITER]
    assert new["resource"] == made["resource"]
    assert console.json("iam", "service-policies", robot, "--api-version", "v2") == [new]
    console.ok("iam", "service-policy-delete", robot, made["id"], "-f")


def test_an_update_keeps_the_condition_of_a_policy(
    console: Console, server: Server, robot: str, tmp_path: Path
) -> None:
    rule = {
        "key": "{{environment.attributes.day_of_week}}",
        "operator": "dayOfWeekAnyOf",
        "value": ["6+00:00", "7+00:00"],
    }
    when = {"pattern": "time-based-conditions:weekly:all-day", "rule": rule}
    place = written(tmp_path, second_form(console, server, READER, **when))
    made = console.json("iam", "service-policy-create", robot, "--file", place)
    assert made["rule"] == rule
    for version in ("v1", "v2"):
        shown = console.ok("iam", "service-policy", robot, made["id"], "--api-version", version).out
        assert "time-based-conditions:weekly:all-day" in shown
    update = ("iam", "service-policy-update", robot, made["id"], "--roles", "Writer")
    assert "/v2/policies" in console.refused(*update)
    new = console.json(*update, "--api-version", "v2")
    assert (new["rule"], new["control"]["grant"]["roles"]) == (rule, [WRITER])
    console.ok("iam", "service-policy-delete", robot, made["id"], "-f")


def test_a_file_says_an_authorization(console: Console, server: Server, tmp_path: Path) -> None:
    body = first_form(console, server, READER, type="authorization")
    source = [{"name": "accountId", "value": account(console)}, {"name": "serviceName", "value": "cos"}]
    place = written(tmp_path, {**body, "subjects": [{"attributes": source}]})
    create = ("iam", "authorization-policy-create")
    made = console.json(*create, "--file", place)
    assert made["subjects"] == [{"attributes": source}]
    assert console.json("iam", "authorization-policy", made["id"]) == made
    assert "no service is named" in console.refused(*create, "cos", "--file", place)
    console.ok("iam", "authorization-policy-delete", made["id"], "-f")
    assert "SOURCE_SERVICE is missing" in console.refused(*create)
    assert "cannot be used" in console.refused(
        *create, "cos", "kms", "Reader", "--target-service-instance-id=a", "--target-service-instance-name=b"
    )
    sides = ("--source-resource-type", "bucket", "--source-resource", "b1", "--target-service-instance-id")
    part = console.json(*create, "cos", "kms", "Reader", *sides, server.instance)
    assert {"name": "resource", "value": "b1"} in part["subjects"][0]["attributes"]
    console.ok("iam", "authorization-policy-delete", part["id"], "-f")
    for foreign in ("--source-service-account", "--source-resource-group-id"):
        console.refused(*create, "cos", "kms", "Reader", foreign, "another")


def test_what_a_file_must_not_say_is_refused(
    console: Console, server: Server, robot: str, tmp_path: Path
) -> None:
    create = ("iam", "service-policy-create", robot, "--file")
    subjects = [{"attributes": [{"name": "iam_id", "value": "IBMid-other"}]}]
    for body, says in (
        ({"type": "authorization"}, "not of type access"),
        (first_form(console, server, READER, subjects=subjects), "somebody else"),
        ({"subjects": [7, {"attributes": [None, 4]}]}, "somebody else"),
        (first_form(console, server, READER, resources=[7]), "the body must be"),
        ([1, 2], "no JSON object"),
    ):
        assert says in console.refused(*create, written(tmp_path, body)), says
    place = written(tmp_path, first_form(console, server, READER))
    assert "'--roles'" in console.refused(*create, place, "--roles", "Reader")
    assert "'--account-management'" in console.refused(*create, place, "--account-management")
    assert "in the form of v1, not of v2" in console.refused(*create, place, "--api-version", "v2")
    assert "v1 or v2" in console.refused(*create, place, "--api-version", "v3")
    assert "No such file" in console.refused(*create, str(tmp_path / "none.json"))
    assert console.json("iam", "service-policies", robot) == []


def test_groups_of_any_kind_are_a_pattern(console: Console, robot: str) -> None:
    for option in ("--resource-group-id", "--resource-group-name"):
        made = console.json("iam", *GRANT, option, "*")
        group = {"name": "resourceGroupId", "value": "*", "operator": "stringMatch"}
        assert group in made["resources"][0]["attributes"]
        console.ok("iam", "service-policy-delete", robot, made["id"], "-f")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--account-management",), "account management"),
        (("--account-management", "--service-name", "kms"), "cannot be used"),
        (("--tags", "env:dev"), "no access tags"),
        (("--tags", "env"), "NAME:VALUE"),
        (("--resource-group-id", "a", "--resource-group-name", "b"), "cannot be used"),
        (("--attributes", "region=a,region=b"), "named twice"),
    ],
    ids=str,
)
@pytest.mark.usefixtures("robot")
def test_what_no_server_here_grants_is_refused(console: Console, words: tuple[str, ...], says: str) -> None:
    assert says in console.refused("iam", *GRANT, *words)
    assert console.json("iam", "service-policies", "filed-robot") == []
