"""Tokens of a login: stored, renewed, and read for what they say. Source: ``spec/cli.md`` 1.7 (CLI-20)."""

import base64
import binascii
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from keystead.client.errors import BadInput, RemoteError
from keystead.client.login import ask_for_token
from keystead.client.transport import Transport
from keystead.domain.material import KeyMaterial
from keystead.ibmcloud import places, store

_MARGIN: Final = 60  # seconds before its end at which a token is renewed (CORE-6)
_NO_REFRESH: Final = ("", "not_supported")


@dataclass(frozen=True, slots=True)
class Tokens:
    """What IAM gave: an access token, and what renews it, if anything does."""

    access: KeyMaterial
    refresh: KeyMaterial

    @property
    def stored(self) -> dict[str, str]:
        """The members of the stored login."""
        return {
            "IAMToken": f"Bearer {self.access.reveal().decode()}",
            "IAMRefreshToken": self.refresh.reveal().decode(),
        }


@dataclass(frozen=True, slots=True)
class StoredLogin:
    """Names the bearer of calls: the stored token, renewed first when it is at its end."""

    environment: Mapping[str, str]
    transport: Transport

    def bearer(self) -> KeyMaterial:
        """Return an access token; `BadInput` when nobody is logged in any more."""
        stored = store.read(self.environment)
        text = str(stored.get("IAMToken") or "").removeprefix("Bearer ")
        if not text:
            raise not_logged_in()
        if expiration(text) - _MARGIN > time.time():
            return KeyMaterial(text.encode())
        return self._renewed(stored)

    def _renewed(self, stored: Mapping[str, Any]) -> KeyMaterial:
        refresh = str(stored.get("IAMRefreshToken") or "")
        if refresh in _NO_REFRESH:
            raise _expired()
        iam = places.iam(self.environment, str(stored.get("APIEndpoint") or places.DEFAULT_API))
        form = {"grant_type": "refresh_token", "refresh_token": refresh}
        try:
            tokens = exchange(self.transport, iam, form)
        except RemoteError as error:
            if error.status is None:
                raise
            raise _expired() from error
        store.write(self.environment, tokens.stored)
        return tokens.access


def exchange(transport: Transport, iam: str, form: Mapping[str, str]) -> Tokens:
    """Ask IAM for tokens; `RemoteError` when it refuses."""
    found = ask_for_token(transport, iam, form)
    return Tokens(KeyMaterial(found.access_token.encode()), KeyMaterial(found.refresh_token.encode()))


def claims(token: str) -> dict[str, Any]:
    """Return what *token* says, which nobody here has verified; nothing when it is no JWT."""
    parts = token.split(".")
    try:
        octets = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        return msgspec.json.decode(octets, type=dict[str, Any])
    except (IndexError, binascii.Error, ValueError, msgspec.DecodeError):
        return {}


def expiration(token: str) -> float:
    """Return when *token* ends, in seconds since 1970; 0 when it does not say."""
    found = claims(token).get("exp")
    return float(found) if isinstance(found, int | float) else 0.0


def not_logged_in() -> BadInput:
    """Return the error of a command that needs a login."""
    return BadInput("Not logged in. Use 'ibmcloud login' to log in.")


def _expired() -> BadInput:
    return BadInput("Your login has expired. Use 'ibmcloud login' to log in.")
