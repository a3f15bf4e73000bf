"""A real `keystead serve` that serves metrics, and how to scrape it."""

import json
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

from e2e.places import made
from scraped import Scrape
from servers import Server

SECONDS = 60.0


@dataclass(frozen=True)
class Scraped:
    """A server and where its metrics are."""

    server: Server
    host: str
    port: int

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}/metrics"

    def scrape(self) -> Scrape:
        """Read everything, over plain HTTP."""
        answer = httpx2.get(self.url, trust_env=False, timeout=SECONDS)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        return Scrape(answer.content)

    def connect(self) -> socket.socket:
        """Return one open connection."""
        return socket.create_connection((self.host, self.port), SECONDS)


@contextmanager
def scraped_server(
    folder: Path, listen: str = "127.0.0.1:0", authority: Path | None = None
) -> Iterator[Scraped]:
    """Run `keystead serve` in the new *folder* with metrics at *listen*."""
    place = made(folder, "keystead")
    config = place.config("keystead")
    lines = [f'metrics_listen = "{listen}"']
    if authority is not None:
        lines.append(f'metrics_client_authority = "{authority}"')
    config.write_text("\n".join([*lines, config.read_text()]))
    with place.serving("keystead") as server:
        told = [json.loads(line) for line in server.log.read_text().splitlines()]
        (where,) = (line for line in told if line["event"] == "metrics")
        assert where["tls"] is (authority is not None)
        yield Scraped(server, where["host"], where["port"])


def trusting(folder: Path, client: Path | None = None) -> ssl.SSLContext:
    """Return what a client of the server in *folder* trusts, and who it is itself."""
    context = ssl.create_default_context(cafile=folder / "ca.pem")
    if client is not None:
        context.load_cert_chain(client)
    return context
