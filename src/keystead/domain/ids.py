"""Names of things: ids that cannot be passed for one another, and how they are read."""

import hashlib
import os
import re
from typing import Final, NewType

from keystead.domain.errors import Refused, bad_field
from keystead.domain.reasons import Reason

AccountId = NewType("AccountId", str)  # 32 lower-case hexadecimal digits
IamId = NewType("IamId", str)  # IBMid-… for a user, iam-ServiceId-<uuid> or iam-Profile-<uuid> for others
InstanceId = NewType("InstanceId", str)  # lower-case UUID, as are the two below
KeyId = NewType("KeyId", str)
VersionId = NewType("VersionId", str)
RingId = NewType("RingId", str)  # 2 to 100 of A-Z a-z 0-9 and the hyphen

DEFAULT_RING: Final = RingId("default")
PROFILES: Final = "iam-Profile-"
"""What the IAM id of each trusted profile begins with, and no other."""
OUTSIDERS: Final = "oidc-"
"""What begins the IAM ids of people and workloads that a provider vouched for, and that are nobody here.

Its issuer follows, ``#``, and what the provider calls them; no issuer has a ``#``.
"""
RING_MUST_BE: Final = "2 to 100 characters of A-Z, a-z, 0-9 and -"

_NO_RING: Final = RingId("-")  # too short to be one
UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\Z")
RING = re.compile(r"[A-Za-z0-9-]{2,100}\Z")
ALIAS = re.compile(r"[A-Za-z0-9_-]{2,90}\Z")
RESERVED_ALIASES: Final = frozenset(
    "allowed_ip key keys metadata policy policies registration registrations ring rings rotate wrap unwrap "
    "rewrap version versions".split()
)


def random_uuid() -> str:
    """Return a fresh version-4 UUID (RFC 9562).

    Randomness is drawn for many at once: a request needs several ids, and the system call costs more than
    the rest of making one.
    """
    try:
        digits = _drawn.pop()
    except IndexError:
        text = os.urandom(16 * _DRAW).hex()
        _drawn.extend(text[at : at + 32] for at in range(0, len(text), 32))
        digits = _drawn.pop()
    variant = _VARIANT[digits[16]]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


_DRAW: Final = 128
_VARIANT: Final = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}
_drawn: list[str] = []
os.register_at_fork(after_in_child=_drawn.clear)  # two processes never hand out the same id


def is_uuid(text: str) -> bool:
    """Tell whether *text* is a UUID in its canonical form, in any case."""
    return UUID.match(text) is not None


def is_alias(text: str) -> bool:
    """Tell whether *text* could be a key's alias; no look-up is worth its while otherwise."""
    return ALIAS.match(text) is not None


def instance_id(text: str | None) -> InstanceId:
    """Read the ``Bluemix-Instance`` header.

    Raises:
        Refused: ``BAD_INSTANCE`` when it is missing or no UUID.
    """
    if text is None or not is_uuid(text):
        raise Refused(
            Reason.BAD_INSTANCE, "Request requires valid Bluemix-Instance Header containing a valid UUID"
        )
    return InstanceId(text.lower())


def ring_asked_for(text: str | None) -> RingId | None:
    """Return the ring that a request names, or ``None`` where it names none.

    What no ring can be called stands for a ring that is not there: not every store could look it up
    (PostgreSQL takes no NUL in a text).
    """
    if not text:
        return None
    return RingId(text) if RING.match(text) else _NO_RING


def ring_id(text: str) -> RingId:
    """Read a key ring's name.

    Raises:
        Refused: ``INVALID_FIELD``.
    """
    if RING.match(text) is None:
        raise bad_field("keyRingID", RING_MUST_BE)
    return RingId(text)


def alias(text: str, field: str = "aliases") -> str:
    """Read a key's alias, which a request names in *field*.

    Raises:
        Refused: ``INVALID_FIELD``.

    Source: ``spec/kms-api.md`` section 2.11.
    """
    if ALIAS.match(text) is None or is_uuid(text) or text in RESERVED_ALIASES:
        raise bad_field(field, "2 to 90 characters of A-Z, a-z, 0-9, _ and -, no UUID and no reserved word")
    return text


def entity_tag(name: str, revision: int) -> str:
    """Return a tag of the usual form: the revision, and 32 hexadecimal digits."""
    return f"{revision}-{hashlib.sha256(f'{name} at {revision}'.encode()).hexdigest()[:32]}"
