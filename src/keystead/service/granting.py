"""What a caller was granted: himself, and as the service that he is."""

from dataclasses import dataclass
from datetime import datetime

from keystead.domain.access import Access, Caller, reaching
from keystead.domain.actions import Action
from keystead.domain.grants import Grant, is_from, services_called
from keystead.domain.ids import AccountId
from keystead.domain.instances import Instance
from keystead.domain.ports.store import Store
from keystead.domain.role_tables import SERVICES
from keystead.domain.roles import Customs, actions_of

_SERVICE = 4  # the segment of a CRN


@dataclass(frozen=True, slots=True)
class Allowed:
    """What somebody may do in an instance; where grants have conditions on time, until the second ends."""

    access: Access
    for_a_second: bool


class Granting:
    """Looks grants up in *store*, which is never stale, with the roles that they name."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def access(self, caller: Caller, instance: Instance, now: datetime) -> Allowed:
        """Return what *caller* may do in *instance* now."""
        every = reaching(await self._of(caller), instance)
        mine = tuple(it for it in every if it.holds(now))
        customs = await self._customs(instance.account, mine)
        access = Access(
            mine,
            {name: role for name, role in customs.items() if role.service == instance.service},
            instance.service,
        )
        return Allowed(access, for_a_second=any(it.when is not None for it in every))

    async def of_account(self, caller: Caller, now: datetime) -> tuple[Grant, ...]:
        """Return what *caller* was granted in his own account, and holds now."""
        mine = await self._of(caller)
        return tuple(it for it in mine if it.account == caller.account and it.holds(now))

    async def that_allow(self, action: Action, grants: tuple[Grant, ...]) -> tuple[Grant, ...]:
        """Return those of *grants*, all of one account, that allow *action* around what they reach.

        Around instances roles allow the same in all services that have them, and a grant reaches no other.
        """
        if not grants:
            return ()
        customs = await self._customs(grants[0].account, grants)
        return tuple(
            it for it in grants if any(action in actions_of(it.roles, customs, name) for name in SERVICES)
        )

    async def _of(self, caller: Caller) -> tuple[Grant, ...]:
        crn = caller.service_crn
        # Who asked to be a part of a service has what was granted to such parts, and nobody's own grants.
        mine = () if caller.is_part else await self._store.grants(caller.iam_id)
        if crn is None:
            return mine
        theirs = await self._store.grants(services_called(crn.split(":")[_SERVICE]))
        return (*mine, *(it for it in theirs if is_from(it, crn, caller.account)))

    async def _customs(self, account: AccountId, grants: tuple[Grant, ...]) -> Customs:
        """Return the roles of *account*, where any of *grants* has one of them."""
        if not any(grant.custom_roles for grant in grants):
            return {}
        return {role.name: role for role in await self._store.custom_roles(account)}
