"""Whose an access token is: one of ours, or of a provider that we were told of; verified on every request.

Source: ``spec/iam-and-provisioning.md`` sections 1.5 to 1.7.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from joserfc.errors import JoseError
from joserfc.jws import deserialize_compact

from keystead.domain.access import Caller, unauthorized
from keystead.domain.errors import Refused
from keystead.domain.ids import AccountId
from keystead.domain.material import KeyMaterial
from keystead.domain.ports.clock import Clock
from keystead.domain.ports.directory import Directory
from keystead.domain.trust import Assumer
from keystead.identity import outsiders
from keystead.identity.bearer import Unverified, bearer_text, parse
from keystead.identity.claims import LIFETIMES, read_claims
from keystead.identity.external import ExternalTokens
from keystead.identity.signing import ALGORITHM, OpenedKey, Sealer, SigningKeys
from keystead.identity.standing import Standing, himself, look_up, standing_of

DEFAULT_ISSUER: Final = "https://iam.cloud.ibm.com/identity"
_KNOWN_TOKENS: Final = 4096


class TokenVerifier:
    """Verifies access tokens.

    Args:
        directory: accounts, API keys and signing keys.
        unit: opens signing keys.
        clock: the time in UTC.
        issuer: value of the claim ``iss`` in our own.
        lifetime_seconds: 120 to 86400; how long a token is good for.
        externals: what verifies the tokens of other issuers, by their names.
    """

    def __init__(
        self,
        directory: Directory,
        unit: Sealer,
        clock: Clock,
        *,
        issuer: str = DEFAULT_ISSUER,
        lifetime_seconds: int = 3600,
        externals: Mapping[str, ExternalTokens] | None = None,
    ) -> None:
        if lifetime_seconds not in LIFETIMES:
            raise ValueError(f"a token lives {LIFETIMES[0]} to {LIFETIMES[-1]} seconds")
        self._directory = directory
        self._unit = unit
        self._clock = clock
        self._issuer = issuer
        self._lifetime = lifetime_seconds
        self._keys = SigningKeys(directory, unit, timedelta(seconds=lifetime_seconds))
        self._externals = externals or {}
        self._known: dict[str, Standing] = {}

    async def authenticate(self, authorization: str | None) -> Caller:
        """Return who sent an ``Authorization`` header.

        A token that was verified before costs two look-ups; its end, its subject and the API key that it was
        given for are checked every time.

        Raises:
            Refused: ``BEARER_SUB_EXTRACTION`` for no token or no subject, else ``UNAUTHORIZED``.
            Unavailable: directory or unit are out of reach.
        """
        return (await self._standing(bearer_text(authorization))).caller

    async def vouch(self, token: KeyMaterial) -> Assumer:
        """Return who an access token is about, ours or a provider's, who wants to be somebody else.

        Raises:
            Refused: ``BEARER_SUB_EXTRACTION`` or ``UNAUTHORIZED``, also for whoever is somebody else already.
            Unavailable: directory, unit or the provider's keys are out of reach.
        """
        text = bearer_text(f"Bearer {token.reveal().decode()}")
        said = parse(text)
        external = self._external(said)
        if external is not None:
            told = await external.tell(text, said)
            return await outsiders.person(told, self._directory)
        standing = await self._standing(text)
        if standing.caller.behind is not None:
            raise unauthorized()
        return outsiders.insider(standing, said)

    async def vouch_workload(self, token: KeyMaterial) -> Assumer:
        """Return which workload of a cluster a provider's token is about; errors as `vouch`."""
        text = bearer_text(f"Bearer {token.reveal().decode()}")
        said = parse(text)
        external = self._external(said)
        if external is None:
            raise unauthorized()
        return outsiders.workload(await external.tell(text, said))

    async def introspect(self, token: KeyMaterial, account: AccountId) -> Mapping[str, object] | None:
        """Return the claims of a token of ours that is good now, of somebody in *account*, or ``None``.

        Raises:
            Unavailable: directory or unit are out of reach.
        """
        try:
            text = bearer_text(f"Bearer {token.reveal().decode()}")
            said = parse(text)
            ours = self._external(said) is None and (await self._standing(text)).caller.account == account
        except Refused:
            return None
        return said.claims if ours else None

    @property
    def issuer(self) -> str:
        """Value of the claim ``iss``."""
        return self._issuer

    async def jwks(self) -> bytes:
        """Return the JSON Web Key Set; retired keys stay in it for one token lifetime."""
        return await self._keys.document(self._clock())

    async def _standing(self, text: str) -> Standing:
        """Return what a token stands on: as it was found before, where nothing of that has changed."""
        known = self._known.get(text)
        if known is not None and self._clock() < known.until and await known.holds(self._directory):
            return known
        self._known.pop(text, None)
        found = await self._verify(text)
        if len(self._known) >= _KNOWN_TOKENS:
            del self._known[next(iter(self._known))]  # the oldest; a client that uses it still pays one check
        self._known[text] = found
        return found

    async def _verify(self, text: str) -> Standing:
        token, now = parse(text), self._clock()
        external = self._external(token)
        if external is not None:
            vouched = await external.verify(text, token)
            mine = await look_up(self._directory, vouched.iam_id, None, vouched.account)
            return himself(mine, vouched.until)
        _verify_signature(text, await self._key_for(token.header, now))
        claimed = read_claims(token.claims, self._issuer, now.timestamp())
        return await standing_of(claimed, self._directory, self._externals, now)

    def _external(self, token: Unverified) -> ExternalTokens | None:
        """Return what verifies *token*, where that is another's."""
        issuer = token.claims.get("iss")
        return self._externals.get(issuer) if isinstance(issuer, str) else None

    async def _key_for(self, header: dict[str, object], now: datetime) -> OpenedKey:
        """Return the key that *header* names; a header with any other member is not one that we wrote."""
        kid = header.get("kid")
        if not isinstance(kid, str) or header != {"alg": ALGORITHM, "typ": "JWT", "kid": kid}:
            raise unauthorized()
        key = await self._keys.find(kid, now)
        if key is None:
            raise unauthorized()
        return key


def _verify_signature(text: str, key: OpenedKey) -> None:
    try:
        deserialize_compact(text, key.public, algorithms=[ALGORITHM])
    except JoseError:
        raise unauthorized() from None
