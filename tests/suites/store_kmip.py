"""What every store does with KMIP adapters, the certificates of their clients, and objects."""

import asyncio
from dataclasses import replace

import pytest

from keystead.domain.changes import Change
from keystead.domain.errors import Conflict
from keystead.domain.ids import KeyId
from keystead.domain.kmip import (
    GONE,
    MOST_ADAPTERS,
    MOST_CERTIFICATES,
    ObjectQuery,
    ObjectState,
)
from suites.kmip_samples import TOUCH, a_client_of, an_adapter, an_object_of
from suites.store_placed import putting, removing
from suites.store_quotas import at_once
from suites.store_samples import Place, an_event, an_instance, in_loop, opened


class KmipSuite:
    """Adapters, certificates and objects."""

    @in_loop
    async def test_adapters_are_found_by_id_name_and_key(self, place: Place) -> None:
        async with opened(place) as store:
            instance, other = await an_instance(store), await an_instance(store)
            made = [an_adapter(instance, f"adapter-{number}", f"key-{number % 2}") for number in range(4)]
            for one in (*made, an_adapter(other, "adapter-0", "key-0")):
                await store.commit(putting(one), an_event())
            expected = tuple(sorted(made, key=lambda it: it.id))
            assert await store.adapters(instance, None) == expected
            of_key = tuple(it for it in expected if it.key == "key-1")
            assert await store.adapters(instance, KeyId("key-1")) == of_key
            for name in (made[2].id, made[2].name):
                assert await store.adapter(instance, name) == made[2]
                assert (await store.adapter(other, name)) is None
            assert await store.adapter(instance, "nobody") is None

    @in_loop
    async def test_two_adapters_of_an_instance_have_two_names(self, place: Place) -> None:
        async with opened(place) as store:
            instance, other = await an_instance(store), await an_instance(store)
            await store.commit(putting(an_adapter(instance)), None)
            with pytest.raises(Conflict):
                await store.commit(putting(an_adapter(instance)), an_event())
            await store.commit(putting(an_adapter(other)), None)
            assert len(await store.adapters(instance, None)) == 1

    @in_loop
    async def test_certificates_belong_to_one_adapter_of_all_instances(self, place: Place) -> None:
        async with opened(place) as store:
            first, second = an_adapter(await an_instance(store)), an_adapter(await an_instance(store))
            with pytest.raises(Conflict):  # its adapter is not there
                await store.commit(putting(a_client_of(first)), None)
            for adapter in (first, second):
                await store.commit(putting(adapter), None)
            mine = [a_client_of(first, f"client-{number}", f"{number}") for number in range(3)]
            for one in mine:
                await store.commit(putting(one), an_event())
            expected = tuple(sorted(mine, key=lambda it: it.id))
            assert await store.certificates(first.instance, first.id) == expected
            assert await store.certificates(second.instance, second.id) == ()
            assert await store.certificate_in_use(mine[1].fingerprint) == mine[1]
            assert await store.certificate_in_use(bytes(32)) is None
            for taken in (a_client_of(second, seed="0"), a_client_of(first, "client-1", "new")):
                with pytest.raises(Conflict):
                    await store.commit(putting(taken), an_event())
            await store.commit(removing(mine[0]), an_event())
            await store.commit(putting(a_client_of(second, seed="0")), None)

    @in_loop
    async def test_objects_are_paged_and_counted_by_state(self, place: Place) -> None:
        async with opened(place) as store:
            adapter, other = an_adapter(await an_instance(store)), an_adapter(await an_instance(store))
            for one in (adapter, other):
                await store.commit(putting(one), None)
            made = [an_object_of(adapter, state) for state in ObjectState for _ in range(3)]
            for it in (*made, an_object_of(other)):
                await store.commit(putting(it), None)
            query = ObjectQuery(instance=adapter.instance, adapter=adapter.id)
            for states in (query.states, GONE, frozenset({ObjectState.ACTIVE}), frozenset[ObjectState]()):
                expected = sorted((it for it in made if it.state in states), key=lambda it: it.id)
                asked = replace(query, states=states)
                assert await store.managed_objects(asked) == tuple(expected)
                assert await store.managed_objects(replace(asked, limit=2, offset=1)) == tuple(expected[1:3])
                assert await store.count_managed_objects(replace(asked, limit=1)) == len(expected)
            found = await store.managed_object(adapter.instance, adapter.id, made[0].id)
            assert found == made[0]
            assert await store.managed_object(other.instance, other.id, made[0].id) is None

    @in_loop
    async def test_an_object_changes_from_what_it_was(self, place: Place) -> None:
        async with opened(place) as store:
            adapter = an_adapter(await an_instance(store))
            was = an_object_of(adapter)
            for record in (adapter, was):
                await store.commit(putting(record), None)
            after = replace(was, state=ObjectState.DESTROYED, destroyed=TOUCH, revision=2)
            await store.commit(putting(after, was), an_event())
            assert await store.managed_object(adapter.instance, adapter.id, was.id) == after
            with pytest.raises(Conflict):
                await store.commit(putting(after, was), an_event())

    @in_loop
    async def test_an_adapter_goes_with_all_that_is_its_own(self, place: Place) -> None:
        async with opened(place) as store:
            instance = await an_instance(store)
            adapter, beside = an_adapter(instance), an_adapter(instance, "beside")
            client, kept = a_client_of(adapter), a_client_of(beside)
            live, dead = an_object_of(adapter), an_object_of(adapter, ObjectState.DESTROYED)
            for record in (adapter, beside, client, kept, live, dead):
                await store.commit(putting(record), None)
            with pytest.raises(Conflict):
                await store.commit(removing(adapter), an_event())
            assert await store.certificates(instance, adapter.id) == (client,)
            after = replace(live, state=ObjectState.DESTROYED, revision=2)
            await store.commit(putting(after, live), None)
            await store.commit(removing(adapter), an_event())
            assert await store.adapters(instance, None) == (beside,)
            assert await store.certificates(instance, adapter.id) == ()
            assert await store.managed_object(instance, adapter.id, dead.id) is None
            assert await store.certificates(instance, beside.id) == (kept,)
            await store.commit(putting(a_client_of(beside, "again", "x")), None)
            await store.commit(putting(replace(client, adapter=beside.id, name="moved")), None)
            with pytest.raises(Conflict):
                await store.commit(removing(adapter), None)

    @in_loop
    async def test_an_object_and_the_end_of_its_adapter_do_not_pass_each_other(self, place: Place) -> None:
        async with opened(place) as store, opened(place) as beside:
            instance = await an_instance(store)
            for number in range(8):
                adapter = an_adapter(instance, f"adapter-{number}")
                await store.commit(putting(adapter), None)
                outcomes = await asyncio.gather(
                    store.commit(putting(an_object_of(adapter)), None),
                    beside.commit(removing(adapter), None),
                    return_exceptions=True,
                )
                assert {type(outcome) for outcome in outcomes} == {Conflict, type(None)}

    @in_loop
    async def test_of_many_who_want_the_last_adapter_one_gets_it(self, place: Place) -> None:
        async with opened(place) as store, opened(place) as beside:
            instance = await an_instance(store)
            change = Change()
            for number in range(MOST_ADAPTERS - 1):
                change.put(an_adapter(instance, f"adapter-{number}"), was=None)
            await store.commit(change, None)
            outcomes = await at_once(
                (store, beside), [putting(an_adapter(instance, f"last-{number}")) for number in range(6)]
            )
            assert (outcomes.count(type(None)), outcomes.count(Conflict)) == (1, 5)
            assert len(await store.adapters(instance, None)) == MOST_ADAPTERS

    @in_loop
    async def test_of_many_who_want_the_last_certificate_one_gets_it(self, place: Place) -> None:
        async with opened(place) as store, opened(place) as beside:
            adapter = an_adapter(await an_instance(store))
            full, change = an_adapter(adapter.instance, "another"), Change()
            for record in (adapter, full):
                change.put(record, was=None)
            for number in range(MOST_CERTIFICATES - 1):
                change.put(a_client_of(adapter, f"client-{number}"), was=None)
            await store.commit(change, None)
            outcomes = await at_once(
                (store, beside), [putting(a_client_of(adapter, f"last-{number}")) for number in range(6)]
            )
            assert (outcomes.count(type(None)), outcomes.count(Conflict)) == (1, 5)
            assert len(await store.certificates(adapter.instance, adapter.id)) == MOST_CERTIFICATES
            await store.commit(putting(a_client_of(full)), None)

    @in_loop
    async def test_of_many_adapters_one_gets_a_certificate(self, place: Place) -> None:
        async with opened(place) as store, opened(place) as beside:
            adapters = [an_adapter(await an_instance(store)) for _ in range(6)]
            for adapter in adapters:
                await store.commit(putting(adapter), None)
            outcomes = await at_once(
                (store, beside), [putting(a_client_of(adapter, seed="one")) for adapter in adapters]
            )
            assert (outcomes.count(type(None)), outcomes.count(Conflict)) == (1, 5)
