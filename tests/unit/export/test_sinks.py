"""Sinks against real receivers: files, datagrams, streams, TLS and HTTP."""

import json
import re
import socket
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from keystead.client.errors import BadInput
from keystead.export.batches import Batch, Source
from keystead.export.sinks import NotTaken, Sink, TooLarge, line_of, sink_of
from keystead.export.to_syslog import message_of
from unit.audit.sample import CRN, HOST, INSTANCE, ORIGIN
from unit.export.receivers import collecting, receiving, server_tls

HEAD = re.compile(
    rb"<110>1 2026-01-31T19:12:13\.[0-9]{2}Z kms\.example keystead - kms\.secrets\.wrap - (\{.*\})", re.DOTALL
)


@pytest.fixture
def batch(source: Source) -> Batch:
    return source.batch(source.start(), 100)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_an_event_keeps_its_octets_behind_its_place(batch: Batch) -> None:
    record = batch.records[3]
    line = line_of(batch.origin, record)
    assert line.endswith(record.event[1:])
    assert b"\n" not in line
    said = json.loads(line)
    assert (said.pop("logOrigin"), said.pop("logIndex")) == (ORIGIN, 3)
    assert said == json.loads(record.event)
    assert said["target"]["id"] == f"{CRN}:key:{INSTANCE}"


def test_a_file(batch: Batch, tmp_path: Path) -> None:
    file = tmp_path / "events.ndjson"
    sink = sink_of(f"file:{file}", None, None)
    sink.send(batch)
    assert file.stat().st_mode & 0o777 == 0o600
    file.rename(tmp_path / "rotated")
    sink.send(batch)
    for name in ("events.ndjson", "rotated"):
        lines = (tmp_path / name).read_bytes().splitlines()
        assert [json.loads(line)["logIndex"] for line in lines] == list(range(7))


@pytest.mark.parametrize("place", ["nowhere/events", "."])
def test_a_file_that_cannot_be_written(batch: Batch, tmp_path: Path, place: str) -> None:
    with pytest.raises(NotTaken):
        sink_of(f"file:{tmp_path / place}", None, None).send(batch)


def test_a_full_disk_leaves_no_half_batch(batch: Batch) -> None:
    with pytest.raises(NotTaken, match="No space left"):
        sink_of("file:/dev/full", None, None).send(batch)


def test_a_message_of_rfc_5424(batch: Batch) -> None:
    found = HEAD.fullmatch(message_of(batch.origin, batch.records[0]))
    assert found is not None
    assert json.loads(found[1])["logIndex"] == 0
    assert HOST == "kms.example"


@pytest.mark.parametrize(
    ("changes", "head"),
    [
        ((b'"severity":"normal"', b'"severity":"critical"'), b"<106>1 "),
        ((b'"severity":"normal"', b'"severity":"warning"'), b"<108>1 "),
        ((b'"severity":"normal"', b'"severity":"new"'), b"<110>1 "),
        ((b"kms.example", b""), b"<110>1 2026-01-31T19:12:13.32Z - keystead - kms.secrets.wrap - {"),
        ((b"kms.example", b"a b\xc3\xa4"), b"<110>1 2026-01-31T19:12:13.32Z ab keystead - "),
        ((b"kms.secrets.wrap", b"kms.secrets-with-policy-overrides.create"), b"<110>1 "),
    ],
)
def test_heads(batch: Batch, changes: tuple[bytes, bytes], head: bytes) -> None:
    record = batch.records[0]
    changed = replace(record, entry=record.entry.replace(*changes))
    message = message_of(batch.origin, changed)
    assert message.startswith(head)
    assert len(message.split(b" ")[5]) <= 32


def test_datagrams(batch: Batch) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(10)
        sink_of(f"syslog+udp://127.0.0.1:{receiver.getsockname()[1]}", None, None).send(batch)
        got = [receiver.recv(65536) for _ in batch.records]
    assert got == [message_of(batch.origin, record) for record in batch.records]


def test_an_event_that_no_datagram_carries(batch: Batch) -> None:
    record = batch.records[0]
    long = replace(record, entry=record.entry.replace(b"my-key", b"k" * 66_000))
    with pytest.raises(NotTaken, match="too long for a datagram"):
        sink_of("syslog+udp://127.0.0.1:9", None, None).send(replace(batch, records=(long,)))


