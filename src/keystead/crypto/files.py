"""Files under a DEK: AES-256-GCM in chunks, in the STREAM construction.

Chunk i is encrypted under ``derive(dek, "keystead/file/1", head, 32)`` with the nonce ``[i]88 ‖ last``,
where *last* is 0x01 for the final chunk and 0x00 for every other: chunks cannot be dropped, repeated,
swapped or added. The head holds a random salt, so that no two files share a key.

Source: Hoang, Reyhanitabar, Rogaway, Vizár, "Online authenticated-encryption and its nonce-reuse
misuse-resistance" (CRYPTO 2015), section 7; ``docs/formats.md``.
"""

from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from keystead.crypto.kdf import derive
from keystead.domain.errors import Refused
from keystead.domain.material import KeyMaterial
from keystead.domain.reasons import Reason

TAG_OCTETS = 16
_LABEL = "keystead/file/1"


def encrypt(dek: KeyMaterial, head: bytes, chunk: int, source: BinaryIO, sink: BinaryIO) -> None:
    """Encrypt all of *source* into *sink*.

    Args:
        dek: 16 octets or more.
        head: the part of the file's header that must not change; holds a fresh random salt.
        chunk: octets of plaintext per chunk, at least 1; the same for `decrypt`.
        source: read to its end.
        sink: gets 16 octets more per chunk than *source* had; an empty source makes one empty chunk.
    """
    aead = _aead(dek, head)
    octets = source.read(chunk)
    index = 0
    while following := source.read(chunk):
        sink.write(aead.encrypt(_nonce(index, last=False), octets, None))
        octets, index = following, index + 1
    sink.write(aead.encrypt(_nonce(index, last=True), octets, None))


def decrypt(dek: KeyMaterial, head: bytes, chunk: int, source: BinaryIO, sink: BinaryIO) -> None:
    """Open what `encrypt` made; the caller discards *sink* when this raises.

    Raises:
        Refused: ``CIPHERTEXT`` for a wrong DEK or head, and for any change, cut or addition.
    """
    aead = _aead(dek, head)
    octets = source.read(chunk + TAG_OCTETS)
    index = 0
    while following := source.read(chunk + TAG_OCTETS):
        sink.write(_open(aead, _nonce(index, last=False), octets))
        octets, index = following, index + 1
    sink.write(_open(aead, _nonce(index, last=True), octets))


def _aead(dek: KeyMaterial, head: bytes) -> AESGCM:
    return AESGCM(derive(dek, _LABEL, head, 32))


def _nonce(index: int, *, last: bool) -> bytes:
    return index.to_bytes(11, "big") + (b"\x01" if last else b"\x00")


def _open(aead: AESGCM, nonce: bytes, octets: bytes) -> bytes:
    try:
        return aead.decrypt(nonce, octets, None)
    except InvalidTag:
        raise Refused(
            Reason.CIPHERTEXT, "the file was changed or cut off, or belongs to another DEK"
        ) from None
