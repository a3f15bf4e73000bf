"""`keystead dev` with metrics and tracing: a real scrape, and spans at a real collector."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import httpx2
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from servers import KEYSTEAD, dev_command, run

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@contextmanager
def collector(taken: list[bytes]) -> Iterator[str]:
    """Yield the address of a collector that keeps what is sent to it."""

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            taken.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200 if self.path == "/v1/traces" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Collector)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def test_metrics_and_spans(tmp_path: Path) -> None:
    taken: list[bytes] = []
    with collector(taken) as url:
        command: list[str | Path] = [
            "env",
            f"OTEL_EXPORTER_OTLP_ENDPOINT={url}",
            KEYSTEAD,
            "dev",
            "--data",
            tmp_path / "data",
        ]
        options: list[str | Path] = [
            "--port",
            "0",
            "--env-file",
            tmp_path / "env",
            "--metrics",
            "127.0.0.1:0",
            "--tracing",
        ]
        with dev_command([*command, *options], tmp_path, tmp_path / "env") as server:
            with server.client() as client:
                client.headers["traceparent"] = f"00-{TRACE}-00f067aa0ba902b7-01"
                assert client.get("/api/v2/keys").status_code == 200
            lines = [json.loads(line) for line in server.log.read_text().splitlines() if line.startswith("{")]
            (port,) = (line["port"] for line in lines if line["event"] == "metrics")
            told = httpx2.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).text
            assert 'keystead_requests_total{code="200",operation="secrets.list"} 1.0' in told
            assert server.stop() == 0
    spans = [
        (span.trace_id.hex(), span.name)
        for octets in taken
        for resource in ExportTraceServiceRequest.FromString(octets).resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]
    assert {(TRACE, "GET"), (TRACE, "kms.secrets.list"), (TRACE, "audit.append")} <= set(spans)


def test_metrics_beyond_this_machine_are_refused(tmp_path: Path) -> None:
    done = run("dev", "--data", "data", "--port", "0", "--metrics", "0.0.0.0:0", folder=tmp_path)
    assert done.returncode == 1
    assert "metrics_client_authority" in done.stderr
