"""Pages that are found by counts, while keys change and runs are made, divided and made anew.

What is shown must be what the store in memory shows, which sorts all keys and cuts the page out of them.
"""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import permutations, product
from typing import Final

import pytest

from keystead.domain.changes import Change
from keystead.domain.ids import InstanceId, KeyId
from keystead.domain.keys import Key, KeyState
from keystead.domain.listing import (
    DEFAULT_STATES,
    DateUnset,
    DateWithin,
    KeyDate,
    KeyFact,
    KeyQuery,
    SortKey,
    seconds,
)
from keystead.domain.ports.store import Store
from keystead.storage import runs
from suites.list_samples import BY, HR, IT, any_key
from suites.store_samples import NOW, Place, an_instance, in_loop, opened

_KEYS: Final = 150
_ROUNDS: Final = 6
_AFTER_ALL: Final = NOW + timedelta(days=1)  # past every expiration, of which nothing was recorded


class OrderSuite:
    """`keys` and `count` where runs hold few keys, so that there are many."""

    @pytest.fixture(autouse=True)
    def small_runs(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name, value in {"RUN": 4, "MOST": 8, "_FEW": 20, "_AT_ONCE": 5}.items():
            monkeypatch.setattr(runs, name, value)

    @in_loop
    async def test_pages_in_any_order_are_the_models_whatever_happens_to_the_keys(self, place: Place) -> None:
        chance = random.Random("orders")  # noqa: S311 - the same in every store
        async with opened(place) as store, opened(place) as beside:
            instance, other = await an_instance(store), await an_instance(store)
            keys = await _begun(store, chance, instance)
            await _begun(store, chance, other)
            for number in range(_ROUNDS):
                for query in _orders(chance, instance, len(keys)):
                    shown = await (store, beside)[number % 2].keys(query)
                    assert shown == query.page(keys.values()), query
                    found = sum(query.selects(key) for key in keys.values())
                    assert await store.count(query) == found, query
                    assert await store.count(query, 9) == min(9, found), query
                await _changed(store, keys, chance, instance)

    @in_loop
    async def test_a_walk_through_any_order_shows_each_key_once(self, place: Place) -> None:
        chance = random.Random("walks")  # noqa: S311 - the same in every store
        async with opened(place) as store:
            instance = await an_instance(store)
            keys = await _begun(store, chance, instance)
            for by in BY:
                query = KeyQuery(instance=instance, now=NOW, sort=(SortKey(by, descending=True),), limit=7)
                query = replace(query, states=frozenset(KeyState))
                pages = [await store.keys(replace(query, offset=at)) for at in range(0, len(keys) + 7, 7)]
                assert sorted(key.id for page in pages for key in page) == sorted(keys)
                assert pages[-1] == ()


async def _begun(store: Store, chance: random.Random, instance: InstanceId) -> dict[KeyId, Key]:
    keys = {key.id: key for key in (_spread(chance, any_key(chance, instance)) for _ in range(_KEYS))}
    change = Change()
    for key in keys.values():
        change.save(key, was=None)
    await store.commit(change, None)
    return keys


def _spread(chance: random.Random, key: Key) -> Key:
    """Return *key* created and updated within some minutes; the other dates stay near to each other."""
    created = NOW + timedelta(seconds=chance.randrange(300), microseconds=chance.choice((0, 1, 999_999)))
    return replace(key, created_at=created, updated_at=created + timedelta(seconds=chance.randrange(200)))


def _orders(chance: random.Random, instance: InstanceId, there: int) -> Iterator[KeyQuery]:
    """Yield each property both ways, and some longer orders, each with its own filters and page."""
    orders: list[tuple[SortKey, ...]] = [
        (SortKey(by, descending),) for by, descending in product(BY, (False, True))
    ]
    several = [*permutations(BY, 2), *permutations((KeyFact.STATE, KeyFact.IMPORTED, *KeyDate), 3)]
    orders += [
        tuple(SortKey(by, chance.random() < 0.5) for by in some) for some in chance.sample(several, 30)
    ]
    for sort in [(), *orders]:
        yield KeyQuery(
            instance=instance,
            now=chance.choice((NOW, NOW, _AFTER_ALL)),
            states=chance.choice(
                (DEFAULT_STATES, frozenset(KeyState), frozenset(chance.sample(list(KeyState), 2)))
            ),
            extractable=chance.choice((None, None, None, True)),
            rings=chance.choice((None, None, None, frozenset({HR}), frozenset({HR, IT}))),
            dates=_dates(chance, sort),
            sort=sort,
            limit=chance.choice((1, 9, 60)),
            offset=chance.choice((0, chance.randrange(there), chance.randrange(there), there - 2)),
        )


def _dates(chance: random.Random, sort: tuple[SortKey, ...]) -> tuple[DateUnset | DateWithin, ...]:
    """Return conditions on dates; where a date sorts, more often on that one."""
    by = [key.by for key in sort if isinstance(key.by, KeyDate)] or list(KeyDate)
    date, other = chance.choice(by), chance.choice(list(KeyDate))
    ranges = (_range(chance, date), _range(chance, chance.choice((date, other))))
    return chance.choice(((), (), (DateUnset(other),), ranges[:1], ranges[:1], ranges))


def _range(chance: random.Random, date: KeyDate) -> DateWithin:
    """Return a range in which many keys are, and many are not."""
    first, width = seconds(NOW), 500 if date in {KeyDate.CREATED, KeyDate.UPDATED} else 3
    since, before = first + chance.randint(-width, width) // 3, first + chance.randint(0, width)
    return DateWithin(date, *chance.choice(((since, None), (None, before), (since, before), (None, None))))


async def _changed(store: Store, keys: dict[KeyId, Key], chance: random.Random, instance: InstanceId) -> None:
    """Change a third of the keys to anything, purge some, and make some, in one change."""
    change = Change()
    for key in chance.sample(list(keys.values()), len(keys) // 3):
        if chance.random() < 0.2:
            change.purge(keys.pop(key.id))
            continue
        new = _spread(chance, any_key(chance, instance))
        keys[key.id] = replace(new, id=key.id, revision=key.revision + 1, versions=key.versions)
        change.save(keys[key.id], was=key)
    for _ in range(20):
        key = _spread(chance, any_key(chance, instance))
        keys[key.id] = replace(key, updated_at=key.updated_at + timedelta(minutes=9))  # past all others
        change.save(keys[key.id], was=None)
    await store.commit(change, None)
