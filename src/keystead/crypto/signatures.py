"""Signatures: Ed25519.

Source: RFC 8032 section 5.1.
"""

from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from keystead.domain.material import KeyMaterial


class Signer:
    """An Ed25519 private key."""

    __slots__ = ("_key", "public")

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public = key.public_key().public_bytes_raw()  # 32 octets

    @classmethod
    def generate(cls) -> Self:
        """Return a signer with a new key."""
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def from_seed(cls, seed: KeyMaterial) -> Self:
        """Return the signer that *seed*, 32 octets, determines; `ValueError` for another length."""
        return cls(Ed25519PrivateKey.from_private_bytes(seed.reveal()))

    @property
    def seed(self) -> KeyMaterial:
        """The 32 octets from which `from_seed` makes this signer again."""
        return KeyMaterial(self._key.private_bytes_raw())

    def sign(self, message: bytes) -> bytes:
        """Return the 64-octet signature."""
        return self._key.sign(message)


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether *signature* is of *message* by *public*; octets of a wrong form are not."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
