"""`redstone` 0.6.2, the package behind IBM's `keyprotect` 2, pointed at one server."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import redstone
from redstone.auth import TokenManager
from redstone.client import KeyProtect

from servers import Server


@dataclass(frozen=True)
class Redstone:
    """The client, and the `redstone.Session` that its crypto helper wants."""

    kms: Any
    session: Any


class _Session(redstone.Session):  # type: ignore[misc] # untyped package
    """A session whose services are at one place; the package offers no other way to say so."""

    def __init__(self, kms: Any) -> None:
        super().__init__(region="us-south")
        self._kms = kms

    def service(self, service_name: str, **_: object) -> Any:
        """Return the client of the server."""
        assert service_name == "KeyProtect"
        return self._kms


@contextmanager
def pointed(server: Server) -> Iterator[Redstone]:
    """Yield a client of *server* that is configured as its documentation says."""
    kms = KeyProtect(
        credentials=TokenManager(server.apikey, iam_endpoint=server.url),
        service_instance_id=server.instance,
        endpoint_url=server.url,
        verify=server.ca_file,
    )
    try:
        yield Redstone(kms, _Session(kms))
    finally:
        kms.session.close()
