"""Access groups: whatever is granted to one is granted to each of its members.

Source: ``spec/iam-and-provisioning.md`` section 2; IBM's IAM Access Groups API, version 2.
"""

from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final, Literal

from keystead.domain.ids import AccountId, IamId, entity_tag

MOST_ACCESS_GROUPS: Final = 500
"""Access groups of one account."""
MOST_MEMBERS: Final = 1000
"""Members of one access group: they go with it in one commit."""
MOST_MEMBERSHIPS: Final = 100
"""Access groups that one identity is in: what is granted to each is looked up when it asks for anything."""
MemberKind = Literal["user", "service", "profile"]
KINDS: Final = MappingProxyType[str, MemberKind](
    {"user": "user", "serviceid": "service", "profile": "profile"}
)
"""What members are called, by the kinds of identities; whatever else there is can be no member."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessGroup:
    """A group of an account; grants to it have its id as their subject."""

    id: IamId  # AccessGroupId-<uuid>, which is the IAM id of nobody
    account: AccountId
    name: str
    description: str = ""
    created_at: datetime
    created_by: IamId
    modified_at: datetime
    modified_by: IamId
    revision: int = 1  # grows by one with each stored change

    @property
    def crn(self) -> str:
        """Its cloud resource name."""
        return f"crn:v1:bluemix:public:iam-groups:global:a/{self.account}::groups:{self.id}"

    @property
    def entity_tag(self) -> str:
        """What names this state of it; who is in it is no part of that."""
        return entity_tag(self.id, self.revision)

    def is_called(self, name: str) -> bool:
        """Tell whether *name* is its name; the case does not matter."""
        return name.casefold() == self.name.casefold()


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """That an identity is in a group; it stays as it is until it is removed."""

    group: IamId
    iam_id: IamId
    account: AccountId  # of both
    kind: MemberKind
    created_at: datetime
    created_by: IamId
