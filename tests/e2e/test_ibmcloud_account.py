"""`ibmcloud resource` and `iam`: what an account has; section 2 of cli.md."""

import json
import re
from pathlib import Path

import pytest

from e2e.console import NAMED, Console
from servers import Server


def test_res_instances(console: Console, server: Server) -> None:
    (mine,) = console.json("resource", "service-instance", server.instance)
    assert (mine["guid"], mine["state"]) == (server.instance, "active")
    assert console.json("resource", "service-instance", mine["crn"]) == [mine]
    assert mine in console.json("resource", "service-instance", mine["name"])
    assert mine in console.json("resource", "service-instances", "--service-name", "kms")
    assert console.json("resource", "service-instances", "--service-name", "hs-crypto") == []
    assert console.json("resource", "service-instances", "--location", "mars") == []
    assert (
        "No service instance found." in console.ok("resource", "service-instances", "--location", "mars").out
    )
    assert console.ok("resource", "service-instances").rows[0] == ["Name", "Location", "State", "Type"]
    assert console.ok("resource", "service-instances", "--long").rows[0][4:] == ["GUID", "ID"]
    done = console.ok("resource", "service-instance", server.instance, "--id")
    assert done.out == f"{mine['crn']} {server.instance}\n"
    assert re.search(
        rf"^GUID: +{server.instance}$",
        console.ok("resource", "service-instance", mine["name"]).out,
        re.MULTILINE,
    )
    for unknown in ("no-such-name", NAMED, mine["crn"].replace(server.instance, NAMED)):
        text = console.refused("resource", "service-instance", unknown)
        assert re.search("was not found|RC-InstanceNotFound", text)


def test_res_8_groups(console: Console) -> None:
    (group,) = console.json("resource", "groups", "--default")
    assert (group["name"], group["default"], group["state"]) == ("Default", True, "ACTIVE")
    assert console.json("resource", "group", "DEFAULT") == [group]
    assert console.ok("resource", "group", "default", "--id").out == f"{group['id']}\n"
    assert console.ok("resource", "groups").rows[0] == ["Name", "ID", "Default Group", "State"]
    assert "was not found" in console.refused("resource", "group", "other")
    assert console.json("resource", "service-keys") == []


def test_groups_that_are_made_targeted_renamed_and_deleted(console: Console) -> None:
    done = console.ok("resource", "group-create", "Payroll EU")
    assert "Resource group Payroll EU was created." in done.out
    assert re.search("^Name: +Payroll EU$", done.out, re.MULTILINE)
    assert "RC-ResourceGroupNotUnique" in console.refused("resource", "group-create", "payroll eu")
    assert "Resource group:    Payroll EU" in console.ok("target", "-g", "PAYROLL eu").out
    group = console.json("resource", "group", "payroll EU")[0]["id"]
    assert console.json("target")["resource_group"] == {"guid": group, "name": "Payroll EU"}
    made = console.json("resource", "service-instance-create", "paid", "kms", "tiered-pricing", "us-south")
    assert made["resource_group_id"] == group
    assert [one["guid"] for one in console.json("resource", "service-instances")] == [made["guid"]]
    everywhere = console.json("resource", "service-instances", "--all-resource-groups")
    assert len(everywhere) > 1
    elsewhere = console.json("resource", "service-instances", "-g", "default")
    assert made["guid"] not in {one["guid"] for one in elsewhere}
    shown = console.ok("resource", "service-instance", "paid").out
    assert re.search("^Resource Group Name: +Payroll EU$", shown, re.MULTILINE)
    assert "was not found" in console.refused("resource", "service-instance", "paid", "-g", "Default")
    assert "RC-ResourceGroupNotEmpty" in console.refused("resource", "group-delete", group, "-f")
    assert console.json("resource", "group-update", group, "-n", "paid")["name"] == "paid"
    assert "'--name' is missing" in console.refused("resource", "group-update", "paid")
    for words in (("target", "-g", "nowhere"), ("login", "-g", "nowhere")):
        assert "nowhere was not found" in console.refused(*words)
    assert len(console.json("resource", "service-instances")) == 1  # the group is targeted by its id
    console.ok("target", "--unset-resource-group")
    delete = ("resource", "service-instance-delete", "paid", "-f")
    assert "was not found" in console.refused(*delete, "-g", "Default")
    console.ok(*delete, "-g", "paid")
    assert console.shell("ibmcloud resource group-delete paid").code == 1
    assert "was deleted" in console.ok("resource", "group-delete", "PAID", "-f").out
    assert "RC-ResourceGroupFixed" in console.refused("resource", "group-delete", "Default", "-f")


