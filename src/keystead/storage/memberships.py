"""What holds for access groups and their members whatever else is written at the same time, in every store.

Whoever changes the directory has changed its generation first and holds that row until he commits: what is
looked at here is all that there will be when he does.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from keystead.domain.access_groups import (
    KINDS,
    MOST_ACCESS_GROUPS,
    MOST_MEMBERS,
    MOST_MEMBERSHIPS,
    AccessGroup,
    Member,
)
from keystead.domain.identities import Identity
from keystead.storage.answers import overtaken


def require_group_place(every: Iterable[AccessGroup], new: AccessGroup) -> None:
    """Raise `Conflict` where *new* is one group more than there may be, or has another's name.

    Args:
        every: all that the account will have, *new* among them.
        new: the group that was written.
    """
    groups = tuple(every)
    if len(groups) > MOST_ACCESS_GROUPS or sum(it.is_called(new.name) for it in groups) > 1:
        raise overtaken()


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberPlace:
    """What there will be around a member that was written."""

    group: AccessGroup | None
    identity: Identity | None
    of_group: int  # members, this one among them
    of_identity: int  # memberships, likewise

    def require(self, new: Member) -> None:
        """Raise `Conflict` where *new* is in no group, is nobody of its account, or is one too many."""
        if self.group is None or self.identity is None:
            raise overtaken()
        if {self.group.account, self.identity.account} != {new.account}:
            raise overtaken()
        if KINDS.get(self.identity.kind) != new.kind:
            raise overtaken()
        if self.of_group > MOST_MEMBERS or self.of_identity > MOST_MEMBERSHIPS:
            raise overtaken()
