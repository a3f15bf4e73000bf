"""`ibmcloud kp`: keys, from their making to their end; section 8 of cli.md."""

import re

from e2e.console import NAMED, Console, b64


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
