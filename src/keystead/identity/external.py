"""Tokens of another issuer: an OpenID provider that tells who somebody is, who has an identity here.

What somebody may do is decided here all the same: the provider's word is good for a name and nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from joserfc.errors import JoseError
from joserfc.jwk import Key
from joserfc.jws import deserialize_compact

from keystead.domain.access import unauthorized
from keystead.domain.ids import AccountId, IamId
from keystead.domain.ports.clock import Clock
from keystead.identity.bearer import Unverified
from keystead.identity.provider_keys import FRESH, Fetch, ProviderKeys

ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
_SKEW: Final = 5.0  # seconds
_VALUE_LENGTH: Final = 256
_YEAR_9999: Final = 253_402_300_799.0  # seconds; no time is later


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalIssuer:
    """A provider, and whom it may speak for.

    Args:
        name: value of ``iss`` in its tokens.
        audience: what must be in ``aud``: a token that was made for somebody else opens nothing here.
        account: whose identities it may speak for.
        claim: which claim tells who it is; ``email`` counts only where ``email_verified`` is true.
        identities: IAM ids by the values of that claim; others can but be trusted by a profile.
        cluster: CRN of the cluster of whose workloads the tokens are, where they are of workloads.
    """

    name: str
    audience: str
    account: AccountId
    claim: str
    identities: Mapping[str, IamId]
    cluster: str | None = None


@dataclass(frozen=True, slots=True)
class Vouched:
    """Whom a provider vouched for, and until when that need not be looked at again."""

    iam_id: IamId
    account: AccountId
    until: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """All that a provider says of somebody, whether he has an identity here or not."""

    issuer: ExternalIssuer
    value: str  # of the claim that tells who it is
    claims: Mapping[str, object]
    end: datetime  # of the token

    @property
    def iam_id(self) -> IamId | None:
        """The identity that he has here."""
        return self.issuer.identities.get(self.value)


class ExternalTokens:
    """Verifies the tokens of *issuer* by the keys that it publishes."""

    def __init__(self, issuer: ExternalIssuer, jwks_url: str | None, fetch: Fetch, clock: Clock) -> None:
        self._issuer = issuer
        self._keys = ProviderKeys(issuer.name, jwks_url, fetch, clock)
        self._clock = clock

    async def verify(self, text: str, token: Unverified) -> Vouched:
        """Return whom *token* is about; *text* is what it was read from.

        Raises:
            Refused: ``UNAUTHORIZED``; one answer for whatever is wrong.
            Unavailable: the provider's keys are not known and cannot be asked for.
        """
        iam_id = self._issuer.identities.get(self._value(token.claims))
        if iam_id is None:
            raise unauthorized()
        told = await self.tell(text, token)
        return Vouched(iam_id, self._issuer.account, min(told.end, self._clock() + FRESH))

    async def tell(self, text: str, token: Unverified) -> Told:
        """Return all that *token* says, of whomever it is; errors as `verify`."""
        kid, algorithm = token.header.get("kid"), token.header.get("alg")
        if not isinstance(kid, str) or algorithm not in ALGORITHMS or "crit" in token.header:
            raise unauthorized()
        end = self._judge(token.claims, self._clock().timestamp())
        value = self._value(token.claims)
        key = await self._keys.find(kid)
        if key is None or key.get("alg", algorithm) != algorithm:
            raise unauthorized()
        require_signature(text, key, str(algorithm))
        return Told(self._issuer, value, token.claims, end)

    def _judge(self, claims: Mapping[str, object], now: float) -> datetime:
        """Return when the token ends, if it is for us and good at *now*."""
        audience = claims.get("aud")
        if self._issuer.audience not in (audience if isinstance(audience, list) else [audience]):
            raise unauthorized()
        end = _seconds(claims, "exp")
        begin = max(_seconds(claims, "iat"), _seconds(claims, "nbf") if "nbf" in claims else 0.0)
        if now >= end or begin > now + _SKEW:
            raise unauthorized()
        try:
            return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=end)
        except OverflowError:
            raise unauthorized() from None

    @property
    def issuer(self) -> ExternalIssuer:
        """Whose tokens these are."""
        return self._issuer

    def _value(self, claims: Mapping[str, object]) -> str:
        value = claims.get(self._issuer.claim)
        unverified = self._issuer.claim == "email" and claims.get("email_verified") is not True
        if not isinstance(value, str) or len(value) > _VALUE_LENGTH or unverified:
            raise unauthorized()
        return value


def require_signature(text: str, key: Key, algorithm: str) -> None:
    """Raise `Refused` unless *text* is signed by the owner of *key* with that algorithm and no other."""
    try:
        deserialize_compact(text, key, algorithms=[algorithm])
    except (JoseError, ValueError):
        raise unauthorized() from None


def _seconds(claims: Mapping[str, object], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise unauthorized()
    return float(value) if abs(value) < _YEAR_9999 else _YEAR_9999
