"""Refresh tokens: they renew access tokens for a month after an API key was shown.

Nothing of them is stored. A token names the API key by what is stored of that, so it is worth nothing once
the key is locked, disabled, expired or deleted. Source: ``spec/iam-and-provisioning.md`` 1.2 (TOK-6) and 1.4.
"""

import base64
import binascii
import hmac
import re
from datetime import datetime
from typing import Final

from keystead.domain.errors import Refused
from keystead.domain.material import KeyMaterial
from keystead.domain.ports.unit import Binder
from keystead.domain.reasons import Reason

LIFETIME_SECONDS: Final = 30 * 86_400
_LABEL: Final = "keystead/refresh-token/1"
_FORM: Final = re.compile(rb"(1\.([0-9a-f]{64})\.([0-9]{1,12}))\.([A-Za-z0-9_-]{43})\Z")


def write(binder: Binder, digest: bytes, now: datetime) -> KeyMaterial:
    """Return a refresh token of the API key that *digest* is stored of, good from *now* on."""
    said = f"1.{digest.hex()}.{int(now.timestamp()) + LIFETIME_SECONDS}".encode()
    return KeyMaterial(said + b"." + _seal(binder, said))


def read(binder: Binder, token: KeyMaterial, now: datetime) -> bytes:
    """Return what is stored of the API key that *token* was given for.

    Raises:
        Refused: ``IAM_REFRESH_TOKEN``; one answer for a token that is not ours and one at its end.
    """
    found = _FORM.match(token.reveal())
    if found is None:
        raise no_such_token()
    said, digest, expiration, seal = found.groups()
    if not hmac.compare_digest(seal, _seal(binder, said)) or now.timestamp() >= int(expiration):
        raise no_such_token()
    return binascii.unhexlify(digest)


def no_such_token() -> Refused:
    """Return the refusal of a token that renews nothing."""
    return Refused(Reason.IAM_REFRESH_TOKEN, "The refresh token is not valid, or has expired. Log in again.")


def _seal(binder: Binder, said: bytes) -> bytes:
    return base64.urlsafe_b64encode(binder.mac(_LABEL, said)).rstrip(b"=")
