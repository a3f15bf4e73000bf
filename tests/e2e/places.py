"""A folder from which `keystead serve` runs: certificate of its own, settings, and the first account."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from keystead.app import utc_now
from keystead.crypto.certificates import issue, make_authority
from servers import Server, run, serve

NO_WAITS = "[waits]\nenable_after = 0\nrestore_after = 0\nrotate_every = 0\npurge_after = 0\n"


@dataclass(frozen=True)
class Place:
    """One data folder and database; each node has its settings in ``NODE.toml``."""

    folder: Path
    exports: Mapping[str, str] = field(default_factory=dict)

    def config(self, node: str) -> Path:
        return self.folder / f"{node}.toml"

    @contextmanager
    def serving(self, node: str) -> Iterator[Server]:
        """Run the server of *node*."""
        with serve(self.config(node), self.exports) as server:
            yield server


def settled(
    folder: Path,
    *nodes: str,
    database: str | None = None,
    more: str = "",
    hosts: tuple[str, ...] = ("127.0.0.1",),
) -> Place:
    """Write certificate and settings into *folder*; there is no account yet."""
    write_certificate(folder, hosts)
    top = f'database = "{database}"\n' if database else ""
    for node in nodes:
        (folder / f"{node}.toml").write_text(
            f'data = "data"\nnode = "{node}"\nport = 0\n{top}{more}'
            f'tls_certificate = "server.pem"\ntls_key = "server.key"\n{NO_WAITS}'
        )
    return Place(folder)


def made(
    folder: Path, *nodes: str, database: str | None = None, hosts: tuple[str, ...] = ("127.0.0.1",)
) -> Place:
    """Write certificate and settings, and make the account with `keystead init`."""
    place = settled(folder, *nodes, database=database, hosts=hosts)
    done = run("init", "--email", "owner@example.com", "--config", place.config(nodes[0]), folder=folder)
    assert done.returncode == 0, done.stderr
    told = dict(line.split(None, 1) for line in done.stdout.replace("api key", "apikey").splitlines())
    exports = {
        "KEYSTEAD_CA_FILE": str(folder / "ca.pem"),
        "KEYSTEAD_API_KEY": told["apikey"],
        "KP_INSTANCE_ID": told["instance"],
    }
    return Place(folder, exports)


def write_certificate(folder: Path, hosts: tuple[str, ...] = ("127.0.0.1",)) -> None:
    """Make an authority, and the server's certificate and key that it vouches for."""
    authority = make_authority("Keystead tests", utc_now())
    server = issue(authority, hosts, utc_now())
    (folder / "ca.pem").write_bytes(authority.certificate_pem)
    (folder / "server.pem").write_bytes(server.certificate_pem)
    (folder / "server.key").write_bytes(server.private_key_pem.reveal())
