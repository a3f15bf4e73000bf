"""`keystead access rotate-signing-key` beside servers that run: they sign with the new key at once."""

import base64
import json
from contextlib import ExitStack
from pathlib import Path

import httpx2

from e2e.places import made
from servers import run


def signed_by(client: httpx2.Client) -> str:
    head = client.headers["authorization"].removeprefix("Bearer ").split(".")[0]
    return str(json.loads(base64.urlsafe_b64decode(head + "=="))["kid"])


def listed(client: httpx2.Client) -> list[str]:
    return [key["kid"] for key in client.get("/identity/keys").json()["keys"]]


def test_every_process_signs_with_the_new_key_and_takes_the_old_tokens(tmp_path: Path) -> None:
    place = made(tmp_path, "a", "b")
    with ExitStack() as stack:
        servers = [stack.enter_context(place.serving(node)) for node in ("a", "b")]
        before = [stack.enter_context(server.client()) for server in servers]
        (old,) = {signed_by(client) for client in before}
        done = run("access", "rotate-signing-key", "--config", "a.toml", folder=tmp_path)
        assert done.returncode == 0, done.stderr
        told = dict(line.split() for line in done.stdout.splitlines())
        assert told["retired"] == old
        after = [stack.enter_context(server.client()) for server in servers]
        assert {signed_by(client) for client in after} == {told["signs"]}
        for client in (*before, *after):
            assert client.get("/api/v2/keys").status_code == 200
            assert listed(client) == [old, told["signs"]]
    with place.serving("a") as server, server.client() as client:
        assert signed_by(client) == told["signs"]
    events = (tmp_path / "data" / "audit" / "admin" / "events").read_text().splitlines()
    assert sum("keystead.signing-key.rotate" in line for line in events) == 1
