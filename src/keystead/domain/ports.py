"""What the service needs from the world. Drivers implement these; one shared suite each holds them to it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from keystead.domain.access import Caller
from keystead.domain.access_groups import AccessGroup, Member
from keystead.domain.allowances import Booked
from keystead.domain.changes import Change
from keystead.domain.context_rules import ContextRule
from keystead.domain.due import DueKey, DueQuery
from keystead.domain.event_queries import EventPage, EventQuery, Position
from keystead.domain.events import AuditEvent
from keystead.domain.grants import Grant
from keystead.domain.identities import ApiKey, Holder, Identity, IssuedToken, Passcode, SigningKey
from keystead.domain.ids import AccountId, IamId, InstanceId, KeyId, RingId, VersionId
from keystead.domain.import_tokens import ImportToken, TokenKind, TokenSecret, Upload
from keystead.domain.instances import Instance
from keystead.domain.key_uses import Bookmark, DayOfUses, Portion, UseQuery
from keystead.domain.keys import Key, KeyVersion
from keystead.domain.kmip import Adapter, ClientCertificate, ManagedObject, ObjectQuery
from keystead.domain.listing import KeyQuery
from keystead.domain.material import KeyMaterial
from keystead.domain.notices import Notice, NoticeState
from keystead.domain.policies import InstancePolicies
from keystead.domain.receivers import Receiver
from keystead.domain.registrations import Registration
from keystead.domain.resource_groups import ResourceGroup
from keystead.domain.restrictions import Perimeter
from keystead.domain.rings import Ring
from keystead.domain.roles import CustomRole
from keystead.domain.trust import Assumer, Bond
from keystead.domain.zones import Zone


class Clock(Protocol):
    """The time, as an argument."""

    def __call__(self) -> datetime:
        """Return the time now, in UTC."""


class Keys(Protocol):
    """Where keys rest.

    A record is bound by a MAC to all it says; one that does not match raises `Tampered`, as does one that was
    genuine once and has been put back. What a committed change of any process replaced is never returned by a
    call that started after it.
    """

    async def key(self, instance: InstanceId, key: KeyId) -> Key:
        """Return the key; `Refused` with ``KEY_NOT_FOUND``, `Tampered`, `Unavailable`."""

    async def key_by_alias(self, instance: InstanceId, alias: str) -> Key:
        """Return the key that has *alias*; errors as `key`."""

    async def keys(self, query: KeyQuery) -> tuple[Key, ...]:
        """Return one page, in the order that is asked for; `Tampered`, `Unavailable`."""

    async def some_keys(self, instance: InstanceId, ids: Collection[KeyId]) -> tuple[Key, ...]:
        """Return those of *ids* that there are, ordered by id; their rows are genuine, as those of a list.

        Raises:
            Tampered: a row is not what was written.
            Unavailable: the store is out of reach.
        """

    async def count(self, query: KeyQuery, most: int | None = None) -> int:
        """Count what *query* selects, whatever its limit and offset, up to *most*; `Unavailable`."""

    async def due(self, query: DueQuery) -> tuple[DueKey, ...]:
        """Return where *query* finds keys, turn by turn, without reading their records; `Unavailable`."""

    async def import_token(self, instance: InstanceId) -> ImportToken | None:
        """Return the instance's import token, old or not; `Tampered`, `Unavailable`."""

    async def instance(self, instance: InstanceId) -> Instance | None:
        """Return the instance; `Unavailable`."""

    async def has_ring(self, instance: InstanceId, ring: RingId) -> bool:
        """Tell whether the ring exists; ``default`` always does; `Unavailable`."""

    async def rings(self, instance: InstanceId) -> tuple[Ring, ...]:
        """Return the rings that were made, ordered by id; `Tampered`, `Unavailable`."""

    async def count_aliases(self, instance: InstanceId) -> int:
        """Count the aliases of all keys of the instance; `Unavailable`."""

    async def policies(self, instance: InstanceId) -> InstancePolicies | None:
        """Return the instance's policies, if any was ever set; `Tampered`, `Unavailable`."""

    async def registrations(self, instance: InstanceId, key: KeyId | None) -> tuple[Registration, ...]:
        """Return the registrations of *key*, or of all keys, ordered by key and CRN; as `policies`."""


