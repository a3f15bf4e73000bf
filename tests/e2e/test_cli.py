"""The commands of a key's owner against a real server, each a process of its own."""

import base64
import csv
import json
import os
from pathlib import Path

import pytest

from e2e.shell import Shell, client_variables
from servers import Server

DEK = base64.b64encode(bytes(range(32))).decode()


@pytest.fixture
def keystead(server: Server, tmp_path: Path) -> Shell:
    return Shell(tmp_path, client_variables(server))


DIALECTS = {"Key Protect": [], "HPCS": ["--hpcs"], "post-quantum": ["--post-quantum"]}
FORMS = {"raw": 16, "hex": 24, "base64": 32}


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
def test_byok(keystead: Shell, dialect: list[str]) -> None:
    key = ""
    for form, size in FORMS.items():
        mine = ["--key-file", f"mine-{form}", "--encoding", form]
        assert keystead("byok", "generate", "--out", mine[1], "--bits", str(size * 8), *mine[2:]).code == 0
        made = keystead("byok", "create", f"{form} key", *mine, *dialect, "-o", "json")
        assert [line[:5] for line in made.err.splitlines()[1:]] == [f"[{step}/5]" for step in range(1, 6)]
        key = made.json["id"]
        assert keystead("byok", "verify", key, *mine, "-o", "json").json["same"] is True
    next_file = keystead.file("next", os.urandom(16))
    rotated = keystead("byok", "rotate", key, "--key-file", next_file, "--encoding", "raw", *dialect)
    assert rotated.code == 0, rotated.err
    verify = ["byok", "verify", key, "--encoding", "raw", "--key-file"]
    assert keystead(*verify, next_file).code == 0
    assert "NOT the material" in keystead(*verify, keystead.file("other", os.urandom(16))).refusal


def test_material_from_standard_input(keystead: Shell) -> None:
    material = os.urandom(32)
    made = keystead("byok", "create", "from stdin", "--key-file", "-", "-o", "json", stdin=material)
    assert keystead("byok", "verify", made.json["id"], "--key-file", "-", stdin=material).code == 0


def test_the_life_of_a_key(keystead: Shell) -> None:
    key = keystead("key", "create", "a life", "--alias", "a-life", "-o", "json").json["id"]
    assert keystead("key", "show", "a-life", "-o", "json").json["id"] == key
    assert key in [one["id"] for one in keystead("key", "list", "--limit", "5000", "-o", "json").json]
    wrapped = keystead("wrap", key, "--plaintext", DEK, "--aad", "a", "-o", "json").json["ciphertext"]
    unwrap = ["unwrap", key, "--ciphertext", wrapped, "--aad", "a", "-o", "json"]
    assert keystead(*unwrap).json["plaintext"] == DEK
    assert keystead("key", "rotate", key).code == 0
    assert len(keystead("key", "versions", key, "-o", "json").json) == 2
    opened = keystead(*unwrap)
    assert opened.json["plaintext"] == DEK
    assert "keep the new ciphertext" in opened.err
    assert keystead("key", "disable", key).code == 0
    assert "keystead key enable" in keystead(*unwrap).refusal
    assert keystead("key", "enable", key).code == 0
    assert keystead("key", "delete", key).code == 0
    assert "keystead key restore" in keystead(*unwrap).refusal
    assert keystead("key", "restore", key).code == 0
    assert keystead(*unwrap).json["plaintext"] == DEK
    assert keystead("key", "delete", key).code == 0
    assert "--yes" in keystead("key", "purge", key).refusal
    assert keystead("key", "purge", key, "--yes").code == 0
    assert "keystead key list" in keystead("key", "show", key).refusal


def test_files_and_the_way_out(keystead: Shell) -> None:
    key_file = keystead.file("mine", os.urandom(32))
    key = keystead("byok", "create", "for files", "--key-file", key_file, "-o", "json").json["id"]
    content = os.urandom(300_000)
    keystead.file("plain", content)
    assert keystead("encrypt", key, "--in", "plain", "--out", "sealed").code == 0
    assert keystead("decrypt", "--in", "sealed", "--out", "opened").code == 0
    assert (keystead.home / "opened").read_bytes() == content
    alone = Shell(keystead.home, {})
    words = ["--in", "sealed", "--key-file", key_file]
    assert alone("offline", "decrypt", *words, "--out", "alone").code == 0
    assert (keystead.home / "alone").read_bytes() == content
    made = keystead("wrap", key, "--aad", "x", "--aad", "y", "-o", "json").json
    words = ["offline", "unwrap", "--ciphertext", made["ciphertext"], "--key-file", key_file, "-o", "json"]
    assert alone(*words, "--aad", "x", "--aad", "y").json == {"plaintext": made["plaintext"]}
    alone(*words, "--aad", "y", "--aad", "x").refusal  # noqa: B018 - asks whether it was refused
    damaged = bytearray((keystead.home / "sealed").read_bytes())
    damaged[-1] ^= 1
    keystead.file("damaged", bytes(damaged))
    keystead("decrypt", "--in", "damaged", "--out", "never").refusal  # noqa: B018
    assert not (keystead.home / "never").exists()


