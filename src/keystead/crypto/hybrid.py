"""Import that a quantum computer does not open: HPKE to a key of ML-KEM-768 and X25519.

Whoever records the upload must break both to read the key material.

Source: RFC 9180 (HPKE, base mode, one shot); FIPS 203 (ML-KEM); RFC 7748 (X25519); ``docs/formats.md``.
"""

import base64
import binascii
import textwrap

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from keystead.domain.errors import Refused
from keystead.domain.material import KeyMaterial
from keystead.domain.reasons import Reason

_SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_INFO = b"keystead/import/1"
_SEED_OCTETS = 64  # of ML-KEM; the private key is this seed and 32 octets for X25519
_MLKEM_OCTETS = 1184
_PUBLIC_OCTETS = _MLKEM_OCTETS + 32
_MAX_PEM_OCTETS = 4096
_LABEL = "KEYSTEAD MLKEM768-X25519 PUBLIC KEY"
_BEGIN = f"-----BEGIN {_LABEL}-----"
_END = f"-----END {_LABEL}-----"


def generate() -> KeyMaterial:
    """Return a new private key: the 64-octet ML-KEM seed and the 32 octets of X25519."""
    seed = MLKEM768PrivateKey.generate().private_bytes_raw()
    return KeyMaterial(seed + X25519PrivateKey.generate().private_bytes_raw())


def public_pem(private: KeyMaterial) -> bytes:
    """Return the public key: ML-KEM's 1184 octets and X25519's 32, in base64 between PEM lines."""
    mlkem, x25519 = _private(private)
    raw = mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()
    body = textwrap.fill(base64.b64encode(raw).decode(), 64)
    return f"{_BEGIN}\n{body}\n{_END}\n".encode()


def decrypt(private: KeyMaterial, payload: bytes) -> KeyMaterial:
    """Open *payload*: 1120 octets of encapsulation, then ciphertext and tag.

    Raises:
        Refused: ``CIPHERTEXT``; one answer for every way it can be wrong.
    """
    key = MLKEM768X25519PrivateKey(*_private(private))
    try:
        return KeyMaterial(_SUITE.decrypt(payload, key, _INFO))
    except InvalidTag:  # for every way, short payloads and points of low order included
        raise Refused(Reason.CIPHERTEXT, "The provided payload could not be decrypted") from None


def encrypt(public_pem: bytes, material: KeyMaterial) -> bytes:
    """Encrypt *material* as a client does; the result is 1136 octets longer.

    Raises:
        ValueError: *public_pem* is not what the function of that name returns.
    """
    raw = _unarmour(public_pem)
    key = MLKEM768X25519PublicKey(
        MLKEM768PublicKey.from_public_bytes(raw[:_MLKEM_OCTETS]),
        X25519PublicKey.from_public_bytes(raw[_MLKEM_OCTETS:]),
    )
    return _SUITE.encrypt(material.reveal(), key, _INFO)


def _private(private: KeyMaterial) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
    raw = private.reveal()
    return (
        MLKEM768PrivateKey.from_seed_bytes(raw[:_SEED_OCTETS]),
        X25519PrivateKey.from_private_bytes(raw[_SEED_OCTETS:]),
    )


def _unarmour(pem: bytes) -> bytes:
    lines = pem.decode("ascii", "replace").split() if len(pem) <= _MAX_PEM_OCTETS else []
    text = " ".join(lines)
    if not (text.startswith(_BEGIN) and text.endswith(_END)):
        raise ValueError(f"this is not a {_LABEL} in PEM")
    try:
        raw = base64.b64decode(text[len(_BEGIN) : -len(_END)].replace(" ", ""), validate=True)
    except binascii.Error:
        raise ValueError(f"the {_LABEL} is not base64") from None
    if len(raw) != _PUBLIC_OCTETS:
        raise ValueError(f"the {_LABEL} has {len(raw)} octets, not {_PUBLIC_OCTETS}")
    return raw