def test_the_catalog(console: Console) -> None:
    kms = console.json("catalog", "service", "kms")
    assert console.json("catalog", "service", kms["id"]) == kms
    plans = {plan["name"]: plan for plan in kms["children"]}
    assert len(plans["tiered-pricing"]["children"]) == 13
    places = {
        one["metadata"]["deployment"]["location"] for one in plans["cross-region-resiliency"]["children"]
    }
    assert places == {"us-south", "eu-de", "jp-tok"}
    done = console.ok("catalog", "service", "kms")
    assert re.search("^Name: +kms$", done.out, re.MULTILINE)
    assert [row[0] for row in done.rows[-4:]] == ["Plan", *plans]
    everything = console.json("catalog", "service-marketplace")
    assert [one["name"] for one in everything] == ["kms", "hs-crypto"]
    assert console.json("catalog", "search") == everything
    assert [one["name"] for one in console.json("catalog", "search", "hyper protect")] == ["hs-crypto"]
    assert console.ok("catalog", "search", "cloudant").rows == [["Name", "Display Name", "Kind", "ID"]]
    assert "was not found" in console.refused("catalog", "service", "cloudant")


def test_resource_keys_are_not_made(console: Console, server: Server) -> None:
    assert console.json("resource", "service-keys", "--instance-id", server.instance) == []
    words = ("resource", "service-key-create", "mine", "Manager", "--instance-id", server.instance)
    assert "iam service-api-key-create" in console.refused(*words)


def test_reclamations_where_deleted_instances_go_at_once(console: Console) -> None:
    assert console.json("resource", "reclamations") == []
    assert console.ok("resource", "reclamations", "--resource-instance-id", NAMED).rows == [
        ["ID", "Entity ID", "Entity CRN", "State", "Target Time"]
    ]
    for words in (("reclamation-restore", NAMED), ("reclamation-delete", NAMED, "-f", "--comment", "x")):
        assert "RC-ReclamationNotFound" in console.refused("resource", *words)
    assert console.shell(f"ibmcloud resource reclamation-delete {NAMED}").code == 1


def test_acceptance_9_idioms_of_instances(console: Console, server: Server) -> None:
    (mine,) = console.json("resource", "service-instance", server.instance)
    script = f"""
    ibmcloud resource service-instance "{mine["name"]}" --output json | jq -r type
    ibmcloud resource service-instance "{mine["name"]}" --output json | jq -r '.[0].guid'
    ibmcloud resource service-instance {server.instance} --id | awk '{{print $2}}'
    ibmcloud resource service-instance {server.instance} | grep GUID | awk '{{print $2}}'
    ibmcloud resource service-instance {server.instance} --output json |
        jq -r '.[].extensions.endpoints.public'
    """
    done = console.shell(script)
    assert done.out.split() == ["array", *[server.instance] * 3, server.url]


def test_res_4_an_instance_from_its_making_to_its_end(console: Console, tmp_path: Path) -> None:
    create = ("resource", "service-instance-create")
    (tmp_path / "parameters.json").write_text('{"allowed_network": "public-and-private"}')
    words = ("made-here", "kms", "tiered-pricing", "us-south", "-p", f"@{tmp_path / 'parameters.json'}")
    done = console.ok(*create, *words, "--service-endpoints", "private")
    assert "Service instance made-here was created." in done.out
    (guid,) = re.findall(r"^GUID: +(\S+)$", done.out, re.MULTILINE)
    (made,) = console.json("resource", "service-instance", "made-here")
    assert made["guid"] == guid
    assert made["parameters"] == {"allowed_network": "public-and-private", "service-endpoints": "private"}
    key = console.json("kp", "key", "create", "in it", "-i", guid)["id"]
    assert [one["id"] for one in console.json("kp", "keys", "-i", made["crn"])] == [key]
    update = ("resource", "service-instance-update", guid)
    assert console.json(*update, "-n", "renamed-here", "-p", "{}")["name"] == "renamed-here"
    assert console.json("resource", "service-instance-lock", guid)["locked"]
    console.refused("resource", "service-instance-delete", guid, "-f")
    assert not console.json("resource", "service-instance-unlock", "renamed-here")["locked"]
    assert "RC-ServiceBrokerErrorResponse" in console.refused(
        "resource", "service-instance-delete", guid, "-f"
    )
    console.ok("kp", "key", "delete", key, "-i", guid)
    done = console.ok("resource", "service-instance-delete", guid, "-f")
    assert done.out.endswith(f"with ID {made['crn']} is deleted successfully\n")
    assert guid not in {one["guid"] for one in console.json("resource", "service-instances")}
    console.refused("kp", "keys", "-i", guid)
    console.refused("resource", "service-instance-delete", guid, "-f")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("made", "kms", "tiered-pricing"), "LOCATION is missing"),
        (("made", "kms", "no-such", "us-south"), "no plan no-such of a service kms"),
        (("made", "no-such", "standard", "us-south"), "no plan standard of a service no-such"),
        (("made", "kms", "tiered-pricing", "us-south", "-p", "[]"), "no JSON object"),
        (("made", "kms", "tiered-pricing", "us-south", "-p", "@none"), "No such file"),
        (("made", "kms", "tiered-pricing", "us-south", "-g", "other"), "group other was not found"),
        (("made", "kms", "tiered-pricing", "us-south", "--service-endpoints", "moon"), "--service-endpoints"),
    ],
    ids=str,
)
def test_instances_that_are_not_made(console: Console, words: tuple[str, ...], says: str) -> None:
    before = console.json("resource", "service-instances")
    assert says in console.refused("resource", "service-instance-create", *words)
    assert console.json("resource", "service-instances") == before