def test_login(keystead: Shell, server: Server) -> None:
    apikey = keystead.file("apikey", server.apikey.encode())
    bare = keystead.having(KEYSTEAD_API_KEY=None)
    assert bare("login", "--apikey", f"@{apikey}").code == 0
    logged_in = Shell(keystead.home, {})
    assert logged_in("key", "list").code == 0
    kept = keystead.home / ".config" / "keystead" / "login.json"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert server.apikey not in kept.read_text()


def test_what_is_foreseen_of_a_key(keystead: Shell) -> None:
    key = keystead("key", "create", "foreseen", "--alias", "foreseen", "-o", "json").json["id"]
    assert keystead("wrap", key).code == 0
    told = keystead("key", "impact", "foreseen", "-o", "json").json
    assert (told["keyId"], told["registrations"], told["moreCallers"]) == (key, [], False)
    ((action, count),) = ((one["action"], one["count"]) for one in told["callers"])
    assert (action, count) == ("kms.secrets.wrap", 1)
    assert [one["refused"] for one in told["outcomes"]] == [False, False, False]
    shown = keystead("key", "impact", key)
    assert "kms.secrets.wrap" in shown.out
    assert keystead("key", "show", key, "-o", "json").json["state"] == 1


def test_what_a_server_tells_of_its_audit_log(keystead: Shell) -> None:
    key = keystead("key", "create", "told", "-o", "json").json["id"]
    assert keystead("wrap", key).code == 0
    events = keystead("audit", "query", "--key", key, "-o", "json").json
    assert [event["action"] for event in events] == ["kms.secrets.create", "kms.secrets.wrap"]
    assert keystead("audit", "query", "--key", key, "--until", "1d", "-o", "json").json == []
    header, row = keystead("audit", "query", "--action", "*.wrap", "--key", key, "--csv").out.splitlines()
    assert dict(zip(header.split(","), row.split(","), strict=True))["keyId"] == key
    of_account = keystead("audit", "query", "--account", "--action", "*.token.issue", "-o", "json").json
    assert {event["action"] for event in of_account} == {"iam-identity.token.issue"}
    keystead("audit", "query", "--account", "--key", key).refusal  # noqa: B018 - asks whether it was refused
    (use,) = keystead("audit", "usage", "--key", key, "-o", "json").json
    assert (use["action"], use["uses"]) == ("kms.secrets.wrap", 1)
    assert "local" in keystead("audit", "usage", "--key", key).err
    keystead("audit", "usage").refusal  # noqa: B018 - asks whether it was refused
    assert keystead("audit", "report", "--out", "report.json").code == 0
    (instance,) = json.loads((keystead.home / "report.json").read_bytes())["result"]["kms_instances"]
    (told,) = (one for one in instance["keys"] if one["id"] == key)
    assert told["operations"]["kms.secrets.wrap"] == 1
    everything = keystead("audit", "report", "--all")
    assert instance["crn"] in [one["crn"] for one in json.loads(everything.out)["result"]["kms_instances"]]
    folder = keystead.home / "reports"
    folder.mkdir()
    narrowed = ("audit", "report", "--all", "--service", "kms", "--service-type", "multi-tenant")
    assert keystead(*narrowed, "--out", "reports").code == 0
    account = instance["crn"].split(":")[6].removeprefix("a/")
    base = f"encryption-key-usage-report-kms-multi-tenant-{account}"
    assert {path.name for path in folder.iterdir()} == {f"{base}.json", f"{base}-log.txt"}
    whole = json.loads((folder / f"{base}.json").read_bytes())
    assert whole["metadata"]["account_id"] == account
    assert instance["crn"] in [one["crn"] for one in whole["result"]["kms_instances"]]
    assert f"{instance['crn']}: " in (folder / f"{base}-log.txt").read_text()
    for words in (
        ("--out", "reports", "--csv"),
        ("--service", "kms"),
        ("--all", "--service", "hs-crypto", "--service-type", "dedicated"),
        ("--all", "--service", "kms", "--service-type", "dedicated"),  # there is none
    ):
        keystead("audit", "report", *words).refusal  # noqa: B018 - asks whether it was refused
    assert keystead(*narrowed, "--out", "reports").code == 1  # nothing is overwritten
    (keystead.home / "may_logs.tsv").write_text(f"text\n{json.dumps(events[1])}\n")
    assert keystead("audit", "process-at", "may_logs.tsv").code == 0
    (row_of_file,) = csv.DictReader((keystead.home / "may_events.csv").read_text().splitlines())
    assert (row_of_file["keyId"], row_of_file["action"]) == (key, "kms.secrets.wrap")
    rows = list(csv.DictReader(keystead("audit", "report", "--csv", "--all").out.splitlines()))
    assert [row["wraps"] for row in rows if row["keyId"] == key] == ["1"]
