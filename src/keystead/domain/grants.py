"""Grants: who has which roles on what. IAM's wire calls them policies.

Source: ``spec/iam-and-provisioning.md`` sections 3.1 and 8.1.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypedDict, Unpack

from keystead.domain.actions import Role
from keystead.domain.attributes import (
    ACCOUNT,
    GROUP,
    INSIDE,
    INSTANCE,
    REGION,
    RESOURCE,
    RING,
    SERVICE,
    SERVICE_TYPE,
    TYPE,
    Attribute,
    fit,
)
from keystead.domain.ids import (
    ACCESS_GROUPS,
    PROFILES,
    AccountId,
    IamId,
    InstanceId,
    KeyId,
    RingId,
    entity_tag,
)
from keystead.domain.instances import Instance
from keystead.domain.roles import any_in, crn_of, custom_names, role_called
from keystead.domain.time_rules import When

MOST_GRANTS: Final = 4000
"""Grants in force that one account may have; IBM's limit is of this size."""
MOST_TIMED: Final = 100
"""Of these, those that hold at some times only: whoever asks has the conditions of all of his looked at."""
MOST_DELETED: Final = 100
"""Deleted grants that an account keeps, to be restored; the oldest goes when one more comes."""
_SERVICES: Final = "services:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Roles on all that meets *resource*, for one subject, or for the services that meet *source*."""

    id: str
    subject: IamId  # who has them: somebody, or an access group; of a grant to services `services_called`
    account: AccountId
    roles: tuple[str, ...]  # their CRNs, as they were given (AUT-7a)
    resource: tuple[Attribute, ...]  # an attribute that is not among them may be anything (AUT-1)
    source: tuple[Attribute, ...] = ()  # only of a grant to services (``authorization``)
    description: str = ""
    state: Literal["active", "deleted"] = "active"
    created_at: datetime | None = None  # ``None`` where an older version made it
    created_by: IamId | None = None  # ``None`` for the operator
    modified_at: datetime | None = None
    modified_by: IamId | None = None
    revision: int = 1  # grows by one with each stored change
    when: When | None = None  # ``None`` for always

    @property
    def is_active(self) -> bool:
        """Whether it allows anything."""
        return self.state == "active"

    @property
    def is_for_services(self) -> bool:
        """Whether it is what IAM calls an authorization."""
        return bool(self.source)

    @property
    def is_for_group(self) -> bool:
        """Whether it is to an access group, and so to each of its members."""
        return self.subject.startswith(ACCESS_GROUPS)

    @property
    def is_whole(self) -> bool:
        """Whether it reaches over the whole account, and all that is of it."""
        return all(it.name == ACCOUNT for it in self.resource)

    @property
    def is_outside(self) -> bool:
        """Whether it reaches over the whole of each instance that it reaches."""
        return INSIDE.isdisjoint(it.name for it in self.resource)

    @property
    def names_no_instance(self) -> bool:
        """Whether it reaches instances that are still to be made."""
        return self.is_outside and all(it.name != INSTANCE for it in self.resource)

    @property
    def entity_tag(self) -> str:
        """What names this state of it."""
        return entity_tag(self.id, self.revision)

    def has(self, roles: Iterable[Role]) -> bool:
        """Tell whether any of *roles* is among its own."""
        mine = {named.role for crn in self.roles if (named := role_called(crn)) is not None}
        return not mine.isdisjoint(roles)

    @property
    def custom_roles(self) -> frozenset[str]:
        """The names of those of its roles that an account made."""
        return custom_names(self.roles)

    @property
    def is_steward(self) -> bool:
        """Whether it makes a lasting Administrator of the account.

        A profile may come to trust nobody, and a group to have no members.
        """
        lasting = not self.source and not self.subject.startswith((PROFILES, ACCESS_GROUPS))
        always = self.is_active and self.when is None
        return always and self.is_whole and lasting and self.has({Role.ADMINISTRATOR})

    def holds(self, now: datetime) -> bool:
        """Tell whether it allows anything at this time."""
        return self.is_active and (self.when is None or self.when.holds(now))

    def reaches(self, instance: Instance) -> bool:
        """Tell whether it grants anything in *instance*, or on it: another service's role is none there."""
        there = all(it.name in INSIDE or meets(instance, it) for it in self.resource)
        return self.account == instance.account and there and any_in(self.roles, instance.service)

    def condition(self, name: str) -> Attribute | None:
        """Return the condition on the attribute called *name*."""
        return next((it for it in self.resource if it.name == name), None)


class Where(TypedDict, total=False):
    """What a grant is on; what is ``None`` or not there may be anything."""

    service: str | None
    instance: InstanceId | None
    ring: RingId | None
    key: KeyId | None


def granted(
    *,
    id: str,  # noqa: A002 - what the record calls it
    subject: IamId,
    account: AccountId,
    roles: Iterable[Role],
    at: datetime | None = None,
    **where: Unpack[Where],
) -> Grant:
    """Return a grant of *roles*, made by the operator *at* this time."""
    exactly = (
        (ACCOUNT, account),
        (SERVICE, where.get("service")),
        (INSTANCE, where.get("instance")),
        (RING, where.get("ring")),
    )
    key = where.get("key")
    single = () if key is None else ((TYPE, "key"), (RESOURCE, key))
    return Grant(
        id=id,
        subject=subject,
        account=account,
        roles=tuple(crn_of(role) for role in roles),
        resource=tuple(
            Attribute(name=name, value=value) for name, value in (*exactly, *single) if value is not None
        ),
        created_at=at,
        modified_at=at,
    )


_OF_INSTANCES: Final[Mapping[str, Callable[[Instance], str]]] = {
    ACCOUNT: lambda it: it.account,
    SERVICE: lambda it: it.service,
    SERVICE_TYPE: lambda it: "service",  # noqa: ARG005 - every instance is one of a service
    INSTANCE: lambda it: it.id,
    REGION: lambda it: it.region,
    GROUP: lambda it: it.group_id,
}
"""What conditions are held against; an instance has no attribute beside these."""


def meets(instance: Instance, condition: Attribute) -> bool:
    """Tell whether *instance* meets *condition*, which is none on what is in it."""
    of = _OF_INSTANCES.get(condition.name)
    return of is not None and condition.fits(of(instance))


def services_called(name: str) -> IamId:
    """Return what stands for all services called *name* as the subject of a grant; nobody has it as an id."""
    return IamId(_SERVICES + name)


def is_from(grant: Grant, crn: str, account: AccountId | None) -> bool:
    """Tell whether *grant* is to the service with this CRN, which belongs to *account*."""
    parts = crn.split(":")
    values = {ACCOUNT: account, SERVICE: parts[4], REGION: parts[5], INSTANCE: parts[7], TYPE: parts[8]}
    return bool(grant.source) and fit(grant.source, {**values, RESOURCE: parts[9]})
