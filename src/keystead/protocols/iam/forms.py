"""Forms that the token door is sent, and by whom. Source: ``spec/iam-and-provisioning.md`` section 1.2."""

import base64
from typing import Final
from urllib.parse import parse_qsl

from keystead.domain.errors import Refused
from keystead.domain.material import KeyMaterial
from keystead.domain.reasons import Reason
from keystead.protocols.http.exchange import Exchange

_FORM_FIELDS: Final = 50
TOKEN_CHARACTERS: Final = 8192
_NO_CLIENT: Final = "default"
_CLIENTS: Final = {"bx:bx": "bx"}  # what IBM's older clients send as HTTP Basic credentials (TOK-5)


class Form:
    """The fields of a form; those that nobody asks for are ignored (TOK-4).

    Raises:
        Refused: ``IAM_GRANT_UNKNOWN`` for a body that is no form.
    """

    def __init__(self, exchange: Exchange) -> None:
        try:
            text = exchange.content().decode("ascii")
            self._fields = dict(parse_qsl(text, max_num_fields=_FORM_FIELDS, keep_blank_values=True))
        except ValueError:
            raise Refused(Reason.IAM_GRANT_UNKNOWN, "The body is not a form that can be read.") from None

    def text(self, name: str) -> str | None:
        """Return a field, ``None`` where it is absent or empty."""
        return self._fields.get(name) or None

    def needed(self, name: str) -> str:
        """Return a field that must be there; `Refused` with ``IAM_PARAMETER_MISSING``."""
        value = self.text(name)
        if value is None:
            raise Refused(Reason.IAM_PARAMETER_MISSING, f"Property missing or empty: {name}.")
        return value

    def secret(self, name: str, longest: int, refused: Refused) -> KeyMaterial:
        """Return a field that must be there; one that is longer than any of its kind is *refused*."""
        value = self.needed(name)
        if len(value) > longest:
            raise refused
        return KeyMaterial(value.encode())


def client_of(authorization: str | None) -> str:
    """Return the client id; no credentials and ``bx:bx`` are fine, anything else is a wrong client."""
    if authorization is None:
        return _NO_CLIENT
    scheme, _, credentials = authorization.partition(" ")
    try:
        pair = base64.b64decode(credentials, validate=True).decode() if scheme.lower() == "basic" else ""
    except ValueError:  # not ASCII, not base64, not UTF-8
        pair = ""
    if pair not in _CLIENTS:
        raise Refused(Reason.IAM_CLIENT, "The client credentials are not known.")
    return _CLIENTS[pair]
