"""The server's own log: one JSON object a line. The audit log is another thing.

The standard library's logging carries it: structlog would take 8 of the 100 MB that a server may use.
"""

import logging
from datetime import UTC, datetime
from typing import TextIO

import msgspec

_encode = msgspec.json.Encoder().encode


class _JsonLines(logging.Formatter):
    """Writes the message's name and the facts that came with it; no text or values of exceptions."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **getattr(record, "facts", {}),
        }
        return _encode(line).decode()


def start_journal(stream: TextIO) -> None:
    """Send what is logged to *stream*."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_JsonLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("keystead").setLevel(logging.INFO)
    # Any stranger can make the HTTP library log a line for each bad request.
    logging.getLogger("uvicorn").setLevel(logging.CRITICAL)
