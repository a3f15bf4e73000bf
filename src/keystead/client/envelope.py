"""Envelope encryption of files: each has its own DEK, which travels in the file, wrapped by a root key.

File format 1, numbers big-endian::

    head    = 0x01 ‖ "keystead file" ‖ [chunk]32 ‖ salt (32)
    file    = head ‖ [length]16 ‖ key id ‖ [length]32 ‖ wrapped DEK ‖ chunks

*chunk* is the octets of plaintext per chunk. Key id and wrapped DEK are UTF-8 texts as the server gave
them; the DEK is wrapped with the AAD list ``["keystead/file/1"]``. The chunks are made by
`keystead.crypto.files` with the DEK and the head. Key id and wrapped DEK are outside the head, so that a
file can be given a rewrapped DEK without encrypting it again.

Source: ``docs/formats.md``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from keystead.client.key_protect import KeyProtect
from keystead.crypto import files, random
from keystead.domain.errors import Refused
from keystead.domain.material import KeyMaterial
from keystead.domain.reasons import Reason

AAD = ("keystead/file/1",)
_FORMAT = b"\x01keystead file"
_CHUNK = 64 * 1024
_CHUNKS = range(1, 16 * 1024 * 1024 + 1)
_SALT_OCTETS = 32
_MAX_KEY_ID = 200
_MAX_WRAPPED = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a file says about itself before its chunks."""

    chunk: int
    salt: bytes
    key_id: str
    wrapped_dek: str

    @property
    def head(self) -> bytes:
        """The octets that the file's encryption is bound to."""
        return _FORMAT + self.chunk.to_bytes(4, "big") + self.salt

    def encode(self) -> bytes:
        """Return all octets before the first chunk."""
        key_id, wrapped = self.key_id.encode(), self.wrapped_dek.encode()
        return b"".join(
            (self.head, len(key_id).to_bytes(2, "big"), key_id, len(wrapped).to_bytes(4, "big"), wrapped)
        )


def encrypt(kms: KeyProtect, key: str, source: BinaryIO, sink: BinaryIO) -> Header:
    """Encrypt *source* into *sink* under a new DEK that root key *key* wraps.

    Raises:
        RemoteError: the server did not wrap; nothing was written.
    """
    dek = KeyMaterial(random.octets(32))
    wrapped = kms.wrap(key, dek, AAD)
    header = Header(
        chunk=_CHUNK, salt=random.octets(_SALT_OCTETS), key_id=key, wrapped_dek=wrapped.ciphertext
    )
    sink.write(header.encode())
    files.encrypt(dek, header.head, header.chunk, source, sink)
    return header


def decrypt(unwrap: Callable[[Header], KeyMaterial], source: BinaryIO, sink: BinaryIO) -> Header:
    """Decrypt *source* into *sink*; *unwrap* opens the header's wrapped DEK with `AAD`.

    Raises:
        Refused: ``CIPHERTEXT`` when *source* is no such file or was changed; the caller discards *sink*.
    """
    header = read_header(source)
    files.decrypt(unwrap(header), header.head, header.chunk, source, sink)
    return header


def read_header(source: BinaryIO) -> Header:
    """Read a file up to its first chunk; `Refused` ``CIPHERTEXT``."""
    if _exactly(source, len(_FORMAT)) != _FORMAT:
        raise _malformed()
    chunk = int.from_bytes(_exactly(source, 4), "big")
    if chunk not in _CHUNKS:
        raise _malformed()
    salt = _exactly(source, _SALT_OCTETS)
    key_id = _text(source, 2, _MAX_KEY_ID)
    return Header(chunk=chunk, salt=salt, key_id=key_id, wrapped_dek=_text(source, 4, _MAX_WRAPPED))


def _text(source: BinaryIO, width: int, limit: int) -> str:
    length = int.from_bytes(_exactly(source, width), "big")
    if length > limit:
        raise _malformed()
    try:
        return _exactly(source, length).decode()
    except UnicodeDecodeError:
        raise _malformed() from None


def _exactly(source: BinaryIO, count: int) -> bytes:
    octets = source.read(count)
    if len(octets) != count:
        raise _malformed()
    return octets


def _malformed() -> Refused:
    return Refused(
        Reason.CIPHERTEXT, "this is not a file that `keystead encrypt` made, or its beginning was changed"
    )
