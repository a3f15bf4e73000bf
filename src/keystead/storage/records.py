"""What a row holds: the record in octets, columns that queries need, and a MAC over where and what it is."""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

import msgspec
from sqlalchemy import RowMapping

from keystead.domain.access_groups import AccessGroup, Member
from keystead.domain.allowances import Booked
from keystead.domain.changes import Addition, Record
from keystead.domain.context_rules import ContextRule
from keystead.domain.due import due_at
from keystead.domain.errors import Tampered
from keystead.domain.events import AuditEvent
from keystead.domain.grants import Grant
from keystead.domain.identities import Account, ApiKey, Identity, Passcode, SigningKey
from keystead.domain.import_tokens import ImportToken
from keystead.domain.instances import Instance
from keystead.domain.key_uses import Bookmark, DayOfUses
from keystead.domain.keys import Key
from keystead.domain.kmip import Adapter, ClientCertificate, ManagedObject
from keystead.domain.notices import Notice
from keystead.domain.policies import InstancePolicies
from keystead.domain.ports.unit import Binder
from keystead.domain.receivers import Receiver
from keystead.domain.registrations import Registration
from keystead.domain.resource_groups import ResourceGroup
from keystead.domain.rings import Ring
from keystead.domain.roles import CustomRole
from keystead.domain.zones import Zone
from keystead.storage.old_grants import read_grant

T = TypeVar("T")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Pending:
    """An event that waits for the audit log, and the log that it is for."""

    origin: str
    event: AuditEvent


class Kind(Generic[T]):
    """One sort of record: its table, its primary key, and the columns that are computed from the record.

    What *read* returns of a record is what it says; without it a record says what it is encoded from.
    """

    def __init__(
        self,
        table: str,
        of: type[T],
        place: tuple[str, ...],
        columns: Callable[[T], dict[str, Any]],
        read: Callable[[bytes], T] | None = None,
    ) -> None:
        self.table = table
        self._columns = columns
        self.place = place
        self._label = f"keystead/record/1/{table}"
        self._decode = read or msgspec.msgpack.Decoder(of).decode

    def row(self, binder: Binder, value: T) -> dict[str, Any]:
        """Return the row that stores *value*."""
        row = self._columns(value)
        record = msgspec.msgpack.encode(value)
        return {**row, "record": record, "mac": self._mac(binder, row, record)}

    def at(self, value: T) -> dict[str, Any]:
        """Return the primary key of *value*, for statements that say ``at_`` before each column."""
        columns = self._columns(value)
        return {f"at_{name}": columns[name] for name in self.place}

    def value(self, binder: Binder, row: RowMapping) -> T:
        """Return what *row* stores, or raise `Tampered` where any part of it does not fit the others."""
        if not hmac.compare_digest(row["mac"], self._mac(binder, row, row["record"])):
            raise self._tampered(row)
        value = self._decode(row["record"])
        if any(row[name] != column for name, column in self._columns(value).items()):
            raise self._tampered(row)
        return value

    def _mac(self, binder: Binder, row: dict[str, Any] | RowMapping, record: bytes) -> bytes:
        return binder.mac(self._label, pack(*(row[name] for name in self.place), record))

    def _tampered(self, row: RowMapping) -> Tampered:
        return tampered(self.table, *(row[name] for name in self.place))


def pack(*parts: object) -> bytes:
    """Return octets that no other list of *parts* (octets, text, whole numbers) has.

    Each part is its length in four octets, big-endian, and then itself; numbers as decimal text.
    """
    octets = [part if isinstance(part, bytes) else str(part).encode() for part in parts]
    return b"".join(part for octet in octets for part in (len(octet).to_bytes(4, "big"), octet))


def tampered(table: str, *place: object) -> Tampered:
    """Return the error for a row that this service did not write; it names the row, none of its content."""
    name = "/".join(part.hex() if isinstance(part, bytes) else str(part) for part in place)
    return Tampered(f"record {name} of table {table} is not what this service wrote")


def micros(time: datetime | None) -> int | None:
    """Return microseconds since 1970, which compare alike in every database."""
    return None if time is None else (time - _EPOCH) // _MICROSECOND


def time_of(micros: int) -> datetime:
    """Return the time that so many microseconds since 1970 are."""
    return _EPOCH + timedelta(microseconds=micros)


