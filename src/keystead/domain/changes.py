"""A unit of work as a value: what a command wants written, all of it or none."""

from dataclasses import dataclass, field

from keystead.domain.access_groups import AccessGroup, Member
from keystead.domain.allowances import Booked
from keystead.domain.context_rules import ContextRule
from keystead.domain.events import AuditEvent
from keystead.domain.grants import Grant
from keystead.domain.identities import Account, ApiKey, Identity, Passcode, SigningKey
from keystead.domain.ids import DEFAULT_RING, InstanceId, RingId
from keystead.domain.import_tokens import ImportToken
from keystead.domain.instances import Instance
from keystead.domain.key_uses import Bookmark, DayOfUses
from keystead.domain.keys import Key
from keystead.domain.kmip import Adapter, ClientCertificate, ManagedObject
from keystead.domain.notices import Notice
from keystead.domain.policies import InstancePolicies
from keystead.domain.receivers import Receiver
from keystead.domain.registrations import Registration
from keystead.domain.resource_groups import ResourceGroup
from keystead.domain.rings import Ring
from keystead.domain.roles import CustomRole
from keystead.domain.zones import Zone

Addition = Account | Identity | ApiKey | Grant | SigningKey | Instance
Record = (
    Instance
    | Ring
    | InstancePolicies
    | Registration
    | Adapter
    | ClientCertificate
    | ManagedObject
    | Identity
    | ApiKey
    | Passcode
    | SigningKey
    | Grant
    | AccessGroup
    | Member
    | CustomRole
    | Zone
    | ContextRule
    | Receiver
    | Notice
    | ResourceGroup
    | Booked
    | DayOfUses
    | Bookmark
)
"""What a change adds, replaces or removes by its place; an instance is added as an `Addition`, and stays.
A signing key is added likewise, and replaced and removed here."""


@dataclass(frozen=True, slots=True)
class KeyWrite:
    """Write *new* only where *was* still stands; ``was=None`` inserts, ``new=None`` purges."""

    new: Key | None
    was: Key | None


@dataclass(frozen=True, slots=True)
class TokenWrite:
    """Put *new* in place of *was*; ``was=None`` replaces whatever is there."""

    new: ImportToken
    was: ImportToken | None


@dataclass(frozen=True, slots=True)
class RecordWrite:
    """Write *new* only where *was* still stands; ``was=None`` inserts, ``new=None`` removes."""

    new: Record | None
    was: Record | None


@dataclass(slots=True)
class Change:
    """What commits together with one audit event, or with more where a command is about several things."""

    keys: list[KeyWrite] = field(default_factory=list)
    tokens: list[TokenWrite] = field(default_factory=list)
    added: list[Addition] = field(default_factory=list)
    records: list[RecordWrite] = field(default_factory=list)
    rings: list[tuple[InstanceId, RingId]] = field(default_factory=list)  # must be there when this commits
    events: list[AuditEvent] = field(default_factory=list)  # beside that of the command

    def __bool__(self) -> bool:
        return bool(self.keys or self.tokens or self.added or self.records)

    def save(self, new: Key, *, was: Key | None) -> None:
        """Insert *new*, or replace *was* by it."""
        self.keys.append(KeyWrite(new, was))

    def purge(self, was: Key) -> None:
        """Remove *was* for good."""
        self.keys.append(KeyWrite(None, was))

    def put_token(self, new: ImportToken, *, was: ImportToken | None) -> None:
        """Store *new* as its instance's import token."""
        self.tokens.append(TokenWrite(new, was))

    def put(self, new: Record, *, was: Record | None) -> None:
        """Insert *new*, or replace *was* by it.

        The identity of a new API key must be there by then, the subject and the roles of a grant, the group
        and the identity of a member, and the zones of a context rule. No two resource groups of an account
        have one name, nor have two access groups.
        """
        self.records.append(RecordWrite(new, was))

    def remove(self, was: Record) -> None:
        """Remove *was*; a ring must hold no key by then, an adapter no object, a resource group no instance.

        An access group must have no member by then. The certificates of an adapter go with it, the API keys,
        grants and memberships of an identity, and the grants of an access group. No grant in force may have
        a role that goes, and an account that has an Administrator of all of it keeps one. No context rule
        may name a zone that goes.
        """
        self.records.append(RecordWrite(None, was))

    def need_ring(self, instance: InstanceId, ring: RingId) -> None:
        """Commit only while *ring* is there, so that no key is ever in a ring that is not."""
        if ring != DEFAULT_RING:
            self.rings.append((instance, ring))

    def add(self, *records: Addition) -> None:
        """Insert records that are not there yet; the resource group of an instance must be there by then."""
        self.added.extend(records)
