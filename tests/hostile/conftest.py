"""The server that the tests over the wire share, and somebody who may do everything there."""

import pytest

from hostile.wire import Caller
from servers import Server, server

__all__ = ["caller", "server"]


@pytest.fixture(scope="session")
def caller(server: Server) -> Caller:
    """The owner."""
    with server.client() as client:
        return Caller(server, client.headers["authorization"], client.headers["bluemix-instance"])
