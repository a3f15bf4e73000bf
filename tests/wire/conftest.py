"""Servers, and IBM's clients pointed at them: endpoint, IAM address and CA are all that is set."""

from collections.abc import Iterator

import pytest

from registering import service_token as made_service_token
from servers import Server, server, strict_server
from wire.generated import Generated, connected
from wire.redstone_client import Redstone, pointed

__all__ = ["server", "strict_server"]


@pytest.fixture(scope="session")
def service_token(server: Server) -> str:
    """The token of a service with the role Reader."""
    return made_service_token(server)


@pytest.fixture
def sdk(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Generated]:
    """The generated client, on a server that makes nobody wait."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", server.ca_file)
    with connected(server) as client:
        yield client


@pytest.fixture
def strict_sdk(strict_server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Generated]:
    """The generated client, on a server with Key Protect's waiting times."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", strict_server.ca_file)
    with connected(strict_server) as client:
        yield client


@pytest.fixture
def redstone(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Redstone]:
    """The older client, on a server that makes nobody wait."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", server.ca_file)  # its TokenManager takes no CA
    with pointed(server) as client:
        yield client


@pytest.fixture
def strict_redstone(strict_server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Redstone]:
    """The older client, on a server with Key Protect's waiting times."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", strict_server.ca_file)
    with pointed(strict_server) as client:
        yield client
