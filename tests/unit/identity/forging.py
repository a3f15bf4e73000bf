"""Tokens made by hand, part by part, without the code under test."""

import base64
import json
from functools import cache

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_private_key

from keystead.domain.identities import SigningKey
from unit.identity.fakes import ACCOUNT, ALICE, SIGNER, START, UNIT

NOW = int(START.timestamp())
HEADER: dict[str, object] = {"alg": "RS256", "typ": "JWT", "kid": SIGNER.id}
CLAIMS: dict[str, object] = {
    "iam_id": ALICE.iam_id,
    "id": ALICE.iam_id,
    "realmid": "IBMid",
    "identifier": "2700ABCDEF",
    "sub": ALICE.name,
    "account": {"valid": True, "bss": ACCOUNT, "frozen": True},
    "iat": NOW,
    "exp": NOW + 3600,
    "iss": "https://iam.cloud.ibm.com/identity",
    "grant_type": "urn:ibm:params:oauth:grant-type:apikey",
    "scope": "ibm openid",
    "client_id": "default",
    "jti": "1b7e0d6a-4f0e-4c1f-8a51-0d9a6b7c8d9e",
}


@cache
def private_key(record: SigningKey) -> RSAPrivateKey:
    """Return what only the holder of the signing key has."""
    opened = UNIT.open(f"keystead/token-signing/1/{record.id}", record.sealed_private_key)
    key = load_der_private_key(opened.reveal(), None)
    assert isinstance(key, RSAPrivateKey)
    return key


def b64(octets: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def signed_parts(header: bytes, claims: bytes, key: RSAPrivateKey | None = None) -> str:
    """Sign two octet strings, whatever is in them."""
    text = f"{b64(header)}.{b64(claims)}"
    signature = (key or private_key(SIGNER)).sign(text.encode(), PKCS1v15(), SHA256())
    return f"{text}.{b64(signature)}"


def signed_of_length(length: int) -> str:
    """Sign a good token of exactly *length* characters, blown up by a claim that nobody reads."""
    claims = json.dumps(CLAIMS | {"filler": ""}).replace('"filler": ""', '"filler": "X"')
    signature = 342  # characters of a 2048-bit signature
    for blanks in range(
        4
    ):  # not every length is a length of base64, so the header grows a little where needed
        header = json.dumps(HEADER) + " " * blanks
        octets = (length - signature - 2 - len(b64(header.encode()))) * 3 // 4
        text = signed_parts(header.encode(), claims.replace("X", "x" * (octets - len(claims) + 1)).encode())
        if len(text) == length:
            return text
    raise AssertionError("one of four headers fits")


def signed(header: dict[str, object], claims: dict[str, object], key: RSAPrivateKey | None = None) -> str:
    """Sign two JSON objects."""
    return signed_parts(json.dumps(header).encode(), json.dumps(claims).encode(), key)