def test_an_instance_that_is_locked_from_its_making(console: Console) -> None:
    create = ("resource", "service-instance-create", "kept", "kms", "tiered-pricing", "us-south")
    made = console.json(*create, "--allow-cleanup", "--lock")
    assert (made["locked"], made["allow_cleanup"]) == (True, True)
    shown = console.ok("resource", "service-instance", made["guid"]).out
    for label in ("Locked:", "Allow Cleanup:"):
        assert re.search(f"^{label} +true$", shown, re.MULTILINE)
    assert "RC-InstanceLocked" in console.refused("resource", "service-instance-delete", made["guid"], "-f")
    console.ok("resource", "service-instance-unlock", made["guid"])
    console.ok("resource", "service-instance-delete", made["guid"], "-f")


def test_cli_21_a_question_before_an_instance_is_deleted(console: Console) -> None:
    made = console.json("resource", "service-instance-create", "asked", "kms", "tiered-pricing", "us-south")
    script = f"ibmcloud resource service-instance-delete {made['guid']}"
    done = console.shell(script)
    assert (done.code, "Not confirmed" in done.err) == (1, True)
    assert console.shell(f"echo n | {script}").code == 1
    assert console.json("resource", "service-instance", made["guid"])[0]["state"] == "active"
    assert console.shell(f"echo y | {script}").code == 0


def test_api_keys(console: Console, server: Server, tmp_path: Path) -> None:
    made = console.json("iam", "api-key-create", "another", "-d", "for a test")
    assert (made["name"], made["description"]) == ("another", "for a test")
    assert made["id"] in {one["id"] for one in console.json("iam", "api-keys")}
    assert not any("apikey" in one and one["apikey"] for one in console.json("iam", "api-keys"))
    someone = console.having(HOME=str(tmp_path / "elsewhere"))
    someone.ok("login", "--apikey", made["apikey"], "-q")
    assert someone.ok("iam", "api-keys").rows[0] == ["ID", "Name", "Created At", "Locked", "Disabled"]
    file = tmp_path / "key.json"
    done = console.ok("iam", "api-key-create", "in a file", "--file", str(file))
    assert file.stat().st_mode & 0o777 == 0o600
    text = json.loads(file.read_text())["apikey"]
    assert text not in done.out
    assert f"saved API key information to {file}" in done.out
    console.ok("login", "--apikey", f"@{file}", "-q")  # CORE-1
    assert "is there already" in console.refused("iam", "api-key-create", "third", "--file", str(file))
    assert console.json("iam", "api-key-delete", "another", "-f") == {}
    assert "was not found" in console.refused("iam", "api-key-delete", "another", "-f")
    assert someone("kp", "keys").code == 1  # its tokens ended with it
    console.ok("login", "--apikey", server.apikey, "-q")
    console.ok("iam", "api-key-delete", "in a file", "-f")


def test_service_ids(console: Console, tmp_path: Path) -> None:
    done = console.ok("iam", "service-id-create", "robot", "-d", "drives")
    assert "Description" in done.out
    one = console.json("iam", "service-id", "robot")
    assert one["iam_id"].startswith("iam-ServiceId-")
    assert console.ok("iam", "service-id", "robot", "--uuid").out == f"{one['id']}\n"
    assert one["id"] in {found["id"] for found in console.json("iam", "service-ids")}
    made = console.json("iam", "service-api-key-create", "its key", "robot")
    assert [key["id"] for key in console.json("iam", "service-api-keys", "robot")] == [made["id"]]
    robot = console.having(HOME=str(tmp_path / "robot"))
    robot.ok("login", "--apikey", made["apikey"], "-q")
    assert "UNAUTHORIZED" in robot.refused("kp", "keys").upper()
    assert console.json("iam", "service-id-delete", "robot", "-f") == {}
    assert "was not found" in console.refused("iam", "service-id", "robot")
    assert robot("login", "--apikey", made["apikey"]).code == 1
