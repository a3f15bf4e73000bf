"""The server's own log: one JSON object a line. The audit log is another thing.

The standard library's logging carries it: structlog would take 8 of the 100 MB that a server may use.
"""

import logging
from datetime import UTC, datetime
from typing import TextIO

import msgspec

from keystead.service.correlation import correlation_id, trace_id

_encode = msgspec.json.Encoder().encode


class _JsonLines(logging.Formatter):
    """Writes the message's name and the facts that came with it; no text or values of exceptions.

    Where a request is being served, its number is one of the facts, whoever logs: a library too. So is its
    trace, where there is tracing.
    """

    def format(self, record: logging.LogRecord) -> str:
        request, trace = correlation_id.get(), trace_id.get()
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **({"correlation_id": request} if request else {}),
            **({"trace_id": trace} if trace else {}),
            **getattr(record, "facts", {}),
        }
        return _encode(line).decode()


def lines_to(stream: TextIO) -> logging.Handler:
    """Return what writes lines to *stream*."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_JsonLines())
    return handler


def start_journal(stream: TextIO) -> None:
    """Send what is logged to *stream*."""
    logging.basicConfig(level=logging.WARNING, handlers=[lines_to(stream)])
    logging.getLogger("keystead").setLevel(logging.INFO)
    # Any stranger can make the HTTP library log a line for each bad request.
    logging.getLogger("uvicorn").setLevel(logging.CRITICAL)
