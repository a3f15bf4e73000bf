"""The other end of one of the server's connections, in this process: octets go in, answers come out."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from keystead.protocols.http.connection import Answer as Answers
from keystead.protocols.http.connection import Connection
from keystead.protocols.http.connections import Connections
from keystead.running import Service

ROOM = 1000


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def resource(self) -> Any:
        (only,) = self.json["resources"]
        return only

    @property
    def code(self) -> str:
        """The reason code of an error."""
        return str(self.resource["reasons"][0]["code"])

    @property
    def message(self) -> str:
        return str(self.resource["reasons"][0]["message"])


@dataclass
class Wire(asyncio.Transport):
    """A transport that goes nowhere and keeps what was written."""

    written: bytearray = field(default_factory=bytearray)
    closed: bool = False
    aborted: bool = False
    reads: bool = True
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        super().__init__()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return ("127.0.0.1", 50_000) if name == "peername" else default

    def write(self, data: bytes | bytearray | memoryview) -> None:
        assert not self.is_closing()
        self.written += data
        self.changed.set()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Everything is taken at once."""

    def get_write_buffer_size(self) -> int:
        return 0

    def pause_reading(self) -> None:
        self.reads = False

    def resume_reading(self) -> None:
        self.reads = True

    def is_closing(self) -> bool:
        return self.closed or self.aborted

    def close(self) -> None:
        self.closed = True
        self.changed.set()

    def abort(self) -> None:
        self.aborted = True
        self.changed.set()


class Peer:
    """Speaks to a connection of its own."""

    def __init__(self, answer: Answers, shared: Connections | None = None, wire: Wire | None = None) -> None:
        self.wire = wire or Wire()
        self.shared = shared or Connections(answer, ROOM, ROOM)
        self.connection = Connection(self.shared)
        self.connection.connection_made(self.wire)

    def send(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.connection.data_received(piece)

    async def answer(self, *, head: bool = False) -> Answer | None:
        """Wait for one answer; ``None`` when the connection ends without."""
        while True:
            found = first_answer(bytes(self.wire.written), head=head)
            if found is not None:
                answer, rest = found
                self.wire.written[:] = rest
                return answer
            if self.wire.is_closing():
                return None
            self.wire.changed.clear()
            await self.wire.changed.wait()

    def hang_up(self) -> None:
        """End the connection from this side."""
        self.wire.aborted = True
        self.wire.changed.set()
        self.connection.connection_lost(None)


async def ask(service: Service, octets: Sequence[bytes], *, head: bool = False) -> Answer | None:
    """Send *octets*, a request in any pieces, on a new connection and return its answer."""
    peer = Peer(service.application.answer)
    try:
        peer.send(*octets)
        return await peer.answer(head=head)
    finally:
        peer.hang_up()


def request(method: str, target: str, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    """Return the octets of a request; its length is worked out here."""
    given = {name: value for name, value in headers.items() if name.lower() != "content-length"}
    given.setdefault("host", "localhost")
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in given.items())]
    if (body or method == "POST") and "transfer-encoding" not in given:
        lines.append(f"content-length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def chunked(method: str, target: str, headers: Mapping[str, str], parts: Sequence[bytes]) -> list[bytes]:
    """Return the octets of a request whose body comes in *parts*, each a chunk."""
    start = request(method, target, {**headers, "transfer-encoding": "chunked"})
    return [start, *(b"%x\r\n%b\r\n" % (len(part), part) for part in parts if part), b"0\r\n\r\n"]


def read_answer(octets: bytes, *, head: bool = False) -> Answer:
    """Take the octets of one whole answer apart."""
    found = first_answer(octets, head=head)
    assert found is not None
    answer, rest = found
    assert not rest
    return answer


def first_answer(octets: bytes, *, head: bool) -> tuple[Answer, bytes] | None:
    """Return the first answer and what follows it, or ``None`` where it is not whole."""
    start, blank, rest = octets.partition(b"\r\n\r\n")
    if not blank:
        return None
    first, *lines = start.decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    size = 0 if head else int(headers.get("content-length", "0"))
    if len(rest) < size:
        return None
    return Answer(int(first.split()[1]), headers, rest[:size]), rest[size:]
