"""What every store does when an instance is full, also where many fill it at once: the write itself holds."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace

import pytest

from keystead.domain.changes import Change
from keystead.domain.errors import Conflict
from keystead.domain.ids import InstanceId
from keystead.domain.keys import Key
from keystead.domain.placing import MOST_ALIASES, MOST_ALIASES_OF_KEY
from keystead.domain.ports.store import Store
from keystead.domain.rings import MOST_RINGS
from suites.store_placed import a_ring, putting, removing
from suites.store_samples import Place, a_key, an_event, an_instance, in_loop, opened, saved


def some_keys(instance: InstanceId, aliases: int) -> Change:
    """Return a change that makes keys with so many aliases, five each."""
    change, names = Change(), [f"alias-{number}" for number in range(aliases)]
    for at in range(0, aliases, MOST_ALIASES_OF_KEY):
        change.save(a_key(instance, aliases=tuple(names[at : at + MOST_ALIASES_OF_KEY])), was=None)
    return change


async def at_once(stores: tuple[Store, Store], changes: Iterable[Change]) -> list[object]:
    """Commit all of *changes* at once, by turns in either store; return the types of what came of each."""
    commits = [stores[number % 2].commit(change, an_event()) for number, change in enumerate(changes)]
    return [type(outcome) for outcome in await asyncio.gather(*commits, return_exceptions=True)]


class QuotaSuite:
    """The last place for a ring, and for an alias."""

    @in_loop
    async def test_of_many_who_want_the_last_ring_one_gets_it(self, place: Place) -> None:
        async with opened(place) as store, opened(place) as beside:
            instance, other = await an_instance(store), await an_instance(store)
            for number in range(MOST_RINGS - 1):
                await store.commit(putting(a_ring(instance, f"ring-{number:02}")), None)
            changes = [putting(a_ring(instance, f"last-{number}")) for number in range(8)]
            outcomes = await at_once((store, beside), changes)
            assert (outcomes.count(type(None)), outcomes.count(Conflict)) == (1, 7)
            assert len(await beside.rings(instance)) == MOST_RINGS
            await store.commit(putting(a_ring(other)), None)
            await store.commit(removing((await store.rings(instance))[0]), None)
            await store.commit(putting(a_ring(instance, "again")), None)

    @in_loop
    async def test_of_many_who_want_the_last_alias_one_gets_it(self, place: Place) -> None:
        async with opened(place) as store, opened(place) as beside:
            instance, other = await an_instance(store), await an_instance(store)
            await store.commit(some_keys(instance, MOST_ALIASES - 1), None)
            keys = [await saved(store, a_key(instance)) for _ in range(8)]
            changes = [named(key, f"last-{number}") for number, key in enumerate(keys)]
            outcomes = await at_once((store, beside), changes)
            assert (outcomes.count(type(None)), outcomes.count(Conflict)) == (1, 7)
            assert await beside.count_aliases(instance) == MOST_ALIASES
            with pytest.raises(Conflict):
                await saved(store, a_key(instance, aliases=("new",)))
            await saved(store, a_key(other, aliases=("new",)))
            await saved(store, a_key(instance))

    @in_loop
    async def test_a_full_instance_lets_its_keys_change_and_go(self, place: Place) -> None:
        async with opened(place) as store:
            instance = await an_instance(store)
            await store.commit(some_keys(instance, MOST_ALIASES), None)
            key = await store.key_by_alias(instance, "alias-7")
            new = await saved(store, replace(key, name="another", revision=2), key)
            less = await saved(store, replace(new, aliases=new.aliases[1:], revision=3), new)
            await saved(store, replace(less, aliases=(*less.aliases, "other"), revision=4), less)
            assert await store.count_aliases(instance) == MOST_ALIASES
            change = Change()
            change.purge(await store.key_by_alias(instance, "other"))
            await store.commit(change, None)
            assert await store.count_aliases(instance) == MOST_ALIASES - MOST_ALIASES_OF_KEY


def named(key: Key, alias: str) -> Change:
    """Return the change that gives *key* an alias."""
    change = Change()
    change.save(replace(key, aliases=(alias,), revision=key.revision + 1), was=key)
    return change
