"""Spans of OpenTelemetry for a request and its rooms: door, dispatcher, command, store, unit, audit log.

A span says what was asked for and how that ended in words of ours: actions, methods, status, reason codes. No
header, path, query, body, argument, answer or error text is in it, so nothing that a caller sent can be.

Source: W3C Trace Context; OpenTelemetry's specification of environment variables.
"""

import logging
import os
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import wraps
from inspect import iscoroutinefunction
from threading import Thread
from typing import Any, Final, TypeVar, cast

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExportResult
from opentelemetry.trace import Span, SpanKind, StatusCode, Tracer, format_trace_id
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from keystead.domain.errors import Refused
from keystead.domain.events import AuditEvent
from keystead.domain.ports.audit import AuditLog
from keystead.domain.ports.clock import Clock
from keystead.domain.ports.store import Store
from keystead.domain.ports.unit import CryptoUnit
from keystead.protocols.http.connection import Answer
from keystead.protocols.http.exchange import Exchange, Reply
from keystead.service.admission import Admission
from keystead.service.case import Call, Case, Tools
from keystead.service.correlation import trace_id
from keystead.service.dispatch import Dispatcher

R = TypeVar("R")
T = TypeVar("T")
_log = logging.getLogger(__name__)
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_OTHER: Final = "_OTHER"  # as the semantic conventions call a method that they do not know
_OUR_FAULT: Final = 500
_CLOSING_SECONDS: Final = 2.0
_propagator: Final = TraceContextTextMapPropagator()


def provider_from_environment() -> TracerProvider:
    """Return a provider that samples, names the service and exports (OTLP over HTTP) as ``OTEL_…`` says."""
    named = {} if "OTEL_SERVICE_NAME" in os.environ else {SERVICE_NAME: "keystead"}
    provider = TracerProvider(resource=Resource.create(named), shutdown_on_exit=False)
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)  # its lines have texts of errors
    provider.add_span_processor(BatchSpanProcessor(_Exporter()))
    return provider


class _Exporter(OTLPSpanExporter):
    """Says in the server's log when spans were not taken, and when they are again."""

    _failing = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = super().export(spans)
        failing = result is not SpanExportResult.SUCCESS
        if failing and not self._failing:
            _log.warning("spans_not_taken", extra={"facts": {"spans": len(spans)}})
        if self._failing and not failing:
            _log.info("spans_taken_again")
        self._failing = failing
        return result


class Tracing:
    """Puts spans around the parts of a service; *provider* says where they go."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("keystead")

    def tools(self, tools: Tools) -> Tools:
        """Return *tools* whose store and unit have spans."""
        store, unit = _Spanned(self._tracer, "store", tools.store), _Spanned(self._tracer, "unit", tools.unit)
        return replace(tools, store=cast("Store", store), unit=cast("CryptoUnit", unit))

    def dispatcher(self, tools: Tools, log: AuditLog, clock: Clock) -> Dispatcher:
        """Return the dispatcher of requests from outside, with spans of its own and of *log*."""
        return _TracedDispatcher(
            self._tracer, tools, cast("AuditLog", _Spanned(self._tracer, "audit", log)), clock
        )

    def around(self, answer: Answer) -> Answer:
        """Return *answer* inside a span for each request, in the trace that the caller named, if he did."""

        async def traced(exchange: Exchange, address: str | None) -> Reply:
            method = exchange.method if exchange.method in _METHODS else _OTHER
            context = _propagator.extract(_parent(exchange))
            with _span(self._tracer, method, kind=SpanKind.SERVER, context=context) as span:
                span.set_attribute("http.request.method", method)
                span.set_attribute("keystead.correlation_id", exchange.correlation_id)
                trace_id.set(format_trace_id(span.get_span_context().trace_id))
                reply = await answer(exchange, address)
                span.set_attribute("http.response.status_code", reply.status)
                if reply.status >= _OUR_FAULT:
                    span.set_status(StatusCode.ERROR)
                return reply

        return traced

    def close(self) -> None:
        """Send what is left, and give up soon where nobody takes it."""
        # The exporter tries on for ten seconds, and a process that ends has better things to wait for.
        closing = Thread(target=self._provider.shutdown, name="tracing", daemon=True)
        closing.start()
        closing.join(_CLOSING_SECONDS)


class _TracedDispatcher(Dispatcher):
    """A dispatcher with a span for each request, and in it one for its admission and one for its command."""

    def __init__(self, tracer: Tracer, tools: Tools, log: AuditLog, clock: Clock) -> None:
        super().__init__(tools, log, clock)
        self._tracer = tracer
        self._admission = cast("Admission", _Spanned(tracer, "admission", self._admission))

    async def serve(self, call: Call[R]) -> R:
        with _span(self._tracer, call.action.value):
            return await super().serve(call)

    async def _act(self, call: Call[R], case: Case) -> tuple[R, AuditEvent]:
        with _span(self._tracer, "command"):
            return await super()._act(call, case)


class _Spanned:
    """Stands before a part and hands every call on; what is awaited has a span."""

    def __init__(self, tracer: Tracer, room: str, part: object) -> None:
        self._tracer, self._room, self._part = tracer, room, part

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._part, name)
        if not iscoroutinefunction(found):
            return found
        spanned = self._within(f"{self._room}.{name}", found)
        setattr(self, name, spanned)  # so that it is made once
        return spanned

    def _within(self, name: str, call: Callable[..., Awaitable[T]]) -> Callable[..., Awaitable[T]]:
        @wraps(call)
        async def spanned(*arguments: Any, **named: Any) -> T:
            with _span(self._tracer, name):
                return await call(*arguments, **named)

        return spanned


@contextmanager
def _span(tracer: Tracer, name: str, **options: Any) -> Iterator[Span]:
    """Yield a span; of an error it has the reason code or the kind, and never the text."""
    with tracer.start_as_current_span(
        name, record_exception=False, set_status_on_exception=False, **options
    ) as span:
        try:
            yield span
        except Refused as refused:
            span.set_attribute("keystead.reason", str(refused.reason))
            raise
        except Exception as error:
            span.set_attribute("error.type", type(error).__name__)
            span.set_status(StatusCode.ERROR)
            raise


def _parent(exchange: Exchange) -> dict[str, str]:
    """Return the header that names a trace; ``tracestate``, which may hold anything, is not taken."""
    given = exchange.header(b"traceparent")
    return {} if given is None else {"traceparent": given}