ACCOUNTS = Kind("accounts", Account, ("id",), lambda it: {"id": it.id})
IDENTITIES = Kind(
    "identities", Identity, ("iam_id",), lambda it: {"iam_id": it.iam_id, "account": it.account}
)
API_KEYS = Kind(
    "api_keys", ApiKey, ("id",), lambda it: {"id": it.id, "account": it.account, "digest": it.digest}
)
PASSCODES = Kind("passcodes", Passcode, ("iam_id",), lambda it: {"iam_id": it.iam_id, "digest": it.digest})
GRANTS = Kind(
    "grants",
    Grant,
    ("id",),
    lambda it: {"id": it.id, "account": it.account, "subject": it.subject},
    read_grant,
)
ACCESS_GROUPS = Kind("access_groups", AccessGroup, ("id",), lambda it: {"id": it.id, "account": it.account})
MEMBERS = Kind(
    "access_group_members",
    Member,
    ("group_id", "iam_id"),
    lambda it: {"group_id": it.group, "iam_id": it.iam_id},
)
CUSTOM_ROLES = Kind("custom_roles", CustomRole, ("id",), lambda it: {"id": it.id, "account": it.account})
ZONES = Kind("network_zones", Zone, ("id",), lambda it: {"id": it.id, "account": it.account})
CONTEXT_RULES = Kind("context_rules", ContextRule, ("id",), lambda it: {"id": it.id, "account": it.account})
SIGNING_KEYS = Kind("signing_keys", SigningKey, ("id",), lambda it: {"id": it.id})
INSTANCES = Kind("instances", Instance, ("id",), lambda it: {"id": it.id})
BOOKED = Kind(
    "unwraps_booked",
    Booked,
    ("instance", "subject"),
    lambda it: {"instance": it.instance, "subject": it.subject},
)
RESOURCE_GROUPS = Kind("resource_groups", ResourceGroup, ("id",), lambda it: {"id": it.id})
RINGS = Kind("rings", Ring, ("instance", "id"), lambda it: {"instance": it.instance, "id": it.id})
TOKENS = Kind(
    "import_tokens",
    ImportToken,
    ("instance",),
    lambda it: {"instance": it.instance, "id": it.id, "revision": it.revision},
)
OUTBOX = Kind("outbox", Pending, ("id",), lambda it: {"id": it.event.id, "origin": it.origin})
KEYS = Kind(
    "keys",
    Key,
    ("instance", "id"),
    lambda it: {
        "instance": it.instance,
        "id": it.id,
        "ring": it.ring,
        "state": int(it.state),
        "extractable": it.extractable,
        "expires_at": micros(it.expires_at),
        "revision": it.revision,
        "name": it.name,
        "folded": it.name.casefold(),
        "imported": it.imported,
        "created_at": micros(it.created_at),
        "updated_at": micros(it.updated_at),
        "rotated_at": micros(it.rotated_at),
        "deleted_at": micros(it.deleted_at),
        "due_at": micros(due_at(it)),
    },
)
POLICIES = Kind(
    "instance_policies",
    InstancePolicies,
    ("instance",),
    lambda it: {"instance": it.instance, "revision": it.revision},
)
REGISTRATIONS = Kind(
    "registrations",
    Registration,
    ("instance", "key", "crn"),
    lambda it: {"instance": it.instance, "key": it.key, "crn": it.crn, "revision": it.revision},
)
ADAPTERS = Kind(
    "kmip_adapters",
    Adapter,
    ("instance", "id"),
    lambda it: {"instance": it.instance, "id": it.id, "name": it.name, "key": it.key},
)
_OF_ADAPTER = ("instance", "adapter", "id")
CERTIFICATES = Kind(
    "kmip_certificates",
    ClientCertificate,
    _OF_ADAPTER,
    lambda it: {
        **{name: getattr(it, name) for name in _OF_ADAPTER},
        "name": it.name,
        "fingerprint": it.fingerprint,
    },
)
OBJECTS = Kind(
    "kmip_objects",
    ManagedObject,
    _OF_ADAPTER,
    lambda it: {
        **{name: getattr(it, name) for name in _OF_ADAPTER},
        "state": int(it.state),
        "revision": it.revision,
    },
)
RECEIVERS = Kind("receivers", Receiver, ("service",), lambda it: {"service": it.service})
NOTICES = Kind(
    "notices",
    Notice,
    ("instance", "id"),
    lambda it: {
        "instance": it.instance,
        "id": it.id,
        "service": it.service,
        "state": str(it.state),
        "at": micros(it.at),
        "due_at": micros(it.due_at),
    },
)
_OF_DAY = ("instance", "key", "day", "node")
KEY_USES = Kind("key_uses", DayOfUses, _OF_DAY, lambda it: {name: getattr(it, name) for name in _OF_DAY})
BOOKMARKS = Kind("bookmarks", Bookmark, ("node",), lambda it: {"node": it.node})
ADDITIONS: Mapping[type[Addition], Kind[Any]] = {
    Account: ACCOUNTS,
    Identity: IDENTITIES,
    ApiKey: API_KEYS,
    Grant: GRANTS,
    SigningKey: SIGNING_KEYS,
    Instance: INSTANCES,
}
"""The kinds that a change only adds."""
PLACED: Mapping[type[Record], Kind[Any]] = {
    Instance: INSTANCES,
    Ring: RINGS,
    InstancePolicies: POLICIES,
    Registration: REGISTRATIONS,
    Adapter: ADAPTERS,
    ClientCertificate: CERTIFICATES,
    ManagedObject: OBJECTS,
    Identity: IDENTITIES,
    ApiKey: API_KEYS,
    Passcode: PASSCODES,
    SigningKey: SIGNING_KEYS,
    Grant: GRANTS,
    AccessGroup: ACCESS_GROUPS,
    Member: MEMBERS,
    CustomRole: CUSTOM_ROLES,
    Zone: ZONES,
    ContextRule: CONTEXT_RULES,
    Receiver: RECEIVERS,
    Notice: NOTICES,
    ResourceGroup: RESOURCE_GROUPS,
    Booked: BOOKED,
    DayOfUses: KEY_USES,
    Bookmark: BOOKMARKS,
}
"""The kinds that a change adds, replaces and removes."""
