"""What a receiver may answer, and who may be one: nothing of it holds a server up, or is believed."""

import asyncio
import ssl
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from e2e.places import write_certificate
from keystead.jobs import webhook
from keystead.jobs.webhook import Letter, NotTaken
from unit.export.receivers import Collector
from unit.jobs.receivers import hostile


def slow(stream: ssl.SSLSocket, stopped: threading.Event) -> None:
    """Send the head of an answer, one octet after the other, for ever."""
    while not stopped.wait(0.01):
        stream.sendall(b"H")


def silent(_: ssl.SSLSocket, stopped: threading.Event) -> None:
    stopped.wait(30)


def endless_head(stream: ssl.SSLSocket, stopped: threading.Event) -> None:
    stream.sendall(b"HTTP/1.1 200 OK\r\n")
    while not stopped.is_set():
        stream.sendall(b"x-more: " + b"a" * 8192 + b"\r\n")


def endless_body(stream: ssl.SSLSocket, stopped: threading.Event) -> None:
    stream.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 999999999999\r\n\r\n")
    while not stopped.is_set():
        stream.sendall(b"a" * 65_536)


def elsewhere(stream: ssl.SSLSocket, _: threading.Event) -> None:
    target = b"https://127.0.0.1:1/elsewhere"
    stream.sendall(b"HTTP/1.1 307 X\r\nlocation: " + target + b"\r\ncontent-length: 0\r\n\r\n")


def no_http(stream: ssl.SSLSocket, _: threading.Event) -> None:
    stream.sendall(b"\x00\x01secret of the receiver\r\n\r\n")


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (slow, "no answer within"),
        (silent, "no answer within"),
        (endless_head, "it cannot be reached, or does not speak HTTP"),
        (endless_body, None),
        (elsewhere, "answered with status 307"),
        (no_http, "it cannot be reached, or does not speak HTTP"),
    ],
    ids=["slow", "silent", "endless head", "endless body", "redirect", "no HTTP"],
)
def test_hostile_receivers(
    certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
    answer: Callable[[ssl.SSLSocket, threading.Event], None],
    why: str | None,
) -> None:
    if why == "no answer within":
        monkeypatch.setattr(webhook, "SECONDS", 0.5)
    authority = (certificate / "ca.pem").read_text()
    with hostile(certificate, answer) as receiver:
        letter = Letter(receiver.url, authority, {"keystead-event-id": "1"}, b"{}")
        if why is None:
            asyncio.run(webhook.post(letter))  # the status said yes, and nothing more was read
        else:
            with pytest.raises(NotTaken, match=why) as caught:
                asyncio.run(webhook.post(letter))
            assert "secret" not in str(caught.value)
        assert len(receiver.heard) == 1


def test_a_receiver_with_a_certificate_of_others_hears_nothing(
    collector: Collector, certificate: Path, tmp_path: Path
) -> None:
    write_certificate(tmp_path, ("127.0.0.1",))
    for authority in ((tmp_path / "ca.pem").read_text(), None):
        with pytest.raises(NotTaken, match="not trusted"):
            asyncio.run(webhook.post(Letter(collector.url, authority, {}, b"{}")))
    named = replace(
        Letter(collector.url, (certificate / "ca.pem").read_text(), {}, b"{}"),
        url=collector.url.replace("127.0.0.1", "localhost"),
    )
    with pytest.raises(NotTaken, match="not trusted"):
        asyncio.run(webhook.post(named))
    assert collector.headers == []


def test_a_proxy_of_the_environment_is_not_asked(
    collector: Collector, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    asyncio.run(webhook.post(Letter(collector.url, (certificate / "ca.pem").read_text(), {}, b"{}")))
    assert collector.bodies == [b"{}"]


@pytest.mark.parametrize("authority", ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_an_authority_that_is_none(authority: str) -> None:
    with pytest.raises(NotTaken, match="no PEM certificate"):
        webhook.trusting(authority)


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1:1/", "https://nobody.invalid/", f"https://{'a' * 64}.example/", "https://[::1"]
)
def test_nobody_at_all_is_no_receiver(url: str) -> None:
    with pytest.raises(NotTaken, match="cannot be reached"):
        asyncio.run(webhook.post(Letter(url, None, {}, b"{}")))
