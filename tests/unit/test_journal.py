"""The server's own log: each line that belongs to a request has its number, whoever wrote it."""

import asyncio
import json
import logging
from io import StringIO

import pytest

from http_peer import Peer, request
from journal_lines import journal_in
from keystead.protocols.http.application import Application
from keystead.protocols.http.exchange import Reply
from keystead.protocols.metrics.door import MetricsDoor
from keystead.protocols.rest.errors import fault

NUMBERS = ["7d0a1c5e-3b7f-4a57-9d4e-0f7c2e0f3a11", "7d0a1c5e-3b7f-4a57-9d4e-0f7c2e0f3a12"]


async def noisy() -> Reply:
    """Log something as a library does that knows nothing of requests, while others are served."""
    logging.getLogger("a.library").warning("before")
    await asyncio.sleep(0)
    await asyncio.to_thread(logging.getLogger("a.library").warning, "after")
    return Reply(200)


def test_lines_of_requests_that_are_served_beside_each_other() -> None:
    # what no dispatcher is asked for needs none
    application = Application((), None, None, fault=fault, stray=lambda _: None, probes={"/noisy": noisy})  # type: ignore[arg-type]
    written = StringIO()

    async def story() -> None:
        peers = [Peer(application.answer) for _ in NUMBERS]
        for peer, number in zip(peers, NUMBERS, strict=True):
            peer.send(request("GET", "/noisy", {"correlation-id": number}))
        answers = [await peer.answer() for peer in peers]
        assert [answer and answer.headers["correlation-id"] for answer in answers] == NUMBERS
        logging.getLogger("a.library").warning("nobody's")

    with journal_in(written):
        asyncio.run(story())
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    told = [(line["event"], line.get("correlation_id")) for line in lines]
    wanted = [(event, number) for event in ("before", "after") for number in NUMBERS]
    assert sorted(told[:4]) == sorted(wanted)
    assert told[4:] == [("nobody's", None)]
    assert {*lines[0]} == {"time", "level", "event", "correlation_id"}


def test_a_mistake_of_ours_in_the_metrics(caplog: pytest.LogCaptureFixture) -> None:
    async def broken() -> bytes:
        raise RuntimeError("a-text-that-nobody-may-see")

    written = StringIO()

    async def story() -> None:
        peer = Peer(MetricsDoor(broken, b"text/plain").answer)
        peer.send(request("GET", "/metrics", {"correlation-id": NUMBERS[0]}))
        answer = await peer.answer()
        assert answer is not None
        assert (answer.status, answer.body) == (500, b"metrics could not be read\n")

    with journal_in(written):
        asyncio.run(story())
    line = json.loads(written.getvalue())
    assert (line["event"], line["correlation_id"]) == ("unexpected_error", NUMBERS[0])
    assert "nobody-may" not in written.getvalue() + caplog.text
