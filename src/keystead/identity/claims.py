"""What an access token says of its bearer.

Source: ``spec/iam-and-provisioning.md`` section 1.5 (TOK-12 to TOK-15).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from keystead.domain.access import unauthorized
from keystead.domain.identities import Holder, Identity
from keystead.domain.ids import AccountId, IamId, random_uuid

LIFETIMES: Final = range(
    120, 86_401
)  # seconds; below a minute some clients ask for tokens in a loop (TOK-10)
_SKEW_SECONDS: Final = 5
_SUB_TYPES: Final = {"user": {}, "serviceid": {"sub_type": "ServiceId"}, "service": {"sub_type": "CRN"}}
_API_KEY: Final = "apikey_id"
"""Our own claim: a token is worth no more than the API key behind it, from one moment to the next."""
_TEXTS: Final = ("id", "realmid", "identifier", "sub", "grant_type", "scope", "client_id", "jti")


@dataclass(frozen=True, slots=True)
class Claimed:
    """The claims that a decision rests on, checked."""

    iam_id: IamId
    account: AccountId
    api_key: str | None  # id of the one that it was given for; tokens of older versions name none
    expiration: int  # seconds since 1970


def write_claims(
    holder: Holder, client_id: str, grant: str, issuer: str, iat: int, exp: int
) -> dict[str, object]:
    """Return every claim of a token for *holder*, obtained by *grant*."""
    identity, api_key = holder.identity, holder.api_key
    realm, _, identifier = identity.iam_id.partition("-")
    sub_type = _SUB_TYPES[identity.kind]
    return {
        "iam_id": identity.iam_id,
        "id": identity.iam_id,
        "realmid": realm,
        "identifier": identifier,
        "sub": identity.name,
        **sub_type,
        **_person(identity),
        "account": {"valid": True, "bss": identity.account, "frozen": True},
        "authn": {
            "sub": identity.name,
            "iam_id": identity.iam_id,
            **sub_type,
            "name": identity.display_name,
        },
        "iat": iat,
        "exp": exp,
        "iss": issuer,
        "grant_type": grant,
        "scope": "ibm openid",
        "client_id": client_id,
        "acr": 1,
        "amr": ["pwd"],
        "jti": random_uuid(),
        **({} if api_key is None else {_API_KEY: api_key.id}),
    }


def read_claims(claims: Mapping[str, object], issuer: str, now: float) -> Claimed:
    """Check *claims* of a verified token at *now* (seconds since 1970).

    Raises:
        Refused: ``UNAUTHORIZED``; one answer for every way they can be wrong.
    """
    iam_id, account = claims.get("iam_id"), claims.get("account")
    bss = account.get("bss") if isinstance(account, dict) else None
    whole = all(isinstance(claims.get(name), str) for name in _TEXTS) and claims["id"] == iam_id
    if not whole or not isinstance(iam_id, str) or not isinstance(bss, str) or claims.get("iss") != issuer:
        raise unauthorized()
    return Claimed(IamId(iam_id), AccountId(bss), _api_key(claims), _expiration(claims, now))


def _api_key(claims: Mapping[str, object]) -> str | None:
    api_key = claims.get(_API_KEY)
    if api_key is not None and not isinstance(api_key, str):
        raise unauthorized()
    return api_key


def _expiration(claims: Mapping[str, object], now: float) -> int:
    iat, exp = claims.get("iat"), claims.get("exp")
    if type(iat) is not int or type(exp) is not int:  # bool is an int to isinstance
        raise unauthorized()
    if iat > now + _SKEW_SECONDS or now >= exp or exp - iat not in LIFETIMES:
        raise unauthorized()
    return exp


def _person(identity: Identity) -> dict[str, object]:
    """Return the claims that only users have; a display name without a space is all given name."""
    if identity.kind != "user":
        return {}
    given, _, family = identity.display_name.partition(" ")
    return {
        "name": identity.display_name,
        "given_name": given,
        "family_name": family,
        "email": identity.name,
    }
