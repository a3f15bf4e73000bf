"""Opening an upload: key material that came encrypted to the public key of an import token.

Source: ``spec/kms-api.md`` section 4.5, rows 7 to 10.
"""

from keystead.crypto import hybrid, nonces, oaep
from keystead.crypto.mac import equal
from keystead.domain.errors import Refused, bad_field
from keystead.domain.import_tokens import ImportAlgorithm, TokenKind, TokenSecret, Upload
from keystead.domain.material import KeyMaterial
from keystead.domain.reasons import Reason

AES_KEY_OCTETS = (16, 24, 32)


def require_algorithm(upload: Upload, kind: TokenKind) -> None:
    """Raise `Refused` with ``INVALID_FIELD`` when a token of *kind* cannot open *upload*."""
    if upload.algorithm.kind is not kind:
        fitting = " or ".join(algorithm for algorithm in ImportAlgorithm if algorithm.kind is kind)
        raise bad_field("encryptionAlgorithm", f"{fitting}, which is what the import token's key is for")


def require_aes_size(material: KeyMaterial) -> None:
    """Raise `Refused` with ``INVALID_FIELD`` unless *material* is an AES key."""
    if len(material) not in AES_KEY_OCTETS:
        raise bad_field("payload", "key material of 16, 24 or 32 bytes")


def opened(private: KeyMaterial, token: TokenSecret, upload: Upload) -> KeyMaterial:
    """Return the uploaded material, once its sender has proven to hold it and the token's nonce.

    Raises:
        Refused: in this order ``CIPHERTEXT``, ``INVALID_FIELD`` (length of material or iv),
            ``INCORRECT_NONCE_IV``, ``INCORRECT_NONCE``.
    """
    material = _decrypted(private, upload)
    require_aes_size(material)
    nonce = nonces.decrypt(material, upload.encrypted_nonce, upload.iv)
    if not equal(nonce, token.nonce):
        raise Refused(Reason.INCORRECT_NONCE, "The nonce does not match the nonce of the import token")
    return material


def _decrypted(private: KeyMaterial, upload: Upload) -> KeyMaterial:
    match upload.algorithm:
        case ImportAlgorithm.HYBRID:
            return hybrid.decrypt(private, upload.payload)
        case ImportAlgorithm.OAEP_SHA_256:
            return oaep.decrypt(private, upload.payload, sha1=False)
        case ImportAlgorithm.OAEP_SHA_1:
            return oaep.decrypt(private, upload.payload, sha1=True)
