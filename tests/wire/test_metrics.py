"""A real server over TLS, scraped by what Prometheus itself reads with."""

import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest

from certificates import client_certificate
from conformance.policies import instance_policy, policies
from e2e.places import made, settled
from keystead.crypto.certificates import make_authority
from keystead.protocols.metrics.families import FAMILIES
from scraped import Scrape
from scraping import SECONDS, Scraped, scraped_server, trusting
from servers import run

KEY = {"metadata": {"collectionTotal": 1}, "resources": [{"name": "measured", "extractable": False}]}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scraped]:
    with scraped_server(tmp_path_factory.mktemp("scraped")) as found:
        yield found


def eventually(scraped: Scraped, holds: Callable[[Scrape], bool]) -> Scrape:
    """Scrape until something *holds*: one reading serves a second, checkpoints and rounds take their time."""
    deadline = time.monotonic() + SECONDS
    while not holds(scrape := scraped.scrape()):
        assert time.monotonic() < deadline, scrape.text
        time.sleep(0.1)
    return scrape


def test_a_server_at_work(running: Scraped) -> None:
    with running.server.client() as client:
        done = client.put("/api/v2/instance/policies", json=policies(instance_policy("metrics")))
        assert done.status_code == 204, done.text
        key = client.post("/api/v2/keys", json=KEY).json()["resources"][0]["id"]
        for _ in range(7):
            assert client.post(f"/api/v2/keys/{key}/actions/wrap", json={}).status_code == 200
        assert client.post(f"/api/v2/keys/{key}/actions/unwrap", json={}).status_code == 400
        assert client.get("/nowhere").status_code == 404
        wraps = {"operation": "secrets.wrap", "code": "200"}
        scrape = eventually(running, lambda found: found.sum("keystead_requests_total", **wraps) == 7)
        assert scrape.one("keystead_requests_total", operation="secrets.unwrap", code="400") == 1
        assert scrape.one("keystead_http_answers_total", code="404") >= 1
        assert scrape.one("keystead_connections_open") >= 1
        assert scrape.one("ibm_kms_api_request_gauge", ibm_kms_api="secrets.wrap") == 7
        assert scrape.one("ibm_kms_api_latency_gauge", ibm_kms_api="secrets.wrap") > 0
        assert key not in scrape.text
    assert {family.name for family in FAMILIES} < {*scrape.families}
    assert scrape.one("process_cpu_seconds_total") > 0
    assert scrape.one("process_open_fds") > 0
    eventually(running, lambda found: found.one("keystead_audit_unsigned_events") == 0)
    eventually(running, lambda found: found.one("keystead_rounds_last_success_timestamp_seconds") > 1.7e9)


def test_a_failed_handshake_is_counted(running: Scraped) -> None:
    before = running.scrape().one("keystead_tls_handshakes_failed_total")
    with pytest.raises(httpx2.TransportError):
        httpx2.get(running.server.url.replace("https", "http"), trust_env=False, timeout=SECONDS)
    eventually(running, lambda found: found.one("keystead_tls_handshakes_failed_total") > before)


def test_the_api_serves_no_metrics(running: Scraped) -> None:
    with running.server.client() as client:
        assert client.get("/metrics").status_code == 404


def test_metrics_are_off_where_nobody_asked_for_them(tmp_path: Path) -> None:
    with made(tmp_path, "keystead").serving("keystead") as server:
        assert '"event":"metrics"' not in server.log.read_text()


def test_with_client_certificates_nobody_else_reads(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    mine, others = make_authority("monitoring", now), make_authority("monitoring", now)
    good, bad, authority = tmp_path / "good.pem", tmp_path / "bad.pem", tmp_path / "monitoring.pem"
    authority.write_bytes(mine.certificate_pem)
    good.write_bytes(client_certificate(mine, "prometheus"))
    bad.write_bytes(client_certificate(others, "prometheus"))
    folder = tmp_path / "server"
    folder.mkdir()
    with scraped_server(folder, "0.0.0.0:0", authority) as found:
        url = f"https://127.0.0.1:{found.port}/metrics"

        def ask(context: ssl.SSLContext) -> httpx2.Response:
            return httpx2.get(url, verify=context, trust_env=False, timeout=SECONDS)

        answer = ask(trusting(folder, good))
        assert Scrape(answer.content).one("keystead_ready") == 1
        for context in (trusting(folder, bad), trusting(folder)):
            with pytest.raises(httpx2.TransportError):
                ask(context)
        with found.connect() as raw, suppress(OSError):
            raw.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
            assert b"keystead_" not in raw.recv(100_000)


def test_a_server_that_everybody_could_read_does_not_start(tmp_path: Path) -> None:
    settled(tmp_path, "keystead", more='metrics_listen = "0.0.0.0:0"\n')
    done = run("serve", folder=tmp_path)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert "metrics_client_authority" in line
    assert not (tmp_path / "data").exists()  # said before anything is opened


def test_a_port_that_is_taken(running: Scraped, tmp_path: Path) -> None:
    settled(tmp_path, "keystead", more=f'metrics_listen = "127.0.0.1:{running.port}"\n')
    assert run("init", "--email", "owner@example.com", folder=tmp_path).returncode == 0
    done = run("serve", folder=tmp_path)
    assert done.returncode == 1
    assert f"port {running.port}" in done.stderr
