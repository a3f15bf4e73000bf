"""Line 5 of cli.md section 8: every command of `kp` with ``--output json``, whatever it does."""

import asyncio
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from certificates import a_certificate
from e2e.console import Console, b64
from keystead.app import open_service
from keystead.config import Settings
from keystead.domain.ids import IamId, InstanceId, random_uuid
from keystead.domain.kmip import ManagedObject, ObjectState, Touch
from keystead.ibmcloud.kp.table import KP
from servers import NO_WAITS, Server, dev, run
from suites.store_placed import putting

MATERIAL: Final = b64(bytes(range(32)))
LOCAL: Final = frozenset({"import-token key-encrypt", "import-token nonce-encrypt", "region-set"})
"""What asks no server."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of this file's own: a clock is moved, and instance policies are set."""
    with dev(tmp_path_factory.mktemp("acceptance"), *NO_WAITS) as running:
        yield running


@dataclass(frozen=True)
class Scene:
    """What a command needs before it can be run."""

    console: Console
    server: Server

    def key(self, *words: str) -> str:
        return str(self.console.json("kp", "key", "create", "a key", *words)["id"])

    def key_after(self, deed: str) -> str:
        """Return a key to which something was done."""
        key = self.key()
        self.console.ok("kp", "key", deed, key)
        return key

    def wrapped(self) -> list[str]:
        key = self.key()
        return [key, self.console.json("kp", "key", "wrap", key, "-p", MATERIAL)["Ciphertext"]]

    def public_key(self) -> str:
        self.console.ok("kp", "import-token", "create")
        return str(self.console.json("kp", "import-token", "show")["payload"])

    def token(self) -> list[str]:
        self.console.ok("kp", "import-token", "create")
        return []

    def ring(self) -> str:
        ring = f"ring-{os.urandom(4).hex()}"
        self.console.ok("kp", "key-ring", "create", ring)
        return ring

    def agreed(self) -> str:
        """Return a key whose deletion somebody has agreed to."""
        key = self.dual()
        self.console.ok("kp", "key", "schedule-delete", key)
        return key

    def dual(self) -> str:
        key = self.key()
        self.console.ok("kp", "key", "policy-update", "dual-auth-delete", key, "-e")
        return key

    def synced(self) -> str:
        """Return a key that nothing was done with for an hour."""
        key = self.key()
        done = run("dev", "clock", "+2h", folder=self.console.home, environment=self.server.exports)
        assert done.returncode == 0, done.stderr
        return key

    def adapter(self) -> str:
        made = self.console.json("kp", "kmip", "adapter-create", "-p", "native_1.0", "-k", self.key())
        return str(made["id"])

    def certificate(self) -> list[str]:
        """Return a certificate, and the option that names its adapter."""
        adapter = self.adapter()
        words = ("kp", "kmip", "cert-create", "-a", adapter, "-c", a_certificate())
        return [str(self.console.json(*words)["id"]), "-a", adapter]

    def object(self) -> list[str]:
        """Return an object, put into the store as a KMIP client would make it, and its adapter's option."""
        adapter = self.adapter()
        touch = Touch(at=datetime.now(UTC), by=IamId("IBMid-1"), certificate=random_uuid())
        made = ManagedObject(
            instance=InstanceId(self.server.instance),
            adapter=adapter,
            id=random_uuid(),
            state=ObjectState.DEACTIVATED,
            created=touch,
            updated=touch,
        )
        asyncio.run(_stored(self.server.log.parent / "data", made))
        return [made.id, "-a", adapter]


async def _stored(data: Path, made: ManagedObject) -> None:
    service = await open_service(Settings(data=data, node="admin"), ready_pairs=0)
    try:
        await service.store.commit(putting(made), None)
    finally:
        await service.close()


