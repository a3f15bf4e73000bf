"""What every store does with instances: they change, they are removed, and no key comes in afterwards."""

from dataclasses import fields, replace
from datetime import timedelta

import pytest

from keystead.domain.changes import Change
from keystead.domain.errors import Conflict, Refused
from keystead.domain.ids import AccountId, IamId, InstanceId, random_uuid
from keystead.domain.instances import Instance, PlanStart, Reclamation
from keystead.domain.keys import KeyState
from keystead.domain.listing import KeyQuery
from keystead.domain.ports.store import Store
from keystead.domain.reasons import Reason
from keystead.storage import instances, memory_instances
from suites.store_groups import in_account
from suites.store_placed import putting, removing
from suites.store_quotas import at_once
from suites.store_samples import NOW, Place, a_key, added, an_instance, in_loop, opened, saved

SOMEBODY = IamId("IBMid-1")
TIERED = "eedd3585-90c6-4c8f-be3d-062069e99fc3"


RECLAMATION = Reclamation(id=random_uuid(), at=NOW, by=SOMEBODY, until=NOW + timedelta(days=7))


def whole_instance(account: str = "b" * 32) -> Instance:
    """Return an instance in which everything says something."""
    return Instance(
        id=InstanceId(random_uuid()),
        account=AccountId(account),
        name="Gehälter",
        service="kms",
        region="eu-de",
        created_at=NOW,
        created_by=SOMEBODY,
        plans=(PlanStart(plan=TIERED, at=NOW),),
        parameters='{"service-endpoints":"private"}',
        allow_cleanup=True,
        locked=True,
        updated_at=NOW,
        updated_by=SOMEBODY,
        removed_at=NOW,
        removed_by=SOMEBODY,
        reclamation=RECLAMATION,
        restored_at=NOW,
        restored_by=SOMEBODY,
        group="0123abcd",
        tags=("a", "b"),
        access_tags=("project:pay",),
    )


def alive(instance: Instance) -> Instance:
    return replace(instance, removed_at=None, removed_by=None, reclamation=None, group=None)


async def found(store: Store, instance: InstanceId) -> Instance:
    it = await store.instance(instance)
    assert it is not None
    return it


async def removed(store: Store, instance: InstanceId) -> Instance:
    return await deleted(store, instance, removed_at=NOW, removed_by=SOMEBODY)


async def deleted(store: Store, instance: InstanceId, **how: object) -> Instance:
    was = await found(store, instance)
    gone = replace(was, **how)  # type: ignore[arg-type]  # names are the record's
    await store.commit(putting(gone, was), None)
    return gone


GOING = pytest.mark.parametrize(
    "how", [{"removed_at": NOW}, {"reclamation": RECLAMATION}], ids=["removed", "to be had back"]
)


