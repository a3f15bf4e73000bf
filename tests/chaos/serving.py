"""`keystead serve` as a process that can be killed, on SQLite or PostgreSQL, with an account already."""

import asyncio
import os
import random
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx2 as httpx

from chaos.forked import Forked
from keystead.app import open_service, utc_now
from keystead.config import Settings
from keystead.crypto.certificates import issue, make_authority

_READY = 60.0  # seconds
_PORTS = range(20_000, 32_000)  # below what the system gives to outgoing connections


@dataclass
class Place:
    """One data folder with its account, certificate and settings; servers come and go on it."""

    folder: Path
    database: str | None
    port: int
    instance: str = ""
    apikey: str = ""
    metrics_port: int | None = None
    process: "subprocess.Popen[bytes] | Forked | None" = None
    context: ssl.SSLContext = field(default_factory=ssl.create_default_context)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def output(self) -> Path:
        """What the servers wrote to standard output and error, one after the other."""
        return self.folder / "output"

    @property
    def config(self) -> Path:
        return self.folder / "keystead.toml"

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    async def start(self, *program: str) -> None:
        """Start a server and wait until it accepts connections; *program* stands in for ``-m keystead``."""
        await self._ready(self._begin(program or ("-m", "keystead")))

    async def fork(self) -> None:
        """Do the same with a server of `chaos.forked`, which is there sooner."""
        await self._ready(Forked(self.config, self.output))

    async def _ready(self, process: "subprocess.Popen[bytes] | Forked") -> None:
        self.process = process
        deadline = time.monotonic() + _READY
        while not accepts(self.port):
            if process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise AssertionError(f"no start: {self.output.read_text()}")
            await asyncio.sleep(0.01)

    def _begin(self, program: Sequence[str]) -> "subprocess.Popen[bytes]":
        with self.output.open("ab") as output:
            return subprocess.Popen(
                [sys.executable, *program, "serve", "--config", self.config],
                env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    def kill(self) -> None:
        """Kill the server with SIGKILL; safe to call when there is none."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def client(self) -> httpx.AsyncClient:
        """Return a client with connections of its own."""
        return httpx.AsyncClient(base_url=self.url, verify=self.context, trust_env=False, timeout=30)

    async def token(self) -> str:
        """Return a bearer token of the owner."""
        form = {"grant_type": "urn:ibm:params:oauth:grant-type:apikey", "apikey": self.apikey}
        async with self.client() as client:
            answer = await client.post("/identity/token", data=form)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])


async def make_place(folder: Path, database: str | None, *, metrics: bool = False) -> Place:
    """Make certificate, settings and account in *folder*, which is new; nothing is running afterwards."""
    place = Place(folder, database, free_port(), metrics_port=free_port() if metrics else None)
    _furnish(place)
    service = await open_service(Settings(data=place.data, database=database))
    text, _ = service.new_api_key()
    beginning = await service.begin(text, email="owner@example.com", kind="kms", region="us-south")
    await service.close()
    place.instance, place.apikey = beginning.instance.id, text.reveal().decode()
    return place


def _furnish(place: Place) -> None:
    """Write certificate and settings."""
    folder = place.folder
    folder.mkdir(parents=True)
    authority = make_authority("Keystead chaos", utc_now())
    server = issue(authority, ("127.0.0.1",), utc_now())
    (folder / "ca.pem").write_bytes(authority.certificate_pem)
    (folder / "server.pem").write_bytes(server.certificate_pem)
    (folder / "server.key").write_bytes(server.private_key_pem.reveal())
    place.context = ssl.create_default_context(cafile=folder / "ca.pem")
    place.config.write_text(_settings(place))


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on."""
    while True:
        port = random.choice(_PORTS)  # noqa: S311 - no secret
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def accepts(port: int) -> bool:
    """Tell whether somebody listens on *port*."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _settings(place: Place) -> str:
    database = f'database = "{place.database}"\n' if place.database else ""
    metrics = f'metrics_listen = "127.0.0.1:{place.metrics_port}"\n' if place.metrics_port else ""
    return (
        f'data = "data"\nport = {place.port}\n{database}{metrics}'
        'tls_certificate = "server.pem"\ntls_key = "server.key"\n'
        "[waits]\nenable_after = 0\nrestore_after = 0\nrotate_every = 0\npurge_after = 0\n"
    )
