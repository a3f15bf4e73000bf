"""A service that registers a resource of its own with a root key, as the services of IBM Cloud do."""

import re
from urllib.parse import quote

import httpx2

from servers import READY_SECONDS, Server, run

SERVICE = "crn:v1:bluemix:public:cloud-object-storage:global:a/0a1b:77aa::"
BUCKET = f"{SERVICE[:-2]}:bucket:ledger"


def service_token(server: Server) -> str:
    """Make a service with the role Reader, and return its access token."""
    data = server.log.parent / "data"
    made = run("access", "service", SERVICE, "--role", "Reader", "--data", data, folder=server.log.parent)
    assert made.returncode == 0, made.stderr
    told = dict(re.split(r"  +", line, maxsplit=1) for line in made.stdout.splitlines())
    form = {"grant_type": "urn:ibm:params:oauth:grant-type:apikey", "apikey": told["api key"]}
    answer = httpx2.post(
        f"{server.url}/identity/token",
        data=form,
        verify=server.context,
        trust_env=False,
        timeout=READY_SECONDS,
    )
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


def register(server: Server, token: str, key: str, resource: str = BUCKET) -> None:
    """Register *resource*, which belongs to `SERVICE`, with the root key *key*."""
    headers = {"authorization": f"Bearer {token}", "bluemix-instance": server.instance}
    answer = httpx2.post(
        f"{server.url}/api/v2/keys/{key}/registrations/{quote(resource, safe='')}",
        json={"resources": [{"description": "bucket key"}]},
        headers=headers,
        verify=server.context,
        trust_env=False,
        timeout=READY_SECONDS,
    )
    assert answer.status_code == 200, answer.text
