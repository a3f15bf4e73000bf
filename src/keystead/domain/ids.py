"""Names of things: ids that cannot be passed for one another, and how they are read."""

import os
import re
from typing import Final, NewType

from keystead.domain.errors import Refused, bad_field
from keystead.domain.reasons import Reason

AccountId = NewType("AccountId", str)  # 32 lower-case hexadecimal digits
IamId = NewType("IamId", str)  # IBMid-… for a user, iam-ServiceId-<uuid> for a service id
InstanceId = NewType("InstanceId", str)  # lower-case UUID, as are the two below
KeyId = NewType("KeyId", str)
VersionId = NewType("VersionId", str)
RingId = NewType("RingId", str)  # 2 to 100 of A-Z a-z 0-9 and the hyphen

DEFAULT_RING: Final = RingId("default")

_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\Z")
_RING = re.compile(r"[A-Za-z0-9-]{2,100}\Z")
_ALIAS = re.compile(r"[A-Za-z0-9_-]{2,90}\Z")
_RESERVED_ALIASES: Final = frozenset(
    "allowed_ip key keys metadata policy policies registration registrations ring rings rotate wrap unwrap "
    "rewrap version versions".split()
)


def random_uuid() -> str:
    """Return a fresh version-4 UUID; several times faster than `uuid.uuid4` and as random (RFC 9562)."""
    octets = bytearray(os.urandom(16))
    octets[6] = octets[6] & 0x0F | 0x40
    octets[8] = octets[8] & 0x3F | 0x80
    text = octets.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def is_uuid(text: str) -> bool:
    """Tell whether *text* is a UUID in its canonical form, in any case."""
    return _UUID.match(text) is not None


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


def ring_id(text: str) -> RingId:
    """Read a key ring's name.

    Raises:
        Refused: ``INVALID_FIELD``.
    """
    if _RING.match(text) is None:
        raise bad_field("keyRingID", "2 to 100 characters of A-Z, a-z, 0-9 and -")
    return RingId(text)


def alias(text: str) -> str:
    """Read a key's alias.

    Raises:
        Refused: ``INVALID_FIELD``.

    Source: ``spec/kms-api.md`` section 2.11.
    """
    if _ALIAS.match(text) is None or is_uuid(text) or text in _RESERVED_ALIASES:
        raise bad_field(
            "aliases", "2 to 90 characters of A-Z, a-z, 0-9, _ and -, no UUID and no reserved word"
        )
    return text
