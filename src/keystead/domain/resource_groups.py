"""Resource groups: every account has one, and nothing of it is stored. Source: ``spec`` section 5.4."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from keystead.domain.ids import AccountId

NAME: Final = "default"
"""What the group is called: older clients compare it exactly (RG-3)."""
QUOTA: Final = "c3ab1f04e65d4c0f9ad77b6b1c26d3e8"
"""The id of the one quota definition, which limits nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceGroup:
    """The group of an account."""

    account: AccountId
    created_at: datetime | None  # when the account's first instance was made

    @property
    def id(self) -> str:
        """The group's id: 32 hexadecimal digits that follow from the account's id."""
        return group_id(self.account)

    @property
    def crn(self) -> str:
        """The group's cloud resource name."""
        return group_crn(self.account)


def group_id(account: AccountId) -> str:
    """Return the id of the group of *account*."""
    return hashlib.sha256(f"resource group of {account}".encode()).hexdigest()[:32]


def group_crn(account: AccountId) -> str:
    """Return the cloud resource name of the group of *account*."""
    return f"crn:v1:bluemix:public:resource-controller::a/{account}::resource-group:{group_id(account)}"


def is_name(text: str) -> bool:
    """Tell whether *text* is the group's name; its case does not matter (RG-3)."""
    return text.casefold() == NAME
