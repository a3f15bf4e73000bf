"""When KMIP adapters, certificates and objects can be made and removed, and what they can be called.

Source: ``spec/kms-api.md`` section 2.15.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from keystead.domain.errors import Refused, bad_field
from keystead.domain.ids import is_uuid
from keystead.domain.keys import Key, KeyState
from keystead.domain.kmip import (
    GONE,
    MOST_ADAPTERS,
    MOST_CERTIFICATES,
    Adapter,
    ClientCertificate,
    ManagedObject,
    ObjectState,
    Touch,
)
from keystead.domain.reasons import Reason

ALLOW_EXPIRING: Final = "allowExpiringKey"
"""The query that IBM's clients have for an adapter of a root key with an expiration date."""
NAME: Final = re.compile(r"[A-Za-z0-9_-]{2,40}\Z")
NAME_MUST_BE: Final = "2 to 40 characters of A-Z, a-z, 0-9, _ and -, and no UUID"


def name(text: str) -> str:
    """Read the name of an adapter or certificate.

    Raises:
        Refused: ``INVALID_FIELD``.
    """
    if NAME.match(text) is None or is_uuid(text):
        raise bad_field("name", NAME_MUST_BE)
    return text


def can_be_named(text: str) -> bool:
    """Tell whether *text* could be an id or a name; no look-up is worth its while otherwise.

    Not every store could look it up: PostgreSQL takes no NUL in a text.
    """
    return NAME.match(text) is not None  # an id too


def require_serving(key: Key | None, *, may_expire: bool) -> Key:
    """Return *key* if it may protect an adapter's objects.

    Args:
        key: the key, as it is now.
        may_expire: whether the caller knows that objects cannot be made once the key has expired.

    Raises:
        Refused: ``CRK_NOT_FOUND``, or ``CRK_INVALID`` for all but an active root key, and for one with an
            expiration date unless it *may_expire*.
    """
    if key is None:
        raise Refused(Reason.CRK_NOT_FOUND, "The root key that crk_id names does not exist")
    if key.extractable or key.state is not KeyState.ACTIVE:
        raise Refused(Reason.CRK_INVALID, "crk_id must name an active root key")
    if key.expires_at is not None and not may_expire:
        raise Refused(Reason.CRK_INVALID, f"crk_id names a key that expires: {ALLOW_EXPIRING} allows that")
    return key


def require_place_for_adapter(new: str, there: Sequence[Adapter]) -> None:
    """Raise `Refused` unless an adapter named *new* can be made beside those that are *there*.

    Raises:
        Refused: ``ADAPTER_NOT_UNIQUE`` or ``ADAPTER_QUOTA``.
    """
    if any(adapter.name == new for adapter in there):
        raise Refused(Reason.ADAPTER_NOT_UNIQUE, "A KMIP adapter of this name exists already")
    if len(there) >= MOST_ADAPTERS:
        raise Refused(Reason.ADAPTER_QUOTA, f"An instance can have at most {MOST_ADAPTERS} KMIP adapters")


def require_place_for_certificate(new: str, there: Sequence[ClientCertificate]) -> None:
    """Raise `Refused` unless a certificate named *new* can be added to those that an adapter has.

    Raises:
        Refused: ``CERTIFICATE_NAME_NOT_UNIQUE`` or ``CERTIFICATE_QUOTA``.
    """
    if any(certificate.name == new for certificate in there):
        raise Refused(
            Reason.CERTIFICATE_NAME_NOT_UNIQUE, "The KMIP adapter has a certificate of this name already"
        )
    if len(there) >= MOST_CERTIFICATES:
        raise Refused(
            Reason.CERTIFICATE_QUOTA, f"A KMIP adapter can have at most {MOST_CERTIFICATES} certificates"
        )


def require_unused(in_use: ClientCertificate | None) -> None:
    """Raise `Refused` with ``CERTIFICATE_NOT_UNIQUE`` where an adapter, of whatever instance, has it."""
    if in_use is not None:
        raise Refused(Reason.CERTIFICATE_NOT_UNIQUE, "The certificate is in use by a KMIP adapter")


def destroyed(of: ManagedObject, touch: Touch, *, force: bool) -> ManagedObject:
    """Return the object destroyed.

    Raises:
        Refused: ``OBJECT_DESTROYED``, or ``KEY_STATE`` for an active one without *force*.
    """
    if of.state in GONE:
        raise Refused(Reason.OBJECT_DESTROYED, "The KMIP object has already been destroyed")
    if of.state is ObjectState.ACTIVE and not force:
        raise Refused(Reason.KEY_STATE, "The KMIP object is active: Revoke it first, or use force")
    compromised = of.state is ObjectState.COMPROMISED
    state = ObjectState.DESTROYED_COMPROMISED if compromised else ObjectState.DESTROYED
    return replace(of, state=state, updated=touch, destroyed=touch, revision=of.revision + 1)


def require_abandoned(objects_there: int) -> None:
    """Raise `Refused` with ``KEY_STATE`` where an adapter has objects that are not destroyed."""
    if objects_there:
        raise Refused(Reason.KEY_STATE, "The KMIP adapter has objects: Destroy them first")


def require_without_adapter(adapters: Sequence[Adapter]) -> None:
    """Raise `Refused` with ``PROTECTED_RESOURCE`` where a key to be deleted serves adapters (U34)."""
    if adapters:
        raise Refused(
            Reason.PROTECTED_RESOURCE,
            "Key is protecting one or more cloud resources: KMIP adapters need it, whatever is forced",
        )


def no_adapter() -> Refused:
    """Return the refusal for an adapter that is not there."""
    return Refused(Reason.ADAPTER_NOT_FOUND, "KMIP adapter does not exist")


def no_certificate() -> Refused:
    """Return the refusal for a certificate that is not there."""
    return Refused(Reason.CERTIFICATE_NOT_FOUND, "KMIP client certificate does not exist")


def no_object() -> Refused:
    """Return the refusal for an object that is not there."""
    return Refused(Reason.OBJECT_NOT_FOUND, "KMIP object does not exist")
