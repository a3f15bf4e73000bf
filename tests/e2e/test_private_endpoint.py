"""A server with a private endpoint: two listeners, one service."""

import json
from pathlib import Path

import httpx2
import pytest

from e2e.places import made
from servers import Server, dev


def test_private_only(tmp_path: Path) -> None:
    with dev(tmp_path, "--private-port", "0") as server:
        private = server.exports["KEYSTEAD_PRIVATE_URL"]
        assert private not in ("https://127.0.0.1:0", server.url)
        private_only(server, private)
    (file,) = (tmp_path / "data").rglob("events")
    events = [json.loads(line)["entry"]["event"] for line in file.read_text().splitlines()]
    listed = [event for event in events if event["action"] == "kms.secrets.list"]
    outcomes = {(event["outcome"], "address" in event["initiator"]["host"]) for event in listed}
    assert outcomes == {("failure", True), ("success", False)}


def private_only(server: Server, private: str) -> None:
    """Close the public endpoint, use the private one, and open the public one from there."""
    with server.client() as client:
        beside = httpx2.Client(
            base_url=private, verify=server.context, trust_env=False, headers=client.headers
        )
        with beside:
            assert set_network(client, "private-only") == 204
            assert client.get("/api/v2/keys").status_code == 401
            assert set_network(client, "public-and-private") == 401
            assert beside.get("/api/v2/keys").status_code == 200
            shown = beside.get(f"/v2/resource_instances/{server.instance}").json()
            assert shown["extensions"]["endpoints"] == {"public": server.url, "private": private}
            assert set_network(beside, "public-and-private") == 204
            assert beside.get("/healthz").status_code == 200


def set_network(client: httpx2.Client, network: str) -> int:
    data = {"enabled": True, "attributes": {"allowed_network": network}}
    policy = {"policy_type": "allowedNetwork", "policy_data": data}
    body = {"metadata": {"collectionType": "x", "collectionTotal": 1}, "resources": [policy]}
    return client.put("/api/v2/instance/policies", json=body).status_code


def test_a_server_says_where_it_listens(tmp_path: Path) -> None:
    place = made(tmp_path, "keystead")
    config = place.config("keystead")
    config.write_text(f'private_listen = "127.0.0.1:0"\n{config.read_text()}')
    with place.serving("keystead") as server:
        (line,) = [line for line in server.log.read_text().splitlines() if '"ready"' in line]
        facts = json.loads(line)
        private = f"https://127.0.0.1:{facts['private_port']}"
        assert facts["private_host"] == "127.0.0.1"
        with server.client() as client:
            beside = httpx2.Client(base_url=private, verify=server.context, trust_env=False)
            with beside:
                answer = beside.get("/api/v2/keys", headers=client.headers)
                assert answer.status_code == 200
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(private, trust_env=False, verify=False)