@pytest.mark.parametrize("scheme", ["syslog+tcp", "syslog+tls"])
def test_streams(batch: Batch, certificate: Path, scheme: str) -> None:
    tls = server_tls(certificate) if scheme == "syslog+tls" else None
    with receiving(tls) as receiver:
        sink = sink_of(f"{scheme}://127.0.0.1:{receiver.port}", certificate / "ca.pem", None)
        with closing(sink):
            sink.send(batch)
            sink.send(batch)
    (octets,) = receiver.sent
    messages = []
    while octets:
        length, _, octets = octets.partition(b" ")
        messages.append(octets[: int(length)])
        octets = octets[int(length) :]
    assert messages == [message_of(batch.origin, record) for record in batch.records] * 2


def send_on(sink: Sink, batch: Batch) -> None:
    """Send *batch* until it is refused: the system takes some before it hears that nobody is there."""
    for _ in range(1000):
        sink.send(batch)
        time.sleep(0.01)


def test_a_receiver_that_hangs_up_and_comes_back(batch: Batch) -> None:
    with (
        receiving() as receiver,
        closing(sink_of(f"syslog+tcp://127.0.0.1:{receiver.port}", None, None)) as sink,
    ):
        receiver.refuses = True
        with pytest.raises(NotTaken, match=str(receiver.port)):
            send_on(sink, batch)
        receiver.refuses = False
        sink.close()
        sink.send(batch)


def test_nobody_listens(batch: Batch, certificate: Path) -> None:
    port = free_port()
    for target in (f"syslog+tcp://127.0.0.1:{port}", f"https://127.0.0.1:{port}/"):
        with closing(sink_of(target, certificate / "ca.pem", None)) as sink, pytest.raises(NotTaken):
            sink.send(batch)


def test_a_certificate_of_somebody_else(batch: Batch, certificate: Path) -> None:
    with receiving(server_tls(certificate)) as receiver:
        sink = sink_of(f"syslog+tls://127.0.0.1:{receiver.port}", None, None)
        with closing(sink), pytest.raises(NotTaken, match="certificate is not trusted"):
            sink.send(batch)
    with collecting(certificate) as collector:
        sink = sink_of(collector.url, None, None)
        with closing(sink), pytest.raises(NotTaken, match="certificate"):
            sink.send(batch)
    assert collector.bodies == []


def test_a_collector(batch: Batch, certificate: Path) -> None:
    with collecting(certificate) as collector:
        sink = sink_of(collector.url, certificate / "ca.pem", "secret-token")
        with closing(sink):
            sink.send(batch)
    (body,) = collector.bodies
    assert [json.loads(line)["logIndex"] for line in body.splitlines()] == list(range(7))
    (headers,) = collector.headers
    assert headers["content-type"] == "application/x-ndjson"
    assert headers["authorization"] == "Bearer secret-token"
    assert (headers["keystead-log"], headers["keystead-first-index"]) == (ORIGIN, "0")


@pytest.mark.parametrize("status", [301, 400, 401, 404, 408, 429, 500, 503])
def test_a_collector_that_takes_nothing(batch: Batch, certificate: Path, status: int) -> None:
    with (
        collecting(certificate) as collector,
        closing(sink_of(collector.url, certificate / "ca.pem", None)) as sink,
    ):
        collector.answers = [status]
        with pytest.raises(NotTaken, match=str(status)) as caught:
            sink.send(batch)
        assert not isinstance(caught.value, TooLarge)
        sink.send(batch)
    assert len(collector.bodies) == 1


def test_a_collector_with_a_limit(batch: Batch, certificate: Path) -> None:
    with (
        collecting(certificate) as collector,
        closing(sink_of(collector.url, certificate / "ca.pem", None)) as sink,
    ):
        collector.longest = 100
        with pytest.raises(TooLarge):
            sink.send(batch)
        with pytest.raises(NotTaken) as caught:
            sink.send(replace(batch, records=batch.records[:1]))
        assert not isinstance(caught.value, TooLarge)


@pytest.mark.parametrize(
    "target",
    [
        "",
        "nowhere",
        "http://127.0.0.1/",
        "ftp://x/",
        "https://user:password@x/",
        "https://",
        "syslog+udp://",
        "syslog+tcp://host:0",
        "syslog+tcp://host:99999",
        "syslog+tls://host:x",
        "syslog+tcp://host/path",
    ],
)
def test_targets_that_are_none(target: str) -> None:
    with pytest.raises(BadInput):
        sink_of(target, None, None)


def test_authorities_and_tokens_that_are_none(tmp_path: Path) -> None:
    for target in ("syslog+tls://host:1", "https://host/"):
        with pytest.raises(BadInput):
            sink_of(target, tmp_path / "none", None)
    with pytest.raises(BadInput, match="no bearer token"):
        sink_of("https://host/", None, "a\nb")
