"""What every store does with resource groups: no two have one name, none goes that holds an instance."""

from dataclasses import replace

import pytest

from keystead.domain.changes import Change
from keystead.domain.errors import Conflict
from keystead.domain.ids import AccountId, InstanceId, random_uuid
from keystead.domain.instances import Instance
from keystead.domain.resource_groups import ResourceGroup
from keystead.storage import grouping
from suites.store_placed import putting, removing
from suites.store_quotas import at_once
from suites.store_samples import NOW, Place, added, an_instance, in_loop, opened

ACCOUNT = AccountId("d" * 32)


def in_account(account: AccountId, group: str = "", name: str = "payroll") -> ResourceGroup:
    """Return a group in which everything says something."""
    return ResourceGroup(
        id=group or random_uuid().replace("-", ""), account=account, name=name, created_at=NOW, updated_at=NOW
    )


def inside(group: ResourceGroup) -> Instance:
    return Instance(
        id=InstanceId(random_uuid()),
        account=group.account,
        name="in it",
        service="kms",
        region="eu-de",
        created_at=NOW,
        group=group.id,
    )


def adding(instance: Instance) -> Change:
    change = Change()
    change.add(instance)
    return change


class ResourceGroupSuite:
    """Resource groups."""

    @in_loop
    async def test_groups_are_of_one_account_and_ordered(self, place: Place) -> None:
        async with opened(place) as store, opened(place) as beside:
            mine = [in_account(ACCOUNT, name=f"group {number}") for number in range(3)]
            foreign = in_account(AccountId("e" * 32), name="group 1")
            assert await beside.resource_groups(ACCOUNT) == ()
            for group in (*mine, foreign):
                await store.commit(putting(group), None)
            for one in (store, beside):
                assert await one.resource_groups(ACCOUNT) == tuple(sorted(mine, key=lambda it: it.id))
                assert await one.resource_groups(foreign.account) == (foreign,)
            new = replace(mine[0], name="renamed")
            await beside.commit(putting(new, mine[0]), None)
            assert new in await store.resource_groups(ACCOUNT)
            await store.commit(removing(new), None)
            assert new not in await beside.resource_groups(ACCOUNT)

    @in_loop
    async def test_of_many_who_want_a_name_one_gets_it(self, place: Place) -> None:
        async with opened(place) as store, opened(place) as beside:
            other = in_account(ACCOUNT, name="other")
            await store.commit(putting(other), None)
            wishes = [putting(in_account(ACCOUNT, name=name)) for name in ("Payroll", "payroll", "PAYROLL")]
            outcomes = await at_once(
                (store, beside), [*wishes, putting(replace(other, name="payrolL"), other)]
            )
            assert (outcomes.count(type(None)), outcomes.count(Conflict)) == (1, 3)
            there = await beside.resource_groups(ACCOUNT)
            assert [it.name.casefold() for it in there].count("payroll") == 1

    @in_loop
    async def test_of_many_who_want_the_last_group_one_gets_it(
        self, place: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(grouping, "MOST_GROUPS", 2)
        async with opened(place) as store, opened(place) as beside:
            await store.commit(putting(in_account(ACCOUNT, name="first")), None)
            wishes = [putting(in_account(ACCOUNT, name=f"group {number}")) for number in range(4)]
            outcomes = await at_once((store, beside), wishes)
            assert (outcomes.count(type(None)), outcomes.count(Conflict)) == (1, 3)
            await store.commit(putting(in_account(AccountId("e" * 32))), None)

    @in_loop
    async def test_a_group_that_holds_an_instance_stays(self, place: Place) -> None:
        async with opened(place) as store, opened(place) as beside:
            group = in_account(ACCOUNT)
            await store.commit(putting(group), None)
            was = inside(group)
            await added(store, was)
            with pytest.raises(Conflict):
                await beside.commit(removing(group), None)
            await store.commit(putting(replace(was, removed_at=NOW), was), None)
            await beside.commit(removing(group), None)
            with pytest.raises(Conflict):
                await added(store, inside(group))

    @in_loop
    async def test_of_a_new_instance_and_the_end_of_its_group_one_comes_first(self, place: Place) -> None:
        async with opened(place) as here, opened(place) as there:
            await an_instance(here)
            for turn in range(8):
                group = in_account(ACCOUNT, name=f"group {turn}")
                await here.commit(putting(group), None)
                changes = [adding(inside(group)), removing(group)]
                outcomes = await at_once((here, there) if turn % 2 else (there, here), changes)
                assert sorted(map(str, outcomes)) == sorted(map(str, [type(None), Conflict]))
                stays = group in await there.resource_groups(ACCOUNT)
                assert stays is any(it.group == group.id for it in await here.instances())
