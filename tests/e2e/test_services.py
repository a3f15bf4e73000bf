"""`keystead services` beside a running server: a receiver is named and told, and what it says is shown."""

import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from e2e.places import write_certificate
from registering import BUCKET, register, service_token
from servers import NO_WAITS, READY_SECONDS, Server, dev, run
from unit.export.receivers import Collector, collecting

SECRET = b"2f0f6a1b-a-secret-that-is-never-shown-5c77"
COS = "cloud-object-storage"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    write_certificate(folder, ("127.0.0.1",))
    return folder


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of this file: what it does by itself is looked at here."""
    with dev(tmp_path_factory.mktemp("own"), *NO_WAITS) as running:
        yield running


def services(server: Server, *words: str | Path) -> tuple[int, str, str]:
    folder = server.log.parent
    done = run("services", *words, "--data", folder / "data", folder=folder)
    assert SECRET.decode() not in done.stdout + done.stderr
    return done.returncode, done.stdout, done.stderr


def a_secret(folder: Path, octets: bytes = SECRET + b"\n", mode: int = 0o600) -> Path:
    file = folder / "secret"
    file.write_bytes(octets)
    file.chmod(mode)
    return file


def until_told(collector: Collector) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not collector.bodies:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_service_hears_of_its_key_and_acknowledges(own: Server, certificate: Path, tmp_path: Path) -> None:
    with collecting(certificate) as collector, own.client() as client:
        words = ("--url", collector.url, "--secret-file", a_secret(tmp_path))
        code, out, err = services(own, "set", COS, *words, "--ca-file", certificate / "ca.pem")
        assert (code, err) == (0, "")
        assert out == f"{COS} hears of its keys at {collector.url}\n"
        (shown,) = json.loads(services(own, "list", "-o", "json")[1])
        assert (shown["service"], shown["url"], shown["authority"]) == (COS, collector.url, True)
        made = client.post("/api/v2/keys", json=a_key()).json()["resources"][0]["id"]
        token = service_token(own)
        register(own, token, made)
        assert client.post(f"/api/v2/keys/{made}/actions/disable").status_code == 204
        until_told(collector)
        body, headers = collector.bodies[0], collector.headers[0]
        said = json.loads(body)
        assert (said["eventType"], said["keyState"], said["resourceCrns"]) == ("disable", 2, [BUCKET])
        told_at, proof = (part.split("=")[1] for part in headers["keystead-signature"].split(","))
        assert proof == hmac.new(SECRET, told_at.encode() + b"." + body, hashlib.sha256).hexdigest()
        assert abs(time.time() - int(told_at)) < READY_SECONDS
        (waiting,) = json.loads(services(own, "events", "-o", "json")[1])
        assert (waiting["eventId"], waiting["key"]) == (said["eventId"], made)
        assert waiting["state"] in {"pending", "delivered"}  # the server may be about to note it
        acknowledge(own, token, said["eventId"])
        (kept,) = json.loads(services(own, "events", "--all", "-o", "json")[1])
        assert (kept["state"], kept["adopterKeyState"]) == ("acknowledged", "DEK_DISABLED")
        assert said["eventId"] not in services(own, "events")[1]
        assert services(own, "remove", COS)[:2] == (0, f"{COS} has no receiver any more\n")
    everything = [file for file in (own.log.parent / "data").rglob("*") if file.is_file()]
    assert not [file for file in [own.log, *everything] if SECRET in file.read_bytes()]


def a_key() -> dict[str, object]:
    kind = "application/vnd.ibm.kms.key+json"
    resource = {"type": kind, "name": "a key", "extractable": False}
    return {"metadata": {"collectionType": kind, "collectionTotal": 1}, "resources": [resource]}


def acknowledge(server: Server, token: str, event: str) -> None:
    resource = {"eventId": event, "adopterKeyState": "DEK_DISABLED", "timestamp": "2031-05-04T09:08:07Z"}
    answer = httpx2.post(
        f"{server.url}/api/v2/event_ack",
        json={"metadata": {"collectionTotal": 1}, "resources": [resource]},
        headers={"authorization": f"Bearer {token}", "bluemix-instance": server.instance},
        verify=server.context,
        trust_env=False,
        timeout=READY_SECONDS,
    )
    assert answer.status_code == 204, answer.text


def test_what_no_receiver_may_be(own: Server, tmp_path: Path) -> None:
    """The rest of this is in the tests of the domain: a command takes seconds."""
    secret = a_secret(tmp_path)
    word = "https://user:hunter2@receiver.example/"
    code, out, err = services(own, "set", COS, "--url", word, "--secret-file", secret)
    assert (code, out, "no user, no password" in err, "hunter2" in err) == (1, "", True, False)
    url = ("--url", "https://receiver.example/")
    code, _, err = services(own, "set", COS, *url, "--secret-file", secret, "--ca-file", secret)
    assert (code, "holds no PEM certificate" in err) == (1, True)
    code, _, err = services(own, "set", COS, *url, "--secret-file", a_secret(tmp_path, SECRET[:31]))
    assert (code, "31 octets" in err) == (1, True)
    code, _, err = services(own, "set", COS, *url, "--secret-file", a_secret(tmp_path, mode=0o644))
    assert (code, "mode" in err or "others" in err) == (1, True)
