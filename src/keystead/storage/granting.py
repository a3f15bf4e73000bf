"""What holds for grants and roles whatever else is written at the same time, in every store.

Whoever changes the directory has changed its generation first and holds that row until he commits: what is
looked at here is all that there will be when he does.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from keystead.domain.grants import MOST_GRANTS, MOST_TIMED, Grant
from keystead.domain.roles import MOST_CUSTOM_ROLES, CustomRole
from keystead.storage.answers import overtaken


@dataclass(frozen=True, slots=True)
class Granted:
    """All grants and roles of one account, as they will be."""

    grants: tuple[Grant, ...]
    roles: tuple[CustomRole, ...]

    def require_place(self, new: Grant | CustomRole) -> None:
        """Raise `Conflict` where *new* has a role that is not there, or is one more than there may be."""
        match new:
            case Grant():
                wanted = new.custom_roles if new.is_active else frozenset()
                known = {role.name for role in self.roles}
                active = [grant for grant in self.grants if grant.is_active]
                timed = sum(grant.when is not None for grant in active)
                too_many = len(active) > MOST_GRANTS or (new.when is not None and timed > MOST_TIMED)
                if too_many or not wanted <= known:
                    raise overtaken()
            case CustomRole():
                names = sum(role.name == new.name for role in self.roles)
                if names > 1 or len(self.roles) > MOST_CUSTOM_ROLES:
                    raise overtaken()

    def require_unused(self, gone: CustomRole) -> None:
        """Raise `Conflict` where a grant in force has the role that is *gone*."""
        if any(gone.name in grant.custom_roles for grant in self.grants if grant.is_active):
            raise overtaken()

    def require_steward(self, gone: Iterable[Grant]) -> None:
        """Raise `Conflict` where the last Administrator of the account is among what is *gone*."""
        if any(grant.is_steward for grant in gone) and not any(grant.is_steward for grant in self.grants):
            raise overtaken()
