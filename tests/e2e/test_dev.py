"""`keystead dev` as a developer starts it: env file, seeds, restarts, and what it refuses to start with."""

import base64
import json
import os
import socket
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from servers import NO_WAITS, Server, dev, reader, run

NAMES = (
    "KEYSTEAD_URL KEYSTEAD_CA_FILE KEYSTEAD_API_KEY KP_INSTANCE_ID KP_TARGET_ADDR IBMCLOUD_API_KEY "
    "IBMCLOUD_KP_API_ENDPOINT IBMCLOUD_IAM_API_ENDPOINT IBMCLOUD_CONTEXT_BASED_RESTRICTIONS_ENDPOINT "
    "IBMCLOUD_RESOURCE_CONTROLLER_API_ENDPOINT "
    "IBMCLOUD_RESOURCE_MANAGEMENT_API_ENDPOINT IBMCLOUD_RESOURCE_CATALOG_API_ENDPOINT "
    "IBMCLOUD_GS_API_ENDPOINT IBMCLOUD_GT_API_ENDPOINT "
    "IBMCLOUD_USER_MANAGEMENT_ENDPOINT IBMCLOUD_UAA_ENDPOINT IBMCLOUD_HPCS_API_ENDPOINT "
    "REQUESTS_CA_BUNDLE NODE_EXTRA_CA_CERTS SSL_CERT_FILE"
).split()
MATERIAL = bytes(range(32))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder whose name a shell would take apart if it were not quoted."""
    folder = tmp_path / "it's a $HOME folder"
    folder.mkdir()
    return folder


def test_the_env_file(place: Path) -> None:
    with dev(place) as server:
        file = place / "env"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        lines = file.read_text().splitlines()
        assert [line.split("=")[0] for line in lines] == [f"export {name}" for name in NAMES]
        found = sourced(file)
        assert {name: found[name] for name in NAMES} == dict(server.exports)
        addresses = {found[name] for name in NAMES if name.endswith(("URL", "ADDR", "ENDPOINT"))}
        assert addresses == {server.url, f"{server.url}/crypto_v2/"}
        assert found["KEYSTEAD_API_KEY"] == found["IBMCLOUD_API_KEY"]
        cas = ("KEYSTEAD_CA_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE")
        assert {found[name] for name in cas} == {str(place / "data" / "tls" / "ca.pem")}
        assert run("key", "list", folder=place, environment=found).returncode == 0


def sourced(file: Path) -> dict[str, str]:
    """Read *file* as a shell does, and return the environment of what is started then."""
    script = '. "$0" && exec env -0'
    done = subprocess.run(["sh", "-euc", script, file], env=reader(), capture_output=True, check=True)
    return dict(line.split("=", 1) for line in done.stdout.decode().rstrip("\0").split("\0"))


def test_secrets_are_the_owners_alone(place: Path) -> None:
    with dev(place):
        for path in (place / "data").rglob("*"):
            if path.suffix == ".pem" or path.name == "tls" or path.name.endswith(".public"):
                continue
            open_to = stat.S_IMODE(path.stat().st_mode) & 0o077
            inside_private = stat.S_IMODE(path.parent.stat().st_mode) & 0o077 == 0
            assert inside_private or not open_to, path


def test_a_restart_keeps_everything(place: Path) -> None:
    with dev(place) as server, server.client() as client:
        key = create(client, "kept")
        wrapped = client.post(f"{key}/actions/wrap", json={}).json()
    with dev(place) as again:
        same = ("KEYSTEAD_API_KEY", "KP_INSTANCE_ID", "KEYSTEAD_CA_FILE")
        assert [again.exports[name] for name in same] == [server.exports[name] for name in same]
        with again.client() as client:
            body = {"ciphertext": wrapped["ciphertext"]}
            opened = client.post(f"{key}/actions/unwrap", json=body).json()
            assert opened["plaintext"] == wrapped["plaintext"]


def create(client: httpx2.Client, name: str) -> str:
    """Create a root key and return its path."""
    kind = "application/vnd.ibm.kms.key+json"
    resource = {"name": name, "extractable": False}
    body = {"metadata": {"collectionType": kind, "collectionTotal": 1}, "resources": [resource]}
    answer = client.post("/api/v2/keys", json=body)
    return f"/api/v2/keys/{answer.json()['resources'][0]['id']}"


def test_who_removed_the_first_instance_is_led_to_the_next_one(place: Path) -> None:
    wish = {"name": "next", "target": "eu-de", "resource_plan_id": "eedd3585-90c6-4c8f-be3d-062069e99fc3"}
    with dev(place) as server, server.client() as client:
        guid = client.post("/v2/resource_instances", json=wish).json()["guid"]
        assert client.delete(f"/v2/resource_instances/{server.instance}").status_code == 204
    with dev(place) as server, server.client() as client:
        assert server.instance == guid
        assert client.get("/api/v2/keys").status_code == 200
        assert client.delete(f"/v2/resource_instances/{guid}").status_code == 204
    with dev(place) as server, server.client() as client:  # there is none any more, but one can be made
        assert client.get("/api/v2/keys").status_code == 401
        assert client.post("/v2/resource_instances", json=wish).status_code == 201


def test_seeds(place: Path) -> None:
    material = base64.b64encode(MATERIAL).decode()
    keys = [
        {"name": "ledger", "material": material, "ring": "payroll", "aliases": ["ledger"]},
        {"name": "standard", "material": material, "extractable": True},
        {"name": "made", "aliases": ["made"], "description": "by the server"},
    ]
    seed = write(place, json.dumps({"rings": ["payroll", "empty"], "keys": keys}))
    with dev(place, "--seed", seed, *NO_WAITS) as server:
        first = listed(place, server)
        assert sorted((key["name"], key["keyRingID"], key["imported"]) for key in first) == [
            ("ledger", "payroll", True),
            ("made", "default", False),
            ("standard", "default", True),
        ]
        wrapped = run("wrap", "ledger", "--aad", "a", "-o", "json", folder=place, environment=server.exports)
        dek = json.loads(wrapped.stdout)
        assert run("key", "disable", "made", folder=place, environment=server.exports).returncode == 0
        assert run("key", "delete", "standard-no", folder=place, environment=server.exports).returncode == 1
        before = listed(place, server)
    with dev(place, "--seed", seed, *NO_WAITS) as server:
        assert listed(place, server) == before  # nothing was made twice, nothing put back
    (place / "material").write_bytes(MATERIAL)
    words = ["--ciphertext", dek["ciphertext"], "--aad", "a", "--key-file", "material", "-o", "json"]
    opened = run("offline", "unwrap", *words, folder=place)
    assert json.loads(opened.stdout) == {"plaintext": dek["plaintext"]}, opened.stderr


def write(folder: Path, text: str) -> Path:
    file = folder / "seed.json"
    file.write_text(text)
    return file


def listed(folder: Path, server: Server) -> list[dict[str, object]]:
    done = run("key", "list", "-o", "json", folder=folder, environment=server.exports)
    keys: list[dict[str, object]] = json.loads(done.stdout)
    return keys


BAD_SEEDS = {
    "no JSON": "keys: ledger",
    "unknown field": '{"keys": [{"name": "ledger", "matter": "QUJD"}]}',
    "no base64": '{"keys": [{"name": "ledger", "material": "*"}]}',
    "31 octets": json.dumps({"keys": [{"name": "x y", "material": base64.b64encode(bytes(31)).decode()}]}),
    "bad alias": '{"keys": [{"name": "ledger", "aliases": ["no spaces"]}]}',
    "bad ring": '{"rings": [""]}',
    "short name": '{"keys": [{"name": "x"}]}',
}


@pytest.mark.parametrize("text", BAD_SEEDS.values(), ids=BAD_SEEDS)
def test_a_bad_seed_file(place: Path, text: str) -> None:
    seed = write(place, text)
    line = refusal(place, "--seed", seed)
    assert "seed.json" in line
    assert base64.b64encode(bytes(31)).decode() not in line


def test_no_seed_file(place: Path) -> None:
    assert "none.json" in refusal(place, "--seed", "none.json")


def test_a_second_server_on_one_folder(place: Path) -> None:
    with dev(place) as server:
        assert "in use by another process" in refusal(place)
        with server.client() as client:  # the first one goes on
            assert client.get("/api/v2/keys").status_code == 200


def test_an_occupied_port(place: Path) -> None:
    with listening() as port:
        line = refusal(place, "--port", str(port))
        assert f"port {port}" in line
        assert "choose another port" in line


@contextmanager
def listening() -> Iterator[int]:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def test_an_env_file_that_cannot_be_written(place: Path) -> None:
    assert "nowhere" in refusal(place, "--env-file", "nowhere/env")


def test_files_that_others_can_read(place: Path) -> None:
    with dev(place):
        pass
    for name in ("unit/master.key", "unit/seal.key", "access.json"):
        file = place / "data" / name
        file.chmod(0o644)
        line = refusal(place)
        assert name in line
        assert "chmod 600" in line
        file.chmod(0o600)
    with dev(place):
        pass


def test_files_that_have_gone(place: Path) -> None:
    with dev(place) as server, server.client():
        pass
    for name in ("unit/master.key", "unit/seal.key", "audit/local/events"):
        file = place / "data" / name
        aside = file.rename(place / "aside")
        refusal(place)
        assert not file.exists()  # no new one was made in its place
        aside.rename(file)
    with dev(place) as server, server.client() as client:
        assert client.get("/api/v2/keys").status_code == 200


def test_a_folder_that_cannot_be_made(place: Path) -> None:
    (place / "data").write_bytes(b"a file")
    refusal(place)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_somebody_else(place: Path) -> None:
    with dev(place):
        pass
    os.chown(place / "data" / "unit" / "master.key", 65534, 65534)
    assert "belongs to user 65534" in refusal(place)


def refusal(folder: Path, *options: str | Path) -> str:
    """Start a server that must not start, and return the one line that says why."""
    given = [] if "--port" in options else ["--port", "0"]
    env_file = [] if "--env-file" in options else ["--env-file", "refused.env"]
    done = run("dev", "--data", folder / "data", *given, *env_file, *options, folder=folder)
    assert done.returncode == 1, (done.stdout, done.stderr)
    assert done.stdout == ""
    assert not (folder / "refused.env").exists()
    (line,) = done.stderr.splitlines()
    assert line.startswith("keystead: ")
    return line
