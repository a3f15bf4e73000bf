"""Sealed blobs: what the store keeps of a secret, and only a holder of the master key opens.

``0x01 ‖ master key id (16) ‖ nonce (32) ‖ AES-256-GCM ciphertext ‖ tag (16)``

Source: ``docs/formats.md``.
"""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from keystead.crypto.kdf import derive
from keystead.crypto.random import octets
from keystead.domain.errors import Tampered
from keystead.domain.material import KeyMaterial

FORMAT = b"\x01"
MASTER_KEY_OCTETS = 32
_ID_OCTETS = 16
_NONCE_OCTETS = 32
_HEADER_OCTETS = 1 + _ID_OCTETS + _NONCE_OCTETS
_TAG_OCTETS = 16
# Each blob has its own key, derived from 256 random bits, so GCM's own nonce never meets a key twice.
_GCM_NONCE = bytes(12)


class Sealer:
    """Seals secrets under a master key of 32 octets and derives the MAC keys that belong to it.

    Raises:
        ValueError: the master key has another length.
    """

    __slots__ = ("_master", "id")

    def __init__(self, master: KeyMaterial) -> None:
        if len(master) != MASTER_KEY_OCTETS:
            raise ValueError(f"a master key has {MASTER_KEY_OCTETS} octets, this one {len(master)}")
        self._master = master
        self.id = derive(master, "keystead/master-key-id/1", b"", _ID_OCTETS)

    def seal(self, secret: KeyMaterial, aad: bytes) -> bytes:
        """Return *secret* sealed for the place that *aad* describes, 65 octets longer."""
        return self._seal(secret, aad, octets(_NONCE_OCTETS))

    def open(self, sealed: bytes, aad: bytes) -> KeyMaterial:
        """Return the secret.

        Raises:
            Tampered: *sealed* is of another form, master key or place, or not as it was written.
        """
        if len(sealed) < _HEADER_OCTETS + _TAG_OCTETS or sealed[:1] != FORMAT:
            raise Tampered("sealed octets are not of format 1")
        header, ciphertext = sealed[:_HEADER_OCTETS], sealed[_HEADER_OCTETS:]
        if header[1:17] != self.id:  # a name, not a secret: no constant time needed
            raise Tampered("sealed under another master key")
        try:
            return KeyMaterial(AESGCM(self._key(header)).decrypt(_GCM_NONCE, ciphertext, header + aad))
        except InvalidTag:
            raise Tampered("sealed octets do not open where they are") from None

    def mac_key(self, label: str) -> KeyMaterial:
        """Return the 32-octet key for MACs of one purpose."""
        return KeyMaterial(derive(self._master, "keystead/mac/1", label.encode(), 32))

    def _seal(self, secret: KeyMaterial, aad: bytes, nonce: bytes) -> bytes:
        """Seal with a given *nonce*; apart from `seal`, only test vectors may choose one."""
        header = FORMAT + self.id + nonce
        return header + AESGCM(self._key(header)).encrypt(_GCM_NONCE, secret.reveal(), header + aad)

    def _key(self, header: bytes) -> bytes:
        return derive(self._master, "keystead/seal/1", header[1:], 32)
