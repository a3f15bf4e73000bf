"""Import with RSA: key material under RSAES-OAEP to the public key of an import token.

Source: RFC 8017 section 7.1; ``spec/kms-api.md`` section 4.4.
"""

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from keystead.domain.errors import Refused
from keystead.domain.material import KeyMaterial
from keystead.domain.reasons import Reason

_BITS = 4096
_EXPONENT = 65537
_CLIENT_BITS = range(2048, 8193)
_MAX_PEM_OCTETS = 8192


def generate() -> KeyMaterial:
    """Return a new RSA-4096 private key, PKCS #8 in DER; takes about half a second of one core."""
    private = rsa.generate_private_key(public_exponent=_EXPONENT, key_size=_BITS)
    return KeyMaterial(
        private.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )


def public_pem(private: KeyMaterial) -> bytes:
    """Return the public key as SubjectPublicKeyInfo in PEM."""
    return (
        _load(private)
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )


def decrypt(private: KeyMaterial, payload: bytes, sha1: bool) -> KeyMaterial:
    """Open *payload*: OAEP and MGF1 with SHA-256, or both with SHA-1; empty label.

    Raises:
        Refused: ``CIPHERTEXT``; one answer for every way it can be wrong.
    """
    key = _load(private)
    try:
        return KeyMaterial(key.decrypt(payload, _oaep(sha1)))
    except ValueError:
        raise Refused(Reason.CIPHERTEXT, "The provided payload could not be decrypted") from None


def encrypt(public_pem: bytes, material: KeyMaterial, sha1: bool) -> bytes:
    """Encrypt *material* as a client does; hashes as in `decrypt`.

    Args:
        public_pem: RSA public key of 2048 to 8192 bits, SubjectPublicKeyInfo in PEM.
        material: short enough for the key; 16, 24 and 32 octets always are.
        sha1: SHA-1 instead of SHA-256.

    Raises:
        ValueError: the key is none of these, or too small for *material*.
    """
    return _public(public_pem).encrypt(material.reveal(), _oaep(sha1))


def _public(pem: bytes) -> rsa.RSAPublicKey:
    if len(pem) > _MAX_PEM_OCTETS:
        raise ValueError(f"a public key in PEM has at most {_MAX_PEM_OCTETS} octets")
    try:
        key = serialization.load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("this is not a public key in PEM") from None
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size not in _CLIENT_BITS:
        raise ValueError("the public key must be RSA of 2048 to 8192 bits")
    return key


def _load(private: KeyMaterial) -> rsa.RSAPrivateKey:
    # Checking the primes of a 4096-bit key takes longer than using it, and this one was made by `generate`
    # and has been under authenticated encryption ever since.
    key = serialization.load_der_private_key(private.reveal(), None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("the private key of an RSA import token is an RSA key")
    return key


def _oaep(sha1: bool) -> padding.OAEP:
    # HPCS clients still send SHA-1; OAEP asks no collision resistance of its hash.
    digest: hashes.HashAlgorithm = hashes.SHA1() if sha1 else hashes.SHA256()  # noqa: S303
    return padding.OAEP(mgf=padding.MGF1(digest), algorithm=digest, label=None)
