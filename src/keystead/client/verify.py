"""Proves that server and owner hold the same key: what one wraps, the other opens."""

from collections.abc import Callable

from keystead.client import offline
from keystead.client.errors import BadInput, RemoteError
from keystead.client.key_protect import KeyProtect
from keystead.crypto import random, wrapping
from keystead.domain.material import KeyMaterial

_AAD = ("keystead byok verify",)
_DEK_OCTETS = 32
_UNPROCESSABLE = 422


def verify(kms: KeyProtect, key: str, material: KeyMaterial, report: Callable[[str], None]) -> None:
    """Show both ways that root key *key* has *material* as its current version.

    Raises:
        BadInput: it has other material, or the server's ciphertexts are not Keystead's.
        RemoteError: the server refused to wrap or unwrap.
    """
    _server_wraps(kms, key, material)
    report("the server wrapped a random DEK, and your key material opened it here")
    _owner_wraps(kms, key, material)
    report("your key material wrapped a random DEK here, and the server opened it")


def _server_wraps(kms: KeyProtect, key: str, material: KeyMaterial) -> None:
    dek = KeyMaterial(random.octets(_DEK_OCTETS))
    ciphertext = kms.wrap(key, dek, _AAD).ciphertext
    blob = offline.blob_of(ciphertext)
    held = wrapping.WrappingKey(material)
    if wrapping.named(blob) != held.name or held.unwrap(blob, _AAD) != dek:
        raise _different(key)


def _owner_wraps(kms: KeyProtect, key: str, material: KeyMaterial) -> None:
    dek = KeyMaterial(random.octets(_DEK_OCTETS))
    try:
        opened = kms.unwrap(key, offline.wrap(material, dek, _AAD), _AAD)
    except RemoteError as error:
        if error.status == _UNPROCESSABLE:
            raise _different(key) from error
        raise
    if opened.dek != dek:
        raise _different(key)


def _different(key: str) -> BadInput:
    return BadInput(
        f"the current version of key {key} is NOT the material that you gave; was it rotated, is that "
        "another key's, or must --encoding say how its file is written?"
    )
