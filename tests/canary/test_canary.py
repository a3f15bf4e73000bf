"""Promise 2: after a run over the whole API, no secret lies about anywhere; and the search can find one."""

import asyncio
import base64
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2 as httpx
import pytest

from canary import faulty
from canary.forms import Canary, canary, found_below, found_in, marked
from canary.traffic import Marks, Traffic, right, text64, wrong
from chaos.serving import Place, make_place
from keystead.protocols.metrics.door import FRESH_SECONDS
from keystead.units.master_key import load
from keystead.units.seals import FileSeal
from postgres import Cluster, own_postgres_cluster  # noqa: F401 - a fixture


@dataclass
class Scene:
    """A running server whose unit can be made to break, and where everything of it lies."""

    place: Place
    database: Path | None  # folder of PostgreSQL
    traffic: Traffic
    metrics: bytes = b""

    @property
    def seal_file(self) -> Path:
        return self.place.data / "unit" / "seal.key"

    def secrets(self) -> list[Canary]:
        """Return what must not be found: the run's own material, and the keys of unit and caller."""
        unit = self.place.data / "unit"
        seal = bytes.fromhex(self.seal_file.read_text())
        return [
            *self.traffic.marks.canaries(),
            canary("API key", self.place.apikey.encode()),
            *(canary("API key made over the network", text.encode()) for text in self.traffic.texts),
            canary("bearer token", self.traffic.token.rpartition(".")[2].encode()),
            canary("master key", load(unit / "master.key", FileSeal(self.seal_file)).reveal()),
            canary("seal", seal),
        ]

    def found(self) -> list[str]:
        """Search everything: database, journal, audit log, unit, settings, output, errors."""
        secrets = self.secrets()
        found = found_below(self.place.folder, secrets, but=[self.seal_file])
        if self.database is not None:
            found += found_below(self.database, secrets)
        found += [f"metrics: {what}" for what in found_in(self.metrics, secrets)]
        return found + [f"an error: {what}" for what in found_in(b"\n".join(self.traffic.errors), secrets)]

    def scrape(self) -> None:
        """Keep what the metrics say, beside what they said before."""
        url = f"http://127.0.0.1:{self.place.metrics_port}/metrics"
        answer = httpx.get(url, trust_env=False, timeout=60)
        assert answer.status_code == 200, answer.text
        self.metrics += answer.content


@pytest.fixture(params=["sqlite", "postgres"])
def scene(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Scene]:
    cluster: Cluster | None = None
    if request.param == "postgres":
        cluster = request.getfixturevalue("own_postgres_cluster")
    place = asyncio.run(make_place(tmp_path / "server", cluster.fresh() if cluster else None, metrics=True))
    asyncio.run(place.start("-c", "import canary.faulty; canary.faulty.run()"))
    try:
        token = asyncio.run(place.token())
        with httpx.Client(base_url=place.url, verify=place.context, trust_env=False, timeout=60) as client:
            yield Scene(
                place,
                cluster.log.parent if cluster else None,
                Traffic(client, token, place.instance, Marks()),
            )
    finally:
        place.kill()


def test_no_secret_lies_about(scene: Scene) -> None:
    measured = {"policy_type": "metrics", "policy_data": {"enabled": True}}
    body = {"metadata": {"collectionTotal": 1}, "resources": [measured]}
    assert scene.traffic.ask("PUT /instance/policies", body).is_success
    key = right(scene.traffic)
    scene.scrape()
    wrong(scene.traffic, key)
    _break_the_unit(scene.traffic, key)
    _use_the_command_line(scene)
    time.sleep(FRESH_SECONDS)
    scene.scrape()
    assert b'ibm_kms_api="secrets.rotate"' in scene.metrics
    assert b'keystead_requests_total{code="500",operation="secrets.wrap"}' in scene.metrics
    assert {400, 401, 409, 410, 500} <= scene.traffic.statuses
    assert scene.found() == []  # while the server runs, so with its journal
    assert scene.place.process is not None
    scene.place.process.send_signal(signal.SIGTERM)
    assert scene.place.process.wait(30) == 0
    assert scene.found() == []
    _require_the_search_to_work(scene)


def _break_the_unit(traffic: Traffic, key: str) -> None:
    """Let an error that shows everything come up from the depths: the caller gets a bare 500."""
    dek = text64(marked(traffic.marks.dek, 32))
    poisoned = {"plaintext": dek, "aad": [faulty.POISON]}
    assert traffic.ask("POST /keys/{key}/actions/wrap", poisoned, key=key).status_code == 500
    material = traffic.material(25) + faulty.POISON.encode()
    assert len(material) == 32
    assert traffic.create(payload=text64(material)).status_code == 500
    body = {"payload": text64(material)}
    assert traffic.ask("POST /keys/{key}/actions/rotate", body, key=key).status_code == 500


def _use_the_command_line(scene: Scene) -> None:
    """Bring a key with each sort of key file and token; standard output and error count as logs."""
    place, mark = scene.place, scene.traffic.marks.material
    home = place.folder / "home"
    home.mkdir()
    authority = place.folder / "ca.pem"
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "KEYSTEAD_URL": place.url,
        "KEYSTEAD_CA_FILE": str(authority),
        "KEYSTEAD_API_KEY": place.apikey,
        "KP_INSTANCE_ID": place.instance,
    }
    with (place.folder / "cli-output").open("ab") as output:

        def run(material: bytes, *words: str) -> int:
            """Run one command with *material* on its standard input."""
            command = [sys.executable, "-m", "keystead", *words]
            return subprocess.run(
                command, input=material, stdout=output, stderr=output, env=environment, check=False
            ).returncode

        first, second = marked(mark, 32), marked(mark, 32)
        brought = ("--key-file", "-")
        assert run(first.hex().encode(), "byok", "create", "owned", "--alias", "owned", *brought) == 0
        assert run(base64.b64encode(second), "byok", "rotate", "owned", "--post-quantum", *brought) == 0
        assert run(base64.b64encode(second), "byok", "verify", "owned", *brought) == 0
        assert run(base64.b64encode(first), "byok", "verify", "owned", *brought) == 1
        assert run(base64.b64encode(marked(mark, 31)), "byok", "create", "short", *brought) == 1
        assert run(marked(mark, 24).hex().encode()[:-1], "byok", "rotate", "owned", *brought) == 1
        assert run(b"", "key", "list") == 0
        assert run(b"", "key", "show", "owned") == 0


def _require_the_search_to_work(scene: Scene) -> None:
    """Plant each secret where nobody may have one, each in another form: all of them are found."""
    plant = scene.place.data / "audit" / "local" / "plant"
    secrets = scene.secrets()
    for i in range(len(secrets)):
        needles = list(secrets[i].needles.values())
        with plant.open("ab") as file:
            file.write(os.urandom(100) + needles[i % len(needles)] + b"\n")
    found = "\n".join(scene.found())
    assert [secret.name for secret in secrets if f"{plant}: {secret.name}" not in found] == []
