"""Exchange an API key or a refresh token for an access token, and publish the keys that verify tokens."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from keystead.domain.access import Caller
from keystead.domain.errors import Refused
from keystead.domain.identities import IssuedToken
from keystead.domain.material import KeyMaterial
from keystead.service.case import Case, Tools


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueToken:
    """An access token for whom an API key belongs to."""

    apikey: KeyMaterial
    client_id: str
    peer: str  # who asks, as far as the network tells

    async def run(self, case: Case, tools: Tools) -> IssuedToken:
        """Let the token service check the key and sign."""
        with _guesses_counted(self.peer, case, tools):
            token = await tools.tokens.issue_for_api_key(self.apikey, self.client_id)
        case.caller = _owner(token, "apikey")
        return token


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewToken:
    """Another access token for whom a refresh token was given."""

    refresh_token: KeyMaterial
    client_id: str
    peer: str  # who asks, as far as the network tells

    async def run(self, case: Case, tools: Tools) -> IssuedToken:
        """Let the token service check the refresh token and sign."""
        with _guesses_counted(self.peer, case, tools):
            token = await tools.tokens.issue_for_refresh_token(self.refresh_token, self.client_id)
        case.caller = _owner(token, "token")
        return token


@dataclass(frozen=True, slots=True)
class ReadTokenKeys:
    """The JSON Web Key Set."""

    async def run(self, case: Case, tools: Tools) -> bytes:  # noqa: ARG002 - every command has this shape
        """Show it."""
        return await tools.tokens.jwks()


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who issues access tokens, and where."""

    name: str
    endpoint: str


@dataclass(frozen=True, slots=True)
class ReadIssuer:
    """Who issues access tokens."""

    async def run(self, case: Case, tools: Tools) -> Issuer:  # noqa: ARG002 - every command has this shape
        """Show it."""
        return Issuer(tools.tokens.issuer, tools.endpoint)


@contextmanager
def _guesses_counted(peer: str, case: Case, tools: Tools) -> Iterator[None]:
    tools.limits.require_no_guessing(peer, case.now)
    try:
        yield
    except Refused as refused:
        tools.limits.count_refused(peer, case.now, refused)
        raise


def _owner(token: IssuedToken, credential: Literal["apikey", "token"]) -> Caller:
    who = token.identity
    return Caller(iam_id=who.iam_id, name=who.name, account=who.account, kind=who.kind, credential=credential)
