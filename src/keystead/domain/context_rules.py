"""Context rules: from where instances of an account may be asked.

Source: ``spec/iam-and-provisioning.md`` section 4.2; IBM's page "What are context-based restrictions?".
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from keystead.domain.attributes import ACCOUNT, GROUP, INSTANCE, REGION, RING, SERVICE, Attribute, Operator
from keystead.domain.errors import Refused
from keystead.domain.grants import meets
from keystead.domain.ids import AccountId, IamId, entity_tag, is_uuid
from keystead.domain.instances import Instance
from keystead.domain.reasons import Reason
from keystead.domain.role_tables import SERVICES
from keystead.domain.zones import bad_context, crn_of

Mode = Literal["enabled", "disabled", "report"]

MOST_RULES: Final = 200
"""Rules of one account; our choice, for IBM counts those of all its services, together with policies."""
MOST_PATTERN: Final = 100
"""Characters of a pattern: what it is held against has no more."""
MOST_CONTEXTS: Final = 1000
ATTRIBUTES: Final = (ACCOUNT, SERVICE, INSTANCE, REGION, GROUP, RING)
"""What a rule may say of the resources that it is about."""
ZONE_ID: Final = "networkZoneId"
ENDPOINT_TYPE: Final = "endpointType"
ENDPOINT_TYPES: Final = ("public", "private", "direct")
_API_TYPE: Final = "crn:v1:bluemix:public:context-based-restrictions::::"
ALL_SERVICE_APIS: Final = f"{_API_TYPE}api-type:"
DATA_PLANE: Final = f"{_API_TYPE}api-type:data-plane"
ALL_PLATFORM_APIS: Final = f"{_API_TYPE}platform-api-type:"
API_TYPES: Final = (ALL_SERVICE_APIS, DATA_PLANE, ALL_PLATFORM_APIS)
"""What a rule may be about: the first two are the whole key API, and the last one nothing that is judged."""
_RESTRICTING: Final = frozenset({ALL_SERVICE_APIS, DATA_PLANE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One attribute of the resources that a rule is about, or one tag of theirs; as it was sent."""

    name: str
    value: str
    operator: Operator | None = None

    @property
    def attribute(self) -> Attribute:
        """What is compared."""
        return Attribute(name=self.name, value=self.value, operator=self.operator or "stringEquals")


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextAttribute:
    """One condition on where a request comes from; the value names several with commas between."""

    name: str
    value: str

    @property
    def values(self) -> tuple[str, ...]:
        """Those of which one must be met."""
        return tuple(part.strip() for part in self.value.split(","))


