"""Who keeps a real server waiting is let go; an idle connection goes on.

When exactly: ``tests/unit/protocols/test_connection.py``.
"""

import asyncio
import ssl
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from api import open_api
from hostile.wire import head
from keystead.crypto.certificates import issue, make_authority
from keystead.protocols.http import connection, connections
from keystead.server import listen, serve

POST = head("POST", "/api/v2/keys", "Content-Length: 10")
QUICK = 0.2


def test_connections_of_a_real_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "REQUEST_SECONDS", QUICK)
    monkeypatch.setattr(connections, "TICK_SECONDS", QUICK / 4)
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
