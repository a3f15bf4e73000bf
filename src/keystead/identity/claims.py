"""What an access token says of its bearer.

Source: ``spec/iam-and-provisioning.md`` section 1.5 (TOK-12 to TOK-15).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from keystead.domain.access import unauthorized
from keystead.domain.identities import Identity
from keystead.domain.ids import AccountId, IamId, random_uuid
from keystead.domain.trust import Assumer, Vouch

LIFETIMES: Final = range(
    120, 86_401
)  # seconds; below a minute some clients ask for tokens in a loop (TOK-10)
_LONGEST: Final = LIFETIMES[-1]
_SKEW_SECONDS: Final = 5
_SUB_TYPES: Final[Mapping[str, dict[str, object]]] = {
    "user": {},
    "external": {},
    "serviceid": {"sub_type": "ServiceId"},
    "service": {"sub_type": "CRN"},
    "profile": {"sub_type": "Profile"},
}
_API_KEY: Final = "apikey_id"
"""Our own claim: a token is worth no more than the API key behind it, from one moment to the next."""
_BOND: Final = "bond"
"""Our own claim: a token of who assumed somebody is worth no more than what let him, likewise."""
_REALM: Final = "bond_realm"
_VALUE: Final = "bond_value"
"""Our own claims: a token that stands on a provider's word is worth no more than that, likewise."""
_TEXTS: Final = ("id", "realmid", "identifier", "sub", "grant_type", "scope", "client_id", "jti")


@dataclass(frozen=True, slots=True)
class Assumption:
    """Who assumed the subject of a token, and what let him."""

    iam_id: IamId
    name: str
    bond: str


@dataclass(frozen=True, slots=True)
class Claimed:
    """The claims that a decision rests on, checked."""

    iam_id: IamId
    account: AccountId
    api_key: str | None  # id of the one that it was given for; tokens of older versions name none
    expiration: int  # seconds since 1970
    by: Assumption | None  # ``None`` where somebody speaks for himself
    vouch: Vouch | None  # what a provider said of who got it, unless he came with an API key


@dataclass(frozen=True, slots=True, kw_only=True)
class Writ:
    """What a token is to say beside who it is for: how it was obtained, and until when it is good."""

    grant: str
    client_id: str
    issuer: str
    iat: int
    exp: int
    api_key: str | None
    vouch: Vouch | None


def write_claims(
    subject: Identity, writ: Writ, assumer: Assumer | None = None, bond: str = ""
) -> dict[str, object]:
    """Return every claim of a token for *subject*, who is himself unless *assumer* has a *bond* with him."""
    realm, _, identifier = subject.iam_id.partition("-")
    return {
        "iam_id": subject.iam_id,
        "id": subject.iam_id,
        "realmid": realm,
        "identifier": identifier,
        "sub": subject.name,
        **_SUB_TYPES[subject.kind],
        **_person(subject),
        "account": {"valid": True, "bss": subject.account, "frozen": True},
        "authn": _authn(assumer or subject),
        "iat": writ.iat,
        "exp": writ.exp,
        "iss": writ.issuer,
        "grant_type": writ.grant,
        "scope": "ibm openid",
        "client_id": writ.client_id,
        "acr": 1,
        "amr": ["pwd"],
        "jti": random_uuid(),
        **({} if writ.api_key is None else {_API_KEY: writ.api_key}),
        **({} if assumer is None else {_BOND: bond}),
        **({} if writ.vouch is None else {_REALM: writ.vouch.realm, _VALUE: writ.vouch.value}),
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
    return Claimed(
        IamId(iam_id),
        AccountId(bss),
        _text(claims, _API_KEY),
        _expiration(claims, now),
        _assumption(claims),
        vouch_of(claims),
    )


def vouch_of(claims: Mapping[str, object]) -> Vouch | None:
    """Return the provider's word that a token of ours stands on; what older versions wrote has no value."""
    realm, value = _text(claims, _REALM), _text(claims, _VALUE)
    return None if realm is None else Vouch(realm, value or "")


def _authn(who: Identity | Assumer) -> dict[str, object]:
    return {
        "sub": who.name,
        "iam_id": who.iam_id,
        **_SUB_TYPES[who.kind],
        "name": who.display_name,
    }


def _assumption(claims: Mapping[str, Any]) -> Assumption | None:
    bond = _text(claims, _BOND)
    if bond is None:
        return None
    authn = claims.get("authn")
    iam_id, name = (authn.get(it) if isinstance(authn, dict) else None for it in ("iam_id", "sub"))
    if not isinstance(iam_id, str) or not isinstance(name, str):
        raise unauthorized()
    return Assumption(IamId(iam_id), name, bond)


def _text(claims: Mapping[str, object], name: str) -> str | None:
    """Return a claim of our own, ``None`` where it is not there."""
    value = claims.get(name)
    if value is not None and not isinstance(value, str):
        raise unauthorized()
    return value


def _expiration(claims: Mapping[str, object], now: float) -> int:
    iat, exp = claims.get("iat"), claims.get("exp")
    if type(iat) is not int or type(exp) is not int:  # bool is an int to isinstance
        raise unauthorized()
    if iat > now + _SKEW_SECONDS or now >= exp or not 0 < exp - iat <= _LONGEST:
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
