"""Pages and counts, against the obvious way to compute them."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Final

from keystead.domain.changes import Change
from keystead.domain.ids import InstanceId, KeyId, RingId, random_uuid
from keystead.domain.keys import Key, KeyState
from keystead.domain.listing import (
    DEFAULT_STATES,
    KeyQuery,
    SortKey,
)
from keystead.domain.ports.store import Store
from suites.list_model import page_of, selects
from suites.list_samples import ALIASES, BY, HR, IT, any_key, any_question
from suites.store_samples import NOW, Place, a_key, an_instance, in_loop, opened

MANY: Final = 400  # random questions


class ListingSuite:
    """`keys` and `count`."""

    @in_loop
    async def test_every_filter_selects_what_it_says(self, place: Place) -> None:
        async with opened(place) as store:
            instance, other = await an_instance(store), await an_instance(store)
            keys = list(_one_of_each(instance))
            await _saved(store, *keys, *_one_of_each(other))
            for query in _questions(instance):
                expected = sorted((key for key in keys if selects(query, key)), key=lambda key: key.id)
                assert await store.keys(query) == tuple(expected)
                assert await store.count(query) == len(expected)

    @in_loop
    async def test_pages_follow_each_other(self, place: Place) -> None:
        async with opened(place) as store:
            instance = await an_instance(store)
            keys = sorted((a_key(instance) for _ in range(57)), key=lambda key: key.id)
            await _saved(store, *keys)
            query = KeyQuery(instance=instance, now=NOW, limit=10)
            pages = [await store.keys(replace(query, offset=offset)) for offset in range(0, 70, 10)]
            assert [len(page) for page in pages] == [10, 10, 10, 10, 10, 7, 0]
            assert [key for page in pages for key in page] == keys
            assert await store.count(KeyQuery(instance=instance, now=NOW, limit=10, offset=20)) == 57
            assert [await store.count(query, most) for most in (1, 56, 57, 58)] == [1, 56, 57, 57]

    @in_loop
    async def test_pages_of_many_shards_while_keys_come_are_destroyed_restored_and_go(
        self, place: Place
    ) -> None:
        async with opened(place) as store:
            instance, other = await an_instance(store), await an_instance(store)
            keys = {key.id: key for key in (a_key(instance) for _ in range(300))}
            await _saved(store, *keys.values(), *(a_key(other) for _ in range(50)))
            chance = random.Random(7)  # noqa: S311 - samples
            for _ in range(4):
                await _changed(store, keys, chance)
                plain = KeyQuery(instance=instance, now=NOW, limit=7)
                live = sum(key.state is not KeyState.DESTROYED for key in keys.values())
                end = range(
                    live - 2, live + 3
                )  # whoever pages until nothing comes asks for the one at *live*
                for offset in (0, 1, 6, *chance.sample(range(2, 300), 12), *end, len(keys), 5000):
                    asked = replace(plain, offset=offset)
                    assert await store.keys(asked) == page_of(asked, list(keys.values())), offset
                assert await store.count(plain) == live
                assert await store.count(plain, 10) == 10

    @in_loop
    async def test_some_keys_by_their_ids(self, place: Place) -> None:
        async with opened(place) as store:
            instance, other = await an_instance(store), await an_instance(store)
            keys = sorted((a_key(instance) for _ in range(1203)), key=lambda key: key.id)
            await _saved(store, *keys, elsewhere := a_key(other))
            unknown = KeyId(random_uuid())
            for some in (keys[::3], keys[7:8], keys, []):
                ids = {key.id for key in some} | {elsewhere.id, unknown}
                assert await store.some_keys(instance, ids) == tuple(some)
            assert await store.some_keys(instance, ()) == ()

    @in_loop
    async def test_each_property_sorts_both_ways_and_ties_go_by_id(self, place: Place) -> None:
        async with opened(place) as store:
            instance = await an_instance(store)
            keys = [any_key(random.Random(seed), instance) for seed in range(60)]  # noqa: S311 - samples
            await _saved(store, *keys)
            query = KeyQuery(instance=instance, now=NOW, states=frozenset(KeyState))
            for by, descending in product(BY, (False, True)):
                asked = replace(query, sort=(SortKey(by, descending),))
                assert await store.keys(asked) == page_of(asked, keys), asked.sort

    @in_loop
    async def testany_question_is_answered_as_the_model_does(self, place: Place) -> None:
        chance = random.Random("lists")  # noqa: S311 - the same questions in every store
        async with opened(place) as store:
            instance, other = await an_instance(store), await an_instance(store)
            keys = [any_key(chance, instance) for _ in range(120)]
            named = [a_key(instance, aliases=(alias,)) for alias in ALIASES]
            # The same names and ids in another instance, which must not count here.
            others = [replace(key, instance=other, id=keys[at].id) for at, key in enumerate(named)]
            mine = [*keys, *named]
            await _saved(store, *mine, *others)
            for _ in range(MANY):
                query = any_question(chance, instance, mine)
                expected = page_of(query, mine)
                assert await store.keys(query) == expected, query
                found = len([key for key in mine if selects(query, key)])
                assert await store.count(query) == found, query
                assert await store.count(query, 7) == min(7, found), query


async def _saved(store: Store, *keys: Key) -> None:
    change = Change()
    for key in keys:
        change.save(key, was=None)
    await store.commit(change, None)


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


async def _changed(store: Store, keys: dict[KeyId, Key], chance: random.Random) -> None:
    """Destroy some keys, restore some, and purge some, in one change."""
    change = Change()
    for key in chance.sample(list(keys.values()), 60):
        gone = key.state is KeyState.DESTROYED
        if gone and chance.random() < 0.3:
            change.purge(keys.pop(key.id))
            continue
        state, deleted = (KeyState.ACTIVE, None) if gone else (KeyState.DESTROYED, NOW)
        keys[key.id] = replace(key, state=state, deleted_at=deleted, revision=key.revision + 1)
        change.save(keys[key.id], was=key)
    await store.commit(change, None)
