"""HTTPS with limits: one request out, one bounded answer back."""

import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import httpx2

from keystead.client.errors import TIMEOUT, UNREACHABLE, UNTRUSTED, BadInput, RemoteError, unreadable

MAX_ANSWER = 16 * 1024 * 1024  # octets; a page of 5,000 keys stays well below
_SECONDS = 30.0
_CONNECT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said; header names are lower-case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def ok(self) -> bool:
        """Tell whether the status is one of success."""
        return 200 <= self.status < 300  # noqa: PLR2004 - what the numbers of HTTP mean


class Transport:
    """Connections to the servers of one session; every certificate is checked.

    Args:
        ca_file: PEM file with the only authorities to trust; the system's authorities without it.
        seconds: how long a server may be silent; half a minute without it.

    Raises:
        BadInput: *ca_file* cannot be read or holds no certificate.
    """

    def __init__(self, ca_file: Path | None, seconds: float | None = None) -> None:
        whole = seconds or _SECONDS
        timeout = httpx2.Timeout(whole, connect=min(whole, _CONNECT_SECONDS))
        self._http = httpx2.Client(verify=_tls(ca_file), timeout=timeout, headers={"user-agent": "keystead"})

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        params: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> Answer:
        """Send one request; redirects are not followed.

        Raises:
            RemoteError: ``SERVER_UNREACHABLE``, ``CERTIFICATE_UNTRUSTED``, ``ANSWER_TIMEOUT``,
                ``ANSWER_UNREADABLE`` (more than `MAX_ANSWER` octets, or not HTTP).
        """
        try:
            with self._http.stream(method, url, headers=headers, params=params, content=content) as response:
                body = _bounded(response.iter_bytes())
                return Answer(response.status_code, response.headers, body)
        except httpx2.TimeoutException as error:
            raise RemoteError(TIMEOUT, f"no answer from {_place(url)} in time") from error
        except httpx2.DecodingError as error:
            raise unreadable(f"{_place(url)} sent an answer that does not decode") from error
        except httpx2.ProtocolError as error:
            raise unreadable(f"{_place(url)} does not speak HTTP") from error
        except httpx2.RequestError as error:
            raise _no_connection(url, error) from error

    def close(self) -> None:
        """Close every connection."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def base_url(text: str) -> str:
    """Return *text* as the base address of a server, without a slash or ``/api/v2`` at its end.

    Raises:
        BadInput: it is not an https address, or more than the address of a server: without its query it would
            be another one than was meant.
    """
    url = https_url(text)
    if "?" in text or "#" in text:
        raise BadInput(f"{_place(str(url))} is a server; leave out what follows it from ? or # on")
    return str(url).rstrip("/").removesuffix("/api/v2").rstrip("/")


def https_url(text: str) -> httpx2.URL:
    """Return *text* as an address; `BadInput` where it is none of https, or names a user."""
    try:
        url = httpx2.URL(text.strip())
    except httpx2.InvalidURL as error:
        raise BadInput(f"{text!r} is not an address; give one such as https://127.0.0.1:8443") from error
    if url.userinfo:
        raise BadInput("the address holds a user name or password; give it without, as https://host:port")
    if url.scheme != "https" or not url.host:
        raise BadInput(f"{text!r} is not usable; give an address that starts with https://")
    return url


def _tls(ca_file: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except ssl.SSLError as error:
        raise BadInput(f"{ca_file} holds no PEM certificate; give the server's CA file") from error
    except OSError as error:
        raise BadInput(
            f"cannot read the CA file {ca_file}: {error.strerror}; set --ca-file or KEYSTEAD_CA_FILE"
        ) from error


def _bounded(chunks: Iterator[bytes]) -> bytes:
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > MAX_ANSWER:
            raise unreadable(f"the answer is longer than {MAX_ANSWER} octets")
    return bytes(body)


def _no_connection(url: str, error: BaseException) -> RemoteError:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return RemoteError(
                UNTRUSTED, f"the certificate of {_place(url)} is not trusted: {cause.verify_message}"
            )
        if isinstance(cause, ssl.SSLError):
            return RemoteError(UNREACHABLE, f"{_place(url)} does not speak TLS")
        cause = cause.__cause__ or cause.__context__
    return RemoteError(UNREACHABLE, f"cannot reach {_place(url)}")


def _place(url: str) -> str:
    parsed = httpx2.URL(url)
    return f"{parsed.scheme}://{parsed.netloc.decode()}"
