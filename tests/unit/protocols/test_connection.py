"""Answers leave in order, one at a time; who keeps the server waiting is let go, who waits for it is not."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from http_peer import Answer, Peer, Wire, read_answer, request
from keystead.protocols.http.connection import IDLE_SECONDS, REQUEST_SECONDS
from keystead.protocols.http.connections import Connections
from keystead.protocols.http.exchange import Exchange, Reply

GET = request("GET", "/one", {})
POST = request("POST", "/two", {}, b"0123456789")
Story = Callable[[], Awaitable[None]]


class Desk:
    """Answers with the path, when it is told to."""

    def __init__(self, *, holds: bool = False) -> None:
        self.asked: list[str] = []
        self.go = asyncio.Event()
        if not holds:
            self.go.set()

    async def answer(self, exchange: Exchange, address: str | None) -> Reply:
        assert address == "127.0.0.1"
        self.asked.append(exchange.path)
        await self.go.wait()
        return Reply(400 if exchange.refusal else 200, exchange.path.encode(), ((b"x-body", b"1"),))


def run(story: Story) -> None:
    asyncio.run(asyncio.wait_for(story(), 60))


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def status(peer: Peer) -> int:
    answer = await peer.answer()
    return 0 if answer is None else answer.status


def late(peer: Peer, seconds: float) -> bool:
    """Tell whether the connection has been ended after so many seconds."""
    peer.shared.end_late(asyncio.get_running_loop().time() + seconds)
    return peer.wire.aborted


def test_a_whole_answer() -> None:
    async def story() -> None:
        peer = Peer(Desk().answer)
        peer.send(GET)
        await settle()
        octets = bytes(peer.wire.written)
        answer = read_answer(octets)
        assert octets.startswith(b"HTTP/1.1 200 OK\r\n")
        assert set(answer.headers) == {"cache-control", "correlation-id", "date", "x-body", "content-length"}
        assert (answer.headers["cache-control"], answer.body) == ("no-cache, no-store", b"/one")
        assert answer.headers["date"].endswith(" GMT")

    run(story)


def test_a_head_request_gets_the_length_and_no_body() -> None:
    async def story() -> None:
        peer = Peer(Desk().answer)
        peer.send(request("HEAD", "/one", {}))
        answer = await peer.answer(head=True)
        assert answer is not None
        assert (answer.headers["content-length"], bytes(peer.wire.written)) == ("4", b"")

    run(story)


def test_no_content_has_no_length() -> None:
    async def story() -> None:
        async def nothing(_: Exchange, __: str | None) -> Reply:
            return Reply(204)

        peer = Peer(nothing)
        peer.send(GET)
        answer = await peer.answer()
        assert answer is not None
        assert "content-length" not in answer.headers

    run(story)


def test_answers_leave_in_order_and_one_is_made_at_a_time() -> None:
    async def story() -> None:
        desk = Desk(holds=True)
        peer = Peer(desk.answer)
        peer.send(GET + POST + GET)
        await settle()
        assert desk.asked == ["/one"]
        assert not peer.wire.reads  # what more is sent stays where it is
        desk.go.set()
        bodies = [answer.body for answer in [await peer.answer() for _ in range(3)] if answer]
        assert bodies == [b"/one", b"/two", b"/one"]
        assert peer.wire.reads

    run(story)


def test_nothing_is_made_for_who_takes_no_answers() -> None:
    async def story() -> None:
        desk = Desk()
        peer = Peer(desk.answer)
        peer.connection.pause_writing()
        peer.send(GET, GET)
        await settle()
        assert desk.asked == []
        assert not late(peer, REQUEST_SECONDS - 1)
        peer.connection.resume_writing()
        assert [await status(peer) for _ in range(2)] == [200, 200]
        peer.connection.pause_writing()
        assert late(peer, REQUEST_SECONDS + 1)

    run(story)


@pytest.mark.parametrize("line", ["connection: close", "upgrade: websocket\r\nconnection: upgrade"])
def test_the_last_answer_says_so(line: str) -> None:
    async def story() -> None:
        peer = Peer(Desk().answer)
        peer.send(GET, GET.replace(b"\r\n\r\n", f"\r\n{line}\r\n\r\n".encode()))
        answers = [await peer.answer() for _ in range(2)]
        assert [answer and answer.headers.get("connection") for answer in answers] == [None, "close"]
        assert peer.wire.closed

    run(story)


def test_rubbish_is_answered_after_what_came_before_it() -> None:
    async def story() -> None:
        desk = Desk(holds=True)
        peer = Peer(desk.answer)
        peer.send(GET + b"rubbish\r\n\r\n")
        await settle()
        assert peer.wire.written == b""
        desk.go.set()
        assert [await status(peer) for _ in range(2)] == [200, 400]
        assert peer.wire.closed

    run(story)


@pytest.mark.parametrize("busy", [False, True])
def test_who_waits_for_our_word_gets_it_in_its_turn(busy: bool) -> None:
    async def story() -> None:
        desk = Desk(holds=busy)
        peer = Peer(desk.answer)
        waits = POST.replace(b"\r\n\r\n", b"\r\nexpect: 100-continue\r\n\r\n")
        peer.send(GET * busy + waits[:-10])
        await settle()
        if busy:
            assert peer.wire.written == b""
            desk.go.set()
            assert await status(peer) == 200
        assert await status(peer) == 100
        peer.send(waits[-10:])
        assert await status(peer) == 200

    run(story)


@pytest.mark.parametrize("octets", [b"", b"\r\n", POST[:1], POST[:20], POST[:-10], POST[:-1]])
@pytest.mark.parametrize("after", [b"", POST])
def test_what_is_not_whole_is_late(octets: bytes, after: bytes) -> None:
    async def story() -> None:
        peer = Peer(Desk().answer)
        for piece in filter(None, (after, octets)):
            peer.send(piece)
            await settle()
        idle = bool(after) and not octets
        assert not late(peer, REQUEST_SECONDS - 1)
        assert late(peer, REQUEST_SECONDS + 1) is not idle
        assert late(peer, IDLE_SECONDS + 1)

    run(story)


def test_a_half_request_behind_a_whole_one_is_late() -> None:
    async def story() -> None:
        desk = Desk(holds=True)
        peer = Peer(desk.answer)
        peer.send(GET + POST[:-1])
        await settle()
        assert not late(peer, 10 * REQUEST_SECONDS)  # the server is at work
        desk.go.set()
        assert await status(peer) == 200
        assert not late(peer, REQUEST_SECONDS - 1)
        assert late(peer, REQUEST_SECONDS + 1)

    run(story)


def test_an_octet_now_and_then_does_not_help(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        peer, loop = Peer(Desk().answer), asyncio.get_running_loop()
        start = loop.time()
        for passed in range(int(REQUEST_SECONDS) + 1):
            with monkeypatch.context() as patch:
                patch.setattr(loop, "time", lambda passed=passed: start + passed)
                peer.send(POST[passed : passed + 1])
        assert late(peer, REQUEST_SECONDS + 1)

    run(story)


def test_a_slow_answer_is_not_late() -> None:
    async def story() -> None:
        peer = Peer(Desk(holds=True).answer)
        peer.send(GET)
        await settle()
        assert not late(peer, 10 * REQUEST_SECONDS)
        peer.connection.cut()

    run(story)


def test_who_hangs_up_has_his_request_done_and_nothing_more() -> None:
    async def story() -> None:
        desk = Desk(holds=True)
        peer = Peer(desk.answer)
        peer.send(GET + POST)
        await settle()
        peer.hang_up()
        assert len(peer.shared._open) == 1  # a server that stops waits for it
        desk.go.set()
        await settle()
        assert (desk.asked, bytes(peer.wire.written), len(peer.shared._open)) == (["/one"], b"", 0)

    run(story)


def test_a_full_house_has_no_place_for_more_handshakes_included() -> None:
    async def story() -> None:
        shared = Connections(Desk().answer, 2, 2)
        first = Peer(shared.answer, shared)
        with shared.place("127.0.0.1") as arriving, shared.place("127.0.0.1") as too_many:
            assert (arriving, too_many) == (True, False)
        second = Peer(shared.answer, shared)
        with shared.place("127.0.0.1") as has_place:
            assert not has_place
        for peer in (first, second):
            peer.hang_up()
        with shared.place("127.0.0.1") as has_place:
            assert has_place

    run(story)


class Slow(Wire):
    """A transport whose peer takes what is written bit by bit."""

    def __init__(self) -> None:
        super().__init__()
        self.untaken = 0
        self.high = 1 << 30

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:  # noqa: ARG002
        self.high = 0 if high is None else high

    def get_write_buffer_size(self) -> int:
        return self.untaken

    def write(self, data: bytes | bytearray | memoryview) -> None:
        super().write(data)
        self.untaken += len(data)
        if self.untaken > self.high:
            self.peer.connection.pause_writing()

    def take(self, octets: int) -> None:
        self.untaken = max(0, self.untaken - octets)
        if not self.untaken:
            self.peer.connection.resume_writing()

    peer: Peer


async def long_answer(_: Exchange, __: str | None) -> Reply:
    return Reply(200, bytes(1_000_000))


def slow_peer() -> tuple[Peer, Slow]:
    wire = Slow()
    peer = Peer(long_answer, wire=wire)
    wire.peer = peer
    return peer, wire


def test_a_long_last_answer_is_taken_to_its_end() -> None:
    async def story() -> None:
        peer, wire = slow_peer()
        peer.send(GET.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n"))
        await settle()
        assert not wire.is_closing()
        for step in range(1, 10):  # nine times the time of a request, and some progress in each
            wire.take(100_000)
            assert not late(peer, step * (REQUEST_SECONDS + 1)), step
        wire.take(1_000_000)
        assert wire.closed

    run(story)


def test_who_takes_next_to_nothing_is_let_go() -> None:
    async def story() -> None:
        peer, wire = slow_peer()
        peer.send(GET, GET)
        await settle()
        wire.take(1000)
        assert not late(peer, REQUEST_SECONDS - 1)
        assert late(peer, REQUEST_SECONDS + 1)

    run(story)


def test_a_server_that_stops_says_what_it_has_begun_to_say() -> None:
    async def story() -> None:
        peer, wire = slow_peer()
        peer.send(GET)
        await settle()
        closing = asyncio.create_task(peer.shared.close(0))
        await asyncio.sleep(0)
        assert (wire.closed, wire.aborted) == (True, False)
        await closing
        assert wire.aborted

    run(story)


@pytest.mark.parametrize("gone", [False, True])
def test_a_mistake_of_ours_ends_the_connection_and_frees_its_place(gone: bool) -> None:
    async def story() -> None:
        desk = Desk(holds=True)

        async def broken(exchange: Exchange, address: str | None) -> Reply:
            await desk.answer(exchange, address)
            raise RuntimeError

        peer = Peer(broken)
        asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
        peer.send(GET)
        await settle()
        if gone:
            peer.hang_up()
        desk.go.set()
        await settle()
        assert peer.wire.aborted
        if not gone:
            peer.connection.connection_lost(None)
        assert len(peer.shared._open) == 0

    run(story)


def test_a_server_that_stops_finishes_what_is_in_hand() -> None:
    async def story() -> None:
        desk = Desk(holds=True)
        shared = Connections(desk.answer, 9, 9)
        idle, busy = Peer(desk.answer, shared), Peer(desk.answer, shared)
        busy.send(GET + GET)
        await settle()
        closing = asyncio.create_task(shared.close(60))
        await settle()
        assert (idle.wire.aborted, busy.wire.aborted) == (True, False)
        desk.go.set()
        answer: Answer | None = await busy.answer()
        assert answer is not None
        assert (answer.status, answer.headers["connection"]) == (200, "close")
        assert busy.wire.closed
        idle.hang_up()
        busy.hang_up()
        await closing

    run(story)


def test_a_server_that_stops_does_not_wait_for_ever() -> None:
    async def story() -> None:
        desk = Desk(holds=True)
        peer = Peer(desk.answer)
        peer.send(GET)
        await settle()
        await peer.shared.close(0)
        await settle()
        assert peer.wire.aborted
        desk.go.set()
        await settle()
        assert peer.wire.written == b""

    run(story)
