"""What every store does with network zones and context rules."""

import asyncio
from dataclasses import replace

import pytest

from keystead.domain.attributes import ACCOUNT, SERVICE
from keystead.domain.context_rules import (
    ALL_SERVICE_APIS,
    MOST_RULES,
    ZONE_ID,
    Condition,
    ContextAttribute,
    ContextRule,
)
from keystead.domain.errors import Conflict
from keystead.domain.ids import AccountId, IamId, random_uuid
from keystead.domain.restrictions import Perimeter
from keystead.domain.zones import MOST_ADDRESSES, ServiceRef, Zone, ZoneAddress
from keystead.storage import contexts
from suites.store_grants import OTHER, count, replacing
from suites.store_placed import policies_of, putting, removing
from suites.store_samples import NOW, Place, add_accounts, an_event, an_instance, in_loop, opened

OURS = AccountId("a" * 32)
BY = IamId("IBMid-1")


def a_zone(name: str = "office", account: AccountId = OURS, *addresses: str) -> Zone:
    ref = ServiceRef(account=account, service_name="cloud-object-storage")
    return Zone(
        id=random_uuid().replace("-", ""),
        account=account,
        name=name,
        addresses=(
            *(ZoneAddress(kind="ipAddress", value=it) for it in addresses),
            ZoneAddress(kind="serviceRef", ref=ref),
        ),
        created_at=NOW,
        created_by=BY,
        modified_at=NOW,
        modified_by=BY,
    )


def a_rule(*zones: Zone, account: AccountId = OURS) -> ContextRule:
    named = ContextAttribute(name=ZONE_ID, value=",".join(zone.id for zone in zones))
    return ContextRule(
        id=random_uuid().replace("-", ""),
        account=account,
        resource=(
            Condition(name=ACCOUNT, value=account),
            Condition(name=SERVICE, value="kms", operator="stringEquals"),
        ),
        contexts=((named,),) if zones else (),
        api_types=(ALL_SERVICE_APIS,),
        mode="enabled",
        created_at=NOW,
        created_by=BY,
        modified_at=NOW,
        modified_by=BY,
    )


class ContextSuite:
    """From where instances may be asked."""

    @in_loop
    async def test_a_perimeter_is_seen_at_once_everywhere(self, place: Place) -> None:
        async with opened(place) as store, opened(place) as beside:
            await add_accounts(store, OURS, OTHER)
            instance = await store.instance(await an_instance(store))
            assert instance is not None
            zone, foreign = a_zone(), a_zone(account=OTHER)
            for one in (store, beside):
                assert await one.perimeter(instance) == Perimeter(None)
            await store.commit(putting(foreign), an_event())
            await store.commit(putting(a_rule(foreign, account=OTHER)), an_event())
            await store.commit(putting(zone), an_event())
            rule = a_rule(zone)
            await store.commit(putting(rule), an_event())
            for one in (beside, store):
                assert await one.perimeter(instance) == Perimeter(None, (rule,), (zone,))
                assert await one.zones(OURS) == (zone,)
                assert await one.context_rules(OURS) == (rule,)
                assert await one.zones(OTHER) == (foreign,)
            policies, wider = policies_of(instance.id), replace(zone, addresses=(), revision=2)
            await beside.commit(putting(policies), an_event())
            await beside.commit(replacing(zone, wider), an_event())
            for one in (store, beside):
                assert await one.perimeter(instance) == Perimeter(policies, (rule,), (wider,))
            await store.commit(removing(rule), an_event())
            await store.commit(removing(wider), an_event())
            for one in (beside, store):
                assert await one.perimeter(instance) == Perimeter(policies)
                assert (await one.zones(OURS), await one.context_rules(OURS)) == ((), ())

    @in_loop
    async def test_a_zone_stays_while_a_rule_names_it(self, place: Place) -> None:
        async with opened(place) as store, opened(place) as beside:
            await add_accounts(store, OURS)
            zone = a_zone()
            await store.commit(putting(zone), an_event())
            outcomes = await asyncio.gather(
                store.commit(putting(a_rule(zone)), an_event()),
                beside.commit(removing(zone), an_event()),
                return_exceptions=True,
            )
            assert count(outcomes) == 1
            assert len(await store.context_rules(OURS)) == len(await store.zones(OURS))
            with pytest.raises(Conflict):
                await store.commit(putting(a_rule(a_zone())), an_event())
            foreign = a_zone(account=OTHER)
            await store.commit(putting(foreign), an_event())
            with pytest.raises(Conflict):
                await store.commit(putting(a_rule(foreign)), an_event())

    @in_loop
    async def test_names_are_one_of_a_kind_and_there_are_so_many(
        self, place: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(contexts, "MOST_ZONES", 3)
        monkeypatch.setattr(contexts, "MOST_RULES", 2)
        async with opened(place) as store, opened(place) as beside:
            await add_accounts(store, OURS)
            await store.commit(putting(a_zone("one")), an_event())
            await store.commit(putting(a_zone("one", OTHER)), an_event())
            await store.commit(putting(two := a_zone("two")), an_event())
            for change in (putting(a_zone("one")), replacing(two, replace(two, name="one", revision=2))):
                with pytest.raises(Conflict):
                    await beside.commit(change, an_event())
            racing = [one.commit(putting(a_zone(f"last {n}")), None) for n, one in enumerate((store, beside))]
            assert count(await asyncio.gather(*racing, return_exceptions=True)) == 1
            await store.commit(putting(a_rule()), an_event())
            racing = [one.commit(putting(a_rule()), None) for one in (store, beside)]
            assert count(await asyncio.gather(*racing, return_exceptions=True)) == 1
        assert MOST_RULES == 200

    @in_loop
    async def test_the_zones_of_a_rule_hold_so_many_addresses(
        self, place: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(contexts, "MOST_ADDRESSES", 3)
        async with opened(place) as store:
            await add_accounts(store, OURS)
            one, other = a_zone("one", OURS, "192.0.2.1"), a_zone("other", OURS, "192.0.2.2", "192.0.2.3")
            for zone in (one, other):
                await store.commit(putting(zone), an_event())
            with pytest.raises(Conflict):
                await store.commit(putting(a_rule(one, other)), an_event())
            await store.commit(putting(a_rule(other)), an_event())
            wider = replace(other, addresses=other.addresses * 2, revision=2)
            with pytest.raises(Conflict):
                await store.commit(replacing(other, wider), an_event())
        assert MOST_ADDRESSES == 1000

    @in_loop
    async def test_all_zones_and_all_rules_have_so_many_entries_together(
        self, place: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(contexts, "MOST_TOGETHER", 3)
        async with opened(place) as store:
            await add_accounts(store, OURS)
            one = a_zone("one", OURS, "192.0.2.1")
            await store.commit(putting(one), an_event())
            with pytest.raises(Conflict):
                await store.commit(putting(a_zone("other", OURS, "192.0.2.2")), an_event())
            rule = a_rule(one)
            await store.commit(putting(rule), an_event())
            wider = replace(rule, contexts=rule.contexts * 4, revision=2)
            with pytest.raises(Conflict):
                await store.commit(replacing(rule, wider), an_event())