class InstanceSuite:
    """Instances."""

    @in_loop
    async def test_an_instance_comes_back_as_it_was(self, place: Place) -> None:
        whole = whole_instance()
        assert all(getattr(whole, field.name) for field in fields(whole))
        async with opened(place) as store:
            await store.commit(putting(in_account(whole.account, whole.group or "")), None)
            await added(store, whole)
            assert await store.instance(whole.id) == whole
            assert whole in await store.instances()
        async with opened(place) as store:
            assert await store.instance(whole.id) == whole

    @in_loop
    async def test_a_change_is_seen_everywhere(self, place: Place) -> None:
        async with opened(place) as here, opened(place) as there:
            was = await found(here, await an_instance(here))
            assert await there.instance(was.id) == was
            new = replace(was, name="another", locked=True, updated_at=NOW)
            await here.commit(putting(new, was), None)
            assert await there.instance(was.id) == await here.instance(was.id) == new
            assert new in await there.instances()

    @in_loop
    async def test_a_change_of_what_changed_meanwhile_writes_nothing(self, place: Place) -> None:
        async with opened(place) as here, opened(place) as there:
            was = await found(here, await an_instance(here))
            changes = [putting(replace(was, name=f"name {number}"), was) for number in range(8)]
            outcomes = await at_once((here, there), changes)
            assert (outcomes.count(type(None)), outcomes.count(Conflict)) == (1, 7)
            assert (await found(there, was.id)).name == f"name {outcomes.index(type(None))}"

    @in_loop
    async def test_an_instance_is_never_forgotten(self, place: Place) -> None:
        async with opened(place) as store:
            was = await found(store, await an_instance(store))
            for change in (removing(was), putting(whole_instance())):
                with pytest.raises(ValueError, match="instance"):
                    await store.commit(change, None)
            assert await store.instances() == (was,)

    @pytest.mark.parametrize("state", [it for it in KeyState if it is not KeyState.DESTROYED])
    @in_loop
    async def test_one_that_holds_a_key_is_not_deleted(self, place: Place, state: KeyState) -> None:
        async with opened(place) as store:
            key = await saved(store, a_key(await an_instance(store), state=state))
            with pytest.raises(Conflict):
                await removed(store, key.instance)
            with pytest.raises(Conflict):
                await deleted(store, key.instance, reclamation=RECLAMATION)
            assert (await found(store, key.instance)).state == "active"

    @in_loop
    async def test_a_destroyed_key_stays_where_it_is(self, place: Place) -> None:
        async with opened(place) as store, opened(place) as beside:
            key = await saved(store, a_key(await an_instance(store), state=KeyState.DESTROYED))
            gone = await removed(store, key.instance)
            assert await beside.instance(key.instance) == gone
            restored = replace(key, state=KeyState.ACTIVE, revision=key.revision + 1)
            for at in (store, beside):
                with pytest.raises(Refused) as caught:
                    await saved(at, restored, key)
                assert caught.value.reason is Reason.UNAUTHORIZED
            assert await beside.key(key.instance, key.id) == key
            forgotten = Change()
            forgotten.purge(key)
            await beside.commit(forgotten, None)

    @GOING
    @in_loop
    async def test_no_key_comes_into_a_deleted_instance(self, place: Place, how: dict[str, object]) -> None:
        async with opened(place) as store, opened(place) as beside:
            instance, other = await an_instance(store), await an_instance(store)
            await deleted(store, instance, **how)
            for at in (store, beside):
                with pytest.raises(Refused) as caught:
                    await saved(at, a_key(instance))
                assert caught.value.reason is Reason.UNAUTHORIZED
            assert await store.count(KeyQuery(instance=instance, now=NOW)) == 0
            await saved(beside, a_key(other))

    @in_loop
    async def test_a_restored_instance_takes_keys_again_and_a_removed_one_is_not_restored(
        self, place: Place
    ) -> None:
        async with opened(place) as store, opened(place) as beside:
            was = await found(store, await an_instance(store))
            pending = await deleted(store, was.id, reclamation=RECLAMATION)
            back, gone = replace(was, restored_at=NOW), replace(pending, removed_at=NOW)
            outcomes = await at_once((store, beside), [putting(back, pending), putting(gone, pending)])
            assert sorted(map(str, outcomes)) == sorted(map(str, [type(None), Conflict]))
            if outcomes[0] is type(None):
                await saved(beside, a_key(was.id))
            else:
                with pytest.raises(Refused):
                    await saved(beside, a_key(was.id))

    @in_loop
    async def test_of_a_new_key_and_the_removal_one_comes_first(self, place: Place) -> None:
        """Whichever it is, there never is a usable key in a removed instance."""
        async with opened(place) as here, opened(place) as there:
            for turn in range(24):
                instance = await found(here, await an_instance(here))
                gone = putting(replace(instance, removed_at=NOW), instance)
                making = [Change() for _ in range(turn % 4 + 1)]
                for change in making:
                    change.save(a_key(instance.id), was=None)
                changes = [*making[turn % 3 :], gone, *making[: turn % 3]]
                outcomes = await at_once((here, there) if turn % 2 else (there, here), changes)
                assert set(outcomes) <= {type(None), Conflict, Refused}
                keys = await there.count(KeyQuery(instance=instance.id, now=NOW))
                went = outcomes[changes.index(gone)] is type(None)
                assert (await found(here, instance.id)).state == ("removed" if went else "active")
                assert went is (keys == 0), (outcomes, keys)

    @in_loop
    async def test_of_many_who_want_the_last_instance_one_gets_it(
        self, place: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for module in (instances, memory_instances):
            monkeypatch.setattr(module, "MOST_INSTANCES", 5)
        async with opened(place) as store, opened(place) as beside:
            gone = whole_instance()
            full = [alive(whole_instance()) for _ in range(4)]
            await store.commit(putting(in_account(gone.account, gone.group or "")), None)
            await added(store, gone, *full)
            changes = [Change() for _ in range(4)]
            for change in changes:
                change.add(alive(whole_instance()))
            outcomes = await at_once((store, beside), changes)
            assert (outcomes.count(type(None)), outcomes.count(Conflict)) == (1, 3)
            await added(beside, alive(whole_instance("c" * 32)))
            await removed(store, full[0].id)
            await added(beside, alive(whole_instance()))
            with pytest.raises(Conflict):
                await added(beside, alive(whole_instance()))
