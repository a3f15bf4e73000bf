"""`keystead dev --seed`: keys with a past, registrations, policies, and further instances."""

import base64
import json
from pathlib import Path
from typing import Any

import httpx2
import pytest

from keystead.cli.seed_file import read_seeds
from keystead.domain.errors import KeysteadError
from servers import dev, run
from unit.crypto import independent

OLD, NEW = bytes(range(32)), bytes(range(32, 64))
COS = "11111111-1111-4111-8111-111111111111"
CRN = f"crn:v1:bluemix:public:cloud-object-storage:global:a/{'a' * 32}:{COS}:bucket:b"
SECOND = "0d6f0b6e-1111-4222-8333-123456789abc"
DEK = b"d" * 32


def text(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


SEEDS = {
    "keys": [
        {
            "name": "ledger",
            "material": text(OLD),
            "rotations": [text(NEW)],
            "aliases": ["ledger"],
            "policies": {"dualAuthDelete": True},
        },
        {"name": "made", "rotations": [None, None], "policies": {"rotation": 3}, "aliases": ["made"]},
        {
            "name": "used",
            "aliases": ["used"],
            "registrations": [{"crn": CRN, "preventKeyDeletion": True, "description": "bucket"}],
        },
    ],
    "policies": [
        {"policy_type": "metrics", "policy_data": {"enabled": True}},
        {
            "policy_type": "keyCreateImportAccess",
            "policy_data": {"enabled": True, "attributes": {"create_standard_key": False}},
        },
    ],
    "instances": [{"id": SECOND, "rings": ["payroll"], "keys": [{"name": "other", "ring": "payroll"}]}],
}


def get(client: httpx2.Client, path: str, instance: str | None = None) -> Any:
    headers = {} if instance is None else {"Bluemix-Instance": instance}
    answer = client.get(f"/api/v2/{path}", headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["resources"]


def seen(client: httpx2.Client) -> list[Any]:
    """Return all that the seeds have made, as a client sees it."""
    paths = ("keys", "keys/made/versions", "keys/ledger/versions", "keys/registrations", "instance/policies")
    return [*(get(client, path) for path in paths), get(client, "keys", SECOND)]


def test_all_that_a_seed_file_can_say(tmp_path: Path) -> None:
    seed = tmp_path / "seed.json"
    seed.write_text(json.dumps(SEEDS))
    with dev(tmp_path, "--seed", seed) as server, server.client() as client:
        require_past(client)
        require_policies(client)
        require_registration(client)
        assert [(it["name"], it["keyRingID"]) for it in get(client, "keys", SECOND)] == [("other", "payroll")]
        before = seen(client)
    with dev(tmp_path, "--seed", seed) as server, server.client() as client:
        assert seen(client) == before  # nothing was made twice


def require_past(client: httpx2.Client) -> None:
    """The older material opens what it wrapped, the newer one wraps."""
    assert [len(get(client, f"keys/{name}/versions")) for name in ("ledger", "made", "used")] == [2, 3, 1]
    blob = independent.wrap(OLD, DEK, [], bytes(32))
    opened = client.post("/api/v2/keys/ledger/actions/unwrap", json={"ciphertext": text(blob)}).json()
    assert opened["plaintext"] == text(DEK)
    wrapped = client.post("/api/v2/keys/ledger/actions/wrap", json={"plaintext": text(DEK)}).json()
    assert independent.unwrap(NEW, base64.b64decode(wrapped["ciphertext"]), []) == DEK
    assert opened["rewrappedKeyVersion"] == wrapped["keyVersion"]
    again = client.post("/api/v2/keys/made/actions/rotate", json={})
    assert again.status_code == 409  # it was rotated just now, and that waits as ever


def require_policies(client: httpx2.Client) -> None:
    policies = {it["policy_type"]: it["policy_data"] for it in get(client, "instance/policies")}
    assert set(policies) == {"metrics", "keyCreateImportAccess"}
    (rotation,) = get(client, "keys/made/policies?policy=rotation")
    assert rotation["rotation"]["interval_month"] == 3
    assert client.delete("/api/v2/keys/ledger").status_code == 409  # nobody else has approved


def require_registration(client: httpx2.Client) -> None:
    (registration,) = get(client, "keys/used/registrations")
    assert (registration["resourceCrn"], registration["description"]) == (CRN, "bucket")
    refused = client.delete("/api/v2/keys/used?force=true")
    assert (refused.status_code, "PREV_KEY_DEL_ERR" in refused.text) == (409, True)


SHUT_OUT = {
    "policy_type": "allowedIP",
    "policy_data": {"enabled": True, "attributes": {"allowed_ip": ["192.0.2.0/24", "::1"]}},
}
IMPOSSIBLE = {
    "material among generated versions": {"keys": [{"name": "ab", "rotations": [text(NEW)]}]},
    "a version without material": {"keys": [{"name": "ab", "material": text(OLD), "rotations": [None]}]},
    "rotations of a standard key": {"keys": [{"name": "ab", "extractable": True, "rotations": [None]}]},
    "registration of a standard key": {
        "keys": [{"name": "ab", "extractable": True, "registrations": [{"crn": CRN}]}]
    },
    "no CRN": {"keys": [{"name": "ab", "registrations": [{"crn": "bucket"}]}]},
    "rotation policy on imported": {
        "keys": [{"name": "ab", "material": text(OLD), "policies": {"rotation": 3}}]
    },
    "thirteen months": {"keys": [{"name": "ab", "policies": {"rotation": 13}}]},
    "unknown policy": {"policies": [{"policy_type": "weather", "policy_data": {"enabled": True}}]},
    "policy without its data": {"policies": [{"policy_type": "metrics"}]},
    "policy that is no object": {"policies": [7]},
    "no UUID": {"instances": [{"id": "second"}]},
    "instance without id": {"instances": [{}]},
    "instances inside an instance": {"instances": [{"id": SECOND, "instances": []}]},
    "bad key of another instance": {"instances": [{"id": SECOND, "keys": [{"name": "x"}]}]},
    "a name with control characters": {"keys": [{"name": "a\x1b[31m\0b"}]},
    "a name of spaces": {"keys": [{"name": "   "}]},
    "an alias twice": {"keys": [{"name": "ab", "aliases": ["same", "same"]}]},
    "an alias of two keys": {"keys": [{"name": name, "aliases": ["same"]} for name in ("ab", "cd")]},
    "a resource twice": {"keys": [{"name": "ab", "registrations": [{"crn": CRN}, {"crn": CRN}]}]},
    "a policy twice": {
        "policies": [{"policy_type": "metrics", "policy_data": {"enabled": on}} for on in (True, False)]
    },
    "a list of addresses without the developer's": {"policies": [SHUT_OUT]},
    "such a list of another instance": {"instances": [{"id": SECOND, "policies": [SHUT_OUT]}]},
    "51 rings": {"rings": [f"ring-{number}" for number in range(51)]},
}


@pytest.mark.parametrize("content", IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_what_cannot_be_is_refused_before_anything_is_made(tmp_path: Path, content: object) -> None:
    seed = tmp_path / "seed.json"
    seed.write_text(json.dumps(content))
    with pytest.raises(KeysteadError, match=r"seed\.json cannot be used") as refused:
        read_seeds(seed)
    assert text(NEW) not in str(refused.value)


def test_a_list_of_addresses_that_is_off_or_has_the_developer_s(tmp_path: Path) -> None:
    seed = tmp_path / "seed.json"
    for enabled, address in ((True, "127.0.0.0/8"), (True, "0.0.0.0/0"), (False, "192.0.2.1")):
        data = {"enabled": enabled, "attributes": {"allowed_ip": [address]}}
        seed.write_text(json.dumps({"policies": [{"policy_type": "allowedIP", "policy_data": data}]}))
        assert len(read_seeds(seed).wishes()) == 1


def test_a_refused_list_leaves_nothing_behind(tmp_path: Path) -> None:
    seed = tmp_path / "seed.json"
    seed.write_text(json.dumps({**SEEDS, "policies": [SHUT_OUT]}))
    done = run("dev", "--data", "data", "--port", "0", "--seed", seed, folder=tmp_path)
    assert done.returncode == 1
    assert "the list of allowedIP needs 127.0.0.1" in done.stderr
    assert not list(tmp_path.rglob("keystead.db*"))


NO_SEEDS = (b"", b"[]", b"\xff", b'{"keys": ' + b"[" * 100_000, b" " * (16 << 20) + b"{}")


@pytest.mark.parametrize("octets", NO_SEEDS, ids=["empty", "a list", "no UTF-8", "deep", "huge"])
def test_what_is_no_seed_file(tmp_path: Path, octets: bytes) -> None:
    seed = tmp_path / "seed.json"
    seed.write_bytes(octets)
    with pytest.raises(KeysteadError, match=r"seed\.json cannot be used"):
        read_seeds(seed)


def test_a_file_without_an_end_is_not_read_to_it() -> None:
    with pytest.raises(KeysteadError, match="/dev/zero cannot be used: it is larger"):
        read_seeds(Path("/dev/zero"))


def test_the_seed_file_of_the_docs(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "emulator.md").read_text()
    seed = tmp_path / "seed.json"
    seed.write_text(page.partition("```json\n")[2].partition("```")[0])
    assert [key.name for key in read_seeds(seed).keys] == ["ledger", "made", "shown"]
