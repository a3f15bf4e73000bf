"""The server that every client's program is pointed at."""

from servers import server

__all__ = ["server"]
