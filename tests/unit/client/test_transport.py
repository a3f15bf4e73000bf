import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from keystead.client import transport
from keystead.client.errors import BadInput, RemoteError
from keystead.client.transport import Transport, base_url
from unit.client.fake_key_protect import FakeKeyProtect, running, serving


def failure(url: str, ca_file: Path | None, seconds: float | None = None) -> RemoteError:
    with Transport(ca_file, seconds) as sending, pytest.raises(RemoteError) as caught:
        sending.send("GET", f"{url}/anything", headers={})
    return caught.value


def test_a_server_of_another_authority_is_not_trusted(fake: FakeKeyProtect, tmp_path: Path) -> None:
    with serving(tmp_path) as other:
        assert failure(fake.url, other.ca_file).reason == "CERTIFICATE_UNTRUSTED"
    assert fake.seen == []


def test_the_systems_authorities_do_not_vouch_for_a_private_one(fake: FakeKeyProtect) -> None:
    assert failure(fake.url, None).reason == "CERTIFICATE_UNTRUSTED"


def test_a_closed_port_is_unreachable(fake: FakeKeyProtect) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"https://127.0.0.1:{unused.getsockname()[1]}"
        error = failure(url, fake.ca_file)
    assert error.reason == "SERVER_UNREACHABLE"
    assert url in error.message


def test_a_server_without_tls_is_unreachable(fake: FakeKeyProtect) -> None:
    server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    with running(server):
        error = failure(f"https://127.0.0.1:{server.server_address[1]}", fake.ca_file)
    assert error.reason == "SERVER_UNREACHABLE"


def test_a_server_that_never_answers_is_given_up(
    fake: FakeKeyProtect, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, enough = threading.Event(), threading.Event()

    def wait(_: object) -> tuple[int, bytes]:
        asked.set()
        enough.wait()
        return 200, b""

    monkeypatch.setattr(fake, "respond", wait)
    try:
        assert failure(fake.url, fake.ca_file, seconds=0.2).reason == "ANSWER_TIMEOUT"
    finally:
        enough.set()
    assert asked.is_set()


def test_an_answer_that_is_too_long_is_not_read_to_its_end(
    fake: FakeKeyProtect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "MAX_ANSWER", 1000)
    fake.answers["GET", "/anything"] = (200, bytes(1001))
    assert failure(fake.url, fake.ca_file).reason == "ANSWER_UNREADABLE"


def test_a_redirect_is_not_followed(fake: FakeKeyProtect) -> None:
    fake.answers["GET", "/anything"] = (302, b"")
    with Transport(fake.ca_file) as sending:
        answer = sending.send("GET", f"{fake.url}/anything", headers={})
    assert answer.status == 302
    assert not answer.ok
    assert len(fake.seen) == 1


@pytest.mark.parametrize(
    "text", ["http://127.0.0.1:1", "127.0.0.1:8443", "", "https://", "https://me:pw@host", "ftp://x"]
)
def test_only_https_is_an_address(text: str) -> None:
    with pytest.raises(BadInput):
        base_url(text)


@pytest.mark.parametrize(
    "text", ["https://h:1", "https://h:1/", "https://h:1/api/v2", "https://h:1/api/v2/ "]
)
def test_an_address_may_end_as_sdks_write_it(text: str) -> None:
    assert base_url(text) == "https://h:1"


@pytest.mark.parametrize("more", ["/path?x", "?", "/?x=1", "#part", "/api/v2?x#y"])
def test_a_server_is_named_without_a_query(more: str) -> None:
    with pytest.raises(BadInput, match="https://h:1 is a server"):
        base_url(f"https://h:1{more}")


def test_a_password_in_an_address_is_not_repeated() -> None:
    with pytest.raises(BadInput) as caught:
        base_url("https://me:canary@host")
    assert "canary" not in str(caught.value)


def test_a_ca_file_must_hold_a_certificate(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing")
    with pytest.raises(BadInput, match="no PEM certificate"):
        Transport(tmp_path / "ca.pem")
    with pytest.raises(BadInput, match="KEYSTEAD_CA_FILE"):
        Transport(tmp_path / "missing.pem")
