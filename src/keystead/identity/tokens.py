"""Access tokens: issued for API keys, verified on every request.

Source: ``spec/iam-and-provisioning.md`` sections 1.3 to 1.7.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jws import deserialize_compact

from keystead.domain.access import Caller, unauthorized
from keystead.domain.errors import Refused
from keystead.domain.identities import Holder, IssuedToken
from keystead.domain.ids import AccountId
from keystead.domain.material import KeyMaterial
from keystead.domain.ports import Clock, Directory
from keystead.domain.reasons import Reason
from keystead.identity import api_keys, refresh_tokens
from keystead.identity.bearer import MAX_LENGTH, bearer_text, parse
from keystead.identity.claims import LIFETIMES, read_claims, write_claims
from keystead.identity.external import ExternalTokens
from keystead.identity.signing import ALGORITHM, OpenedKey, Sealer, SigningKeys

DEFAULT_ISSUER: Final = "https://iam.cloud.ibm.com/identity"
_KNOWN_TOKENS: Final = 4096
_APIKEY_GRANT: Final = "urn:ibm:params:oauth:grant-type:apikey"
_REFRESH_GRANT: Final = "refresh_token"


@dataclass(frozen=True, slots=True)
class _Known:
    """A token whose signature was verified, its subject and the API key behind it as they were then."""

    caller: Caller
    holder: Holder
    api_key: str | None  # its id, where the token names one
    expires: datetime


class TokenService:
    """Issues and verifies access tokens.

    Args:
        directory: accounts, API keys and signing keys.
        unit: seals and opens signing keys, and hashes API keys.
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
        self._known: dict[str, _Known] = {}

    def new_api_key(self) -> tuple[KeyMaterial, bytes]:
        """Return the text of a fresh API key, to be shown once, and the keyed hash to store of it."""
        return api_keys.fresh(self._unit)

    def digest(self, text: KeyMaterial) -> bytes:
        """Return the keyed hash that is stored of the API key with this text."""
        return api_keys.digest(self._unit, text)

    async def issue_for_api_key(self, apikey: KeyMaterial, client_id: str) -> IssuedToken:
        """Return a token for whom *apikey* belongs to.

        Args:
            apikey: its text in UTF-8; its shape does not matter (ID-2).
            client_id: the client that asks, as the door knows it: ``default`` or ``bx``.

        Raises:
            Refused: ``IAM_KEY_NOT_FOUND``; one answer for unknown, locked, disabled and expired keys.
            Unavailable: there is no signing key, or directory or unit are out of reach.
        """
        if len(apikey) > api_keys.MAX_OCTETS:
            raise _no_such_key()
        now, digest = self._clock(), api_keys.digest(self._unit, apikey)
        holder = await self._owner(digest, now)
        if holder is None:
            raise _no_such_key()
        renewal = refresh_tokens.write(self._unit, digest, now)
        return await self._issue(holder, client_id, _APIKEY_GRANT, now, renewal)

    async def issue_for_refresh_token(self, token: KeyMaterial, client_id: str) -> IssuedToken:
        """Return a new access token for whom *token* was given, with the same refresh token.

        Args:
            token: its text; good for 30 days from when the API key was shown, however often it is used.
            client_id: as for `issue_for_api_key`.

        Raises:
            Refused: ``IAM_REFRESH_TOKEN``; also when the API key behind it is not usable any more.
            Unavailable: as for `issue_for_api_key`.
        """
        now = self._clock()
        holder = await self._owner(refresh_tokens.read(self._unit, token, now), now)
        if holder is None:
            raise refresh_tokens.no_such_token()
        return await self._issue(holder, client_id, _REFRESH_GRANT, now, token)

    async def authenticate(self, authorization: str | None) -> Caller:
        """Return who sent an ``Authorization`` header.

        A token that was verified before costs two look-ups; its end, its subject and the API key that it was
        given for are checked every time.

        Raises:
            Refused: ``BEARER_SUB_EXTRACTION`` for no token or no subject, else ``UNAUTHORIZED``.
            Unavailable: directory or unit are out of reach.
        """
        text = bearer_text(authorization)
        known = self._known.get(text)
        if known is not None and self._clock() < known.expires:
            holder = await self._directory.holder(known.caller.iam_id, known.api_key)
            if holder is known.holder or holder == known.holder:
                return known.caller
        self._known.pop(text, None)
        return await self._verify(text)

    @property
    def issuer(self) -> str:
        """Value of the claim ``iss``."""
        return self._issuer

    async def jwks(self) -> bytes:
        """Return the JSON Web Key Set; retired keys stay in it for one token lifetime."""
        return await self._keys.document(self._clock())

    async def _owner(self, digest: bytes, now: datetime) -> Holder | None:
        """Return whom the API key belongs to that *digest* is stored of, with it, if it may be used."""
        record = await self._directory.api_key(digest)
        if record is None or not record.usable(now):
            return None
        return await self._directory.holder(record.iam_id, record.id)

    async def _issue(
        self, holder: Holder, client_id: str, grant: str, now: datetime, refresh_token: KeyMaterial
    ) -> IssuedToken:
        identity = holder.identity
        iat = int(now.timestamp())  # floor, so that no client's clock finds it in the future (TOK-15)
        exp = iat + self._lifetime
        claims = write_claims(holder, client_id, grant, self._issuer, iat, exp)
        key = await self._keys.newest()
        return IssuedToken(
            access_token=_signed(claims, key),
            refresh_token=refresh_token,
            expires_in=self._lifetime,
            expiration=exp,
            identity=identity,
        )

    async def _verify(self, text: str) -> Caller:
        token, now = parse(text), self._clock()
        issuer = token.claims.get("iss")
        external = self._externals.get(issuer) if isinstance(issuer, str) else None
        if external is not None:
            vouched = await external.verify(text, token)
            holder = await self._directory.holder(vouched.iam_id, None)
            return self._remember(text, _within(holder, vouched.account), None, vouched.until)
        _verify_signature(text, await self._key_for(token.header, now))
        claimed = read_claims(token.claims, self._issuer, now.timestamp())
        holder = await self._directory.holder(claimed.iam_id, claimed.api_key)
        holder = _within(holder, claimed.account)
        if holder.api_key is not None and not holder.api_key.usable(now):
            raise unauthorized()
        until = datetime.fromtimestamp(claimed.expiration, UTC)
        return self._remember(text, holder, claimed.api_key, until)

    async def _key_for(self, header: dict[str, object], now: datetime) -> OpenedKey:
        """Return the key that *header* names; a header with any other member is not one that we wrote."""
        kid = header.get("kid")
        if not isinstance(kid, str) or header != {"alg": ALGORITHM, "typ": "JWT", "kid": kid}:
            raise unauthorized()
        key = await self._keys.find(kid, now)
        if key is None:
            raise unauthorized()
        return key

    def _remember(self, text: str, holder: Holder, api_key: str | None, until: datetime) -> Caller:
        identity = holder.identity
        if holder.api_key is not None and holder.api_key.expires_at is not None:
            until = min(until, holder.api_key.expires_at)
        caller = Caller(
            iam_id=identity.iam_id,
            name=identity.name,
            account=identity.account,
            kind=identity.kind,
            credential="token",
            until=until,
        )
        if len(self._known) >= _KNOWN_TOKENS:
            del self._known[next(iter(self._known))]  # the oldest; a client that uses it still pays one check
        self._known[text] = _Known(caller, holder, api_key, until)
        return caller


def _within(holder: Holder | None, account: AccountId) -> Holder:
    if holder is None or holder.identity.account != account:
        raise unauthorized()
    return holder


def _signed(claims: dict[str, object], key: OpenedKey) -> KeyMaterial:
    text = jwt.encode({"alg": ALGORITHM, "kid": key.kid}, claims, key.private, algorithms=[ALGORITHM])
    if len(text) > MAX_LENGTH:
        raise ValueError("the names of this identity are too long for a token")
    return KeyMaterial(text.encode())


def _verify_signature(text: str, key: OpenedKey) -> None:
    try:
        deserialize_compact(text, key.public, algorithms=[ALGORITHM])
    except JoseError:
        raise unauthorized() from None


def _no_such_key() -> Refused:
    return Refused(Reason.IAM_KEY_NOT_FOUND, "Provided API key could not be found.")
