"""Behind a proxy: whose word counts, for lists of addresses, for the audit log and for guesses."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from e2e.places import made
from servers import Server, run

GRANT = "urn:ibm:params:oauth:grant-type:apikey"
CLIENT, OTHER = "198.51.100.7", "198.51.100.8"
BAD = ("proxy.example.com", "10.0.0.1/8")


@contextmanager
def serving(folder: Path, settings: str) -> Iterator[Server]:
    place = made(folder, "keystead")
    config = place.config("keystead")
    config.write_text(f"{settings}\n{config.read_text()}")
    with place.serving("keystead") as server:
        yield server


def forwarded(client: str) -> dict[str, str]:
    return {"x-forwarded-for": f"10.1.1.1, {client}"}


@pytest.mark.parametrize(("trusted", "allowed"), [("127.0.0.0/8", True), ("10.0.0.0/8", False)])
def test_a_list_of_addresses_is_held_against_the_client(tmp_path: Path, trusted: str, allowed: bool) -> None:
    with serving(tmp_path, f'trusted_proxies = "{trusted}"') as server, server.client() as client:
        policy = {"policy_type": "allowedIP", "policy_data": {"enabled": True}}
        policy["policy_data"]["attributes"] = {"allowed_ip": [CLIENT, f"{OTHER}/32"]}  # type: ignore[index]
        body = {"metadata": {"collectionType": "x", "collectionTotal": 1}, "resources": [policy]}
        put = client.put("/api/v2/instance/policies", json=body, headers=forwarded(CLIENT))
        if not allowed:
            assert put.status_code == 400, put.text  # whoever sets it would lock himself out
            return
        assert put.status_code == 204, put.text
        for address, status in ((CLIENT, 200), (OTHER, 200), ("198.51.100.9", 401)):
            assert client.get("/api/v2/keys", headers=forwarded(address)).status_code == status
        assert client.get("/api/v2/keys").status_code == 401
        only_from(client, server, OTHER)
        for address, status in ((CLIENT, 401), (OTHER, 200), ("198.51.100.9", 401)):
            assert client.get("/api/v2/keys", headers=forwarded(address)).status_code == status


def only_from(client: httpx2.Client, server: Server, address: str) -> None:
    """Have a context rule let in who comes from *address*; the rules themselves stand open."""
    account = client.get("/v1/apikeys").json()["apikeys"][0]["account_id"]
    zone = {"name": "z", "account_id": account, "addresses": [{"type": "ipAddress", "value": address}]}
    inside = {"name": "networkZoneId", "value": client.post("/v1/zones", json=zone).json()["id"]}
    about = {"accountId": account, "serviceName": "kms", "serviceInstance": server.instance}
    resource = {"attributes": [{"name": name, "value": value} for name, value in about.items()]}
    rule = {"resources": [resource], "contexts": [{"attributes": [inside]}]}
    assert client.post("/v1/rules", json=rule).status_code == 201


def test_guesses_of_one_client_keep_no_other_out(tmp_path: Path) -> None:
    settings = 'trusted_proxies = "127.0.0.1"\nwrong_credentials_per_minute = 3'
    with (
        serving(tmp_path, settings) as server,
        httpx2.Client(base_url=server.url, verify=server.context, trust_env=False) as client,
    ):

        def token(apikey: str, address: str) -> httpx2.Response:
            form = {"grant_type": GRANT, "apikey": apikey}
            return client.post("/identity/token", data=form, headers=forwarded(address))

        assert [token("guess", CLIENT).status_code for _ in range(5)] == [400, 400, 400, 429, 429]
        right = token(server.apikey, CLIENT)  # also what is right, or guessing would go on
        assert (right.status_code, right.json()["errorCode"]) == (429, "BXNIM0430E")
        assert 1 <= int(right.headers["retry-after"]) <= 60
        assert token(server.apikey, OTHER).status_code == 200
    (file,) = (tmp_path / "data").rglob("events")
    events = [json.loads(line)["entry"]["event"] for line in file.read_text().splitlines()]
    asked = {
        event["initiator"]["host"].get("address")
        for event in events
        if "/token" in event["requestData"]["requestURI"]
    }
    assert {CLIENT, OTHER} <= asked


@pytest.mark.parametrize("text", BAD)
def test_proxies_that_are_none_are_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "keystead.toml").write_text(f'data = "data"\ntrusted_proxies = "{text}"\n')
    done = run("serve", folder=tmp_path)
    assert done.returncode == 1
    assert "trusted_proxies" in done.stderr
    assert text in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["keystead.toml"]
