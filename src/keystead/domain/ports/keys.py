"""Where keys rest, and what else an instance has."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Protocol

from keystead.domain.allowances import Booked
from keystead.domain.due import DueKey, DueQuery
from keystead.domain.ids import IamId, InstanceId, KeyId, RingId
from keystead.domain.import_tokens import ImportToken
from keystead.domain.instances import Instance
from keystead.domain.key_uses import Bookmark, DayOfUses, UseQuery
from keystead.domain.keys import Key
from keystead.domain.kmip import Adapter, ClientCertificate, ManagedObject, ObjectQuery
from keystead.domain.listing import KeyQuery
from keystead.domain.notices import Notice, NoticeState
from keystead.domain.policies import InstancePolicies
from keystead.domain.receivers import Receiver
from keystead.domain.registrations import Registration
from keystead.domain.rings import Ring


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


class Bookings(Protocol):
    """What processes have booked of what they share; never stale. Errors: `Tampered`, `Unavailable`."""

    async def booked(self, instance: InstanceId, subject: IamId) -> Booked | None:
        """Return the unwraps of *subject* in *instance*, where any were ever booked."""


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