Context = tuple[ContextAttribute, ...]
"""Conditions that must all be met."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleOrder:
    """What a rule is to say."""

    description: str
    resource: tuple[Condition, ...]
    tags: tuple[Condition, ...]
    contexts: tuple[Context, ...]
    api_types: tuple[str, ...]
    mode: Mode

    @property
    def service(self) -> str:
        """Whose instances it is about."""
        return next((it.value for it in self.resource if it.name == SERVICE), "")

    @property
    def zones(self) -> frozenset[str]:
        """The ids of the zones that it names."""
        return zones_in(self.contexts)

    def require_sound(self, account: AccountId) -> None:
        """Raise `Refused` unless it can be a rule of *account* that restricts something."""
        _require_resource(self.resource, account)
        for context in self.contexts:
            _require_context(context)
        unknown = [it for it in self.api_types if it not in API_TYPES]
        if unknown or _RESTRICTING.isdisjoint(self.api_types):
            raise bad_context(
                f"operations must name {ALL_SERVICE_APIS} or {DATA_PLANE}, and no other service's"
            )
        if self.mode not in modes_of(self.service):
            raise bad_context(f"enforcement_mode must be of {', '.join(modes_of(self.service))} here")


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextRule:
    """A rule: what it is about may be asked from its contexts, and from nowhere else.

    Without any context nothing opens it. Tags do not narrow it: who takes a tag off an instance must not
    lift a rule off it by that.
    """

    id: str  # 32 hexadecimal digits
    account: AccountId
    description: str = ""
    resource: tuple[Condition, ...]
    tags: tuple[Condition, ...] = ()
    contexts: tuple[Context, ...]
    api_types: tuple[str, ...]
    mode: Mode
    created_at: datetime
    created_by: IamId
    modified_at: datetime
    modified_by: IamId
    revision: int = 1  # grows by one with each stored change

    @property
    def crn(self) -> str:
        """Its cloud resource name."""
        return crn_of(self.account, "rule", self.id)

    @property
    def entity_tag(self) -> str:
        """What names this state of it."""
        return entity_tag(self.id, self.revision)

    @property
    def zones(self) -> frozenset[str]:
        """The ids of the zones that it names."""
        return zones_in(self.contexts)

    @property
    def ring(self) -> Attribute | None:
        """The rings that it is about; ``None`` for all that is in an instance."""
        return next((it.attribute for it in self.resource if it.name == RING), None)

    def reaches(self, instance: Instance) -> bool:
        """Tell whether it is about *instance*, or about rings in it."""
        return self.account == instance.account and all(
            it.name == RING or meets(instance, it.attribute) for it in self.resource
        )

    def names(self, name: str, value: str | None) -> bool:
        """Tell whether its attribute *name* is written as *value*; ``None`` was not asked."""
        return value is None or any((it.name, it.value) == (name, value) for it in self.resource)


def modes_of(service: str) -> tuple[Mode, ...]:
    """Return how rules about *service* may be enforced; ``hs-crypto`` offers no reports alone."""
    return ("enabled", "disabled") if service == "hs-crypto" else ("enabled", "disabled", "report")


def zones_in(contexts: Iterable[Context]) -> frozenset[str]:
    """Return the ids of the zones that *contexts* name."""
    named = (it.values for context in contexts for it in context if it.name == ZONE_ID)
    return frozenset(zone for values in named for zone in values)


def not_one(what: str, reason: Reason) -> Refused:
    """Return the refusal of a zone or rule that is not there, or is none of the caller's business."""
    return Refused(reason, f"The {what} is not found in store.")


def _require_resource(resource: tuple[Condition, ...], account: AccountId) -> None:
    said = {it.name: it.attribute for it in resource}
    if len(said) != len(resource) or not said.keys() <= set(ATTRIBUTES):
        raise bad_context(f"resource attributes must be of {', '.join(ATTRIBUTES)}, each named once")
    if ACCOUNT not in said or not said[ACCOUNT].is_exact or said[ACCOUNT].value != account:
        raise bad_context("the resource attribute accountId must be the id of your account")
    if SERVICE not in said or not said[SERVICE].is_exact or said[SERVICE].value not in SERVICES:
        raise bad_context(f"the resource attribute serviceName must be one of {', '.join(SERVICES)}")
    if any(len(it.value) > MOST_PATTERN for it in said.values() if not it.is_exact):
        raise bad_context(f"a pattern must have at most {MOST_PATTERN} characters")
    instance = said.get(INSTANCE)
    if instance is not None and instance.is_exact and not _is_guid(instance.value):
        raise bad_context("the resource attribute serviceInstance must be the GUID of an instance")


def _is_guid(text: str) -> bool:
    return is_uuid(text) and text == text.lower()


def _require_context(context: Context) -> None:
    names = [it.name for it in context]
    if len(set(names)) != len(names):
        raise Refused(
            Reason.CONTEXT_DUPLICATE, "A context names each attribute once: separate values by commas"
        )
    for it in context:
        if it.name not in (ZONE_ID, ENDPOINT_TYPE):
            raise bad_context(f"context attributes must be {ZONE_ID} and {ENDPOINT_TYPE}")
        if it.name == ENDPOINT_TYPE and not set(it.values) <= set(ENDPOINT_TYPES):
            raise bad_context(f"{ENDPOINT_TYPE} must be of {', '.join(ENDPOINT_TYPES)}")
