"""Spans of a request: they say which rooms it passed and how it ended, and nothing that anybody sent."""

import asyncio
import base64
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from api import Api, envelope, open_api
from keystead.config import Settings, SettingsError
from keystead.protocols.http.exchange import Exchange, Reply
from keystead.protocols.http.head import Head
from keystead.service.correlation import trace_id
from keystead.service.dispatch import Dispatcher
from keystead.spans import Tracing
from keystead.tracing import start_tracing

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
SECRET = b"the secret that nobody may export"
Ask = Callable[..., Awaitable[Reply]]
Story = Callable[[Api, Ask, InMemorySpanExporter], Awaitable[None]]


def traced(folder: Path, story: Story) -> None:
    """Run *story* at a service with tracing, and a way to ask it as its server does."""
    exporter, provider = InMemorySpanExporter(), TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracing = Tracing(provider)

    async def whole() -> None:
        api = await open_api(folder, spans=tracing)
        answer = tracing.around(api.service.application.answer)

        async def ask(method: str, path: str, body: Any = None, **headers: str) -> Reply:
            given = {
                b"authorization": f"Bearer {api.token}".encode(),
                b"bluemix-instance": api.instance.id.encode(),
                **{name.encode(): value.encode() for name, value in headers.items()},
            }
            path, _, query = path.partition("?")
            content = b"" if body is None else json.dumps(body).encode()
            return await answer(Exchange(Head(method, path, query.encode(), given), content), "203.0.113.7")

        try:
            exporter.clear()
            await story(api, ask, exporter)
        finally:
            await api.service.close()

    asyncio.run(whole())


def by_name(exporter: InMemorySpanExporter) -> dict[str, ReadableSpan]:
    return {span.name: span for span in exporter.get_finished_spans()}


def test_a_request_has_a_span_and_so_has_each_room(tmp_path: Path) -> None:
    async def story(api: Api, ask: Ask, exporter: InMemorySpanExporter) -> None:
        key = (await api.create())["id"]
        exporter.clear()
        reply = await ask("POST", f"/api/v2/keys/{key}/actions/wrap", traceparent=f"00-{TRACE}-{PARENT}-01")
        assert reply.status == 200
        spans = by_name(exporter)
        assert set(spans) >= {
            "POST",
            "kms.secrets.wrap",
            "admission.admit",
            "command",
            "unit.wrap",
            "audit.append",
        }
        parents = {
            name: next(
                (
                    one.name
                    for one in spans.values()
                    if span.parent and one.context.span_id == span.parent.span_id
                ),
                None,
            )
            for name, span in spans.items()
        }
        assert parents["kms.secrets.wrap"] == "POST"
        assert (
            parents["admission.admit"] == parents["command"] == parents["audit.append"] == "kms.secrets.wrap"
        )
        assert parents["unit.wrap"] == parents["store.key"] == "command"
        root = spans["POST"]
        assert root.parent is not None
        assert (f"{root.context.trace_id:032x}", f"{root.parent.span_id:016x}") == (TRACE, PARENT)
        assert {span.context.trace_id for span in spans.values()} == {root.context.trace_id}
        attributes = dict(root.attributes or {})
        assert attributes.pop("keystead.correlation_id")
        assert attributes == {"http.request.method": "POST", "http.response.status_code": 200}
        assert trace_id.get() == TRACE

    traced(tmp_path, story)


@pytest.mark.parametrize(
    "parent", ["", "nonsense", f"00-{'0' * 32}-{PARENT}-01", f"ff-{TRACE}-{PARENT}-01", "a" * 9000]
)
def test_a_header_that_names_no_trace_begins_a_new_one(tmp_path: Path, parent: str) -> None:
    async def story(_: Api, ask: Ask, exporter: InMemorySpanExporter) -> None:
        assert (await ask("GET", "/api/v2/keys", traceparent=parent)).status == 200
        assert by_name(exporter)["GET"].parent is None

    traced(tmp_path, story)


def test_how_it_ended(tmp_path: Path) -> None:
    async def story(_: Api, ask: Ask, exporter: InMemorySpanExporter) -> None:
        assert (await ask("GET", "/api/v2/keys/nobody")).status == 404
        refused = by_name(exporter)["kms.secrets.read"]
        assert dict(refused.attributes or {}) == {"keystead.reason": "KEY_NOT_FOUND_ERR"}
        assert refused.status.status_code is StatusCode.UNSET  # the caller's mistake is none of ours
        exporter.clear()
        assert (await ask("BREW", "/nowhere")).status == 404
        (only,) = exporter.get_finished_spans()
        assert (only.name, (only.attributes or {})["http.response.status_code"]) == ("_OTHER", 404)

    traced(tmp_path, story)


def test_nothing_that_was_sent_or_answered_is_in_a_span(tmp_path: Path) -> None:
    """A life of keys with a recognisable payload, token, alias, name, AAD, path, query and header."""

    async def story(api: Api, ask: Ask, exporter: InMemorySpanExporter) -> None:
        material = base64.b64encode(SECRET[:32]).decode()
        made = await ask(
            "POST", "/api/v2/keys", envelope(name="canary-name", extractable=False, payload=material)
        )
        key = json.loads(made.body)["resources"][0]["id"]
        await ask("POST", f"/api/v2/keys/{key}/aliases/canary-alias")
        body = {"plaintext": base64.b64encode(SECRET).decode(), "aad": ["canary-aad"]}
        wrapped = json.loads((await ask("POST", "/api/v2/keys/canary-alias/actions/wrap", body)).body)
        opened = {"ciphertext": wrapped["ciphertext"], "aad": ["canary-aad"]}
        await ask("POST", f"/api/v2/keys/{key}/actions/unwrap", opened)
        await ask("POST", f"/api/v2/keys/{key}/actions/unwrap", {**opened, "aad": ["canary-other"]})
        await ask("POST", "/api/v2/keys", envelope(name="canary-name", extractable="canary-flag"))
        await ask("GET", "/api/v2/keys?search=canary-query")
        await ask("GET", "/canary-path", **{"x-header": "canary-header", "tracestate": "canary=state"})
        await ask("POST", "/identity/token", "canary-form")
        told = "".join(span.to_json() for span in exporter.get_finished_spans())
        words = [
            SECRET.decode(),
            material,
            api.token,
            wrapped["ciphertext"],
            key,
            SECRET.hex(),
            "canary",
            "203.0.113",
        ]
        for word in words:
            assert word not in told, word
        assert len(exporter.get_finished_spans()) > 40

    traced(tmp_path, story)


def test_off_is_off(tmp_path: Path) -> None:
    """Without tracing nothing stands in a request's way: the dispatcher is the plain one, unwrapped."""
    assert start_tracing(Settings(data=tmp_path)) is None

    async def story() -> None:
        api = await open_api(tmp_path)
        assert (type(api.service.dispatcher), api.service.tracing) == (Dispatcher, None)
        assert type(api.service.dispatcher._tools.store).__module__.startswith("keystead.storage")
        await api.service.close()

    asyncio.run(story())


def test_without_the_extra_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keystead.spans", None)
    with pytest.raises(SettingsError, match=r"keystead\[tracing\]"):
        start_tracing(Settings(data=tmp_path, tracing=True))
