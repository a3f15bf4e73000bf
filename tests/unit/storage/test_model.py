"""Sequences of changes against a model: whatever is written, every store says the same as a dictionary."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keystead.domain.changes import Change
from keystead.domain.errors import Conflict, Refused
from keystead.domain.ids import InstanceId, KeyId
from keystead.domain.keys import Key
from keystead.domain.listing import KeyQuery
from keystead.domain.ports.store import Store
from suites.store_places import MemoryPlace, SQLPlace, sqlite_place
from suites.store_samples import NOW, Place, a_key, an_instance, opened

# Few names and two shards, so that steps meet each other. A step is: which key, which aliases, whether the
# writer knows the newest revision, and whether it removes the key.
NAMES = [f"{shard}{number}00000-0000-4000-8000-000000000000" for shard in ("00", "ff") for number in range(3)]
STEP = st.tuples(
    st.sampled_from(NAMES),
    st.sets(st.sampled_from(["one", "two", "three"]), max_size=2),
    st.sampled_from([True, True, True, False]),
    st.sampled_from([False, False, False, True]),
)
CHANGES = st.lists(st.lists(STEP, min_size=1, max_size=3, unique_by=lambda step: step[0]), max_size=12)


class Model:
    """What the store should hold."""

    def __init__(self, instance: InstanceId) -> None:
        self.instance = instance
        self.keys: dict[str, Key] = {}

    def change(self, steps: list[tuple[str, set[str], bool, bool]]) -> tuple[Change, "Model | None"]:
        """Return the change for *steps* and the model after it, or none where it must fail."""
        change, after = Change(), Model(self.instance)
        after.keys = dict(self.keys)
        fails = False
        for name, aliases, fresh, purges in steps:
            was = self.keys.get(name)
            known = was if fresh or was is None else replace(was, revision=was.revision + 1)
            fails |= known is not was
            if purges and known is not None:
                change.purge(known)
                after.keys.pop(name)
            else:
                new = a_key(self.instance, id=KeyId(name), aliases=tuple(sorted(aliases)))
                new = replace(new, revision=1 if known is None else known.revision + 1)
                change.save(new, was=known)
                after.keys[name] = new
        taken = [alias for key in after.keys.values() for alias in key.aliases]
        return change, None if fails or len(taken) > len(set(taken)) else after


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    match request.param:
        case "memory":
            return MemoryPlace()
        case "sqlite":
            return sqlite_place(tmp_path)
        case _:
            return SQLPlace(request.getfixturevalue("postgres_url"))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=CHANGES)
def test_a_store_says_what_a_dictionary_says(
    place: Place, changes: list[list[tuple[str, set[str], bool, bool]]]
) -> None:
    asyncio.run(_follow(place, changes))


async def _follow(place: Place, changes: list[list[tuple[str, set[str], bool, bool]]]) -> None:
    async with opened(place) as store, opened(place) as other:
        model = Model(await an_instance(store))
        for number, steps in enumerate(changes):
            change, after = model.change(steps)
            if after is None:
                with pytest.raises((Conflict, Refused)):
                    await store.commit(change, None)
            else:
                await store.commit(change, None)
                model = after
            await _compare(model, (store, other)[number % 2])
        await _compare(model, other)


async def _compare(model: Model, store: Store) -> None:
    found = {name: await _or_none(store, model.instance, name) for name in NAMES}
    assert {name: key for name, key in found.items() if key is not None} == model.keys
    assert {key.id for key in await store.keys(KeyQuery(instance=model.instance, now=NOW))} == set(model.keys)
    for key in model.keys.values():
        for alias in key.aliases:
            assert await store.key_by_alias(model.instance, alias) == key


async def _or_none(store: Store, instance: InstanceId, name: str) -> Key | None:
    try:
        return await store.key(instance, KeyId(name))
    except Refused:
        return None
