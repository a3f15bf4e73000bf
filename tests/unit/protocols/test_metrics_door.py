"""The door for scrapes answers one question, and reads no more often than it must."""

import asyncio

import pytest

from http_peer import Answer, Peer, request
from keystead.protocols.metrics import door
from keystead.protocols.metrics.door import MetricsDoor


class Source:
    """Text that says how often it was read."""

    def __init__(self) -> None:
        self.read = 0
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()

    async def text(self) -> bytes:
        self.read += 1
        await self.may_go_on.wait()
        return b"%d" % self.read


async def asked(one: MetricsDoor, octets: bytes, *, head: bool = False) -> Answer:
    peer = Peer(one.answer)
    peer.send(octets)
    answer = await peer.answer(head=head)
    assert answer is not None
    return answer


CASES = {
    "scrape": (request("GET", "/metrics", {}), 200),
    "with a query": (request("GET", "/metrics?name[]=x", {}), 200),
    "head": (request("HEAD", "/metrics", {}), 200),
    "another path": (request("GET", "/", {}), 404),
    "below": (request("GET", "/metrics/", {}), 404),
    "encoded": (request("GET", "/%6Detrics", {}), 404),
    "the API": (request("GET", "/api/v2/keys", {}), 404),
    "a health check": (request("GET", "/healthz", {}), 404),
    "post": (request("POST", "/metrics", {}, b"x=1"), 405),
    "delete": (request("DELETE", "/metrics", {}), 405),
    "post elsewhere": (request("POST", "/identity/token", {}, b"x=1"), 404),
    "no HTTP": (b"\x16\x03\x01\x02\x00\x01\x00", 400),
    "no host": (b"GET /metrics HTTP/1.1\r\n\r\n", 400),
    "large head": (request("GET", "/metrics", {"x": "y" * 100_000}), 431),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_is_answered(case: tuple[bytes, int]) -> None:
    async def story() -> None:
        octets, status = case
        source = Source()
        answer = await asked(MetricsDoor(source.text, b"text/x"), octets, head=octets.startswith(b"HEAD"))
        assert answer.status == status
        assert source.read == (status == 200)
        assert answer.headers["content-type"] == ("text/x" if status == 200 else "text/plain; charset=utf-8")
        assert answer.headers.get("allow") == ("GET, HEAD" if status == 405 else None)

    asyncio.run(story())


def test_one_reading_serves_all_who_come_within_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(door, "monotonic", lambda: now)

    async def story() -> None:
        nonlocal now
        source, octets = Source(), request("GET", "/metrics", {})
        one = MetricsDoor(source.text, b"text/x")
        source.may_go_on.clear()
        early = [asyncio.create_task(asked(one, octets)) for _ in range(5)]
        await asyncio.sleep(0)
        source.may_go_on.set()
        assert [answer.body for answer in await asyncio.gather(*early)] == [b"1"] * 5
        now += 0.9
        assert (await asked(one, octets)).body == b"1"
        now += 0.2
        assert (await asked(one, octets)).body == b"2"

    asyncio.run(story())


def test_a_reading_that_fails_is_tried_again() -> None:
    async def story() -> None:
        fails = True

        async def text() -> bytes:
            if fails:
                raise OSError("a-text-that-nobody-may-see")
            return b"fine"

        one = MetricsDoor(text, b"text/x")
        failed = await asked(one, request("GET", "/metrics", {}))
        assert (failed.status, failed.body) == (500, b"metrics could not be read\n")
        fails = False
        assert (await asked(one, request("GET", "/metrics", {}))).body == b"fine"

    asyncio.run(story())
