"""The catalog of what can be provisioned: services, their plans, and where a plan is to be had.

It is the same on every server. Source: ``spec/iam-and-provisioning.md`` sections 5.3 and 5.5.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

Kind = Literal["service", "plan", "deployment"]
AnyKind = Literal["*"]
ANY_KIND: Final = "*"

REGION_TITLES: Final = MappingProxyType(
    {
        "us-south": "Dallas",
        "us-east": "Washington DC",
        "eu-gb": "London",
        "eu-de": "Frankfurt",
        "eu-es": "Madrid",
        "au-syd": "Sydney",
        "jp-tok": "Tokyo",
        "jp-osa": "Osaka",
        "ca-tor": "Toronto",
        "ca-mon": "Montreal",
        "br-sao": "Sao Paulo",
        "in-che": "Chennai",
        "in-mum": "Mumbai",
    }
)
"""IBM's regions, with their names for people."""
REGIONS: Final = list(REGION_TITLES)
"""Where plans are to be had: all of IBM's regions, so that configurations written for them pass (GC-3)."""
_CROSS_REGION: Final = ("us-south", "eu-de", "jp-tok")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry; a plan's parent is its service, a deployment's its plan."""

    id: str
    kind: Kind
    name: str
    title: str  # for people
    parent: str | None = None
    location: str | None = None  # of a deployment

    @property
    def crn(self) -> str:
        """The entry's cloud resource name; ten segments, so a colon in the id is written as ``%3A``."""
        return f"crn:v1:bluemix:public:globalcatalog::::{self.kind}:{self.id.replace(':', '%3A')}"


def _service(service_id: str, name: str, title: str) -> Entry:
    return Entry(id=service_id, kind="service", name=name, title=title)


def _plan(plan_id: str, service: Entry, name: str, title: str) -> Entry:
    return Entry(id=plan_id, kind="plan", name=name, title=title, parent=service.id)


def _deployment(plan: Entry, region: str) -> Entry:
    return Entry(
        id=f"{plan.id}:{region}",
        kind="deployment",
        name=f"{plan.name}-{region}",
        title=region,
        parent=plan.id,
        location=region,
    )


_KMS: Final = _service("ee41347f-b18e-4ca6-bf80-b5467c63f9a6", "kms", "Key Protect")
_HPCS: Final = _service("f408575b-4b03-4cdc-ba90-ee33b646ad9b", "hs-crypto", "Hyper Protect Crypto Services")
SERVICES: Final = (_KMS, _HPCS)
_TIERED: Final = _plan("eedd3585-90c6-4c8f-be3d-062069e99fc3", _KMS, "tiered-pricing", "Tiered pricing")
_CROSS: Final = _plan(
    "4e853ad3-5820-49c7-8d07-a179fb15b9ee", _KMS, "cross-region-resiliency", "Cross-region resiliency"
)
_DEDICATED: Final = _plan("0de9f7ec-10b8-4627-88db-82bced5b7dfc", _KMS, "dedicated", "Dedicated")
_STANDARD: Final = _plan("4c5400c7-e4f7-4d5f-a645-e863f040c7f6", _HPCS, "standard", "Standard")
_HOURLY: Final = _plan(
    "9e1b0daf-f33e-4356-8eed-9cc73322fab2", _HPCS, "hpcs-hourly-uko", "Hourly, with Unified Key Orchestrator"
)
PLANS: Final = (_TIERED, _CROSS, _DEDICATED, _STANDARD, _HOURLY)
_FIRST_PLANS: Final = MappingProxyType({"kms": _TIERED, "hs-crypto": _STANDARD})
_DEPLOYMENTS: Final = tuple(
    _deployment(plan, region) for plan in PLANS for region in (_CROSS_REGION if plan is _CROSS else REGIONS)
)
ENTRIES: Final[Mapping[str, Entry]] = MappingProxyType(
    {entry.id: entry for entry in (*SERVICES, *PLANS, *_DEPLOYMENTS)}
)
"""Every entry by its id."""


def children(parent: Entry, kind: Kind | AnyKind, text: str = "") -> tuple[Entry, ...]:
    """Return what *parent* is the parent of and *text* finds: of one *kind*, or of `ANY_KIND`."""
    kinds = ("plan", "deployment") if kind == ANY_KIND else (kind,)
    mine = (entry for entry in ENTRIES.values() if entry.parent == parent.id and entry.kind in kinds)
    return tuple(_having(text, mine))


def search(text: str) -> Iterator[Entry]:
    """Yield the services that *text* finds."""
    return _having(text, SERVICES)


def _having(text: str, entries: Iterable[Entry]) -> Iterator[Entry]:
    """Yield those of *entries* that have every word of *text* in their name or title.

    Words such as ``kind:service`` narrow a catalog of many kinds; what is asked for here is of one or two.
    """
    words = [word for word in text.lower().split() if ":" not in word]
    for entry in entries:
        where = f"{entry.name} {entry.title.lower()}"
        if all(word in where for word in words):
            yield entry


def plan_of(service: str) -> Entry:
    """Return the plan of the instances of *service*, given by name, that nobody chose a plan for."""
    return _FIRST_PLANS[service]


def service_of(plan: Entry) -> str:
    """Return the name of the service that *plan* belongs to."""
    return ENTRIES[plan.parent or ""].name


def deployment_crn(plan: Entry, region: str) -> str:
    """Return the name of *plan* in *region*, which need not be a region of the catalog."""
    return _deployment(plan, region).crn
