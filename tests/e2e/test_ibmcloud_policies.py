"""`ibmcloud iam` for policies, roles and authorizations; section 2.2 of cli.md."""

import io
import re

import pytest

from e2e.console import NAMED, Console
from servers import Server

ON = ("--service-name", "kms", "--service-instance")
GRANT = ("user-policy-create", "IBMid-1", "--roles", "Viewer")
ROLE = ("role-create", "--service-name", "kms")


def robot(console: Console, name: str) -> str:
    return str(console.json("iam", "service-id-create", name)["iam_id"])


def test_a_policy_of_a_service_id_from_its_first_day_to_its_last(
    console: Console, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = robot(console, "policy-robot")
    assert "No policy found" in console.ok("iam", "service-policies", "policy-robot").out
    create = ("iam", "service-policy-create", "policy-robot")
    made = console.json(*create, "--roles", "Reader,Writer", *ON, server.instance)
    assert [role["display_name"] for role in made["roles"]] == ["Reader", "Writer"]
    assert {it["name"]: it["value"] for it in made["resources"][0]["attributes"]} == {
        "accountId": made["resources"][0]["attributes"][0]["value"],
        "serviceName": "kms",
        "serviceInstance": server.instance,
    }
    assert console.json("iam", "service-policies", who) == [made]
    assert console.json("iam", "service-policy", who, made["id"]) == made
    shown = console.ok("iam", "service-policy", "policy-robot", made["id"]).out
    assert re.search(rf"^Policy ID +{made['id']}$", shown, re.MULTILINE)
    assert re.search(r"^Roles +Reader, Writer$", shown, re.MULTILINE)
    assert f"Service Name kms, Service Instance {server.instance}" in shown
    update = ("iam", "service-policy-update", who, made["id"])
    new = console.json(*update, "-roles=ReaderPlus")
    assert [role["display_name"] for role in new["roles"]] == ["ReaderPlus"]
    assert new["resources"] == made["resources"]
    ring = console.json(*update, "--attributes", "keyRing=ring-b")
    assert ring["resources"][0]["attributes"][:-1] == made["resources"][0]["attributes"]
    assert {"name": "keyRing", "value": "ring-b", "operator": "stringEquals"} in ring["resources"][0][
        "attributes"
    ]
    assert [role["display_name"] for role in ring["roles"]] == ["ReaderPlus"]
    delete = ("iam", "service-policy-delete", who, made["id"])
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    assert "Not confirmed" in console(*delete).err
    assert console.json(*delete, "-f") == {}
    assert "was not found" in console.refused(*delete, "-f")
    assert console.json("iam", "service-policies", who) == []


def test_a_policy_of_a_user_names_him_by_his_iam_id_or_oneself_by_address(
    console: Console, server: Server
) -> None:
    (key, *_) = console.json("iam", "api-keys")
    mine, address = key["iam_id"], "developer@example.com"
    assert console.json("iam", "user-policies", mine) == console.json("iam", "user-policies", address)
    made = console.json(
        "iam",
        "user-policy-create",
        address,
        "--roles",
        "Viewer",
        "--region",
        "us-south",
        *ON,
        server.instance,
    )
    assert made["subjects"][0]["attributes"] == [{"name": "iam_id", "value": mine}]
    assert console.json("iam", "user-policy", mine, made["id"]) == made
    wider = console.json("iam", "user-policy-update", mine, made["id"], "--region", "eu-de")
    values = {it["name"]: it["value"] for it in wider["resources"][0]["attributes"]}
    assert (values["region"], values["serviceInstance"]) == ("eu-de", server.instance)
    everywhere = console.json("iam", "user-policy-create", address, "--roles", "Viewer", "--region", "eu-gb")
    values = {it["name"]: it["value"] for it in everywhere["resources"][0]["attributes"]}
    assert values == {"accountId": values["accountId"], "serviceType": "service", "region": "eu-gb"}
    one = console.json("iam", "user-policy-update", mine, everywhere["id"], "--service-name", "kms")
    assert {it["name"] for it in one["resources"][0]["attributes"]} == {"accountId", "region", "serviceName"}
    assert console.json("iam", "user-policy-delete", mine, everywhere["id"], "-f") == {}
    assert console.json("iam", "user-policy-delete", mine, made["id"], "--force") == {}
    assert "Give the IAM id" in console.refused("iam", "user-policies", "other@example.com")
    whole = console.json("iam", "user-policies", mine)
    (steward,) = (it for it in whole if it["roles"][0]["display_name"] == "Administrator")
    assert "last Administrator" in console.refused("iam", "user-policy-delete", mine, steward["id"], "-f")


def test_roles(console: Console) -> None:
    assert console.ok("iam", "roles").rows[0] == ["Name", "Type", "CRN", "Description"]
    listed = console.ok("iam", "roles", "--service", "kms").rows
    assert ["Reader", "Service"] in [row[:2] for row in listed]
    assert ["Viewer", "Platform"] in [row[:2] for row in listed]
    create = ("iam", "role-create", "Wrapper", "--service-name", "kms", "--display-name", "Wraps keys")
    made = console.json(*create, "--actions", "kms.secrets.wrap,kms.secrets.unwrap", "-d", "for the ledger")
    assert made["actions"] == ["kms.secrets.wrap", "kms.secrets.unwrap"]
    assert console.json("iam", "role", "Wrapper") == made
    assert re.search(r"^Display Name +Wraps keys$", console.ok("iam", "role", made["id"]).out, re.MULTILINE)
    new = console.json("iam", "role-update", "Wrapper", "--actions", "kms.secrets.wrap")
    assert (new["actions"], new["description"]) == (["kms.secrets.wrap"], "for the ledger")
    robot(console, "wrapping-robot")
    policy = console.json(
        "iam", "service-policy-create", "wrapping-robot", "--roles", "Wraps keys", "--service-name", "kms"
    )
    assert policy["roles"][0]["role_id"] == made["crn"]
    assert "role_conflict_error" in console.refused("iam", "role-delete", "Wrapper", "-f")
    console.ok("iam", "service-policy-delete", "wrapping-robot", policy["id"], "-f")
    assert console.json("iam", "role-delete", "Wrapper", "-f") == {}
    assert "was not found" in console.refused("iam", "role", "Wrapper")


def test_authorizations(console: Console, server: Server) -> None:
    assert "No policy found" in console.ok("iam", "authorization-policies").out
    create = ("iam", "authorization-policy-create", "cloud-object-storage", "kms", "Reader")
    done = console.ok(
        *create, "--source-service-instance-id", "77aa", "--target-service-instance-id", server.instance
    )
    (made,) = re.findall(r"^Authorization policy (\S+) was created\.$", done.out, re.MULTILINE)
    for label, value in (
        ("ID:", made),
        ("Source service name:", "cloud-object-storage"),
        ("Source service instance:", "77aa"),
        ("Target service name:", "kms"),
        ("Target service instance:", server.instance),
        ("Roles:", "Reader"),
    ):
        assert re.search(rf"^{label} +{value}$", done.out, re.MULTILINE)
    assert [it["id"] for it in console.json("iam", "authorization-policies")] == [made]
    done = console.ok("iam", "authorization-policy-delete", made, "--force")
    assert done.out.endswith(f"Authorization policy {made} is deleted successfully\n")
    assert console.json("iam", "authorization-policies") == []


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("service-policy-create", "nobody", "--roles", "Reader"), "Service ID nobody was not found"),
        (("user-policy-create", "IBMid-1"), "--roles"),
        (("user-policy-create", "IBMid-1", "--roles", "Emperor"), "Role Emperor was not found"),
        (GRANT, "nobody in the account"),
        ((*GRANT, "--attributes", "keyRing"), "NAME=VALUE"),
        (
            ("user-policy-create", "IBMid-1", "--roles", "Viewer", "--service-instance", "none"),
            "none was not found",
        ),
        (("user-policy", "IBMid-1", NAMED), "policy_not_found"),
        ((*ROLE, "Wrapper"), "--actions"),
        (
            ("role-create", "wrapper", "--service-name", "kms", "--actions", "kms.secrets.wrap"),
            "invalid_body",
        ),
        (
            ("role-create", "Wrapper", "--service-name", "kms", "--actions", "iam.policy.create"),
            "none of kms",
        ),
        (("authorization-policy-create", "cos", "kms", "Administrator"), "Administrator was not found"),
        (("authorization-policy-create", "cos", "kms"), "ROLE,... is missing"),
        (("authorization-policy-delete", NAMED, "-f"), "policy_not_found"),
    ],
    ids=str,
)
def test_what_cannot_be_done_is_said(console: Console, words: tuple[str, ...], says: str) -> None:
    assert says in console.refused("iam", *words)
