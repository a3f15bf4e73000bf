"""One-time codes: their text, which a person types in, and the keyed hash that is stored of it."""

import secrets
from typing import Final

from keystead.domain.material import KeyMaterial
from keystead.domain.ports.unit import Binder

_LABEL: Final = "keystead/passcode/1"
_ALPHABET: Final = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"  # none looks like another
_LENGTH: Final = 12  # 70 bits


def fresh(binder: Binder) -> tuple[KeyMaterial, bytes]:
    """Return the text of a new code, to be shown once, and what is stored of it."""
    text = KeyMaterial("".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH)).encode())
    return text, digest(binder, text)


def digest(binder: Binder, text: KeyMaterial) -> bytes:
    """Return what is stored of a code and looked up later: 32 octets."""
    return binder.mac(_LABEL, text.reveal())
