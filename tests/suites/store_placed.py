"""What every store does with records that have a place in an instance: rings, policies, registrations."""

import asyncio
from dataclasses import replace

import pytest

from keystead.domain.changes import Change, Record
from keystead.domain.errors import Conflict
from keystead.domain.ids import IamId, InstanceId, KeyId, RingId, VersionId
from keystead.domain.policies import (
    InstancePolicies,
    InstancePolicy,
    KeyCreateImportAccess,
    PolicyKind,
)
from keystead.domain.registrations import Registration
from keystead.domain.rings import Ring
from suites.store_samples import NOW, STAMP, Place, a_key, an_event, an_instance, in_loop, opened, saved

SOMEBODY = IamId("IBMid-1")


def a_ring(instance: InstanceId, name: str = "hr") -> Ring:
    return Ring(instance=instance, id=RingId(name), created_at=NOW, created_by=SOMEBODY)


def policies_of(instance: InstanceId) -> InstancePolicies:
    """Return policies of every kind, in which every attribute says something."""
    access = KeyCreateImportAccess(create_standard_key=False, enforce_token=True)
    return InstancePolicies(
        instance=instance,
        policies=tuple(
            InstancePolicy(
                kind=kind,
                enabled=True,
                stamp=STAMP,
                interval_months=3,
                allowed_network="private-only",
                allowed_ip=("192.0.2.0/24", "2001:db8::/32"),
                access=access,
            )
            for kind in PolicyKind
        ),
    )


def a_registration(instance: InstanceId, key: KeyId, bucket: str = "ledger") -> Registration:
    return Registration(
        instance=instance,
        key=key,
        crn=f"crn:v1:bluemix:public:cloud-object-storage:global:a/{'a' * 32}:1:bucket:{bucket}",
        version=VersionId("1b7e0d6a-4f0e-4c1f-8a51-0d9a6b7c8d9e"),
        prevent_key_deletion=True,
        description="Gehälter",
        metadata="opaque",
        created_at=NOW,
        created_by=SOMEBODY,
        updated_at=NOW,
        updated_by=SOMEBODY,
    )


def putting(new: Record, was: Record | None = None) -> Change:
    change = Change()
    change.put(new, was=was)
    return change


def removing(was: Record) -> Change:
    change = Change()
    change.remove(was)
    return change


class PlacedSuite:
    """Rings, policies and registrations."""

    @in_loop
    async def test_rings_come_and_go(self, place: Place) -> None:
        async with opened(place) as store:
            instance, other = await an_instance(store), await an_instance(store)
            hr, it = a_ring(instance), a_ring(instance, "it")
            assert await store.has_ring(instance, RingId("default"))
            assert await store.rings(instance) == ()
            for ring in (it, hr):
                await store.commit(putting(ring), an_event())
            assert await store.rings(instance) == (hr, it)
            assert await store.rings(other) == ()
            assert await store.has_ring(instance, hr.id)
            assert not await store.has_ring(other, hr.id)
            with pytest.raises(Conflict):
                await store.commit(putting(hr), None)
            await store.commit(removing(hr), an_event())
            assert await store.rings(instance) == (it,)
            assert not await store.has_ring(instance, hr.id)
            with pytest.raises(Conflict):
                await store.commit(removing(hr), None)

    @in_loop
    async def test_no_key_is_ever_in_a_ring_that_is_not(self, place: Place) -> None:
        async with opened(place) as store:
            instance = await an_instance(store)
            hr = a_ring(instance)
            change = Change()
            change.need_ring(instance, hr.id)
            change.save(a_key(instance, ring=hr.id), was=None)
            with pytest.raises(Conflict):
                await store.commit(change, an_event())
            await store.commit(putting(hr), None)
            await store.commit(change, an_event())
            with pytest.raises(Conflict):
                await store.commit(removing(hr), None)
            assert await store.rings(instance) == (hr,)
            moved, key = Change(), change.keys[0].new
            assert key is not None
            moved.save(replace(key, ring=RingId("default"), revision=2), was=key)
            moved.remove(hr)
            await store.commit(moved, an_event())
            assert await store.rings(instance) == ()

    @in_loop
    async def test_a_key_and_the_end_of_its_ring_do_not_pass_each_other(self, place: Place) -> None:
        async with opened(place) as store, opened(place) as beside:
            instance = await an_instance(store)
            for number in range(8):
                ring = a_ring(instance, f"ring-{number}")
                await store.commit(putting(ring), None)
                change = Change()
                change.need_ring(instance, ring.id)
                change.save(a_key(instance, ring=ring.id), was=None)
                outcomes = await asyncio.gather(
                    store.commit(change, None), beside.commit(removing(ring), None), return_exceptions=True
                )
                assert {type(outcome) for outcome in outcomes} == {Conflict, type(None)}

    @in_loop
    async def test_the_default_ring_needs_no_record(self, place: Place) -> None:
        async with opened(place) as store:
            instance = await an_instance(store)
            change = Change()
            change.need_ring(instance, RingId("default"))
            change.save(a_key(instance), was=None)
            await store.commit(change, an_event())

    @in_loop
    async def test_policies_replace_what_stood(self, place: Place) -> None:
        async with opened(place) as store, opened(place) as beside:
            instance, other = await an_instance(store), await an_instance(store)
            assert await store.policies(instance) is None
            first = policies_of(instance)
            second = replace(first, policies=first.policies[:1], revision=2)
            await store.commit(putting(first), an_event())
            assert await beside.policies(instance) == first
            assert await store.policies(other) is None
            await store.commit(putting(second, first), an_event())
            assert await beside.policies(instance) == await store.policies(instance) == second
            for stale in (putting(second, first), putting(first), removing(first)):
                with pytest.raises(Conflict):
                    await beside.commit(stale, None)
            assert await store.policies(instance) == second

    @in_loop
    async def test_registrations_of_a_key_and_of_all(self, place: Place) -> None:
        async with opened(place) as store:
            key = await saved(store, a_key(await an_instance(store)))
            other = await saved(store, a_key(key.instance))
            made = [a_registration(key.instance, key.id, name) for name in ("b", "a")]
            made.append(a_registration(key.instance, other.id))
            for one in made:
                await store.commit(putting(one), an_event())
            assert await store.registrations(key.instance, key.id) == (made[1], made[0])
            assert await store.registrations(key.instance, KeyId("none")) == ()
            expected = sorted(made, key=lambda it: (it.key, it.crn))
            assert await store.registrations(key.instance, None) == tuple(expected)
            newer = replace(made[0], prevent_key_deletion=False, revision=2)
            await store.commit(putting(newer, made[0]), an_event())
            await store.commit(removing(made[1]), an_event())
            assert await store.registrations(key.instance, key.id) == (newer,)

    @in_loop
    async def test_aliases_are_counted(self, place: Place) -> None:
        async with opened(place) as store:
            key = await saved(store, a_key(await an_instance(store), aliases=("a", "b")))
            await saved(store, a_key(key.instance, aliases=("c",)))
            await saved(store, a_key(await an_instance(store), aliases=("a",)))
            assert await store.count_aliases(key.instance) == 3

    @in_loop
    async def test_mistakes_of_ours_with_records_are_not_stored(self, place: Place) -> None:
        async with opened(place) as store:
            instance = await an_instance(store)
            mistakes = Change(), Change()
            mistakes[0].put(policies_of(instance), was=a_ring(instance))
            mistakes[1].records.append(type(putting(a_ring(instance)).records[0])(None, None))
            for change in mistakes:
                with pytest.raises(ValueError):
                    await store.commit(change, None)
