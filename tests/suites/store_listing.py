"""Pages and counts, against the obvious way to compute them."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import product

from keystead.domain.changes import Change
from keystead.domain.ids import InstanceId, RingId
from keystead.domain.keys import Key, KeyState
from keystead.domain.listing import DEFAULT_STATES, KeyQuery
from suites.store_samples import NOW, Place, a_key, an_instance, in_loop, opened

HR, IT = RingId("hr"), RingId("it")


class ListingSuite:
    """`keys` and `count`."""

    @in_loop
    async def test_every_filter_selects_what_it_says(self, place: Place) -> None:
        async with opened(place) as store:
            instance, other = await an_instance(store), await an_instance(store)
            keys = list(_one_of_each(instance))
            change = Change()
            for key in (*keys, *_one_of_each(other)):
                change.save(key, was=None)
            await store.commit(change, None)
            for query in _questions(instance):
                expected = sorted((key for key in keys if _selects(query, key)), key=lambda key: key.id)
                assert await store.keys(query) == tuple(expected)
                assert await store.count(query) == len(expected)

    @in_loop
    async def test_pages_follow_each_other(self, place: Place) -> None:
        async with opened(place) as store:
            instance = await an_instance(store)
            keys = sorted((a_key(instance) for _ in range(57)), key=lambda key: key.id)
            change = Change()
            for key in keys:
                change.save(key, was=None)
            await store.commit(change, None)
            pages = [
                await store.keys(KeyQuery(instance=instance, now=NOW, limit=10, offset=offset))
                for offset in range(0, 70, 10)
            ]
            assert [len(page) for page in pages] == [10, 10, 10, 10, 10, 7, 0]
            assert [key for page in pages for key in page] == keys
            assert await store.count(KeyQuery(instance=instance, now=NOW, limit=10, offset=20)) == 57


def _one_of_each(instance: InstanceId) -> Iterator[Key]:
    expirations = (None, NOW - timedelta(microseconds=1), NOW, NOW + timedelta(microseconds=1))
    for state, expires_at, ring, extractable in product(KeyState, expirations, (HR, IT), (True, False)):
        yield a_key(instance, state=state, expires_at=expires_at, ring=ring, extractable=extractable)


def _questions(instance: InstanceId) -> Iterator[KeyQuery]:
    states = (
        DEFAULT_STATES,
        frozenset(KeyState),
        frozenset[KeyState](),
        *(frozenset({it}) for it in KeyState),
    )
    rings = (None, frozenset[RingId](), frozenset({HR}), frozenset({HR, IT}), frozenset({RingId("none")}))
    for state, ring, extractable in product(states, rings, (None, True, False)):
        yield KeyQuery(instance=instance, now=NOW, states=state, rings=ring, extractable=extractable)


def _selects(query: KeyQuery, key: Key) -> bool:
    return (
        key.at(query.now).state in query.states
        and (query.rings is None or key.ring in query.rings)
        and query.extractable in (None, key.extractable)
    )
