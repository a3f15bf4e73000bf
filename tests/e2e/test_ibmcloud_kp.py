"""`ibmcloud kp`: everything around keys, older spellings, and the trace; section 8 of cli.md."""

import base64
import json
import re
from pathlib import Path

import pytest

from certificates import a_certificate
from e2e.console import NAMED, Console, b64
from servers import Server


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
