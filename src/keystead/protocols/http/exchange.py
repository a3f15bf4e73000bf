"""One HTTP request and its reply, as plain ASGI gives and takes them.

Why not a framework's request: ``docs/adr/0002-plain-asgi-doors.md``.
"""

from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NoReturn, TypeVar
from urllib.parse import parse_qsl

from keystead.domain.errors import Refused
from keystead.domain.events import Origin
from keystead.domain.ids import is_uuid, random_uuid
from keystead.domain.reasons import Reason

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

MAX_BODY_OCTETS: Final = 1 << 20
MAX_QUERY_OCTETS: Final = 16 << 10
MAX_QUERY_FIELDS: Final = 200
_AGENT_LENGTH: Final = 200


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reply:
    """Status, octets and headers of an answer."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[bytes, bytes], ...] = ()


class Exchange:
    """A request whose head has arrived; the body is read once, up to a limit."""

    __slots__ = (
        "_receive",
        "_refusal",
        "body",
        "correlation_id",
        "headers",
        "method",
        "path",
        "query_octets",
    )

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.method: str = scope["method"]
        self.path: str = scope["raw_path"].decode("ascii", "replace")
        self.query_octets: bytes = scope["query_string"]
        self.headers = _joined(scope["headers"])  # names in lower case
        given = self.header(b"correlation-id")
        self.correlation_id = given if given is not None and is_uuid(given) else random_uuid()
        self.body = b""
        self._receive = receive
        self._refusal: Refused | None = None

    def header(self, name: bytes) -> str | None:
        """Return a header's text, or ``None``; *name* in lower case."""
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")

    async def read(self) -> None:
        """Read the body; one that is too large is refused when its content is asked for, not before.

        So a stranger with a large body is told that he is a stranger.
        """
        parts: list[bytes] = []
        size, more = 0, True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":  # half a body, or none, must not pass for a whole one
                self._refusal = Refused(Reason.BAD_BODY, "The connection ended before the body did")
                return
            part, more = message.get("body", b""), message.get("more_body", False)
            size += len(part)
            if size <= MAX_BODY_OCTETS:
                parts.append(part)
        if size > MAX_BODY_OCTETS:
            self._refusal = Refused(Reason.BAD_BODY, f"The body is larger than {MAX_BODY_OCTETS} octets")
            return
        self.body = parts[0] if len(parts) == 1 else b"".join(parts)

    def content(self) -> bytes:
        """Return the body's octets.

        Raises:
            Refused: ``BAD_BODY`` when it is too large.
        """
        if self._refusal is not None:
            raise self._refusal
        return self.body

    def query(self) -> dict[str, list[str]]:
        """Return the query's fields, each with its values in order; empty values count as absent.

        Raises:
            Refused: ``INVALID_QUERY_PARAM`` when it is too long.
        """
        found: dict[str, list[str]] = {}
        if not self.query_octets:
            return found
        if len(self.query_octets) > MAX_QUERY_OCTETS:
            raise Refused(Reason.INVALID_QUERY_PARAM, f"The query is longer than {MAX_QUERY_OCTETS} octets")
        try:
            pairs = parse_qsl(self.query_octets.decode("latin-1"), max_num_fields=MAX_QUERY_FIELDS)
        except ValueError:
            raise Refused(Reason.INVALID_QUERY_PARAM, "The query has too many fields") from None
        for name, value in pairs:
            found.setdefault(name, []).append(value)
        return found

    def guarded(self, decode: Callable[[], T]) -> Callable[[], T]:
        """Return *decode*, or what refuses the body where it did not arrive whole; asked by every door."""
        return decode if self._refusal is None else self._refuse

    def _refuse(self) -> NoReturn:
        self.content()
        raise AssertionError("a whole body was refused")

    def origin(self, address: str | None) -> Origin:
        """Return what the audit log is told about where this came from."""
        agent = self.header(b"user-agent")
        return Origin(
            uri=self.path,
            address=address,
            agent=agent[:_AGENT_LENGTH] if agent else None,
            correlation_id=self.correlation_id,
        )


def _joined(pairs: Sequence[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Return the headers by name; what was sent twice is joined by commas (RFC 9110 section 5.3).

    So nobody can send two tokens or two instances and be judged by one of them.
    """
    headers = dict(pairs)
    if len(headers) < len(pairs):
        for name in headers:
            headers[name] = b", ".join(value for other, value in pairs if other == name)
    return headers