COMMANDS: Final[dict[str, Callable[[Scene], list[str]]]] = {
    "import-token create": lambda _: [],
    "import-token show": Scene.token,
    "import-token key-encrypt": lambda it: ["-k", MATERIAL, "-p", it.public_key()],
    "import-token nonce-encrypt": lambda _: ["-k", MATERIAL, "-n", b64(bytes(12))],
    "key create": lambda _: ["a key"],
    "key create-key-with-policy-overrides": lambda _: ["a key", "-r", "-m", "3"],
    "key show": lambda it: [it.key("-k", MATERIAL, "-s")],
    "keys": lambda _: [],
    "key versions": lambda it: [it.key()],
    "key wrap": lambda it: [it.key(), "-p", MATERIAL],
    "key unwrap": Scene.wrapped,
    "key rotate": lambda it: [it.key()],
    "key delete": lambda it: [it.key()],
    "key purge": lambda it: [it.key_after("delete")],
    "key restore": lambda it: [it.key_after("delete")],
    "key disable": lambda it: [it.key()],
    "key enable": lambda it: [it.key_after("disable")],
    "key schedule-delete": lambda it: [it.dual()],
    "key cancel-delete": lambda it: [it.agreed()],
    "key sync": lambda it: [it.synced()],
    "key update": lambda it: [it.key(), "-r", it.ring()],
    "key alias-create": lambda it: [it.key(), f"alias-{os.urandom(4).hex()}"],
    "key alias-delete": lambda it: [it.key("-a", "to-delete"), "to-delete"],
    "key policies": lambda it: [it.key()],
    "key policy-update rotation": lambda it: [it.key(), "-m", "3"],
    "key policy-update dual-auth-delete": lambda it: [it.key(), "-e"],
    "instance policies": lambda _: [],
    "instance policy-update allowed-network": lambda _: ["-e", "-t", "public-and-private"],
    "instance policy-update allowed-ip": lambda _: ["-e", "--allowed-ip", "127.0.0.1"],
    "instance policy-update dual-auth-delete": lambda _: ["-d"],
    "instance policy-update rotation": lambda _: ["-e", "-m", "3"],
    "instance policy-update metrics": lambda _: ["-e"],
    "instance policy-update key-create-import-access": lambda _: ["-d"],
    "key-rings": lambda _: [],
    "key-ring create": lambda _: [f"ring-{os.urandom(4).hex()}"],
    "key-ring delete": lambda it: [it.ring()],
    "registrations": lambda _: [],
    "region-set": lambda _: ["eu-de"],
    "kmip adapter-create": lambda it: ["-p", "native_1.0", "-k", it.key()],
    "kmip adapter": lambda it: [it.adapter()],
    "kmip adapters": lambda _: [],
    "kmip adapter-delete": lambda it: [it.adapter(), "-y"],
    "kmip cert-create": lambda it: ["-a", it.adapter(), "-c", a_certificate()],
    "kmip cert": Scene.certificate,
    "kmip certs": lambda it: it.certificate()[1:],
    "kmip cert-delete": lambda it: [*it.certificate(), "-y"],
    "kmip object": Scene.object,
    "kmip objects": lambda it: it.object()[1:],
    "kmip object-delete": lambda it: [*it.object(), "-y"],
}


def test_acceptance_5_is_asked_of_every_command() -> None:
    units = {"crypto-units", "crypto-unit"}  # which are refused, see tests/unit/ibmcloud/test_offline.py
    assert {command.path.removeprefix("kp ") for command in KP} == COMMANDS.keys() | units


@pytest.mark.parametrize("command", COMMANDS)
def test_acceptance_5_every_command_prints_one_json_value_or_nothing(
    console: Console, server: Server, command: str
) -> None:
    words = COMMANDS[command](Scene(console, server))
    done = console("kp", *command.split(), *words, "--output", "json")
    assert (done.code, done.err) == (0, "")
    value = json.loads(done.out)
    assert isinstance(value, dict | list)
    for wrong in (("--no-such-option",), *(() if command in LOCAL else ((),))):
        nobody = console if wrong else console.having(IBMCLOUD_HOME=str(console.home / "nobody"))
        failed = nobody("kp", *command.split(), *words, *wrong, "--output", "json")
        assert (failed.code, failed.out) == (1, "")
        assert failed.err.startswith("FAILED\n")
