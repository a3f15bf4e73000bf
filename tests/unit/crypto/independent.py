"""The formats of ``docs/formats.md`` once more, written from that page, without Keystead or ``cryptography``.

Everything raises `ValueError` where the page says that a reader must refuse.
"""

import hashlib
import hmac
from collections.abc import Sequence

from unit.crypto.independent_aes import cbc_decrypt, cbc_encrypt, gcm_decrypt, gcm_encrypt

_ZERO_NONCE = bytes(12)


def kdf(key: bytes, label: bytes, context: bytes, count: int) -> bytes:
    result = b""
    number = 1
    while len(result) < count:
        data = number.to_bytes(4, "big") + label + b"\x00" + context + (count * 8).to_bytes(4, "big")
        result += hmac.new(key, data, hashlib.sha256).digest()
        number += 1
    return result[:count]


def material_id(material: bytes) -> bytes:
    return kdf(material, b"keystead/material-id/1", b"", 16)


def _strings(aad: Sequence[str]) -> bytes:
    octets = len(aad).to_bytes(4, "big")
    for text in aad:
        encoded = text.encode("utf-8")
        octets += len(encoded).to_bytes(4, "big") + encoded
    return octets


def wrap(material: bytes, dek: bytes, aad: Sequence[str], salt: bytes) -> bytes:
    name = material_id(material)
    derived = kdf(material, b"keystead/wrap/1", name + salt, 64)
    head = b"\x01" + name + salt + derived[32:]
    return head + gcm_encrypt(derived[:32], _ZERO_NONCE, dek, head + _strings(aad))


def unwrap(material: bytes, blob: bytes, aad: Sequence[str]) -> bytes:
    if len(blob) < 97 or blob[0] != 1:
        raise ValueError("form")
    name, salt, commitment = blob[1:17], blob[17:49], blob[49:81]
    derived = kdf(material, b"keystead/wrap/1", name + salt, 64)
    if derived[32:] != commitment:
        raise ValueError("commitment")
    return gcm_decrypt(derived[:32], _ZERO_NONCE, blob[81:], blob[:81] + _strings(aad))


def master_key_id(master: bytes) -> bytes:
    return kdf(master, b"keystead/master-key-id/1", b"", 16)


def mac_key(master: bytes, label: str) -> bytes:
    return kdf(master, b"keystead/mac/1", label.encode(), 32)


def seal(master: bytes, secret: bytes, aad: bytes, nonce: bytes) -> bytes:
    name = master_key_id(master)
    head = b"\x01" + name + nonce
    return head + gcm_encrypt(
        kdf(master, b"keystead/seal/1", name + nonce, 32), _ZERO_NONCE, secret, head + aad
    )


def unseal(master: bytes, sealed: bytes, aad: bytes) -> bytes:
    if len(sealed) < 65 or sealed[0] != 1 or sealed[1:17] != master_key_id(master):
        raise ValueError("form")
    key = kdf(master, b"keystead/seal/1", sealed[1:49], 32)
    return gcm_decrypt(key, _ZERO_NONCE, sealed[49:], sealed[:49] + aad)


def encrypt_nonce(material: bytes, nonce: bytes, iv: bytes) -> bytes:
    if len(iv) == 12:
        return gcm_encrypt(material, iv, nonce, b"")
    return cbc_encrypt(material, iv, nonce)


def decrypt_nonce(material: bytes, encrypted: bytes, iv: bytes) -> bytes:
    if len(iv) == 12:
        return gcm_decrypt(material, iv, encrypted, b"")
    if len(iv) == 16:
        return cbc_decrypt(material, iv, encrypted)
    raise ValueError("iv")


def encrypt_chunks(dek: bytes, head: bytes, chunk: int, plaintext: bytes) -> bytes:
    key = kdf(dek, b"keystead/file/1", head, 32)
    pieces = [plaintext[at : at + chunk] for at in range(0, len(plaintext), chunk)] or [b""]
    nonces = [i.to_bytes(11, "big") + bytes([i == len(pieces) - 1]) for i in range(len(pieces))]
    return b"".join(gcm_encrypt(key, *pair, b"") for pair in zip(nonces, pieces, strict=True))


def encrypt_file(dek: bytes, head: bytes, names: tuple[str, str], plaintext: bytes) -> bytes:
    key_id, wrapped = (text.encode() for text in names)
    middle = len(key_id).to_bytes(2, "big") + key_id + len(wrapped).to_bytes(4, "big") + wrapped
    return head + middle + encrypt_chunks(dek, head, int.from_bytes(head[14:18], "big"), plaintext)
