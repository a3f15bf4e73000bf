"""Somebody with a token of the company's identity provider works with keys, as far as was granted here."""

import json
import re
from pathlib import Path

import httpx2
import pytest

from e2e.places import made
from identity_provider import providing
from servers import run

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
                provider.answers["/keys"] = 503, b""
                provider.add_rsa("three")
                assert create(provider.token("three")).status_code in (401, 503)
                assert create(provider.token(jti="another")).status_code == 201  # its key is known


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
"""


GOOD = {"issuer": "https://idp.example", "audience": "keystead", "account": "0" * 32, "identities": {}}


@pytest.mark.parametrize(
    ("named", "changes"),
    [
        ("issuer", {"issuer": "http://idp.example"}),
        ("issuer", {"issuer": "idp.example"}),
        ("audience", {"audience": ""}),
        ("account", {"account": "mine"}),
        ("jwks_url", {"jwks_url": "file:///etc/passwd"}),
        ("surprise", {"surprise": 1}),
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
