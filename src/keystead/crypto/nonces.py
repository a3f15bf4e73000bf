"""The proof in an import: the token's nonce, encrypted with the key material itself.

An iv of 12 octets means AES-GCM with the tag appended (Key Protect), one of 16 octets AES-CBC with PKCS #7
padding (HPCS).

Source: ``spec/kms-api.md`` section 4.4; SP 800-38A and SP 800-38D.
"""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.padding import PKCS7

from keystead.domain.errors import Refused, bad_field
from keystead.domain.material import KeyMaterial
from keystead.domain.reasons import Reason

GCM_IV_OCTETS = 12
CBC_IV_OCTETS = 16
_BLOCK_BITS = 128


def encrypt(material: KeyMaterial, nonce: bytes, iv: bytes) -> bytes:
    """Encrypt *nonce* as a client does.

    Args:
        material: AES key of 16, 24 or 32 octets.
        nonce: what the import token said.
        iv: random; its length selects the mode.

    Raises:
        Refused: ``INVALID_FIELD`` for an *iv* of another length.
        ValueError: *material* is no AES key.
    """
    if len(iv) == GCM_IV_OCTETS:
        return AESGCM(material.reveal()).encrypt(iv, nonce, None)
    padder = PKCS7(_BLOCK_BITS).padder()
    padded = padder.update(nonce) + padder.finalize()
    encryptor = _cbc(material, iv).encryptor()
    return encryptor.update(padded) + encryptor.finalize()


def decrypt(material: KeyMaterial, encrypted: bytes, iv: bytes) -> bytes:
    """Return the nonce; the caller compares it with the token's.

    That a wrong padding and a wrong nonce have different answers gives nothing away: the nonce is no secret,
    and *material* has encrypted nothing else in this mode.

    Raises:
        Refused: ``INVALID_FIELD`` for an *iv* that is neither 12 nor 16 octets; ``INCORRECT_NONCE_IV`` when
            *encrypted* does not open with *material* and *iv*.
    """
    try:
        if len(iv) == GCM_IV_OCTETS:
            return AESGCM(material.reveal()).decrypt(iv, encrypted, None)
        decryptor = _cbc(material, iv).decryptor()
        padded = decryptor.update(encrypted) + decryptor.finalize()
        unpadder = PKCS7(_BLOCK_BITS).unpadder()
        return unpadder.update(padded) + unpadder.finalize()
    except (InvalidTag, ValueError):
        raise Refused(
            Reason.INCORRECT_NONCE_IV, "The encrypted nonce does not open with the imported key and iv"
        ) from None


def _cbc(material: KeyMaterial, iv: bytes) -> Cipher[modes.CBC]:
    if len(iv) != CBC_IV_OCTETS:
        raise bad_field("iv", "12 octets (AES-GCM) or 16 octets (AES-CBC) in base64")
    return Cipher(algorithms.AES(material.reveal()), modes.CBC(iv))
