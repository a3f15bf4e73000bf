"""Two tenants on one service: each with its own account, people and, for every example, a fresh instance."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from api import Api, FakeClock, open_api
from conformance.services import a_receiver, a_service
from keystead.domain.actions import Role
from keystead.domain.changes import Change
from keystead.domain.grants import granted
from keystead.domain.identities import Account
from keystead.domain.ids import AccountId, InstanceId, random_uuid
from keystead.domain.notices import NoticeState
from keystead.jobs.courier import Post
from keystead.jobs.webhook import Letter
from keystead.units.software import SoftwareUnit
from loops import Loop
from model.told import HEARD
from rsa_pairs import stock

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
_MANY = 10_000


@dataclass
class Bench:
    """A service over a real database, and the people of two accounts."""

    runner: Loop
    home: Api
    people: tuple[Tenant, Tenant]
    posted: list[Letter]  # what services were told

    def tenants(self) -> tuple[Tenant, Tenant]:
        """Give each account a fresh instance, and return its people there."""
        first, second = self.people
        self.runner.run(self._begin_again())
        return self.runner.run(self._moved(first)), self.runner.run(self._moved(second))

    async def _begin_again(self) -> None:
        """Deal the same RSA pairs, and remove what services were to be told by examples before this one."""
        unit, change = self.home.service.unit, Change()
        assert isinstance(unit, SoftwareUnit)
        await unit._pairs.close()
        unit._pairs = stock()
        for notice in await self.home.service.store.notices(frozenset(NoticeState), _MANY):
            change.remove(notice)
        if change:
            await self.home.service.store.commit(change, None)

    async def _moved(self, people: Tenant) -> Tenant:
        instance = replace(people["owner"].instance, id=InstanceId(random_uuid()))
        change = Change()
        change.add(instance)
        await self.home.service.store.commit(change, None)
        return {name: replace(api, instance=instance) for name, api in people.items()}


@contextmanager
def opened(folder: Path, database: str | None) -> Iterator[Bench]:
    """Yield a service with the people of two accounts; one of their services hears of keys."""
    with Loop() as runner:
        home, posted = runner.run(_service(folder, database)), list[Letter]()
        home.service.courier._post = _into(posted)
        yield Bench(runner, home, (runner.run(_account(home)), runner.run(_account(home))), posted)
        runner.run(home.service.close())


async def _service(folder: Path, database: str | None) -> Api:
    home = await open_api(folder, database, clock=FakeClock(), token_clock=lambda: datetime.now(UTC))
    await a_receiver(home, HEARD)
    return home


def _into(posted: list[Letter]) -> Post:
    async def post(letter: Letter) -> None:
        posted.append(letter)

    return post


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
