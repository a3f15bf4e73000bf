"""Two tenants on one service: each with its own account, people and, for every example, a fresh instance."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from api import Api, FakeClock, open_api
from conformance.services import a_service
from keystead.domain.changes import Change
from keystead.domain.grants import granted
from keystead.domain.identities import Account
from keystead.domain.ids import AccountId, InstanceId, random_uuid
from keystead.domain.permissions import Role

ROLES: Mapping[str, tuple[Role, ...]] = {
    "owner": (Role.MANAGER, Role.KEY_PURGE),
    "manager": (Role.MANAGER,),
    "writer": (Role.WRITER,),
    "reader": (Role.READER,),
    "stranger": (),
}
"""The people of each tenant."""
SERVICES: Mapping[str, str] = {
    name: f"crn:v1:bluemix:public:{name}:global:a/{{account}}:77aa::" for name in ("storage", "database")
}
"""And its services, which are readers; an account's id makes a CRN of what each is called."""
Tenant = Mapping[str, Api]


@dataclass
class Bench:
    """A service over a real database, and the people of two accounts."""

    runner: asyncio.Runner
    home: Api
    people: tuple[Tenant, Tenant]

    def tenants(self) -> tuple[Tenant, Tenant]:
        """Give each account a fresh instance, and return its people there."""
        first, second = self.people
        return self.runner.run(self._moved(first)), self.runner.run(self._moved(second))

    async def _moved(self, people: Tenant) -> Tenant:
        instance = replace(people["owner"].instance, id=InstanceId(random_uuid()))
        change = Change()
        change.add(instance)
        await self.home.service.store.commit(change, None)
        return {name: replace(api, instance=instance) for name, api in people.items()}


async def set_up(folder: Path, database: str | None) -> tuple[Api, Tenant, Tenant]:
    """Open a service, and return its first owner and the people of two accounts."""
    home = await open_api(folder, database, clock=FakeClock(), token_clock=lambda: datetime.now(UTC))
    return home, await _account(home), await _account(home)


async def _account(home: Api) -> Tenant:
    account = Account(id=AccountId(random_uuid().replace("-", "")), name="tenant", created_at=home.clock())
    instance = replace(home.instance, id=InstanceId(random_uuid()), account=account.id)
    change = Change()
    change.add(account, instance)
    await home.service.store.commit(change, None)
    owner = replace(home, instance=instance)
    people = {name: await owner.other() for name in ROLES}
    for name, crn in SERVICES.items():
        people[name] = await a_service(owner, crn.format(account=account.id))
    for name, api in people.items():
        await _grant(api, ROLES.get(name, (Role.READER,)))
    return people


async def _grant(api: Api, roles: tuple[Role, ...]) -> None:
    """Grant *roles* in every instance of the account."""
    change = Change()
    for role in roles:
        change.add(granted(id=random_uuid(), subject=api.iam_id, account=api.instance.account, roles=(role,)))
    if change:
        await api.service.store.commit(change, None)
