"""Exchange an API key or a refresh token for an access token, and publish the keys that verify tokens."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from keystead.domain.access import Caller
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
        with tools.limits.guessing(self.peer, case.now):
            token = await tools.tokens.issue_for_api_key(self.apikey, self.client_id)
        return noted(token, owner(token, "apikey"), case)


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewToken:
    """Another access token for whom a refresh token was given."""

    refresh_token: KeyMaterial
    client_id: str
    peer: str  # who asks, as far as the network tells

    async def run(self, case: Case, tools: Tools) -> IssuedToken:
        """Let the token service check the refresh token and sign."""
        with tools.limits.guessing(self.peer, case.now):
            token = await tools.tokens.issue_for_refresh_token(self.refresh_token, self.client_id)
        return noted(token, owner(token, "token"), case)


@dataclass(frozen=True, slots=True)
class ReadTokenKeys:
    """The JSON Web Key Set."""

    async def run(self, case: Case, tools: Tools) -> bytes:  # noqa: ARG002 - every command has this shape
        """Show it."""
        return await tools.tokens.jwks()


@dataclass(frozen=True, slots=True)
class Introspect:
    """What an access token says, if it is one of ours and good now."""

    token: KeyMaterial

    async def run(self, case: Case, tools: Tools) -> Mapping[str, object] | None:
        """Show it, unless it is about somebody in another account than the caller's."""
        return await tools.tokens.introspect(self.token, case.account)


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
        return Issuer(tools.tokens.issuer, tools.endpoints.public)


def noted(token: IssuedToken, caller: Caller, case: Case) -> IssuedToken:
    """Return *token*, with whom it was given to in *case*, and by which API key."""
    case.caller = caller
    if token.api_key is not None:
        case.request["apiKeyId"] = token.api_key
    return token


def owner(token: IssuedToken, credential: Literal["apikey", "token"]) -> Caller:
    """Return whom *token* was given for *credential*."""
    who = token.identity
    return Caller(iam_id=who.iam_id, name=who.name, account=who.account, kind=who.kind, credential=credential)
