"""How a session proves who it is: an API key exchanged for a token, or a token kept from `keystead login`.

Source: ``spec/kms-api.md`` section 6.7.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlencode

import msgspec

from keystead.client.errors import BadInput, unreadable
from keystead.client.refusals import refusal
from keystead.client.transport import Transport
from keystead.domain.material import KeyMaterial

_MARGIN = 60  # seconds before its end at which a token is no longer used
_GRANT = "urn:ibm:params:oauth:grant-type:apikey"


class Login(Protocol):
    """Who can name a bearer token."""

    def bearer(self) -> KeyMaterial:
        """Return an access token that is good for some seconds more."""


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A bearer token and when it ends, in seconds since 1970."""

    text: KeyMaterial
    expires_at: float

    def fresh(self, now: float) -> bool:
        """Tell whether the token can still be used, with a margin for the way to the server."""
        return now < self.expires_at - _MARGIN


class TokenBody(msgspec.Struct):
    """What IAM answers with."""

    access_token: str
    refresh_token: str = ""
    expires_in: float = 0

    # A repr would show the tokens.
    def __repr__(self) -> str:
        return "<TokenBody>"


class KeptToken:
    """A token from an earlier login; nobody here can renew it."""

    def __init__(self, token: AccessToken, now: Callable[[], float] = time.time) -> None:
        self._token = token
        self._now = now

    def bearer(self) -> KeyMaterial:
        """Return the token; `BadInput` when it has run out."""
        if not self._token.fresh(self._now()):
            raise BadInput("the login has expired; run `keystead login` again or set KEYSTEAD_API_KEY")
        return self._token.text


class ApiKeyLogin:
    """Exchanges an API key at IAM, and again shortly before each token ends."""

    def __init__(
        self,
        transport: Transport,
        iam_url: str,
        api_key: KeyMaterial,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._transport = transport
        self._iam_url = iam_url
        self._api_key = api_key
        self._now = now
        self._token: AccessToken | None = None

    def bearer(self) -> KeyMaterial:
        """Return the token, fetched first if need be; errors as `exchange`."""
        if self._token is None or not self._token.fresh(self._now()):
            self._token = self.exchange()
        return self._token.text

    def exchange(self) -> AccessToken:
        """Ask IAM for a token.

        Raises:
            RemoteError: IAM refused, or gave no usable answer.
        """
        body = ask_for_token(self._transport, self._iam_url, api_key_form(self._api_key))
        return AccessToken(KeyMaterial(body.access_token.encode()), self._now() + body.expires_in)


def api_key_form(api_key: KeyMaterial) -> dict[str, str]:
    """Return what IAM is sent to exchange *api_key*."""
    return {"grant_type": _GRANT, "apikey": api_key.reveal().decode(), "response_type": "cloud_iam"}


def ask_for_token(transport: Transport, iam_url: str, form: Mapping[str, str]) -> TokenBody:
    """Send *form* to IAM and return its answer; `RemoteError` when it refuses, or gives no usable token."""
    answer = transport.send(
        "POST",
        f"{iam_url}/identity/token",
        headers={"content-type": "application/x-www-form-urlencoded", "accept": "application/json"},
        content=urlencode(form).encode(),
    )
    if not answer.ok:
        raise refusal(answer)
    try:
        token = msgspec.json.decode(answer.body, type=TokenBody)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise unreadable(f"{iam_url} did not answer with a token") from error
    if not token.access_token.isascii() or not token.access_token.isprintable():
        raise unreadable(f"{iam_url} answered with a token that no header can carry")
    return token
