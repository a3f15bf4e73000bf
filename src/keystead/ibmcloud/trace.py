"""IBMCLOUD_TRACE: what goes over the wire, without anything secret. Source: ``spec/cli.md`` 1.6."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TextIO
from urllib.parse import urlencode

import msgspec

from keystead.client.errors import BadInput
from keystead.client.transport import Answer, Transport
from keystead.ibmcloud.places import ca_file, http_timeout
from keystead.ibmcloud.screen import write

_HIDDEN: Final = "[PRIVATE DATA HIDDEN]"
_SHOWN_HEADERS: Final = frozenset(
    {"accept", "bluemix-instance", "content-type", "correlation-id", "prefer", "x-kms-key-ring"}
)
_SECRETS: Final = frozenset(
    {
        "access_token",
        "apikey",
        "ciphertext",
        "encryptednonce",
        "iv",
        "nonce",
        "password",
        "payload",
        "plaintext",
        "refresh_token",
    }
)


@contextmanager
def transport(environment: Mapping[str, str]) -> Iterator[Transport]:
    """Yield connections that trust what *environment* says, traced where it asks for that."""
    trusts, seconds = ca_file(environment), http_timeout(environment)
    wanted = environment.get("IBMCLOUD_TRACE") or environment.get("BLUEMIX_TRACE") or "false"
    if wanted.lower() == "false":
        with Transport(trusts, seconds) as plain:
            yield plain
    elif wanted.lower() == "true":
        with _Traced(trusts, seconds, sys.stderr) as traced:
            yield traced
    else:
        with _appending(wanted) as file, _Traced(trusts, seconds, file) as traced:
            yield traced


class _Traced(Transport):
    def __init__(self, authorities: Path | None, seconds: float | None, out: TextIO) -> None:
        super().__init__(authorities, seconds)
        self._out = out

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        params: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> Answer:
        query = f"?{urlencode(params)}" if params else ""
        self._write(f"REQUEST: {method} {url}{query}", headers, content)
        answer = super().send(method, url, headers=headers, params=params, content=content)
        self._write(f"RESPONSE: {answer.status}", answer.headers, answer.body)
        return answer

    def _write(self, head: str, headers: Mapping[str, str], body: bytes | None) -> None:
        write("", self._out)
        write(head, self._out)
        for name, value in headers.items():
            write(f"{name}: {value if name.lower() in _SHOWN_HEADERS else _HIDDEN}", self._out)
        write(_shown(body or b""), self._out)


@contextmanager
def _appending(name: str) -> Iterator[TextIO]:
    try:
        with Path(name).open("a", encoding="utf-8") as file:
            yield file
    except OSError as error:
        raise BadInput(f"Cannot write the trace {name}: {error.strerror}.") from error


def _shown(body: bytes) -> str:
    """Return a body with its secrets hidden; one that is no JSON is hidden whole."""
    try:
        return msgspec.json.encode(_without_secrets(msgspec.json.decode(body))).decode()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _HIDDEN if body else ""


def _without_secrets(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_secrets(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        name: _HIDDEN if name.lower() in _SECRETS else _without_secrets(one) for name, one in value.items()
    }
