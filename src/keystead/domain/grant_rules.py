"""What a grant that is asked for over the network must say, before anybody looks at who asks.

Source: ``spec/iam-and-provisioning.md`` sections 3.1, 3.6 and 8.1.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from keystead.domain.actions import Role
from keystead.domain.attributes import (
    ACCOUNT,
    GROUP,
    INSTANCE,
    REGION,
    RESOURCE,
    RING,
    SERVICE,
    SERVICE_TYPE,
    TYPE,
    Attribute,
)
from keystead.domain.errors import Refused
from keystead.domain.ids import RING as RING_NAME
from keystead.domain.ids import AccountId, IamId, is_uuid
from keystead.domain.reasons import Reason
from keystead.domain.role_tables import ONLY_HPCS, SERVICES
from keystead.domain.roles import DELEGATED, Customs, role_called
from keystead.domain.time_rules import When

_RESOURCE: Final = frozenset({ACCOUNT, SERVICE, SERVICE_TYPE, INSTANCE, REGION, GROUP, RING, TYPE, RESOURCE})
_SOURCE: Final = frozenset({ACCOUNT, SERVICE, INSTANCE, REGION, TYPE, RESOURCE})
_LIMITS: Final = frozenset({SERVICE, SERVICE_TYPE, GROUP})
_EXACT: Final = frozenset({ACCOUNT, SERVICE, SERVICE_TYPE, TYPE})


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantOrder:
    """What a grant is to say: roles on a resource, for a subject or for the services that meet *source*."""

    subject: IamId | None
    source: tuple[Attribute, ...]
    roles: tuple[str, ...]
    resource: tuple[Attribute, ...]
    description: str
    when: When | None = None
    can_say_when: bool = True  # not in the first form of the API

    def require_sound(self, account: AccountId, customs: Customs) -> None:
        """Raise `Refused` where no grant in *account*, which made *customs*, can say this.

        Raises:
            Refused: ``POLICY_BODY``, or ``POLICY_FORBIDDEN`` for what is another account's.
        """
        _require_resource(_by_name(self.resource, _RESOURCE, "resource"), account)
        if self.source:
            _require_source(_by_name(self.source, _SOURCE, "subject"), account)
        if self.when is not None:
            self._require_limited()
        for crn in self.roles:
            self._require_role(crn, account, customs)

    def _require_limited(self) -> None:
        """Raise `Refused` where no condition can be: nobody is in charge of people for a while."""
        if self.source:
            raise bad_policy("a service is authorized at any time, or not at all")
        if _LIMITS.isdisjoint(it.name for it in self.resource):
            raise bad_policy("a policy with a rule names serviceName, serviceType or resourceGroupId")

    def _require_role(self, crn: str, account: AccountId, customs: Customs) -> None:
        named = role_called(crn)
        if named is None:
            raise bad_policy("each `role_id` must be the CRN of a role that `GET /v2/roles` shows")
        if self.source and named.role not in DELEGATED:
            raise bad_policy("a service is authorized as Reader, ReaderPlus, Writer or Manager")
        if named.role is not None:
            self._require_service_of(named.role)
            return
        custom = customs.get(named.name)
        if named.account != account or custom is None:
            raise bad_policy("the account has no such role of its own")
        if Attribute(name=SERVICE, value=custom.service) not in self.resource:
            raise bad_policy(
                f"{custom.name} is a role of {custom.service}: the resource must name that service"
            )

    def _require_service_of(self, role: Role) -> None:
        """Raise `Refused` where the resource is in a service that does not have *role*."""
        if role in ONLY_HPCS and Attribute(name=SERVICE, value="kms") in self.resource:
            raise bad_policy(f"{role} is a role of hs-crypto, and the resource names another service")


def bad_policy(why: str) -> Refused:
    """Return the refusal of a policy or role that says what it cannot."""
    return Refused(Reason.POLICY_BODY, f"Not possible: {why}.")


def _by_name(attributes: Iterable[Attribute], known: frozenset[str], of: str) -> dict[str, Attribute]:
    found: dict[str, Attribute] = {}
    for it in attributes:
        if it.name not in known:
            raise bad_policy(f"an attribute of the {of} is one of {', '.join(sorted(known))}")
        if it.name in found:
            raise bad_policy(f"the {of} names each attribute once")
        if it.name in _EXACT and not it.is_exact:
            raise bad_policy(f"{', '.join(sorted(_EXACT))} are compared with stringEquals")
        found[it.name] = it
    return found


def _require_account(found: dict[str, Attribute], account: AccountId, of: str) -> None:
    if ACCOUNT not in found:
        raise bad_policy(f"the {of} must name the account as accountId")
    if found[ACCOUNT].value != account:
        raise Refused(Reason.POLICY_FORBIDDEN, "You are not an Administrator of this account")


def _require_resource(found: dict[str, Attribute], account: AccountId) -> None:
    _require_account(found, account, "resource")
    if SERVICE in found and found[SERVICE].value not in SERVICES:
        raise bad_policy(f"serviceName must be one of {', '.join(SERVICES)}")
    if SERVICE_TYPE in found and found[SERVICE_TYPE].value != "service":
        raise bad_policy("serviceType must be service: there is no policy on account management alone")
    if (TYPE in found) is not (RESOURCE in found) or (TYPE in found and found[TYPE].value != "key"):
        raise bad_policy("a single key is named by resourceType key and its id as resource")
    for name in (INSTANCE, RESOURCE):
        if name in found and found[name].is_exact and not _is_id(found[name].value):
            raise bad_policy(f"{name} must be a UUID in lower case, or compared with stringMatch")
    if RING in found and found[RING].is_exact and RING_NAME.match(found[RING].value) is None:
        raise bad_policy("keyRing must be the id of a key ring, or compared with stringMatch")


def _require_source(found: dict[str, Attribute], account: AccountId) -> None:
    _require_account(found, account, "subject")
    if SERVICE not in found:
        raise bad_policy("the subject must name a service as serviceName")


def _is_id(text: str) -> bool:
    return is_uuid(text) and text == text.lower()
