"""The published keys of an identity provider: fetched when they are needed, kept for a while, never guessed.

Source: RFC 7517; OpenID Connect Discovery 1.0 section 4.
"""

import asyncio
import json
import ssl
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key

from keystead.domain.errors import Unavailable
from keystead.domain.ports.clock import Clock

FRESH: Final = timedelta(minutes=5)
"""So long a key that the provider has withdrawn may still verify."""
AGAIN: Final = timedelta(seconds=10)  # between two requests to a provider, whoever asks for whatever key
_ANSWER_OCTETS: Final = 256 << 10
_MOST_KEYS: Final = 100
_SECONDS: Final = 5.0
_KINDS: Final = frozenset({"RSA", "EC"})  # no "oct": a published secret is none
_RSA_BITS: Final = 2048
_DISCOVERY: Final = "/.well-known/openid-configuration"
Fetch = Callable[[str], Awaitable[bytes]]
"""Returns what is at an address; `Unavailable`."""


class ProviderKeys:
    """The keys of one provider.

    Args:
        issuer: its name, and where its configuration is.
        jwks_url: where its keys are; ``None`` to read that in its configuration.
        fetch: asks it.
        clock: the time in UTC.
    """

    def __init__(self, issuer: str, jwks_url: str | None, fetch: Fetch, clock: Clock) -> None:
        self._issuer, self._jwks_url = issuer, jwks_url
        self._fetch = fetch
        self._clock = clock
        self._keys: dict[str, Key] = {}
        self._fetched: datetime | None = None  # when the keys came
        self._asked: datetime | None = None  # when they were asked for, whether they came or not
        self._one_at_a_time = asyncio.Lock()

    async def find(self, kid: str) -> Key | None:
        """Return the key that is published as *kid*.

        Raises:
            Unavailable: what is known is too old, and the provider cannot be asked.
        """
        if not self._is_fresh() or (kid not in self._keys and self._may_ask()):
            async with self._one_at_a_time:
                if not self._is_fresh() or (kid not in self._keys and self._may_ask()):
                    await self._renew()
        return self._keys.get(kid)

    def _is_fresh(self) -> bool:
        return self._fetched is not None and self._clock() < self._fetched + FRESH

    def _may_ask(self) -> bool:
        return self._asked is None or self._clock() >= self._asked + AGAIN

    async def _renew(self) -> None:
        if not self._may_ask():
            raise Unavailable(f"the identity provider {self._issuer} could not be asked for its keys")
        self._asked = self._clock()
        url = self._jwks_url or await self._discovered()
        self._keys = read_keys(await self._fetch(url), self._issuer)
        self._fetched = self._asked

    async def _discovered(self) -> str:
        document = _object(await self._fetch(self._issuer.rstrip("/") + _DISCOVERY), self._issuer)
        url = document.get("jwks_uri")
        if document.get("issuer") != self._issuer or not isinstance(url, str) or not _is_https(url):
            raise Unavailable(f"the configuration of the identity provider {self._issuer} is not its own")
        return url


def read_keys(octets: bytes, issuer: str) -> dict[str, Key]:
    """Return the keys of a JSON Web Key Set that can verify signatures, by their ids.

    What has no id, another use, or is too short or no public key is left out; so are two of one id.

    Raises:
        Unavailable: this is no key set.
    """
    listed = _object(octets, issuer).get("keys")
    if not isinstance(listed, list) or len(listed) > _MOST_KEYS:
        raise Unavailable(f"the keys of the identity provider {issuer} cannot be read")
    named = [(one["kid"], one) for one in listed if isinstance(one, dict) and isinstance(one.get("kid"), str)]
    kids = [kid for kid, _ in named]
    keys = {kid: _public(one) for kid, one in named if kids.count(kid) == 1}
    return {kid: key for kid, key in keys.items() if key is not None}


def https_fetch(ca_file: Path | None) -> Fetch:
    """Return what asks over HTTPS, without redirects and proxies of the environment.

    Args:
        ca_file: PEM file with the only authorities to trust; ``None`` for the system's.

    Raises:
        OSError: it cannot be read.
    """
    import httpx2  # noqa: PLC0415 - few servers have an identity provider, and it costs the others megabytes

    context = ssl.create_default_context(cafile=None if ca_file is None else str(ca_file))

    async def fetch(url: str) -> bytes:
        whole = b""
        try:
            async with (
                asyncio.timeout(_SECONDS),
                httpx2.AsyncClient(verify=context, trust_env=False, timeout=_SECONDS) as client,
                client.stream("GET", url) as answer,
            ):
                if answer.status_code != 200:  # noqa: PLR2004 - what the numbers of HTTP mean
                    raise Unavailable(f"{url} answered {answer.status_code}")
                async for piece in answer.aiter_bytes():
                    whole += piece
                    if len(whole) > _ANSWER_OCTETS:
                        raise Unavailable(f"{url} answers with more than {_ANSWER_OCTETS} octets")
        except (httpx2.HTTPError, OSError, TimeoutError) as error:
            raise Unavailable(f"{url} cannot be reached ({type(error).__name__})") from error
        return whole

    return fetch


def _object(octets: bytes, issuer: str) -> dict[str, Any]:
    try:
        value = json.loads(octets)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise Unavailable(f"the identity provider {issuer} does not answer in JSON")
    return value


def _public(one: dict[str, Any]) -> Key | None:
    if one.get("kty") not in _KINDS or one.get("use", "sig") != "sig" or _is_short(one):
        return None
    try:
        return JWKRegistry.import_key(one)
    except (JoseError, ValueError, TypeError, KeyError):
        return None


def _is_short(one: dict[str, Any]) -> bool:
    """Tell whether this is an RSA key of less than 2048 bits; base64url has six of them in a character."""
    modulus = one.get("n")
    return one["kty"] == "RSA" and (not isinstance(modulus, str) or len(modulus) * 6 < _RSA_BITS)


def _is_https(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" and bool(parts.hostname)
