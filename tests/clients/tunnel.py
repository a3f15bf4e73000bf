"""Takes connections to another address of this machine, and passes all octets on to one server.

For programs whose hosts and port cannot be set: they find the address in a hosts file of their own. TLS goes
through untouched, so the server needs a certificate for those hosts.
"""

import selectors
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class _Connection(socketserver.BaseRequestHandler):
    request: socket.socket
    server: "_Tunnel"

    def handle(self) -> None:
        with socket.create_connection(("127.0.0.1", self.server.target)) as other:
            _pass_on(self.request, other)


class _Tunnel(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, address: str, port: int, target: int) -> None:
        super().__init__((address, port), _Connection)
        self.target = target


@contextmanager
def tunnel(address: str, port: int, target: int) -> Iterator[None]:
    """Pass what comes to *address* and *port* on to the port *target*; `PermissionError` for low ports."""
    with _Tunnel(address, port, target) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


def _pass_on(one: socket.socket, other: socket.socket) -> None:
    """Pass octets in both directions until one side has no more."""
    with selectors.DefaultSelector() as waiting:
        waiting.register(one, selectors.EVENT_READ, other)
        waiting.register(other, selectors.EVENT_READ, one)
        while True:
            for key, _ in waiting.select():
                octets = key.fileobj.recv(65_536)  # type: ignore[union-attr]  # sockets alone were registered
                if not octets:
                    return
                key.data.sendall(octets)
