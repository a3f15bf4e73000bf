"""What an account may say in context rules, and how much of it. Source: ``spec`` section 4.2."""

from dataclasses import dataclass

from keystead.domain.context_rules import API_TYPES, MOST_RULES, Mode, modes_of, not_one
from keystead.domain.crns import service_of
from keystead.domain.ids import AccountId
from keystead.domain.reasons import Reason
from keystead.domain.role_tables import SERVICES, ServiceName
from keystead.domain.zones import MOST_ZONES
from keystead.service import context_checks as checks
from keystead.service.case import Case, Tools


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextSettings:
    """How many zones and rules an account has, and may have."""

    account: AccountId
    rules: int
    rules_with_tags: int
    zones: int
    most_rules: int
    most_zones: int


@dataclass(frozen=True, slots=True)
class ReadContextSettings:
    """The settings of the account with this id."""

    account: str

    async def run(self, case: Case, tools: Tools) -> ContextSettings:
        """Count."""
        checks.require_own(self.account, case)
        rules = await tools.store.context_rules(case.account)
        return ContextSettings(
            account=case.account,
            rules=len(rules),
            rules_with_tags=sum(bool(rule.tags) for rule in rules),
            zones=len(await tools.store.zones(case.account)),
            most_rules=MOST_RULES,
            most_zones=MOST_ZONES,
        )


@dataclass(frozen=True, slots=True)
class Offer:
    """The API types that a rule about *service* may name, none of a service that is not here."""

    service: ServiceName
    api_types: tuple[str, ...]

    @property
    def modes(self) -> tuple[Mode, ...]:
        """How such a rule may be enforced."""
        return modes_of(self.service)


@dataclass(frozen=True, slots=True)
class ListOperations:
    """What a rule about this service may be about; ``kms`` unless another one is named."""

    service: str | None
    group: str | None

    async def run(self, case: Case, tools: Tools) -> Offer:  # noqa: ARG002 - as every command
        """Name them; no group of services is here, nor any other service."""
        wanted = self.service or "kms"
        known = next((name for name in SERVICES if name == wanted), None)
        if known is None or self.group is not None:
            return Offer("kms", ())
        return Offer(known, API_TYPES)


@dataclass(frozen=True, slots=True)
class ListServiceRefs:
    """The services that a zone can refer to with some effect: those that call, in this account."""

    only_platform: bool

    async def run(self, case: Case, tools: Tools) -> tuple[str, ...]:
        """Name them; none of them is one of the platform's."""
        return () if self.only_platform else await _callers(case, tools)


@dataclass(frozen=True, slots=True)
class ReadServiceRef:
    """One of them."""

    service: str

    async def run(self, case: Case, tools: Tools) -> str:
        """Return its name, or refuse."""
        if self.service not in await _callers(case, tools):
            raise not_one("service reference target", Reason.SERVICE_REF_NOT_FOUND)
        return self.service


async def _callers(case: Case, tools: Tools) -> tuple[str, ...]:
    everybody = await tools.store.identities(case.account)
    return tuple(sorted({service_of(who.name) for who in everybody if who.kind == "service"}))
