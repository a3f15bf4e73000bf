"""More connections than the process may have files: who is served already goes on being served."""

import json
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from hostile.wire import Caller, address_of, connected, head, received, send
from servers import KEYSTEAD, Server, dev_command, run

FILES = 160
FLOOD = 2 * FILES
KEYS = "/api/v2/keys"
CREATE = json.dumps({"metadata": {}, "resources": [{"name": "flooded", "extractable": False}]}).encode()


@pytest.fixture
def narrow(tmp_path: Path) -> Iterator[Server]:
    """A server that may have few files open."""
    env_file = tmp_path / "env"
    limited = ["sh", "-c", f'ulimit -n {FILES} && exec "$0" "$@"', KEYSTEAD]
    options: list[str | Path] = ["dev", "--data", tmp_path / "data", "--port", "0", "--env-file", env_file]
    with dev_command([*limited, *options], tmp_path, env_file) as server:
        yield server


@pytest.mark.parametrize("greets", [True, False])
def test_a_flood_of_connections(narrow: Server, tmp_path: Path, greets: bool) -> None:
    with narrow.client() as client:
        caller = Caller(narrow, client.headers["authorization"], client.headers["bluemix-instance"])
    with connected(narrow) as served:
        key = json.loads(asked(served, caller, "POST", KEYS, CREATE))["resources"][0]["id"]
        wrap = f"{KEYS}/{key}/actions/wrap"
        asked(served, caller, "POST", wrap, b"{}")
        with ExitStack() as open_ones:
            for _ in range(FLOOD):
                with suppress(OSError):
                    open_ones.enter_context(opened(narrow, greets))
                asked(served, caller, "POST", wrap, b"{}")
            for _ in range(20):  # and the log signs meanwhile, or cannot
                asked(served, caller, "POST", wrap, b"{}")
        asked(served, caller, "POST", wrap, b"{}")
    assert narrow.stop() == 0, narrow.log.read_text()
    public = tmp_path / "data" / "unit" / "audit-local.public"
    verified = run(
        "audit", "verify", tmp_path / "data" / "audit" / "local", "--public-key", public, folder=tmp_path
    )
    assert verified.returncode == 0, verified.stderr
    events = (tmp_path / "data" / "audit" / "local" / "events").read_text()
    assert events.count('"kms.secrets.wrap"') == FLOOD + 22


def opened(server: Server, greets: bool) -> socket.socket:
    """Return a connection that says nothing, or nothing after the handshake."""
    raw = socket.create_connection(address_of(server), 5)
    if not greets:
        return raw
    try:
        return server.context.wrap_socket(raw, server_hostname="127.0.0.1")
    except OSError:
        raw.close()
        raise


def asked(served: ssl.SSLSocket, caller: Caller, method: str, path: str, body: bytes) -> str:
    send(served, head(method, path, f"Content-Length: {len(body)}", *caller.good) + body)
    answer = received(served)
    assert answer.status in (200, 201), answer
    return answer.text
