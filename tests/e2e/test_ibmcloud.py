"""`ibmcloud kp` against a server: the acceptance checks of section 8 of cli.md, and every command."""

import base64
import json
import re
import time
from pathlib import Path

import pytest

from certificates import a_certificate
from e2e.console import Console, stranger
from servers import Server

NAMED = "85d1c0d8-4c53-4d8e-9f0c-6d1ef4a3a6b1"


def b64(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


@pytest.fixture
def console(server: Server, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Console:
    """Somebody who has logged in."""
    someone = stranger(server, capsys, tmp_path)
    someone.ok("login", "-q")
    return someone


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


def test_a_key_from_its_making_to_its_end(console: Console) -> None:
    done = console.ok("kp", "key", "create", "with a blank", "-D", "what for", "--alias", "alias-of-one")
    assert done.out.startswith("Creating key: 'with a blank', in instance: '")
    assert done.err.startswith("Targeting endpoint: https://")
    assert done.rows[0] == ["Key ID", "Key Name"]
    key = done.rows[1][0]
    shown = console.json("kp", "key", "show", "alias-of-one")
    assert (shown["id"], shown["description"], shown["extractable"]) == (key, "what for", False)
    table = console.ok("kp", "key", "show", key).rows
    assert table[0] == ["Key ID", "Key Name", "Description", "Creation Date", "Expiration Date"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0000 UTC", table[1][3])
    assert table[1][4] == "Key does not expire"
    assert console.json("kp", "key", "rotate", key) == {}
    assert console.ok("kp", "key", "rotate", key).out == "Rotating root key...\nOK\n"
    versions = console.json("kp", "key", "versions", key, "-t")
    assert (versions["metadata"]["totalCount"], len(versions["resources"])) == (3, 3)
    assert "TotalCount: 3" in console.ok("kp", "key", "versions", key, "-t").out
    assert console.json("kp", "key", "disable", key) == {}
    assert "KEY_ACTION_INVALID_STATE_ERR" in console.refused("kp", "key", "wrap", key)
    assert console.ok("kp", "key", "enable", key).out.startswith("Enabling key: '")
    assert console.json("kp", "key", "delete", key) == {"id": key}
    assert console.json("kp", "key", "restore", key)["id"] == key
    assert console.ok("kp", "key", "delete", key).rows == [["Deleted Key"], [key]]
    assert console.json("kp", "key", "purge", key) == {"id": key}
    assert "KEY_NOT_FOUND_ERR" in console.refused("kp", "key", "purge", key)


def test_cli_19_refusals_name_code_and_number(console: Console) -> None:
    lines = console.refused("kp", "key", "show", NAMED).splitlines()
    assert lines[:2] == ["FAILED", "KEY_NOT_FOUND_ERR"]
    assert re.fullmatch(r"Correlation-ID:[0-9a-f-]{36}", lines[3])
    assert "KEY_NOT_FOUND_ERR" in console.refused("kp", "key", "delete", NAMED)
    for odd in ("../keys", "a/b", "a?b", "%2e%2e", "ä", "a b"):
        assert console(*("kp", "key", "show", odd)).code == 1


def test_acceptance_15_switches_before_and_behind(console: Console) -> None:
    made = [
        console.json("kp", "key", "create", *words)
        for words in (
            ("-s", "nn"),
            ("nn", "-s"),
            ("--standard-key", "nn"),
            ("nn", "-k", b64(b"material"), "-s"),
        )
    ]
    assert [key["extractable"] for key in made] == [True] * 4
    assert not any("payload" in key for key in made)
    assert console.json("kp", "key", "show", made[-1]["id"])["payload"] == b64(b"material")


def test_wrapping(console: Console) -> None:
    key = console.json("kp", "key", "create", "wrapping")["id"]
    dek = b64(bytes(range(32)))
    wrapped = console.json("kp", "key", "wrap", key, "-p", dek, "-a", "one,two")
    assert list(wrapped) == ["Ciphertext"]
    ciphertext = wrapped["Ciphertext"]
    opened = console.json("kp", "key", "unwrap", key, ciphertext, "-a", "one,two")
    assert opened == {"Plaintext": dek, "Rewrapped Plaintext": ""}
    console.refused("kp", "key", "unwrap", key, ciphertext, "-a", "two,one")  # acceptance 12
    console.refused("kp", "key", "unwrap", key, ciphertext)
    console.ok("kp", "key", "rotate", key)
    again = console.json("kp", "key", "unwrap", key, ciphertext, "-a", "one,two")
    assert again["Plaintext"] == dek
    assert again["Rewrapped Plaintext"] not in {"", ciphertext}
    made = console.json("kp", "key", "wrap", key)
    assert list(made) == ["Ciphertext"]
    assert console.ok("kp", "key", "wrap", key).rows[0] == ["Ciphertext"]
    assert console.ok("kp", "key", "unwrap", key, made["Ciphertext"]).rows[0] == [
        "Plaintext",
        "Rewrapped Plaintext",
    ]
    assert "not base64" in console.refused("kp", "key", "wrap", key, "-p", "%%%")


def test_lists(console: Console) -> None:
    ring = "ring-of-lists"
    console.ok("kp", "key-ring", "create", ring)
    assert console.json("kp", "keys", "-r", ring) == []
    assert console.ok("kp", "keys", "-r", ring).rows == [["Key ID", "Key Name"]]  # CLI-15
    made = [
        console.json("kp", "key", "create", name, "--key-ring", ring)["id"]
        for name in ("one", "two", "three")
    ]
    assert [key["id"] for key in console.json("kp", "keys", "-r", ring)] == sorted(made)
    assert [key["id"] for key in console.json("kp", "keys", "-r", ring, "-n", "1", "-s", "1")] == sorted(
        made
    )[1:2]
    assert len(console.json("kp", "keys", "-r", ring, "-l", "exact:two")) == 1
    assert len(console.json("kp", "keys", "-r", ring, "-f", "state=1", "-b", "-creationDate")) == 3
    assert console.json("kp", "keys", "-r", ring, "-t", "standard") == []
    console.ok("kp", "key", "disable", made[0])
    assert [one["id"] for one in console.json("kp", "keys", "-r", ring, "--key-states", "Suspended")] == made[
        :1
    ]
    table = console.ok("kp", "keys", "-r", ring, "-c").rows
    assert table[0] == ["Key ID", "Key Name", "CRN"]
    assert table[1][2].startswith("crn:v1:")
    console.refused("kp", "keys", "-f", "colour=red")


def test_rings_and_aliases(console: Console) -> None:
    console.ok("kp", "key-ring", "create", "ring-a")
    assert console.ok("kp", "key-rings").rows[0] == ["Key Ring ID", "Creation Date", "Created By"]
    assert {"default", "ring-a"} <= {ring["id"] for ring in console.json("kp", "key-rings")}
    key = console.json("kp", "key", "create", "in a ring")["id"]
    assert console.json("kp", "key", "update", key, "-r", "ring-a")["keyRingID"] == "ring-a"
    assert console.json("kp", "key", "show", key, "--key-ring", "ring-a")["id"] == key
    console.refused("kp", "key", "show", key, "--key-ring", "default")
    assert "KEY_RING_NOT_EMPTY_ERR" in console.refused("kp", "key-ring", "delete", "ring-a")
    assert console.json("kp", "key", "alias-create", key, "alias-of-a")["alias"] == "alias-of-a"
    assert console.ok("kp", "key", "alias-create", key, "-a", "alias-of-b").rows[0] == ["Key ID", "Key Alias"]
    assert console.json("kp", "key", "alias-delete", key, "alias-of-a") == {}
    console.refused("kp", "key", "alias-delete", key, "alias-of-a")
    assert "one alias" in console.refused("kp", "key", "alias-create", key)
    console.ok("kp", "key", "delete", key)
    console.refused("kp", "key-ring", "delete", "ring-a")
    assert console.json("kp", "key-ring", "delete", "ring-a", "-f") == {}


def test_policies_of_keys(console: Console) -> None:
    key = console.json("kp", "key", "create", "with policies")["id"]
    assert console.json("kp", "key", "policies", key) == []
    assert console.json("kp", "key", "policies", key, "-r") == {}
    set_ = console.json("kp", "key", "policy-update", "rotation", key, "-m", "4")
    assert set_["rotation"] == {"enabled": True, "interval_month": 4}
    assert (
        console.json("kp", "key", "policy-update", "rotation", key, "-d")["rotation"]["interval_month"] == 4
    )
    assert "Interval" in console.ok("kp", "key", "policies", key).out
    both = console.json("kp", "key", "policy-update", "dual-auth-delete", key, "-e")
    assert both["dualAuthDelete"] == {"enabled": True}
    assert len(console.json("kp", "key", "policies", key)) == 2
    assert console.json("kp", "key", "policies", key, "-d")["dualAuthDelete"] == {"enabled": True}
    assert "AUTHORIZATIONS_NOT_MET" in console.refused("kp", "key", "delete", key)
    assert console.json("kp", "key", "schedule-delete", key) == {}
    assert console.json("kp", "key", "cancel-delete", key) == {}
    console.refused("kp", "key", "policy-update", "rotation", key)
    console.refused("kp", "key", "policy-update", "rotation", key, "-e", "-d")
    made = console.json(
        "kp", "key", "create-key-with-policy-overrides", "nn", "-r", "-m", "2", "-a", "alias-o,alias-p"
    )
    assert console.json("kp", "key", "policies", made["id"], "-r")["rotation"]["interval_month"] == 2
    assert sorted(console.json("kp", "key", "show", "alias-o")["aliases"]) == ["alias-o", "alias-p"]


def test_policies_of_the_instance(console: Console) -> None:
    update = ("kp", "instance", "policy-update")
    assert console.json(*update, "rotation", "-e", "-m", "3") == {}
    assert console.json("kp", "instance", "policies", "-r")[0]["policy_data"]["attributes"] == {
        "interval_month": 3
    }
    assert console.ok(*update, "rotation", "-d").out == "Updating instance policy...\nOK\n"
    assert console.json(*update, "metrics", "--enable") == {}
    assert console.json(*update, "metrics", "--disable") == {}
    assert console.json(*update, "dual-auth-delete", "-d") == {}
    assert console.json(*update, "allowed-network", "-e", "-t", "public-and-private") == {}
    assert console.json(*update, "allowed-ip", "-e", "--allowed-ip", "127.0.0.0/8,::1") == {}
    assert console.json(*update, "allowed-ip", "-d") == {}
    assert console.json(*update, "allowed-network", "-d") == {}
    assert console.json(*update, "key-create-import-access", "-e", "--create-standard-key=false") == {}
    access = console.json("kp", "instance", "policies", "-k")[0]["policy_data"]
    assert (access["enabled"], access["attributes"]["create_standard_key"]) == (True, False)
    assert "KEY_CREATE_IMPORT_ACCESS_ERR" in console.refused("kp", "key", "create", "never", "-s")
    assert console.json(*update, "key-create-import-access", "-d") == {}
    assert len(console.json("kp", "instance", "policies")) == 6
    text = console.ok("kp", "instance", "policies").out
    assert "Network Allowed" in text
    assert "Create Standard Key" in text
    for words in (
        ["rotation", "-e"],
        ["metrics"],
        ["allowed-network", "-e", "-t", "moon"],
        ["allowed-ip", "-e"],
    ):
        console.refused(*update, *words)


def test_import_tokens(console: Console) -> None:
    table = console.ok("kp", "import-token", "create").rows
    assert table[0] == ["Created", "Expires", "Max Retrievals", "Remaining Retrievals"]
    assert table[1][2:] == ["1", "1"]
    token = json.loads(console.ok("kp", "import-token", "show").out)  # JSON without --output too
    assert len(base64.b64decode(token["nonce"])) == 12
    assert base64.b64decode(token["payload"]).startswith(b"-----BEGIN PUBLIC KEY-----")
    assert re.search(r"_ERR\n", console.refused("kp", "import-token", "show"))  # acceptance 6
    made = console.json("kp", "import-token", "create", "-e", "300", "-m", "2", "--key-ring", "none-like-it")
    assert (made["maxAllowedRetrievals"], made["remainingRetrievals"]) == (2, 2)


def test_registrations_and_sync(console: Console) -> None:
    key = console.json("kp", "key", "create", "unregistered")["id"]
    assert console.json("kp", "registrations", "-k", key) == []
    assert console.ok("kp", "registrations", "-k", key).rows == [["Key ID", "Cloud Resource"]]
    assert isinstance(console.json("kp", "registrations"), list)
    console.refused("kp", "registrations", "-c", "crn:v1:*:*:*:*:*:*:*:*")
    console.refused("kp", "key", "sync", key)  # nothing to tell within an hour of its making


def test_kmip(console: Console, tmp_path: Path) -> None:
    key = console.json("kp", "key", "create", "for kmip")["id"]
    made = console.json("kp", "kmip", "adapter-create", "-p", "native_1.0", "-k", key, "-n", "vc-one")
    assert made["profile_data"] == {"crk_id": key}
    assert console.ok("kp", "kmip", "adapter", "vc-one").rows[1][-1] == "-"
    assert [one["name"] for one in console.json("kp", "kmip", "adapters", "-k", key)] == ["vc-one"]
    assert "TotalCount: 1" in console.ok("kp", "kmip", "adapters", "-k", key, "-t").out
    file = tmp_path / "client.pem"
    file.write_text(a_certificate())
    trusted = console.json("kp", "kmip", "cert-create", "-a", "vc-one", "-c", f"@{file}", "-n", "client")
    assert console.json("kp", "kmip", "cert", "client", "-a", "vc-one")["id"] == trusted["id"]
    assert console.ok("kp", "kmip", "certs", "-a", "vc-one").rows[0][0] == "Certificate ID"
    assert console.json("kp", "kmip", "objects", "-a", "vc-one") == []
    assert "KMIP_OBJECT_NOT_FOUND_ERR" in console.refused("kp", "kmip", "object", NAMED, "-a", "vc-one")
    assert "KMIP_OBJECT_NOT_FOUND_ERR" in console.refused(
        "kp", "kmip", "object-delete", NAMED, "-a", "vc-one", "-y"
    )
    assert console.json("kp", "kmip", "cert-delete", "client", "-a", "vc-one", "-y") == {}
    assert console.json("kp", "kmip", "adapter-delete", "vc-one", "-f") == {}
    assert "'--adapter' is missing" in console.refused("kp", "kmip", "certs")


@pytest.mark.parametrize(
    ("old", "now"),
    [
        ("kp list", "kp keys"),
        ("kp list -c", "kp keys -c"),
        ("kp get KEY", "kp key show KEY"),
        ("kp policies KEY", "kp key policies KEY"),
        ("kp policy get KEY", "kp key policies KEY"),
        ("kp -i INSTANCE keys", "kp keys -i INSTANCE"),
        ("key-protect keys", "kp keys"),
        ("kp keys -output json", "kp keys --output json"),
        ("kp keys --output JSON", "kp keys -o json"),
    ],
)
def test_acceptance_7_older_spellings(console: Console, server: Server, old: str, now: str) -> None:
    key = console.json("kp", "create", "old")["id"]
    spelled = [text.replace("KEY", key).replace("INSTANCE", server.instance).split() for text in (old, now)]
    printed = [console.ok(*words).out for words in spelled]
    assert printed[0] == printed[1]


def test_acceptance_11_a_trace_shows_no_secret(console: Console, server: Server, tmp_path: Path) -> None:
    key = console.json("kp", "key", "create", "traced")["id"]
    dek = b64(b"d" * 32)
    quiet = console.ok("kp", "key", "wrap", key, "-p", dek, "-o", "json")
    traced = console.having(IBMCLOUD_TRACE="true")
    done = traced.ok("kp", "key", "wrap", key, "-p", dek, "-o", "json")
    assert list(json.loads(done.out)) == list(json.loads(quiet.out))
    file = tmp_path / "trace"
    filed = console.having(IBMCLOUD_TRACE=str(file))
    filed.ok("login", "--apikey", server.apikey)
    filed.ok("kp", "key", "unwrap", key, json.loads(done.out)["Ciphertext"])
    filed.ok("kp", "import-token", "create")
    token = json.loads(filed.ok("kp", "import-token", "show").out)
    text = done.err + file.read_text()
    assert f"REQUEST: POST {server.url}/api/v2/keys/{key}/actions/wrap" in text
    bearer = console.json("iam", "oauth-tokens")["iam_token"].removeprefix("Bearer ")
    for secret in (
        dek,
        json.loads(done.out)["Ciphertext"],
        server.apikey,
        bearer,
        token["nonce"],
        token["payload"],
    ):
        assert secret not in text


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
