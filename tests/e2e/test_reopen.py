"""`keystead access reopen`: a way back into an instance whose policies let nobody in, beside the server."""

from pathlib import Path

import httpx2

from e2e.places import made
from servers import run


def set_policy(client: httpx2.Client, kind: str, attributes: dict[str, object]) -> int:
    resource = {"policy_type": kind, "policy_data": {"enabled": True, "attributes": attributes}}
    collection = "application/vnd.ibm.kms.policy+json"
    body = {"metadata": {"collectionType": collection, "collectionTotal": 1}, "resources": [resource]}
    return client.put("/api/v2/instance/policies", json=body).status_code


def test_a_locked_instance_is_reopened_by_the_operator_alone(tmp_path: Path) -> None:
    place = made(tmp_path, "a")
    with place.serving("a") as server, server.client() as client:
        assert set_policy(client, "allowedNetwork", {"allowed_network": "private-only"}) == 204
        assert set_policy(client, "allowedIP", {"allowed_ip": ["127.0.0.1"]}) == 204
        assert client.get("/api/v2/keys").status_code == 401
        told = [reopened(tmp_path) for _ in range(2)]
        assert told == ["allowedIP, allowedNetwork", "nothing: neither policy was on"]
        assert client.get("/api/v2/keys").status_code == 200
        found = client.get("/api/v2/instance/policies").json()["resources"]
        assert [policy["policy_data"]["enabled"] for policy in found] == [False, False]
    events = (tmp_path / "data" / "audit" / "admin" / "events").read_text().splitlines()
    mine = [line for line in events if "keystead.instance-policies.reopen" in line]
    assert len(mine) == 2
    assert '"policyAllowedIPEnabled":true' in mine[0]


def reopened(folder: Path) -> str:
    done = run("access", "reopen", "--config", "a.toml", folder=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout.removeprefix("turned off").strip()
