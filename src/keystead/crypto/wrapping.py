"""Wrapped DEKs, format 1: what ``wrap`` returns and ``unwrap`` takes.

``0x01 ‖ material id (16) ‖ salt (32) ‖ commitment (32) ‖ AES-256-GCM ciphertext ‖ tag (16)``

Source: ``docs/formats.md``.
"""

from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from keystead.crypto.kdf import derive
from keystead.crypto.mac import equal
from keystead.crypto.random import octets
from keystead.domain.errors import Refused, bad_field
from keystead.domain.material import KeyMaterial
from keystead.domain.reasons import Reason

FORMAT = b"\x01"
ID_OCTETS = 16
_SALT = slice(17, 49)
_COMMITMENT = slice(49, 81)
_HEADER_OCTETS = 81
_SALT_OCTETS = 32
_TAG_OCTETS = 16
# The salt makes a new encryption key for every message, so that one nonce is all a key ever meets.
_NONCE = bytes(12)
_NO_AAD = bytes(4)


def material_id(material: KeyMaterial) -> bytes:
    """Return the 16 octets that name *material*, the same wherever it was imported."""
    return derive(material, "keystead/material-id/1", b"", ID_OCTETS)


def wrap(material: KeyMaterial, name: bytes, dek: KeyMaterial, aad: Sequence[str]) -> bytes:
    """Wrap *dek* under *material*; equal arguments give a new blob each time.

    Args:
        material: a root key's 16, 24 or 32 octets.
        name: ``material_id(material)``, computed once by the caller.
        dek: octets of any length; the blob is 97 octets longer.
        aad: strings that must be given again, in this order, to unwrap.

    Raises:
        Refused: ``INVALID_FIELD`` when *aad* holds a lone surrogate, which UTF-8 cannot carry.
    """
    return _wrap(material, name, dek, aad, octets(_SALT_OCTETS))


def unwrap(material: KeyMaterial, blob: bytes, aad: Sequence[str]) -> KeyMaterial:
    """Open what `wrap` returned; there is no partial result.

    Raises:
        Refused: ``CIPHERTEXT``, one answer for every way it can be wrong; ``INVALID_FIELD`` as `wrap`.
    """
    name = named(blob)
    key, commitment = _keys(material, name, blob[_SALT])
    # Before decryption: GCM alone would let one ciphertext open under two keys.
    if not equal(commitment, blob[_COMMITMENT]):
        raise _corrupted()
    header, ciphertext = blob[:_HEADER_OCTETS], blob[_HEADER_OCTETS:]
    try:
        return KeyMaterial(AESGCM(key).decrypt(_NONCE, ciphertext, header + _encode(aad)))
    except InvalidTag:
        raise _corrupted() from None


def named(blob: bytes) -> bytes:
    """Return the id of the material that wrapped *blob*.

    Raises:
        Refused: ``CIPHERTEXT`` when *blob* is not of this form.
    """
    if len(blob) < _HEADER_OCTETS + _TAG_OCTETS or blob[:1] != FORMAT:
        raise _corrupted()
    return blob[1:17]


def _wrap(material: KeyMaterial, name: bytes, dek: KeyMaterial, aad: Sequence[str], salt: bytes) -> bytes:
    """Wrap with a given *salt*; apart from `wrap`, only test vectors may choose one."""
    key, commitment = _keys(material, name, salt)
    header = FORMAT + name + salt + commitment
    return header + AESGCM(key).encrypt(_NONCE, dek.reveal(), header + _encode(aad))


def _keys(material: KeyMaterial, name: bytes, salt: bytes) -> tuple[bytes, bytes]:
    derived = derive(material, "keystead/wrap/1", name + salt, 64)
    return derived[:32], derived[32:]


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
