"""Base64 on the command line, checked before anything is asked of a server. Source: ``spec/cli.md`` KP-6."""

import base64
import binascii

from keystead.ibmcloud.words import WrongUsage


def octets(name: str, text: str) -> bytes:
    """Return what *text*, the value of option *name*, encodes; `WrongUsage` when it is no base64."""
    try:
        found = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if not found or base64.b64encode(found).decode() != text:
        raise WrongUsage(f"The value of '--{name}' is not base64 with its padding.")
    return found


def text_of(value: bytes) -> str:
    """Return *value* as base64 on one line."""
    return base64.b64encode(value).decode()