class KmipRecords(Protocol):
    """KMIP adapters and what is theirs, never stale; errors: `Tampered`, `Unavailable`."""

    async def adapters(self, instance: InstanceId, key: KeyId | None) -> tuple[Adapter, ...]:
        """Return the adapters that *key* serves, or all, ordered by id."""

    async def adapter(self, instance: InstanceId, name: str) -> Adapter | None:
        """Return the adapter with this id or name."""

    async def certificates(self, instance: InstanceId, adapter: str) -> tuple[ClientCertificate, ...]:
        """Return the certificates of the adapter with this id, ordered by id."""

    async def certificate_in_use(self, fingerprint: bytes) -> ClientCertificate | None:
        """Return the certificate with this fingerprint, of whatever instance."""

    async def managed_objects(self, query: ObjectQuery) -> tuple[ManagedObject, ...]:
        """Return one page."""

    async def count_managed_objects(self, query: ObjectQuery) -> int:
        """Count what *query* selects, whatever its limit and offset."""

    async def managed_object(
        self, instance: InstanceId, adapter: str, object_id: str
    ) -> ManagedObject | None:
        """Return the object of the adapter with this id."""


class NoticeRecords(Protocol):
    """What services are told, and where; never stale. Errors: `Tampered`, `Unavailable`."""

    async def receivers(self) -> tuple[Receiver, ...]:
        """Return every receiver, ordered by service."""

    async def notice(self, instance: InstanceId, notice: str) -> Notice | None:
        """Return the notice with this id."""

    async def notices(self, states: Collection[NoticeState], limit: int) -> tuple[Notice, ...]:
        """Return the newest notices of all instances in one of *states*, the newest first."""

    async def services_with_due(self, until: datetime) -> tuple[str, ...]:
        """Return the names of services that have a notice due at *until* or earlier, in order."""

    async def due_notices(self, service: str, until: datetime, limit: int) -> tuple[Notice, ...]:
        """Return notices to *service* that are due at *until* or earlier, the longest due first."""


class UseRecords(Protocol):
    """What keys were used for, as far as it is counted; never stale. Errors: `Tampered`, `Unavailable`."""

    async def uses(self, query: UseQuery) -> tuple[DayOfUses, ...]:
        """Return the days that *query* asks for, ordered by key, day and node."""

    async def old_uses(self, before: date, limit: int) -> tuple[DayOfUses, ...]:
        """Return days before *before*, whoever's they are."""

    async def bookmarks(self) -> tuple[Bookmark, ...]:
        """Return how far the logs of all nodes are counted, ordered by node."""


class Directory(Protocol):
    """Who there is and what was granted; never stale, like `Keys`. Errors: `Tampered`, `Unavailable`."""

    def mark(self) -> object | None:
        """Return an object that stays the same one while nothing in the store changes.

        What was concluded under a mark holds while `mark` returns that very object. ``None`` when the store
        cannot tell without waiting: then nothing may be concluded for later.
        """

    async def api_key(self, digest: bytes) -> ApiKey | None:
        """Return the API key with this keyed hash."""

    async def identity(self, iam_id: IamId) -> Identity | None:
        """Return whoever is called so."""

    async def holder(self, iam_id: IamId, api_key: str | None) -> Holder | None:
        """Return somebody with his API key of this id; nobody where either is not there.

        For what is asked again and again: the same object, or an equal one, while nothing changed.
        """

    async def grants(self, subject: IamId) -> tuple[Grant, ...]:
        """Return every grant in force of *subject*, and of the access groups that it is in, of one instant.

        The same tuple object while nothing changed.
        """

    async def signing_keys(self) -> tuple[SigningKey, ...]:
        """Return the keys that sign tokens, newest last."""

    async def instances(self) -> tuple[Instance, ...]:
        """Return all instances."""


class People(Protocol):
    """Everybody in an account, and what is theirs; never stale, like `Keys`. Errors as `Directory`."""

    async def account_grants(self, account: AccountId) -> tuple[Grant, ...]:
        """Return every grant in *account*, ordered by id, deleted ones among them."""

    async def custom_roles(self, account: AccountId) -> tuple[CustomRole, ...]:
        """Return the roles that *account* made, ordered by id; the same tuple while nothing changed."""

    async def api_keys(self, account: AccountId) -> tuple[ApiKey, ...]:
        """Return every API key of *account*, ordered by id."""

    async def identities(self, account: AccountId) -> tuple[Identity, ...]:
        """Return everybody in *account*, ordered by IAM id."""

    async def resource_groups(self, account: AccountId) -> tuple[ResourceGroup, ...]:
        """Return the resource groups that *account* made, ordered by id."""

    async def passcode(self, digest: bytes) -> Passcode | None:
        """Return the code with this keyed hash."""

    async def passcode_of(self, iam_id: IamId) -> Passcode | None:
        """Return the code of this user."""


