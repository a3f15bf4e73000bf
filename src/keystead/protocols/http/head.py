"""The head of a request: what a client sends with each body to the same place, often octet for octet."""

from collections.abc import Mapping


class Head:
    """Method, target and headers. Requests with the same head may share one, so nobody changes it.

    Args:
        method: in upper case, as it was sent.
        path: of the target, still percent-encoded.
        query_octets: what follows the target's question mark.
        headers: by name in lower case; what was sent twice is joined by commas (RFC 9110 section 5.3), so
            nobody can send two tokens or two instances and be judged by one of them.
    """

    __slots__ = ("_texts", "headers", "method", "path", "query_octets")

    def __init__(
        self,
        method: str,
        path: str,
        query_octets: bytes = b"",
        headers: Mapping[bytes, bytes] | None = None,
    ) -> None:
        self.method = method
        self.path = path
        self.query_octets = query_octets
        self.headers: Mapping[bytes, bytes] = {} if headers is None else headers
        self._texts: dict[bytes, str | None] = {}

    def text(self, name: bytes) -> str | None:
        """Return a header's text, or ``None``; *name* in lower case.

        It is the same object each time: who looks something up by a token does not hash it again.
        """
        try:
            return self._texts[name]
        except KeyError:
            value = self.headers.get(name)
            text = self._texts[name] = None if value is None else value.decode("latin-1")
            return text
