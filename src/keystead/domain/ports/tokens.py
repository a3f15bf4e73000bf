"""Who says who is calling."""

from collections.abc import Mapping
from typing import Protocol

from keystead.domain.access import Caller
from keystead.domain.identities import Identity, IssuedToken, Passcode
from keystead.domain.ids import AccountId
from keystead.domain.material import KeyMaterial
from keystead.domain.trust import Assumer, Bond


class Tokens(Protocol):
    """Access tokens: who may have one, and whose one is."""

    def new_api_key(self) -> tuple[KeyMaterial, bytes]:
        """Return the text of a fresh API key, to be shown once, and the keyed hash to store of it."""

    def digest(self, text: KeyMaterial) -> bytes:
        """Return the keyed hash that is stored of the API key with this text."""

    async def issue_for_refresh_token(self, token: KeyMaterial, client_id: str) -> IssuedToken:
        """Return a new token for whom a refresh token was given."""

    async def issue_for_api_key(self, apikey: KeyMaterial, client_id: str) -> IssuedToken:
        """Exchange an API key's text; `Refused` with ``IAM_KEY_NOT_FOUND`` for every key that may not."""

    def new_passcode(self) -> tuple[KeyMaterial, bytes]:
        """Return the text of a fresh one-time code, to be shown once, and the keyed hash to store of it."""

    def passcode_digest(self, text: KeyMaterial) -> bytes:
        """Return the keyed hash that is stored of the one-time code with this text."""

    async def issue_for_passcode(self, code: Passcode, client_id: str) -> IssuedToken:
        """Return a token for whom a one-time code was made; `Refused` where he is not there any more."""

    async def issue_as(
        self, subject: Identity, assumer: Assumer, bond: Bond, client_id: str, grant: str
    ) -> IssuedToken:
        """Return a token for *assumer* as *subject*; `Refused` where his own has just ended."""

    async def vouch(self, token: KeyMaterial) -> Assumer:
        """Return whom an access token is about, who speaks for himself; `Refused` for any other token."""

    async def vouch_workload(self, token: KeyMaterial) -> Assumer:
        """Return which workload of a cluster a token is about; `Refused` for any other token."""

    async def introspect(self, token: KeyMaterial, account: AccountId) -> Mapping[str, object] | None:
        """Return the claims of a token of ours that is good, of somebody in *account*; ``None`` of others."""

    async def authenticate(self, authorization: str | None) -> Caller:
        """Read an ``Authorization`` header; `Refused` with ``UNAUTHORIZED`` or ``BEARER_SUB_EXTRACTION``."""

    @property
    def issuer(self) -> str:
        """Who issues access tokens, as they name him."""

    async def jwks(self) -> bytes:
        """Return the public keys that verify tokens, as a JSON Web Key Set."""
