"""Reading bearer tokens: from an ``Authorization`` header to claims that nobody has vouched for yet.

Source: RFC 6750, RFC 7515 section 7.1; ``spec/iam-and-provisioning.md`` section 3.7 (AUT-11, AUT-13).
"""

import base64
import json
import re
from dataclasses import dataclass
from typing import Final, NoReturn

from keystead.domain.access import unauthorized
from keystead.domain.errors import Refused
from keystead.domain.reasons import Reason

MAX_LENGTH: Final = 8192
_HEADER_LENGTH: Final = MAX_LENGTH + len("Bearer ") + 9  # a few blanks too many are forgiven, a million not
_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\Z")


@dataclass(frozen=True, slots=True)
class Unverified:
    """A token's two JSON objects; only its signature can make them true."""

    header: dict[str, object]
    claims: dict[str, object]


def bearer_text(authorization: str | None) -> str:
    """Return the token of an ``Authorization`` header.

    Raises:
        Refused: ``UNAUTHORIZED`` when there is none, or it is longer than 8192 characters.
    """
    if authorization is None or len(authorization) > _HEADER_LENGTH:
        raise unauthorized()
    scheme, _, rest = authorization.partition(" ")
    text = rest.strip(" ")
    if scheme.lower() != "bearer" or not text or len(text) > MAX_LENGTH:
        raise unauthorized()
    return text


def parse(text: str) -> Unverified:
    """Take a compact JWS apart, strictly: one text has one meaning and one meaning one text.

    Raises:
        Refused: ``BEARER_SUB_EXTRACTION`` when it is not three base64url parts, the first two JSON objects,
            or has no subject; ``UNAUTHORIZED`` when a name occurs twice in an object.
    """
    if _COMPACT.match(text) is None:
        raise _malformed()
    header, claims, signature = text.split(".")
    try:
        _octets(signature)
        token = Unverified(_json_object(header), _json_object(claims))
    except (ValueError, RecursionError):  # the latter for JSON nested thousands deep
        raise _malformed() from None
    subject = token.claims.get("sub")
    if not isinstance(subject, str) or not subject:
        raise _malformed()
    return token


def _octets(part: str) -> bytes:
    octets = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    if base64.urlsafe_b64encode(octets).rstrip(b"=") != part.encode():
        raise ValueError("stray bits after the last octet")
    return octets


def _json_object(part: str) -> dict[str, object]:
    value = json.loads(_octets(part).decode(), object_pairs_hook=_without_twins, parse_constant=_no_constant)
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 - the caller turns it into one refusal
    return value


def _without_twins(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise unauthorized()
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _malformed() -> Refused:
    return Refused(Reason.BEARER_SUB_EXTRACTION, "The bearer token is malformed or has no subject")
