"""One HTTP request that has arrived whole, and its reply.

Why not a framework's request: ``docs/adr/0007-own-connections.md``.
"""

import re
from collections.abc import Callable
from typing import Final, NoReturn, TypeVar
from urllib.parse import parse_qsl, unquote_to_bytes

import msgspec

from keystead.domain.endpoints import PUBLIC, Endpoint
from keystead.domain.errors import Refused
from keystead.domain.events import Origin
from keystead.domain.ids import is_uuid, random_uuid
from keystead.domain.reasons import Reason
from keystead.protocols.http.head import Head

MAX_BODY_OCTETS: Final = 1 << 20
MAX_QUERY_OCTETS: Final = 16 << 10
MAX_QUERY_FIELDS: Final = 200
_AGENT_LENGTH: Final = 200
_NO_LETTER: Final = re.compile(rb"[^a-z]")


T = TypeVar("T")


def letters_of(octets: bytes) -> bytes:
    """Return the letters in *octets*, in lower case, without what stands between them."""
    return _NO_LETTER.sub(b"", octets.lower())


class Reply(msgspec.Struct, frozen=True):
    """Status, octets and headers of an answer."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[bytes, bytes], ...] = ()


class Exchange:
    """A request with its head and its body.

    Args:
        head: method, target and headers; other requests may share it.
        body: the octets; ``None`` when there were more than `MAX_BODY_OCTETS`.
        refusal: why this is no request at all; the rest is empty then.

    Whoever has it from a connection says over which *endpoint* it came.
    """

    __slots__ = ("_body", "correlation_id", "endpoint", "head", "header", "method", "path", "refusal")

    def __init__(self, head: Head, body: bytes | None = b"", refusal: Refused | None = None) -> None:
        self.head = head
        self.method = head.method
        self.path = head.path
        self.header: Final = head.text  # a method: it is asked for at every step of every request
        given = head.text(b"correlation-id")
        self.correlation_id = given if given is not None and is_uuid(given) else random_uuid()
        self._body = body
        self.refusal = refusal
        self.endpoint: Endpoint = PUBLIC

    def content(self) -> bytes:
        """Return the body's octets.

        Raises:
            Refused: ``BAD_BODY`` when it is too large.
        """
        if self._body is None:
            raise Refused(Reason.BAD_BODY, f"The body is larger than {MAX_BODY_OCTETS} octets")
        return self._body

    def query(self, *, blanks: bool = False) -> dict[str, list[str]]:
        """Return the query's fields, each with its values in order; without *blanks*, empty ones are absent.

        Raises:
            Refused: ``INVALID_QUERY_PARAM`` when it is too long.
        """
        found: dict[str, list[str]] = {}
        if not self.head.query_octets:
            return found
        if len(self.head.query_octets) > MAX_QUERY_OCTETS:
            raise Refused(Reason.INVALID_QUERY_PARAM, f"The query is longer than {MAX_QUERY_OCTETS} octets")
        try:
            pairs = parse_qsl(
                self.head.query_octets.decode("latin-1"), blanks, max_num_fields=MAX_QUERY_FIELDS
            )
        except ValueError:
            raise Refused(Reason.INVALID_QUERY_PARAM, "The query has too many fields") from None
        for name, value in pairs:
            found.setdefault(name, []).append(value)
        return found

    def asks_for(self, word: bytes) -> bool:
        """Tell whether the query has *word*, however it is written: in any case, with anything in between."""
        return word in letters_of(unquote_to_bytes(self.head.query_octets))

    def guarded(self, decode: Callable[[], T]) -> Callable[[], T]:
        """Return *decode*, or what refuses a body that is too large; asked by every door.

        It is refused when it is decoded and not before: a stranger is told that he is a stranger.
        """
        return decode if self._body is not None else self._refuse

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
            endpoint=self.endpoint,
        )
