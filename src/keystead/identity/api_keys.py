"""API keys: their text, which only its owner has, and the keyed hash that is stored of it.

Source: ``spec/iam-and-provisioning.md`` section 2 (ID-2).
"""

import base64
import os
from typing import Final

from keystead.domain.material import KeyMaterial
from keystead.domain.ports.unit import Binder

MAX_OCTETS: Final = 1024  # of a text that somebody presents; ours have 44, test suites use short ones
_LABEL: Final = "keystead/api-key/1"
_RANDOM_OCTETS: Final = 33  # 264 bits, which base64 writes as 44 characters without padding


def new_api_key() -> KeyMaterial:
    """Return the text of a new API key: 44 random characters of ``A-Z a-z 0-9 _ -``."""
    return KeyMaterial(base64.urlsafe_b64encode(os.urandom(_RANDOM_OCTETS)))


def fresh(binder: Binder) -> tuple[KeyMaterial, bytes]:
    """Return the text of a new API key, to be shown once, and what is stored of it."""
    text = new_api_key()
    return text, digest(binder, text)


def digest(binder: Binder, text: KeyMaterial) -> bytes:
    """Return what is stored of an API key and looked up later.

    Args:
        binder: the crypto unit; without it nobody can test a guess against a stolen database.
        text: the key's text in UTF-8, of any shape.

    Returns:
        32 octets.
    """
    return binder.mac(_LABEL, text.reveal())
