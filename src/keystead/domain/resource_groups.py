"""Resource groups, in which an account's instances are. Source: ``spec`` section 5.4.

Every account has one, called `DEFAULT`, of which nothing is stored; others are made, renamed and deleted.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from keystead.domain.errors import Refused, bad_field
from keystead.domain.ids import AccountId
from keystead.domain.reasons import Reason

DEFAULT: Final = "default"
"""What the group is called that is always there: older clients compare it exactly (RG-3)."""
QUOTA: Final = "c3ab1f04e65d4c0f9ad77b6b1c26d3e8"
"""The id of the one quota definition, which limits nothing."""
MOST_GROUPS: Final = 100
"""Groups of one account beside the default one; our choice, no source names a number."""
_NAME: Final = re.compile(r"[A-Za-z0-9_-](?:[A-Za-z0-9 _-]{0,38}[A-Za-z0-9_-])?\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceGroup:
    """One group of an account."""

    id: str
    account: AccountId
    name: str
    created_at: datetime | None  # of the default one: when the account's first instance was made
    updated_at: datetime | None

    @property
    def crn(self) -> str:
        """The group's cloud resource name."""
        return group_crn(self.account, self.id)

    @property
    def is_default(self) -> bool:
        """Whether it is the one that is always there."""
        return self.id == default_id(self.account)

    def is_called(self, name: str) -> bool:
        """Tell whether *name* is its name; the case does not matter (RG-3)."""
        return name.casefold() == self.name.casefold()


def default_group(account: AccountId, created_at: datetime | None) -> ResourceGroup:
    """Return the group that *account* has always had."""
    return ResourceGroup(
        id=default_id(account), account=account, name=DEFAULT, created_at=created_at, updated_at=created_at
    )


def default_id(account: AccountId) -> str:
    """Return the id of the default group of *account*: 32 hexadecimal digits that follow from its own."""
    return hashlib.sha256(f"resource group of {account}".encode()).hexdigest()[:32]


def group_crn(account: AccountId, group: str) -> str:
    """Return the cloud resource name of a *group* of *account*."""
    return f"crn:v1:bluemix:public:resource-controller::a/{account}::resource-group:{group}"


def group_name(text: str) -> str:
    """Read a group's name; `Refused` with ``INVALID_FIELD``."""
    if _NAME.match(text) is None:
        raise bad_field("name", "1 to 40 characters: letters, digits, _ and -, and spaces between them")
    return text


def require_free(name: str, others: Iterable[ResourceGroup]) -> None:
    """Raise `Refused` with ``GROUP_NOT_UNIQUE`` where one of *others*, or the default group, has *name*."""
    if name.casefold() == DEFAULT or any(it.is_called(name) for it in others):
        raise Refused(Reason.GROUP_NOT_UNIQUE, "The account has a resource group of this name")


def group_not_found() -> Refused:
    """Return the refusal of a group that is not there, or is none of the caller's business."""
    return Refused(Reason.GROUP_NOT_FOUND, "There is no resource group with this id")
