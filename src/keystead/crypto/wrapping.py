"""Wrapped DEKs, format 1: what ``wrap`` returns and ``unwrap`` takes.

``0x01 ‖ material id (16) ‖ salt (32) ‖ commitment (32) ‖ AES-256-GCM ciphertext ‖ tag (16)``

Source: ``docs/formats.md``.
"""

from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from keystead.crypto.kdf import Deriver
from keystead.crypto.mac import equal
from keystead.crypto.random import salt as fresh_salt
from keystead.domain.errors import Refused, bad_field
from keystead.domain.material import KeyMaterial
from keystead.domain.reasons import Reason

FORMAT = b"\x01"
ID_OCTETS = 16
_SALT = slice(17, 49)
_SALT_OCTETS = 32
_COMMITMENT = slice(49, 81)
_HEADER_OCTETS = 81
_TAG_OCTETS = 16
# The salt makes a new encryption key for every message, so that one nonce is all a key ever meets.
_NONCE = bytes(12)
_NO_AAD = bytes(4)


class WrappingKey:
    """A root key's material, ready to wrap and unwrap.

    Args:
        material: 16, 24 or 32 octets.
    """

    __slots__ = ("_deriver", "name")

    def __init__(self, material: KeyMaterial) -> None:
        self._deriver = Deriver(material)
        self.name = self._deriver.derive("keystead/material-id/1", b"", ID_OCTETS)

    def wrap(self, dek: KeyMaterial, aad: Sequence[str]) -> bytes:
        """Wrap *dek*; equal arguments give a new blob each time.

        Args:
            dek: octets of any length; the blob is 97 octets longer.
            aad: strings that must be given again, in this order, to unwrap.

        Raises:
            Refused: ``INVALID_FIELD`` when *aad* holds a lone surrogate, which UTF-8 cannot carry.
        """
        encoded = _encode(aad)
        return self._wrap(dek, encoded, self._salt(dek, encoded))

    def wrap_salted(self, dek: KeyMaterial, aad: Sequence[str], salt: bytes) -> bytes:
        """Wrap with a given *salt*; apart from `wrap`, only test vectors may choose one."""
        return self._wrap(dek, _encode(aad), salt)

    def _salt(self, dek: KeyMaterial, encoded_aad: bytes) -> bytes:
        """Return the salt of a message, made of what is drawn for it and of the message itself.

        A machine that is resumed twice from one snapshot draws the same octets twice. Two messages still get
        two salts, and so two encryption keys; only the very same message would be the same blob.
        """
        message = fresh_salt() + encoded_aad + dek.reveal()
        return self._deriver.derive("keystead/salt/1", message, _SALT_OCTETS)

    def _wrap(self, dek: KeyMaterial, encoded_aad: bytes, salt: bytes) -> bytes:
        derived = self._deriver.derive("keystead/wrap/1", self.name + salt, 64)
        header = FORMAT + self.name + salt + derived[32:]
        return header + AESGCM(derived[:32]).encrypt(_NONCE, dek.reveal(), header + encoded_aad)

    def unwrap(self, blob: bytes, aad: Sequence[str]) -> KeyMaterial:
        """Open what `wrap` returned; there is no partial result.

        Raises:
            Refused: ``CIPHERTEXT``, one answer for every way it can be wrong; ``INVALID_FIELD`` as `wrap`.
        """
        derived = self._deriver.derive("keystead/wrap/1", named(blob) + blob[_SALT], 64)
        # Before decryption: GCM alone would let one ciphertext open under two keys.
        if not equal(derived[32:], blob[_COMMITMENT]):
            raise _corrupted()
        header, ciphertext = blob[:_HEADER_OCTETS], blob[_HEADER_OCTETS:]
        try:
            return KeyMaterial(AESGCM(derived[:32]).decrypt(_NONCE, ciphertext, header + _encode(aad)))
        except InvalidTag:
            raise _corrupted() from None


def material_id(material: KeyMaterial) -> bytes:
    """Return the 16 octets that name *material*, the same wherever it was imported."""
    return WrappingKey(material).name


def named(blob: bytes) -> bytes:
    """Return the id of the material that wrapped *blob*.

    Raises:
        Refused: ``CIPHERTEXT`` when *blob* is not of this form.
    """
    if len(blob) < _HEADER_OCTETS + _TAG_OCTETS or blob[:1] != FORMAT:
        raise _corrupted()
    return blob[1:17]


def _encode(aad: Sequence[str]) -> bytes:
    """Return ``[count]32`` and for each string ``[length]32 ‖ UTF-8``: no two lists look the same."""
    if not aad:
        return _NO_AAD
    try:
        parts = [text.encode() for text in aad]
    except UnicodeEncodeError:
        raise bad_field("aad", "a list of valid Unicode strings") from None
    return _length(parts) + b"".join(_length(part) + part for part in parts)


def _length(of: Sequence[object]) -> bytes:
    return len(of).to_bytes(4, "big")


def _corrupted() -> Refused:
    return Refused(Reason.CIPHERTEXT, "The provided ciphertext is invalid or corrupted")
