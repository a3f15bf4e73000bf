"""Access tokens: issued for API keys and whatever else shows who somebody is.

Source: ``spec/iam-and-provisioning.md`` sections 1.3 to 1.7.
"""

from datetime import datetime
from typing import Final

from joserfc import jwt

from keystead.domain.access import unauthorized
from keystead.domain.errors import Refused
from keystead.domain.identities import Holder, Identity, IssuedToken, Passcode
from keystead.domain.material import KeyMaterial
from keystead.domain.reasons import Reason
from keystead.domain.trust import Assumer, Bond, Vouch
from keystead.identity import api_keys, passcodes, refresh_tokens
from keystead.identity.bearer import MAX_LENGTH
from keystead.identity.claims import Writ, write_claims
from keystead.identity.signing import ALGORITHM, OpenedKey
from keystead.identity.standing import look_up, require_vouched
from keystead.identity.verifying import TokenVerifier

_APIKEY_GRANT: Final = "urn:ibm:params:oauth:grant-type:apikey"
_REFRESH_GRANT: Final = "refresh_token"
_PASSCODE_GRANT: Final = "urn:ibm:params:oauth:grant-type:passcode"
NO_RENEWAL: Final = KeyMaterial(b"not_supported")
"""What is said in place of a refresh token."""


class TokenTooLong(ValueError):
    """No header can carry what a token would have to say."""


class TokenService(TokenVerifier):
    """Issues access tokens, and verifies them; its *unit* hashes API keys and one-time codes as well."""

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
        return await self._issue_to(holder, client_id, _APIKEY_GRANT, renewal, None)

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
        return await self._issue_to(holder, client_id, _REFRESH_GRANT, token, None)

    def new_passcode(self) -> tuple[KeyMaterial, bytes]:
        """Return the text of a fresh one-time code, to be shown once, and the keyed hash to store of it."""
        return passcodes.fresh(self._unit)

    def passcode_digest(self, text: KeyMaterial) -> bytes:
        """Return the keyed hash that is stored of the one-time code with this text."""
        return passcodes.digest(self._unit, text)

    async def issue_for_passcode(self, code: Passcode, client_id: str) -> IssuedToken:
        """Return a token for whom *code* was made, that ends with the token with which he asked for it.

        Raises:
            Refused: ``UNAUTHORIZED``; he, or the API key or provider behind that token, is gone, or a token
                would say too much.
            Unavailable: as for `issue_for_api_key`.
        """
        if code.vouch is not None:
            require_vouched(code.vouch, code.iam_id, code.account, self._externals)
        mine = await look_up(self._directory, code.iam_id, code.api_key, code.account)
        if mine.found.api_key is not None and not mine.found.api_key.usable(self._clock()):
            raise unauthorized()
        ends = code.until
        try:
            return await self._issue_to(mine.found, client_id, _PASSCODE_GRANT, NO_RENEWAL, code.vouch, ends)
        except TokenTooLong:
            raise unauthorized() from None

    async def issue_as(
        self, subject: Identity, assumer: Assumer, bond: Bond, client_id: str, grant: str
    ) -> IssuedToken:
        """Return a token for *assumer* as *subject*, that ends with his own; errors as `Unavailable` before.

        The caller has found the *bond* between the two: here it is written down, and asked for whenever the
        token is shown.
        """
        ends = (assumer.until, *(() if bond.seconds is None else (self._now() + bond.seconds,)))
        writ = self._writ(grant, client_id, assumer.api_key, assumer.vouch, *ends)
        claims = write_claims(subject, writ, assumer, bond.name)
        try:
            return await self._issue(subject, writ, claims, NO_RENEWAL)
        except TokenTooLong:
            raise unauthorized() from None

    async def _owner(self, digest: bytes, now: datetime) -> Holder | None:
        """Return whom the API key belongs to that *digest* is stored of, with it, if it may be used."""
        record = await self._directory.api_key(digest)
        if record is None or not record.usable(now):
            return None
        return await self._directory.holder(record.iam_id, record.id)

    async def _issue_to(
        self,
        holder: Holder,
        client_id: str,
        grant: str,
        renewal: KeyMaterial,
        vouch: Vouch | None,
        *ends: int,
    ) -> IssuedToken:
        """Return a token for somebody who is himself, that ends with the first of *ends*."""
        api_key = None if holder.api_key is None else holder.api_key.id
        writ = self._writ(grant, client_id, api_key, vouch, *ends)
        return await self._issue(holder.identity, writ, write_claims(holder.identity, writ), renewal)

    def _now(self) -> int:
        """Return the second that it is: the floor, so that no client's clock finds it ahead (TOK-15)."""
        return int(self._clock().timestamp())

    def _writ(self, grant: str, client_id: str, api_key: str | None, vouch: Vouch | None, *ends: int) -> Writ:
        """Return the times of a token that ends with the first of *ends*; `Refused` where that is over."""
        iat = self._now()
        exp = min((iat + self._lifetime, *ends))
        if exp <= iat:
            raise unauthorized()
        return Writ(
            grant=grant,
            client_id=client_id,
            issuer=self._issuer,
            iat=iat,
            exp=exp,
            api_key=api_key,
            vouch=vouch,
        )

    async def _issue(
        self, subject: Identity, writ: Writ, claims: dict[str, object], renewal: KeyMaterial
    ) -> IssuedToken:
        key = await self._keys.newest()
        return IssuedToken(
            access_token=_signed(claims, key),
            refresh_token=renewal,
            expires_in=writ.exp - writ.iat,
            expiration=writ.exp,
            identity=subject,
            api_key=writ.api_key,
        )


def _signed(claims: dict[str, object], key: OpenedKey) -> KeyMaterial:
    text = jwt.encode({"alg": ALGORITHM, "kid": key.kid}, claims, key.private, algorithms=[ALGORITHM])
    if len(text) > MAX_LENGTH:
        raise TokenTooLong("the names of this identity are too long for a token")
    return KeyMaterial(text.encode())


def _no_such_key() -> Refused:
    return Refused(Reason.IAM_KEY_NOT_FOUND, "Provided API key could not be found.")
