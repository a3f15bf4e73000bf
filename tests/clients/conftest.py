"""The server that every client's program is pointed at."""

from collections.abc import Iterator

import pytest

from registering import SERVICE, register, service_token
from servers import NO_WAITS, Server, dev, run

CLIENTS = ("node", "go", "java")
KEY = "application/vnd.ibm.kms.key+json"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server where a service has registered a resource for each client, two hours ago, so that it may sync.

    No client can register: that is for services. Each undoes what it does to policies of the instance.
    """
    folder = tmp_path_factory.mktemp("server")
    with dev(folder, *NO_WAITS) as running:
        token = service_token(running)
        for client in CLIENTS:
            register(running, token, _key(running), f"{SERVICE[:-2]}:bucket:{client}")
        moved = run("dev", "clock", "+2h", folder=folder, environment=running.exports)
        assert moved.returncode == 0, moved.stderr
        yield running


def _key(server: Server) -> str:
    body = {
        "metadata": {"collectionType": KEY, "collectionTotal": 1},
        "resources": [{"type": KEY, "name": "registered", "extractable": False}],
    }
    with server.client() as client:
        return str(client.post("/api/v2/keys", json=body).json()["resources"][0]["id"])
