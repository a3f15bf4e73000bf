"""Which request is being served: what is logged meanwhile carries its number, whoever logs it."""

from contextvars import ContextVar
from typing import Final

correlation_id: Final = ContextVar("correlation_id", default="")
"""The number that the caller was told, and that the audit event has; empty where no request is served."""
trace_id: Final = ContextVar("trace_id", default="")
"""The trace that the request is a part of, where there is tracing."""
