"""The import forms once more: RSAES-OAEP over Python's integers, and HPKE from its primitives.

OAEP follows RFC 8017 section 7.1 and uses the standard library only. HPKE follows RFC 9180 (base mode, one
message) with the combiner of draft-ietf-hpke-pq; ML-KEM and X25519 themselves come from ``cryptography``, but
not through its HPKE.
"""

import hashlib
import hmac

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from unit.crypto.independent_aes import gcm_decrypt, gcm_encrypt

_COMBINER_LABEL = bytes.fromhex("5c2e2f2f5e5c")


def _mask(seed: bytes, count: int, digest: str) -> bytes:
    blocks = -(-count // hashlib.new(digest).digest_size)
    return b"".join(hashlib.new(digest, seed + i.to_bytes(4, "big")).digest() for i in range(blocks))[:count]


def _xor(a: bytes, b: bytes) -> bytes:
    return bytes(left ^ right for left, right in zip(a, b, strict=True))


def oaep_encrypt(n: int, e: int, message: bytes, digest: str, seed: bytes) -> bytes:
    size, hashed = -(-n.bit_length() // 8), hashlib.new(digest).digest()
    data = hashed + bytes(size - len(message) - 2 * len(hashed) - 2) + b"\x01" + message
    masked = _xor(data, _mask(seed, len(data), digest))
    encoded = b"\x00" + _xor(seed, _mask(masked, len(seed), digest)) + masked
    return pow(int.from_bytes(encoded, "big"), e, n).to_bytes(size, "big")


def oaep_decrypt(n: int, d: int, payload: bytes, digest: str) -> bytes:
    size, hashed = -(-n.bit_length() // 8), hashlib.new(digest).digest()
    encoded = pow(int.from_bytes(payload, "big"), d, n).to_bytes(size, "big")
    masked = encoded[1 + len(hashed) :]
    seed = _xor(encoded[1 : 1 + len(hashed)], _mask(masked, len(hashed), digest))
    data = _xor(masked, _mask(seed, len(masked), digest))
    zeros, one, message = data[len(hashed) :].partition(b"\x01")
    if encoded[0] or data[: len(hashed)] != hashed or any(zeros) or not one:
        raise ValueError("padding")
    return message


def shared_secret(private: bytes, encapsulated: bytes) -> bytes:
    lattice = MLKEM768PrivateKey.from_seed_bytes(private[:64])
    curve = X25519PrivateKey.from_private_bytes(private[64:])
    ephemeral = encapsulated[1088:]
    first = lattice.decapsulate(encapsulated[:1088])
    second = curve.exchange(X25519PublicKey.from_public_bytes(ephemeral))
    own = curve.public_key().public_bytes_raw()
    return hashlib.sha3_256(first + second + ephemeral + own + _COMBINER_LABEL).digest()


def hpke_keys(secret: bytes, info: bytes, aead: int) -> tuple[bytes, bytes]:
    """Return key and base nonce of suite (0x647a, HKDF-SHA256, *aead*)."""
    suite = b"HPKE" + bytes.fromhex("647a") + b"\x00\x01" + aead.to_bytes(2, "big")

    def extract(salt: bytes, label: bytes, ikm: bytes) -> bytes:
        return hmac.digest(salt, b"HPKE-v1" + suite + label + ikm, "sha256")

    def expand(prk: bytes, label: bytes, context: bytes, count: int) -> bytes:
        data = count.to_bytes(2, "big") + b"HPKE-v1" + suite + label + context + b"\x01"
        return hmac.digest(prk, data, "sha256")[:count]

    context = b"\x00" + extract(b"", b"psk_id_hash", b"") + extract(b"", b"info_hash", info)
    prk = extract(secret, b"secret", b"")
    return expand(prk, b"key", context, 32), expand(prk, b"base_nonce", context, 12)


def hybrid_decrypt(private: bytes, payload: bytes) -> bytes:
    secret = shared_secret(private, payload[:1120])
    key, nonce = hpke_keys(secret, b"keystead/import/1", aead=2)
    return gcm_decrypt(key, nonce, payload[1120:], b"")


def hybrid_encrypt(private: bytes, material: bytes) -> tuple[bytes, bytes]:
    """Return public key and payload; ML-KEM brings randomness of its own, so each payload is another."""
    lattice = MLKEM768PrivateKey.from_seed_bytes(private[:64]).public_key()
    curve = X25519PrivateKey.from_private_bytes(private[64:]).public_key()
    ephemeral = X25519PrivateKey.generate()
    first, encapsulated = lattice.encapsulate()
    encapsulated += ephemeral.public_key().public_bytes_raw()
    own = curve.public_bytes_raw()
    secrets = first + ephemeral.exchange(curve)
    secret = hashlib.sha3_256(secrets + encapsulated[1088:] + own + _COMBINER_LABEL).digest()
    key, nonce = hpke_keys(secret, b"keystead/import/1", aead=2)
    return lattice.public_bytes_raw() + own, encapsulated + gcm_encrypt(key, nonce, material, b"")


def rsa_numbers(private: bytes) -> tuple[int, int, int]:
    """Return n, e and d of an RSA key, PKCS #8 in DER."""
    key = serialization.load_der_private_key(private, None)
    assert isinstance(key, rsa.RSAPrivateKey)
    numbers = key.private_numbers()
    return numbers.public_numbers.n, numbers.public_numbers.e, numbers.d