class GroupRecords(Protocol):
    """Access groups and who is in them; never stale, like `Keys`. Errors: `Tampered`, `Unavailable`."""

    async def access_groups(self, account: AccountId) -> tuple[AccessGroup, ...]:
        """Return the access groups of *account*, ordered by id."""

    async def members(self, group: IamId) -> tuple[Member, ...]:
        """Return who is in *group*, ordered by IAM id."""

    async def memberships(self, iam_id: IamId) -> tuple[Member, ...]:
        """Return the memberships of *iam_id*, ordered by the group's id."""


class ContextRecords(Protocol):
    """From where instances may be asked; never stale, like `Keys`. Errors: `Tampered`, `Unavailable`."""

    async def perimeter(self, instance: Instance) -> Perimeter:
        """Return the instance's policies, with the rules and zones of its account, all of one instant.

        For what is asked again and again: the same object where it is known that nothing changed.
        """

    async def zones(self, account: AccountId) -> tuple[Zone, ...]:
        """Return the network zones of *account*, ordered by id."""

    async def context_rules(self, account: AccountId) -> tuple[ContextRule, ...]:
        """Return the context rules of *account*, ordered by id."""


class Outbox(Protocol):
    """Writes that commit with their audit event, and events that a crash kept from the log."""

    async def commit(self, change: Change, event: AuditEvent | None) -> None:
        """Write all of *change* and *event*, durably, or nothing.

        Raises:
            Conflict: a ``was`` no longer stands, an added record exists already, a needed ring is gone,
                one to be removed holds something, or there would be more of something than there may.
            Refused: ``ALIAS_NOT_UNIQUE``, or ``UNAUTHORIZED`` for a new or restored key where the instance
                was deleted.
            Unavailable: the store cannot be reached or written.
        """

    async def pending(self) -> tuple[AuditEvent, ...]:
        """Return events committed by this process's predecessor that were not `delivered`."""

    async def delivered(self, event_ids: Sequence[str]) -> None:
        """Forget events that the audit log holds; may be done lazily, for they are also found in the log."""


class Bookings(Protocol):
    """What processes have booked of what they share; never stale. Errors: `Tampered`, `Unavailable`."""

    async def booked(self, instance: InstanceId, subject: IamId) -> Booked | None:
        """Return the unwraps of *subject* in *instance*, where any were ever booked."""


class Store(
    Keys,
    KmipRecords,
    NoticeRecords,
    UseRecords,
    Directory,
    People,
    GroupRecords,
    ContextRecords,
    Bookings,
    Outbox,
    Protocol,
):
    """All of the above over one database."""

    async def close(self) -> None:
        """Release every connection."""


class Tokens(Protocol):
    """Access tokens: who may have one, and whose one is."""

    def new_api_key(self) -> tuple[KeyMaterial, bytes]:
        """Return the text of a fresh API key, to be shown once, and the keyed hash to store of it."""

    def digest(self, text: KeyMaterial) -> bytes:
        """Return the keyed hash that is stored of the API key with this text."""

    async def issue_for_refresh_token(self, token: KeyMaterial, client_id: str) -> IssuedToken:
        """Return a new token for whom a refresh token was given."""

    async def issue_for_api_key(self, apikey: KeyMaterial, client_id: str) -> IssuedToken:
        """Exchange an API key's text; `Refused` with ``IAM_KEY_NOT_FOUND`` for every key that may not."""

    def new_passcode(self) -> tuple[KeyMaterial, bytes]:
        """Return the text of a fresh one-time code, to be shown once, and the keyed hash to store of it."""

    def passcode_digest(self, text: KeyMaterial) -> bytes:
        """Return the keyed hash that is stored of the one-time code with this text."""

    async def issue_for_passcode(self, code: Passcode, client_id: str) -> IssuedToken:
        """Return a token for whom a one-time code was made; `Refused` where he is not there any more."""

    async def issue_as(
        self, subject: Identity, assumer: Assumer, bond: Bond, client_id: str, grant: str
    ) -> IssuedToken:
        """Return a token for *assumer* as *subject*; `Refused` where his own has just ended."""

    async def vouch(self, token: KeyMaterial) -> Assumer:
        """Return whom an access token is about, who speaks for himself; `Refused` for any other token."""

    async def vouch_workload(self, token: KeyMaterial) -> Assumer:
        """Return which workload of a cluster a token is about; `Refused` for any other token."""

    async def introspect(self, token: KeyMaterial, account: AccountId) -> Mapping[str, object] | None:
        """Return the claims of a token of ours that is good, of somebody in *account*; ``None`` of others."""

    async def authenticate(self, authorization: str | None) -> Caller:
        """Read an ``Authorization`` header; `Refused` with ``UNAUTHORIZED`` or ``BEARER_SUB_EXTRACTION``."""

    @property
    def issuer(self) -> str:
        """Who issues access tokens, as they name him."""

    async def jwks(self) -> bytes:
        """Return the public keys that verify tokens, as a JSON Web Key Set."""


