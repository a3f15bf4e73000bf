"""Somebody with a token of the company's identity provider works with keys, as far as was granted here."""

import json
import re
from pathlib import Path

import httpx2
import pytest
from ibm_cloud_sdk_core import ApiException
from ibm_cloud_sdk_core.token_managers.container_token_manager import ContainerTokenManager

from e2e.places import made
from identity_provider import Provider, providing
from servers import Server, run

CLUSTER = "crn:v1:bluemix:public:containers-kubernetes:us-south:a/0a1b:c1::"
USER = ("access", "user", "alice@example.com", "--role", "Writer")


def test_a_token_of_another_issuer(tmp_path: Path) -> None:
    with providing(tmp_path / "provider") as provider:
        (tmp_path / "place").mkdir()
        place = made(tmp_path / "place", "keystead")
        config = place.config("keystead")
        shown = run(*USER, "--config", config, folder=tmp_path)
        assert shown.returncode == 0, shown.stderr
        found = re.search(r"IBMid-\S+", shown.stdout)
        assert found is not None
        with config.open("a") as file:
            file.write(settings(provider.url, account(place.folder), found[0]))
        with place.serving("keystead") as server:
            headers = {"bluemix-instance": server.instance}
            with httpx2.Client(base_url=server.url, verify=server.context, trust_env=False) as client:

                def create(token: str) -> httpx2.Response:
                    key = {"name": "key", "type": "application/vnd.ibm.kms.key+json", "extractable": False}
                    body = {
                        "metadata": {"collectionType": key["type"], "collectionTotal": 1},
                        "resources": [key],
                    }
                    bearer = {**headers, "authorization": f"Bearer {token}"}
                    return client.post("/api/v2/keys", json=body, headers=bearer)

                made_key = create(provider.token())
                assert made_key.status_code == 201, made_key.text
                assert made_key.json()["resources"][0]["createdBy"] == found[0]
                assert create(provider.token(sub="mallory")).status_code == 401
                assert create(provider.token(aud="another")).status_code == 401
                check_workload(server, client, provider, tmp_path)
                provider.answers["/keys"] = 503, b""
                provider.add_rsa("three")
                assert create(provider.token("three")).status_code in (401, 503)
                assert create(provider.token(jti="another")).status_code == 201  # its key is known


def check_workload(server: Server, client: httpx2.Client, provider: Provider, folder: Path) -> None:
    """IBM's core exchanges a token of a cluster that it reads from a file, as it does in a pod."""
    with server.client() as owner:
        me = owner.get("/v1/apikeys").json()["apikeys"][0]
        profile = owner.post("/v1/profiles", json={"account_id": me["account_id"], "name": "pod"}).json()
        link = {"crn": CLUSTER, "namespace": "prod", "name": "vault"}
        made_link = owner.post(
            f"/v1/profiles/{profile['id']}/links", json={"cr_type": "IKS_SA", "link": link}
        )
        assert made_link.status_code == 201, made_link.text
    file = folder / "cr-token"
    file.write_text(provider.token(sub="system:serviceaccount:prod:vault"))
    managers = [
        ContainerTokenManager(cr_token_filename=str(file), url=server.url, **named)
        for named in ({"iam_profile_name": "pod"}, {"iam_profile_id": profile["id"]})
    ]
    for manager in managers:
        manager.http_config = {"verify": server.ca_file}
        head = {"authorization": f"Bearer {manager.get_token()}", "bluemix-instance": server.instance}
        assert client.get("/v1/apikeys", headers=head).json()["apikeys"] == []
    file.write_text(provider.token(sub="system:serviceaccount:prod:other"))
    with pytest.raises(ApiException) as caught:
        managers[0].request_token()
    assert caught.value.status_code == 400


def account(folder: Path) -> str:
    """Return the id of the place's account."""
    events = "".join(file.read_text() for file in folder.rglob("events"))
    found = re.search(r"a/([0-9a-f]{32}):", events)
    assert found is not None
    return found[1]


def settings(issuer: str, account_id: str, iam_id: str) -> str:
    return f"""
[[identity_providers]]
issuer = "{issuer}"
audience = "keystead"
account = "{account_id}"
ca_file = "../provider/ca.pem"
identities = {{ alice = {json.dumps(iam_id)} }}
cluster = "{CLUSTER}"
"""


GOOD = {"issuer": "https://idp.example", "audience": "keystead", "account": "0" * 32, "identities": {}}


@pytest.mark.parametrize(
    ("named", "changes"),
    [
        ("issuer", {"issuer": "http://idp.example"}),
        ("issuer", {"issuer": "idp.example"}),
        ("issuer", {"issuer": "https://idp.example/staff#ada"}),
        ("issuer", {"issuer": "https://idp.example/?staff"}),
        ("audience", {"audience": ""}),
        ("account", {"account": "mine"}),
        ("jwks_url", {"jwks_url": "file:///etc/passwd"}),
        ("surprise", {"surprise": 1}),
        ("cluster", {"cluster": "my-cluster"}),
        ("own issuer", {"issuer": "https://iam.cloud.ibm.com/identity"}),
        ("cannot be read", {"ca_file": "not-there.pem"}),
    ],
)
def test_settings_that_are_wrong(tmp_path: Path, named: str, changes: dict[str, object]) -> None:
    wish = {**GOOD, **changes}
    lines = [
        f"{name} = {json.dumps(value)}" if value != {} else f"{name} = {{}}" for name, value in wish.items()
    ]
    (tmp_path / "keystead.toml").write_text("\n".join(['data = "data"', "[[identity_providers]]", *lines]))
    done = run("serve", folder=tmp_path)
    assert done.returncode == 1
    assert named in done.stderr
    assert "Traceback" not in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["keystead.toml"]
