"""`ibmcloud cbr` against a running server: flags, tables and JSON as IBM's plug-in documents them."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.console import NAMED, Console
from e2e.documents import ROOT, blocks
from servers import Server

ABOUT = ("--service-name", "kms", "--service-instance")
VPC = "crn:v1:bluemix:public:is:us-south:a/12ab::vpc:r134-1"


@pytest.fixture(autouse=True)
def _left_as_it_was(console: Console) -> Iterator[None]:
    yield
    for one in console.json("cbr", "rules"):
        console.ok("cbr", "rule-delete", one["id"])
    for one in console.json("cbr", "zones"):
        console.ok("cbr", "zone-delete", one["id"])


def test_zones(console: Console) -> None:
    assert console.ok("cbr", "zones").rows == [["id", "name", "address_count", "excluded_count"]]
    create = ("cbr", "zone-create", "--name", "office", "--description", "the office")
    addresses = ("--addresses", "192.0.2.1,3ffe:1900::,192.2.3.5-192.2.3.10,198.51.100.0/24")
    refs = ("--service-ref", "service_name=kms,location=us-south,service_name=is", "--vpc", VPC)
    made = console.json(*create, *addresses, *refs, "--excluded", "198.51.100.7")
    kinds = [it["type"] for it in made["addresses"]]
    assert kinds == ["ipAddress", "ipAddress", "ipRange", "subnet", "vpc", "serviceRef", "serviceRef"]
    account = {"account_id": made["account_id"]}
    assert [it["ref"] for it in made["addresses"][-2:]] == [
        {**account, "service_name": "kms", "location": "us-south"},
        {**account, "service_name": "is"},
    ]
    assert console.json("cbr", "zone", made["id"]) == made
    shown = console.ok("cbr", "zone", made["id"]).out
    counts = "2 IP Addresses, 1 IP Range, 1 Subnet, 1 VPC, 2 Service References"
    assert re.search(rf"^addresses +{counts}$", shown, re.MULTILINE)
    assert re.search(r"^excluded +1 IP Address$", shown, re.MULTILINE)
    assert console.ok("cbr", "zones", "--name", "office").rows[1] == [made["id"], "office", "7", "1"]
    new = console.json("cbr", "zone-update", made["id"], "--name", "home", "--empty-address-list")
    assert (new["name"], new["addresses"], new["description"]) == ("home", [], "")
    assert "No addresses" in console.ok("cbr", "zone", made["id"]).out
    assert console.json("cbr", "zone-delete", made["id"]) == {}
    assert "zone_not_found_in_store" in console.refused("cbr", "zone", made["id"])


def test_rules(console: Console, server: Server) -> None:
    office = console.json("cbr", "zone-create", "--name", "office", "--addresses", "192.0.2.1")["id"]
    home = console.json("cbr", "zone-create", "--name", "home", "--addresses", "192.0.2.2")["id"]
    where = ("--context-attributes", f"endpointType=public,networkZoneId={home}", "--zone-id", office)
    create = ("cbr", "rule-create", "--description", "only the office", *ABOUT, server.instance, *where)
    more = ("--resource-attributes", "keyRing=finance", "--tags", "env:prod", "--enforcement-mode", "report")
    made = console.json(*create, *more)
    assert made["contexts"] == [
        {
            "attributes": [
                {"name": "endpointType", "value": "public"},
                {"name": "networkZoneId", "value": f"{home},{office}"},
            ]
        }
    ]
    (about,) = made["resources"]
    assert {it["name"] for it in about["attributes"]} == {
        "accountId",
        "serviceName",
        "serviceInstance",
        "keyRing",
    }
    assert (about["tags"], made["enforcement_mode"]) == ([{"name": "env", "value": "prod"}], "report")
    assert console.json("cbr", "rule", made["id"]) == made
    shown = console.ok("cbr", "rule", made["id"]).out
    assert re.search(r"^contexts +1 Context$", shown, re.MULTILINE)
    asked = ("--enforcement-mode", "report", "--service-name", "kms", "--zone-id", office)
    rows = console.ok("cbr", "rules", *asked).rows
    assert rows == [
        ["id", "service_name", "enforcement", "description"],
        [made["id"], "kms", "report", "only the office"],
    ]
    assert console.json("cbr", "rules", "--region", "eu-de") == []
    assert "zone_in_use" in console.refused("cbr", "zone-delete", office)
    closed = ("cbr", "rule-update", made["id"], *ABOUT, server.instance, "--empty-context-list")
    assert console.json(*closed)["contexts"] == []
    assert console("kp", "keys").code == 1
    assert console.json("cbr", "rule-delete", made["id"]) == {}
    assert console("kp", "keys").code == 0
    assert "rule_not_found_in_store" in console.refused("cbr", "rule", made["id"])


def test_the_script_of_the_documents(console: Console) -> None:
    (script,) = blocks(ROOT / "docs" / "contexts.md", "sh")
    done = console.shell(script)
    assert done.code == 0, done.err
    assert done.out.count("refused\n") == 1
    assert "UNAUTHORIZED" in done.err.upper()


def test_from_files(console: Console, server: Server, tmp_path: Path) -> None:
    account = console.json("account", "show")["account_id"]
    zone, rule = tmp_path / "zone.json", tmp_path / "rule.json"
    zone.write_text(json.dumps({"name": "of a file", "account_id": account, "addresses": []}))
    made = console.json("cbr", "zone-create", "--file", str(zone))
    assert made["name"] == "of a file"
    about = [{"name": "accountId", "value": account}, {"name": "serviceName", "value": "kms"}]
    instance = {"name": "serviceInstance", "value": f"{server.instance[:8]}*", "operator": "stringMatch"}
    body = {"resources": [{"attributes": [*about, instance]}], "contexts": [], "enforcement_mode": "disabled"}
    rule.write_text(json.dumps(body))
    first = console.json("cbr", "rule-create", "--file", str(rule))
    assert first["resources"] == body["resources"]
    assert console.json("cbr", "rule-update", first["id"], "--file", str(rule))["id"] == first["id"]
    assert "used with '--name'" in console.refused("cbr", "zone-create", "--file", str(zone), "--name", "x")
    rule.write_text("[]")
    assert "no JSON object" in console.refused("cbr", "rule-create", "--file", str(rule))


def test_patches_change_what_they_name_and_nothing_else(console: Console, server: Server) -> None:
    create = ("cbr", "zone-create", "--name", "office", "--description", "the office")
    zone = console.json(*create, "--addresses", "192.0.2.0/24", "--excluded", "192.0.2.7")
    new = console.json("cbr", "zone-patch", zone["id"], "--name", "the other office")
    changed = ("name", "last_modified_at", "last_modified_by_id")
    assert new["name"] == "the other office"
    assert {k: v for k, v in new.items() if k not in changed} == {
        k: v for k, v in zone.items() if k not in changed
    }
    about = (*ABOUT, server.instance, "--zone-id", zone["id"], "--enforcement-mode", "disabled")
    rule = console.json("cbr", "rule-create", *about, "--tags", "env:dev")
    patched = console.json("cbr", "rule-patch", rule["id"], "--enforcement-mode", "report")
    assert (rule["enforcement_mode"], patched["enforcement_mode"]) == ("disabled", "report")
    assert patched["resources"] == rule["resources"]
    assert patched["contexts"] == rule["contexts"]
    assert patched["operations"] == rule["operations"]
    assert "Name '--name'" in console.refused("cbr", "zone-patch", zone["id"])
    console.refused("cbr", "rule-patch", rule["id"], "--enforcement-mode", "strict")


def test_services_that_rules_and_zones_name(console: Console, server: Server) -> None:
    rows = console.ok("cbr", "services").rows
    assert rows[0] == ["Display Name", "Name", "API Types"]
    assert [row[1:] for row in rows[1:]] == [["kms", "3 API Types"], ["hs-crypto", "3 API Types"]]
    listed = console.json("cbr", "services")
    shown = console.json("cbr", "service", "kms")
    assert shown == listed[0]
    assert console.ok("cbr", "service", "kms").out.count("crn:v1:bluemix:public:context-based") == 3
    assert console.json("cbr", "api-types", "--service-name", "kms") == shown["api_types"]
    (rule_types,) = ([it["api_type_id"] for it in shown["api_types"]],)
    about = (*ABOUT, server.instance, "--empty-context-list", "--enforcement-mode", "disabled")
    console.ok("cbr", "rule-create", *about, "--api-types", rule_types[0])
    assert "was not found" in console.refused("cbr", "service", "cos")
    assert console.json("cbr", "api-types", "--service-group-id", "IAM") == []
    assert "either" in console.refused("cbr", "api-types")
    assert "leave '--resource-type' out" in console.refused(
        "cbr", "service", "kms", "--resource-type", "zone"
    )


def test_services_that_a_zone_can_refer_to(console: Console) -> None:
    assert console.ok("cbr", "service-ref-targets").rows == [["service_name", "service_type", "locations"]]
    assert console.json("cbr", "service-ref-targets", "--type", "platform_service") == []
    assert "type" in console.refused("cbr", "service-ref-targets", "--type", "none")
    console.refused("cbr", "service-ref-target", "compliance")


@pytest.mark.parametrize(
    "words",
    [
        ("zone-create", "--name", "x"),
        ("zone-create", "--name", "x", "--addresses", "192.0.2.1", "--empty-address-list"),
        ("zone-create", "--empty-address-list"),
        ("zone-create", "--name", "x", "--addresses", ""),
        ("zone-create", "--name", "x", "--addresses", "192.0.2.1,"),
        ("zone-create", "--name", "x", "--service-ref", "kms"),
        ("zone-update", NAMED, "--name", "x"),
        ("zone-update", NAMED, "--name", "x", "--empty-address-list"),
        ("rule-create", "--service-name", "kms"),
        ("rule-create", "--service-name", "kms", "--zone-id", "x", "--empty-context-list"),
        ("rule-create", "--empty-context-list"),
        ("rule-create", "--service-name", "kms", "--context-attributes", "public"),
        ("rule-create", "--service-name", "kms", "--zone-id", "0" * 32),
        (
            "rule-create",
            "--service-name",
            "hs-crypto",
            "--empty-context-list",
            "--enforcement-mode",
            "report",
        ),
        ("rule-create", "--service-group-id", "IAM", "--empty-context-list"),
        ("rule-create", "--service-name", "kms", "--empty-context-list", "--resource-type", "key"),
        ("rule-create", "--service-name", "kms", "--empty-context-list", "--api-types", "none"),
        ("rules", "--enforcement-mode", "strict"),
        ("zones", "--sort", "size"),
        ("zone",),
        ("rule-delete", NAMED),
    ],
    ids=" ".join,
)
def test_what_is_refused(console: Console, words: tuple[str, ...]) -> None:
    console.refused("cbr", *words)
    assert console.json("cbr", "zones") == console.json("cbr", "rules") == []


def test_the_server_is_named_by_a_variable(console: Console) -> None:
    elsewhere = console.having(IBMCLOUD_CONTEXT_BASED_RESTRICTIONS_ENDPOINT="https://127.0.0.1:1")
    assert "127.0.0.1" in elsewhere.refused("cbr", "zones")