class AuditLog(Protocol):
    """An append-only record; an event is durable when `append` returns."""

    def require_ready(self) -> None:
        """Raise `Unavailable` when the log is known to be unable to record; asked before a command acts."""

    async def append(self, event: AuditEvent) -> None:
        """Make *event* durable; `Unavailable` if that cannot be done."""

    async def holds(self, event_ids: Sequence[str]) -> frozenset[str]:
        """Return those of *event_ids* that the log has; for recovery after a crash."""

    async def close(self) -> None:
        """Write what is left and a last checkpoint."""


@dataclass(slots=True, kw_only=True)  # not frozen: that doubles the price of what every request makes
class Binding:
    """Where sealed material belongs; a unit refuses to open it anywhere else."""

    instance: InstanceId
    key: KeyId
    version: VersionId
    extractable: bool


@dataclass(frozen=True, slots=True)
class SealedMaterial:
    """What a unit returns of new material."""

    sealed: bytes
    material_id: bytes
    bits: int


@dataclass(slots=True)  # as `Binding`
class Wrapped:
    """A wrapped DEK, with the DEK itself when the unit made it."""

    blob: bytes
    made: KeyMaterial | None


@dataclass(slots=True)  # as `Binding`
class Unwrapped:
    """A DEK in the clear and the key version that opened it."""

    dek: KeyMaterial
    version: VersionId


class LoggedEvents(Protocol):
    """Audit logs, from their ends."""

    async def find(self, query: EventQuery, position: Position | None, limit: int) -> EventPage:
        """Return the newest events that *query* asks for, of those that *position* left.

        Raises:
            Refused: ``INVALID_QUERY_PARAM`` where *position* was in no answer about the same
                instance or account.
            TooMany: the same instance has a question under way.
            Tampered: an event on the way is damaged.
            Unavailable: a log cannot be read.
        """


class LoggedUses(Protocol):
    """This node's audit log, read from its beginning to its end."""

    async def name(self) -> str:
        """Return what no other log begins with, nothing where it has no event yet; errors as `read`."""

    async def read(self, index: int) -> Portion:
        """Return a portion that begins with the event *index*; `Tampered`, `Unavailable`."""


class Binder(Protocol):
    """Keyed hashes under keys that only the unit has."""

    def mac(self, label: str, octets: bytes) -> bytes:
        """Return 32 octets: HMAC-SHA-256 of *octets* under the unit's key for *label*."""


class CryptoUnit(Binder, Protocol):
    """The only place where key material is in the clear.

    Every method may raise `Unavailable` when the unit cannot work, and `Tampered` when sealed octets do not
    open where they should.
    """

    async def generate(self, binding: Binding) -> SealedMaterial:
        """Make 32 random octets of material."""

    async def take(self, binding: Binding, material: KeyMaterial) -> SealedMaterial:
        """Seal *material*; a root key's is 16, 24 or 32 octets, else `Refused` ``INVALID_FIELD`` payload."""

    async def take_upload(self, binding: Binding, token: ImportToken, upload: Upload) -> SealedMaterial:
        """Open *upload* with the token's private key, check the nonce, and seal the material.

        Raises:
            Refused: ``INVALID_FIELD`` (algorithm does not fit the token, iv length, length of the material),
                ``CIPHERTEXT``, ``INCORRECT_NONCE_IV``, ``INCORRECT_NONCE``.
        """

    async def reveal(self, binding: Binding, version: KeyVersion) -> KeyMaterial:
        """Return a standard key's material; `PermissionError` for a root key, which is a mistake of ours."""

    async def wrap(
        self, binding: Binding, version: KeyVersion, dek: KeyMaterial | None, aad: Sequence[str]
    ) -> Wrapped:
        """Wrap *dek*, or 32 fresh random octets, under *version*."""

    async def unwrap(
        self, bindings: Sequence[tuple[Binding, KeyVersion]], blob: bytes, aad: Sequence[str]
    ) -> Unwrapped:
        """Open *blob* with whichever of the versions wrapped it.

        Raises:
            Refused: ``CIPHERTEXT``, with its own detail when no version has the blob's material id.
        """

    async def make_token(self, instance: InstanceId, token_id: str, kind: TokenKind) -> TokenSecret:
        """Make a key pair and a 12-octet nonce; the private key is sealed to *instance* and *token_id*."""

    def seal(self, label: str, secret: KeyMaterial) -> bytes:
        """Seal a secret of the service itself (a token signing key) under *label*."""

    def open(self, label: str, sealed: bytes) -> KeyMaterial:
        """Open what `seal` returned for the same label."""

    async def close(self) -> None:
        """Forget all material and stop background work."""
