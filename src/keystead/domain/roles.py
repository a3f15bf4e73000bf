"""What roles are called, those of the permission table and those that an account makes, and what they allow.

Source: ``spec/iam-and-provisioning.md`` sections 3.2 and 3.6.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final

from keystead.domain.actions import Action, Role
from keystead.domain.crns import SEGMENTS
from keystead.domain.ids import AccountId, IamId, entity_tag
from keystead.domain.role_tables import (
    ACTIONS_BY_ID,
    ALLOWED,
    ANYBODYS,
    PLATFORM_ROLES,
    SERVICES,
    ServiceName,
)

MOST_CUSTOM_ROLES: Final = 40
"""Roles that one account may have made; our choice, no source names a number."""
DELEGATED: Final = frozenset({Role.READER, Role.READER_PLUS, Role.WRITER, Role.MANAGER})
"""Roles that a service may be authorised with."""
_STEM: Final = "crn:v1:bluemix:public:iam"

Customs = Mapping[str, "CustomRole"]
"""Roles that an account made, by their names."""


@dataclass(frozen=True, slots=True)
class RoleName:
    """What a role's CRN says."""

    kind: str  # ``customRole``; whether another one is called ``role`` or ``serviceRole`` says nothing
    name: str
    account: AccountId | None  # of a role that an account made

    @property
    def role(self) -> Role | None:
        """The role of the permission table, ``None`` for one that an account made."""
        return None if self.kind == "customRole" else Role(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomRole:
    """A role that an account made, of actions in one service."""

    id: str
    account: AccountId
    service: ServiceName
    name: str  # the tail of its CRN; stays as it is, as do the two above
    display_name: str
    description: str = ""
    actions: tuple[str, ...]  # IAM action ids, as they were sent
    created_at: datetime
    created_by: IamId
    modified_at: datetime
    modified_by: IamId
    revision: int = 1  # grows by one with each stored change

    @property
    def crn(self) -> str:
        """Its cloud resource name."""
        return f"{_STEM}::a/{self.account}::customRole:{self.name}"

    @property
    def entity_tag(self) -> str:
        """What names this state of it."""
        return entity_tag(self.id, self.revision)

    @property
    def allowed(self) -> frozenset[Action]:
        """What it allows, in instances of its service."""
        known = ACTIONS_BY_ID[self.service]
        named = [known[name] for name in self.actions if name in known]
        return ANYBODYS.union(*named) if named else frozenset()


def crn_of(role: Role) -> str:
    """Return the CRN of a role as IBM's clients write it."""
    return f"{_STEM}::::{'role' if role in PLATFORM_ROLES else 'serviceRole'}:{role}"


@lru_cache(4096)
def role_called(crn: str) -> RoleName | None:
    """Return what *crn* names, whichever service it names beside (AUT-7a), or ``None`` for no role's CRN."""
    parts = crn.split(":")
    if len(parts) != SEGMENTS or parts[:2] != ["crn", "v1"] or parts[4] not in ("iam", *SERVICES):
        return None
    kind, name, owner = parts[-2], parts[-1], parts[6]
    if kind == "customRole":
        return RoleName(kind, name, AccountId(owner[2:])) if owner.startswith("a/") and name else None
    return RoleName(kind, name, None) if kind in ("role", "serviceRole") and name in tuple(Role) else None


def actions_of(crns: tuple[str, ...], customs: Customs, service: str) -> frozenset[Action]:
    """Return all that the roles with these CRNs allow in *service*; one that is gone allows nothing."""
    allowed, made = _known(crns, service)
    for named in made:
        custom = customs.get(named.name)
        if custom is not None and custom.account == named.account:
            allowed |= custom.allowed
    return allowed


def any_in(crns: tuple[str, ...], service: str) -> bool:
    """Tell whether any of the roles with these CRNs is one in *service*."""
    allowed, made = _known(crns, service)
    return bool(allowed or made)


def custom_names(crns: tuple[str, ...]) -> frozenset[str]:
    """Return the names of those of these roles that an account made."""
    return frozenset(named.name for named in _known(crns, SERVICES[0])[1])


@lru_cache(4096)
def _known(crns: tuple[str, ...], service: str) -> tuple[frozenset[Action], tuple[RoleName, ...]]:
    """Return what those of the table allow, whoever grants them, and which the others are."""
    found = [named for crn in crns if (named := role_called(crn)) is not None]
    of_table = (ALLOWED[service][role] for named in found if (role := named.role) is not None)
    return frozenset[Action]().union(*of_table), tuple(named for named in found if named.role is None)
