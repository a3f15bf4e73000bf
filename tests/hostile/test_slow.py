"""Who keeps the server waiting is let go; who waits for the server is not."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from api import open_api
from hostile.wire import head
from keystead.crypto.certificates import issue, make_authority
from keystead.protocols.http import connection
from keystead.protocols.http.connection import REQUEST_SECONDS, LimitedProtocol, end_late
from keystead.server import listen, serve

POST = head("POST", "/api/v2/keys", "Content-Length: 10")
WHOLE = POST + b"0123456789"
QUICK = 0.2


class Transport(asyncio.Transport):
    """One that goes nowhere."""

    def __init__(self) -> None:
        super().__init__()
        self.ended = False

    def get_extra_info(self, name: str, default: Any = None) -> Any:  # noqa: ARG002 - nothing is known
        return default

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Nobody reads it."""

    def pause_reading(self) -> None:
        """Nothing comes by itself."""

    def resume_reading(self) -> None:
        """Nothing comes by itself."""

    def is_closing(self) -> bool:
        return self.ended

    def abort(self) -> None:
        self.ended = True

    close = abort


async def silent(scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG001 - it never answers
    await asyncio.Event().wait()


async def answers(scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG001 - it asks nothing
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def at(protocol: LimitedProtocol, transport: Transport, seconds: float) -> bool:
    """Tell whether the connection has been ended after so many seconds."""
    end_late([object(), protocol], protocol.loop.time() + seconds)
    return transport.ended


def with_connection(app: Any, story: Callable[[LimitedProtocol, Transport], Awaitable[None]]) -> None:
    async def whole() -> None:
        config = uvicorn.Config(app, http=LimitedProtocol, lifespan="off", ws="none", log_config=None)
        config.load()
        protocol, transport = LimitedProtocol(config, ServerState(), {}), Transport()
        protocol.connection_made(transport)
        await story(protocol, transport)
        protocol.connection_lost(None)

    asyncio.run(whole())


@pytest.mark.parametrize("octets", [b"", b"\r\n", POST[:1], POST[:40], POST, POST + b"012345678"])
@pytest.mark.parametrize("after", [b"", WHOLE])
def test_what_is_not_whole_is_late(octets: bytes, after: bytes) -> None:
    async def story(protocol: LimitedProtocol, transport: Transport) -> None:
        for piece in (after, octets):
            if piece:
                protocol.data_received(piece)
                await asyncio.sleep(0)
        assert not await at(protocol, transport, REQUEST_SECONDS - 1)
        idle = bool(after) and not octets
        assert await at(protocol, transport, REQUEST_SECONDS + 1) is not idle

    with_connection(answers, story)


def test_an_octet_now_and_then_does_not_help(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(protocol: LimitedProtocol, transport: Transport) -> None:
        start = protocol.loop.time()
        for passed in range(int(REQUEST_SECONDS) + 1):
            with monkeypatch.context() as patch:
                patch.setattr(protocol.loop, "time", lambda passed=passed: start + passed)
                protocol.data_received(POST[passed : passed + 1])
        assert await at(protocol, transport, REQUEST_SECONDS + 1)

    with_connection(answers, story)


def test_a_slow_answer_is_not_late() -> None:
    async def story(protocol: LimitedProtocol, transport: Transport) -> None:
        protocol.data_received(WHOLE)
        await asyncio.sleep(0)
        assert not await at(protocol, transport, 10 * REQUEST_SECONDS)

    with_connection(silent, story)


def test_connections_of_a_real_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "REQUEST_SECONDS", QUICK)
    monkeypatch.setattr("keystead.server._SWEEP_SECONDS", QUICK / 4)
    asyncio.run(_real(tmp_path))


async def _real(folder: Path) -> None:
    authority = make_authority("hostile", datetime.now(UTC))
    issued = issue(authority, ("127.0.0.1",), datetime.now(UTC))
    chain, key = folder / "server.pem", folder / "server.key"
    chain.write_bytes(issued.certificate_pem)
    key.write_bytes(issued.private_key_pem.reveal())
    api = await open_api(folder / "data", port=0, tls_certificate=chain, tls_key=key)
    trust = ssl.create_default_context(cadata=authority.certificate_pem.decode())
    listener, ready = listen(api.service.settings), asyncio.Event()
    serving = asyncio.create_task(serve(api.service, listener, ready.set))
    try:
        await asyncio.wait_for(ready.wait(), 60)
        port = listener.getsockname()[1]
        await asyncio.wait_for(_let_go(port, trust), 60)
    finally:
        serving.cancel()
        await asyncio.wait([serving])
        listener.close()
        await api.service.close()


async def _let_go(port: int, trust: ssl.SSLContext) -> None:
    """Check which connections the server ends; it is the server's clock that is waited for."""
    idle = await asyncio.open_connection("127.0.0.1", port, ssl=trust)
    idle[1].write(head("GET", "/healthz"))
    assert (await idle[0].readline()).split()[1] == b"200"
    for octets in (b"", POST[:40], POST + b"01"):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trust)
        writer.write(octets)
        with suppress(ConnectionResetError):
            assert await reader.read() == b""
        writer.close()
    # The idle one is older than all of those, and goes on.
    idle[1].write(head("GET", "/readyz"))
    assert b"alive" in await idle[0].readuntil(b"}")
    assert (await idle[0].readline()).split()[1] == b"200"
    idle[1].close()
