"""Forgeries of a good token, made with what strangers can have: the published key, and their own token."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any, Final

Forgery = Callable[[dict[str, Any], dict[str, Any], str, bytes], str]


def forgeries(token: str, public: bytes) -> dict[str, str]:
    """Return forgeries of *token* by their names; *public* is the key that verifies it."""
    *parts, signature = token.split(".")
    header, claims = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in parts)
    return {name: forge(header, claims, signature, public) for name, forge in FORGERIES.items()}


def b64(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def parts(header: object, claims: object, signature: str) -> str:
    return f"{b64(json.dumps(header).encode())}.{b64(json.dumps(claims).encode())}.{signature}"


def hmac_signed(header: dict[str, Any], claims: dict[str, Any], key: bytes) -> str:
    """Sign with the public key as if it were a secret."""
    text = parts({**header, "alg": "HS256"}, claims, "").removesuffix(".")
    return f"{text}.{b64(hmac.digest(key, text.encode(), hashlib.sha256))}"


def twice(claims: dict[str, Any], name: str) -> str:
    written = json.dumps(claims)
    return b64(f'{{"{name}":"IBMid-somebody",{written[1:]}'.encode())


FORGERIES: Final[dict[str, Forgery]] = {
    "no algorithm": lambda header, claims, _, __: parts({**header, "alg": "none"}, claims, ""),
    "no algorithm, old signature": lambda h, c, s, _: parts({**h, "alg": "nOnE"}, c, s),
    "public key as a secret": lambda header, claims, _, key: hmac_signed(header, claims, key),
    "key in a file": lambda h, c, s, _: parts({**h, "kid": "../../../../dev/null"}, c, s),
    "key by SQL": lambda h, c, s, _: parts({**h, "kid": "x' UNION SELECT 'k' --"}, c, s),
    "key from elsewhere": lambda h, c, s, _: parts({**h, "jku": "https://127.0.0.1:1/keys"}, c, s),
    "another issuer": lambda h, c, s, _: parts(h, {**c, "iss": "https://elsewhere.example"}, s),
    "another audience": lambda h, c, s, _: parts(h, {**c, "aud": "another-service"}, s),
    "another subject": lambda h, c, s, _: parts(h, {**c, "iam_id": "IBMid-somebody"}, s),
    "for ever": lambda h, c, s, _: parts(h, {**c, "exp": 2**62}, s),
    "subject twice": lambda h, c, s, _: f"{b64(json.dumps(h).encode())}.{twice(c, 'iam_id')}.{s}",
    "huge": lambda h, c, s, _: parts(h, {**c, "filler": "x" * 40_000}, s),
    "deep": lambda h, _, s, __: f"{b64(json.dumps(h).encode())}.{b64(b'[' * 5_000)}.{s}",
    "no signature": lambda h, c, _, __: parts(h, c, ""),
    "no JSON": lambda _, __, s, ___: f"{b64(b'{')}.{b64(bytes(64))}.{s}",
}
