"""Opens ciphertexts with the owner's own key material, without any server."""

import base64
import binascii
from collections.abc import Sequence

from keystead.client.errors import BadInput
from keystead.crypto import wrapping
from keystead.domain.material import KeyMaterial

_MAX_TEXT = 1024 * 1024


def unwrap(materials: Sequence[KeyMaterial], ciphertext: str, aad: Sequence[str]) -> KeyMaterial:
    """Open a wrapped DEK of format 1 with whichever of *materials* wrapped it.

    Args:
        materials: the versions of a root key that the owner kept, in any order.
        ciphertext: base64 text that `wrap` returned.
        aad: as at wrap.

    Raises:
        BadInput: *ciphertext* is not of format 1, or none of *materials* wrapped it.
        Refused: ``CIPHERTEXT`` when it was changed or *aad* differs.
    """
    blob = blob_of(ciphertext)
    for key in map(wrapping.WrappingKey, materials):
        if key.name == wrapping.named(blob):
            return key.unwrap(blob, aad)
    raise BadInput(
        "none of the key files wrapped this ciphertext (its material id is "
        f"{wrapping.named(blob).hex()}); give the key file of the version that did"
    )


def wrap(material: KeyMaterial, dek: KeyMaterial, aad: Sequence[str]) -> str:
    """Wrap *dek* as a server that holds *material* would; base64 text."""
    return base64.b64encode(wrapping.WrappingKey(material).wrap(dek, aad)).decode()


def blob_of(ciphertext: str) -> bytes:
    """Return the octets of a wrapped DEK of format 1.

    Raises:
        BadInput: it is not base64, or another server's or format's.
    """
    if len(ciphertext) > _MAX_TEXT:
        raise BadInput(f"the ciphertext is longer than {_MAX_TEXT} characters; give what `wrap` returned")
    try:
        blob = base64.b64decode("".join(ciphertext.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadInput("the ciphertext is not base64; give what `wrap` returned, unchanged") from error
    if not _is_format_1(blob):
        raise BadInput(
            "this ciphertext is not in Keystead's format 1; "
            "offline opening works with what a Keystead server wrapped"
        )
    return blob


def _is_format_1(blob: bytes) -> bool:
    return blob[:1] == wrapping.FORMAT and len(blob) >= _SHORTEST


_SHORTEST = 97  # a wrapped DEK of no octets
