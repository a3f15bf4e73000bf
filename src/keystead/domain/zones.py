"""Network zones: lists of where requests may come from, which context rules name.

Source: ``spec/iam-and-provisioning.md`` section 4.2.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final, Literal, get_args

from keystead.domain.errors import Refused
from keystead.domain.ids import AccountId, IamId, entity_tag
from keystead.domain.reasons import Reason
from keystead.domain.spans import IPAddress, Span, SpanKind, Spans, span_of

AddressKind = Literal["ipAddress", "ipRange", "subnet", "vpc", "serviceRef"]

MOST_ZONES: Final = 500
"""Zones of one account. Source: IBM's page "What are context-based restrictions?", as the next one."""
MOST_ADDRESSES: Final = 1000
"""Addresses of one zone, and of all the zones that one rule names."""
MOST_TOGETHER: Final = 10_000
"""Addresses and exclusions of all zones of one account, and contexts of all its rules; our choice.

Whoever asks for an instance for the first time after a change waits until all of them are read.
"""
SPANS: Final[tuple[SpanKind, ...]] = get_args(SpanKind)
_SERVICE, _REGION, _INSTANCE = 4, 5, 7  # segments of a CRN


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRef:
    """A service, or one instance of it; what is ``None`` may be anything."""

    account: AccountId
    service_type: str | None = None
    service_name: str | None = None
    service_instance: str | None = None
    location: str | None = None

    def is_meant(self, crn: str, account: AccountId | None) -> bool:
        """Tell whether the service with this CRN, which belongs to *account*, is meant."""
        parts = crn.split(":")
        facts = (
            (self.service_name, parts[_SERVICE]),
            (self.service_instance, parts[_INSTANCE]),
            (self.location, parts[_REGION]),
        )
        if self.service_name is None or self.account != account:
            return False  # a type of services says nothing of who calls: that never opens anything
        return all(wanted in (None, there) for wanted, there in facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneAddress:
    """One entry of a zone: a *value*, or a reference to a service."""

    kind: AddressKind
    value: str = ""
    ref: ServiceRef | None = None
    id: str = ""  # by which a client knows which entries are its own; nothing here looks at it


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A network zone of an account."""

    id: str  # 32 hexadecimal digits
    account: AccountId
    name: str
    description: str = ""
    addresses: tuple[ZoneAddress, ...] = ()
    excluded: tuple[ZoneAddress, ...] = ()
    created_at: datetime
    created_by: IamId
    modified_at: datetime
    modified_by: IamId
    revision: int = 1  # grows by one with each stored change

    @property
    def size(self) -> int:
        """How many entries it has."""
        return len(self.addresses) + len(self.excluded)

    @property
    def crn(self) -> str:
        """Its cloud resource name."""
        return crn_of(self.account, "zone", self.id)

    @property
    def entity_tag(self) -> str:
        """What names this state of it."""
        return entity_tag(self.id, self.revision)


class Area:
    """A zone made ready for questions.

    Args:
        zone: the zone.
        only_ipv4: whether its IPv6 entries and references to services open nothing, as for ``hs-crypto``.
    """

    __slots__ = ("_excluded", "_inside", "_services")

    def __init__(self, zone: Zone, *, only_ipv4: bool) -> None:
        inside = [span for span in spans(zone.addresses) if not only_ipv4 or span.version == 4]  # noqa: PLR2004
        self._inside = Spans(inside)
        self._excluded = Spans(spans(zone.excluded))
        refs = (it.ref for it in zone.addresses if it.ref is not None)
        self._services = () if only_ipv4 else tuple(refs)

    def holds(self, address: IPAddress | None, crn: str | None, account: AccountId | None) -> bool:
        """Tell whether a request comes from the zone.

        Args:
            address: where it comes from, if it came over IP.
            crn: who calls, where that is a service.
            account: the caller's.
        """
        if address is not None and self._excluded.hold(address):
            return False
        if address is not None and self._inside.hold(address):
            return True
        return crn is not None and any(it.is_meant(crn, account) for it in self._services)


@lru_cache(2048)
def area_of(zone: Zone, *, only_ipv4: bool) -> Area:
    """Return *zone* made ready, once for all instances that it is asked for."""
    return Area(zone, only_ipv4=only_ipv4)


def spans(addresses: tuple[ZoneAddress, ...]) -> list[Span]:
    """Return those of *addresses* that are IP addresses; of a VPC nobody here knows which are."""
    return [span_of(it.kind, it.value) for it in addresses if it.kind in SPANS]


def crn_of(account: AccountId, kind: str, name: str) -> str:
    """Return the cloud resource name of a zone or a rule."""
    return f"crn:v1:bluemix:public:context-based-restrictions:global:a/{account}::{kind}:{name}"


def bad_context(must_be: str) -> Refused:
    """Return the refusal of a zone or a rule that cannot be what was sent."""
    return Refused(Reason.CONTEXT_BODY, must_be)


SORTS: Final[Mapping[str, Callable[[Zone], object]]] = {
    "id": lambda it: it.id,
    "name": lambda it: (it.name, it.id),
    "created_at": lambda it: (it.created_at, it.id),
    "last_modified_at": lambda it: (it.modified_at, it.id),
}
