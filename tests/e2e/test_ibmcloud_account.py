"""`ibmcloud resource` and `iam`: what an account has; section 2 of cli.md."""

import re

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
    assert console.json("resource", "reclamations") == console.json("resource", "service-keys") == []


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
