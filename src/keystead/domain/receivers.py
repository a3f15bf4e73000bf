"""Where services hear of the life of keys: one receiver for each service, which only the operator names."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import SplitResult, urlsplit

from keystead.domain.errors import KeysteadError

MOST_RECEIVERS: Final = 200
MOST_AUTHORITY_OCTETS: Final = 65_536
LEAST_SECRET_OCTETS: Final = 32
MOST_SECRET_OCTETS: Final = 1024
_MOST_URL: Final = 2048
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}\Z")


class BadReceiver(KeysteadError):
    """What was said of a receiver cannot be; the text names it and never shows a secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """Where one service hears of keys."""

    service: str  # the fifth segment of its resources' CRNs
    url: str
    authority: str | None  # PEM of the only certificate authorities to trust; the system's without it
    sealed_secret: bytes  # of the signatures; only the unit opens it
    created_at: datetime
    revision: int = 1  # grows by one with each stored change


def seal_label(service: str) -> str:
    """Return what the secret of a receiver is sealed under: that of one service opens for no other."""
    return f"keystead/receiver/1/{service}"


def receiver_name(text: str) -> str:
    """Return *text* as the name of a service; `BadReceiver`."""
    if _NAME.match(text) is None:
        raise BadReceiver(f"{text!r} names no service: give the fifth segment of its CRNs")
    return text


def receiver_url(text: str) -> str:
    """Return *text* as an address that the service may post to, or raise `BadReceiver`."""
    readable = text.isascii() and text.isprintable() and " " not in text and len(text) <= _MOST_URL
    parts = _split(text) if readable else None
    if parts is None or parts.scheme != "https" or not parts.hostname:
        raise BadReceiver("the address of a receiver starts with https:// and names a host")
    if parts.username is not None or parts.password is not None or "#" in text:
        raise BadReceiver("the address of a receiver has no user, no password and no fragment")
    return text


def _split(text: str) -> SplitResult | None:
    try:
        parts = urlsplit(text)
        _ = parts.port  # which is looked at only when it is asked for
    except ValueError:
        return None
    return parts
