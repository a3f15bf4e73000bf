"""What KMIP clients work with: adapters, their clients' certificates, and the objects that clients made.

Source: ``spec/kms-api.md`` section 2.15.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Final

from keystead.domain.ids import IamId, InstanceId, KeyId

MOST_ADAPTERS: Final = 200
"""Of one instance."""
MOST_CERTIFICATES: Final = 200
"""Of one adapter."""


class ObjectState(IntEnum):
    """The states of KMIP, numbered as on the wire. Source: KMIP 1.4, section 3.22."""

    PRE_ACTIVE = 1
    ACTIVE = 2
    DEACTIVATED = 3
    COMPROMISED = 4
    DESTROYED = 5
    DESTROYED_COMPROMISED = 6


GONE: Final = frozenset({ObjectState.DESTROYED, ObjectState.DESTROYED_COMPROMISED})
THERE: Final = frozenset(ObjectState) - GONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    """Where KMIP clients are served, whose objects a root key protects."""

    instance: InstanceId
    id: str  # lower-case UUID, as are those of certificates and objects
    name: str
    description: str
    key: KeyId
    created_at: datetime
    created_by: IamId
    updated_at: datetime
    updated_by: IamId


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCertificate:
    """What a client of an adapter shows who it is with."""

    instance: InstanceId
    adapter: str
    id: str
    name: str
    pem: str  # as it was given
    fingerprint: bytes  # SHA-256 of the certificate in DER: one serves one adapter of all instances
    created_at: datetime
    created_by: IamId


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """Who did something to an object, and when; *certificate* is the id of a client's, if it was one."""

    at: datetime
    by: IamId
    certificate: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagedObject:
    """A symmetric key that a client made."""

    instance: InstanceId
    adapter: str
    id: str
    state: ObjectState
    created: Touch
    updated: Touch
    destroyed: Touch | None = None
    revision: int = 1  # grows by one with each stored change


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectQuery:
    """Some objects of one adapter, ordered by id."""

    instance: InstanceId
    adapter: str
    states: frozenset[ObjectState] = THERE
    limit: int = 100
    offset: int = 0
